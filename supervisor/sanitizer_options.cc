// SPDX-License-Identifier: Apache-2.0
// Only in builds with sanitizers: the supervisor has neither an environment nor a standard error for their
// findings, which include leaks at its end. Root tests look into these files (tests/root/jail_fixture.cc).
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options() {  // NOLINT: its name
    return "log_path=/run/sanitizer:detect_leaks=1";
}
extern "C" __attribute__((visibility("default"))) const char* __ubsan_default_options() {  // NOLINT: its name
    return "log_path=/run/sanitizer:print_stacktrace=1";
}
