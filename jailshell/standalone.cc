// SPDX-License-Identifier: Apache-2.0
// Functions that the C++ library would bring along, for a jailshell that is linked with musl instead of glibc
// and libstdc++ (CMakeLists.txt says why). These functions only run when memory runs out or after a bug: then
// the session ends.
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <new>

void* operator new(std::size_t size) {
    if (void* memory = std::malloc(size)) return memory;
    static constexpr char kTold[] = "jailshell: the host has no memory left; try again later\n";
    (void)!::write(STDERR_FILENO, kTold, sizeof kTold - 1);
    ::_exit(254);  // as every refusal
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace std {
[[noreturn]] void __throw_length_error(const char*) {
    std::abort();
}
[[noreturn]] void __throw_logic_error(const char*) {
    std::abort();
}
[[noreturn]] void __throw_bad_alloc() {
    std::abort();
}
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...) {
    std::abort();
}
[[noreturn]] void __throw_bad_array_new_length() {
    std::abort();
}
// _GLIBCXX_ASSERTIONS. Declared not to return by the headers.
void __glibcxx_assert_fail(const char*, int, const char*, const char*) noexcept {
    std::abort();
}
}  // namespace std
