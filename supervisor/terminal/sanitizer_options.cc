// SPDX-License-Identifier: Apache-2.0
// Only in builds with sanitizers. The search for leaks looks for this process in /proc, and that of the jail
// does not show it.
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options() {  // NOLINT: its name
    return "detect_leaks=0";
}
