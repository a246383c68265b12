// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program that runs under valgrind(1). Version 3.19 answers ENOSYS to system calls that it
// does not know: this makes the older ones in their place, which promise less.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstdarg>

extern "C" __attribute__((visibility("default"))) long syscall(long number, ...) noexcept {
    using Call = long (*)(long, ...);
    static const auto call = reinterpret_cast<Call>(::dlsym(RTLD_NEXT, "syscall"));
    long words[6];
    va_list list;
    va_start(list, number);
    for (long& word : words) word = va_arg(list, long);
    va_end(list);
    if (number == SYS_openat2) {  // without what RESOLVE_* forbids
        const auto& how = *reinterpret_cast<const open_how*>(words[2]);
        return call(SYS_openat, words[0], words[1], how.flags, how.mode);
    }
    if (number == SYS_seccomp && words[0] == SECCOMP_SET_MODE_FILTER && words[1] == 0)
        return call(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, words[2], 0, 0);
    return call(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

// A file system of its own: valgrind has files open that a door takes for a job's.
extern "C" __attribute__((visibility("default"))) int fsopen(const char*, unsigned) noexcept {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}
extern "C" __attribute__((visibility("default"))) int fsconfig(int, unsigned, const char*, const void*,
                                                               int) noexcept {
    return 0;
}
extern "C" __attribute__((visibility("default"))) int fsmount(int, unsigned, unsigned) noexcept {
    return ::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
// Those files stay valgrind's.
extern "C" __attribute__((visibility("default"))) int dup3(int, int to, int) noexcept {
    return to;
}
