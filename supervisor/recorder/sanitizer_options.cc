// SPDX-License-Identifier: Apache-2.0
// Only in builds with sanitizers. The search for leaks needs ptrace(2), which a recorder's filter refuses,
// and waits for it without end.
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options() {  // NOLINT: its name
    return "detect_leaks=0";
}
