# SPDX-License-Identifier: Apache-2.0
# add_musl_executable(NAME SOURCES source... ROOMS room...): a static position-independent program of C++ code that needs
# no C++ library, linked with musl (Debian: musl-dev). Its rooms have to be musl rooms (rooms.cmake).
#
# Why: each command that a client runs executes jailshell once more before the real shell. glibc's start alone costs
# some 70 CPUID instructions, and where the machine is virtual each of them leaves the guest: 0.3 ms a command were
# measured, against 0.06 ms with musl (docs/BENCHMARKS.md). The headers of libstdc++ serve with musl's C headers;
# jailshell/standalone.cc has the functions of libstdc++.a that they call. Builds with gcc 12 to 14.
string(REPLACE "-gnu" "-musl" JAIL_MUSL "${CMAKE_LIBRARY_ARCHITECTURE}")
set(JAIL_MUSL_INCLUDE /usr/include/${JAIL_MUSL})
set(JAIL_MUSL_LIB /usr/lib/${JAIL_MUSL})
if(NOT EXISTS ${JAIL_MUSL_LIB}/libc.a)
    message(FATAL_ERROR "musl is missing: apt-get install musl-dev")
endif()

function(jail_musl_options name)
    string(REGEX MATCH "^[0-9]+" major ${CMAKE_CXX_COMPILER_VERSION})
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=include OUTPUT_VARIABLE builtin OUTPUT_STRIP_TRAILING_WHITESPACE)
    target_compile_options(${name} PRIVATE -O2 -fno-exceptions -fno-rtti -fno-sanitize=all -fPIE -ffunction-sections -fdata-sections
        -nostdinc
        "SHELL:-isystem /usr/include/c++/${major}"
        "SHELL:-isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}/c++/${major}"
        "SHELL:-isystem ${JAIL_MUSL_INCLUDE}"
        "SHELL:-isystem ${builtin}"
        # The kernel's headers, after musl's own.
        "SHELL:-idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}"
        "SHELL:-idirafter /usr/include")
    # Macros of glibc that libstdc++'s configuration takes for granted.
    target_compile_options(${name} PRIVATE "-D__GLIBC_PREREQ(major,minor)=0" -D__locale_t=locale_t)
    # Checks of indices, whatever the build type; and with them no member of std::string is left to libstdc++.a, where
    # gcc 13 and later expect one else.
    target_compile_options(${name} PRIVATE -U_GLIBCXX_ASSERTIONS -D_GLIBCXX_ASSERTIONS)
endfunction()

# The end of each program's link line, after all rooms.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-libgcc-file-name OUTPUT_VARIABLE JAIL_LIBGCC OUTPUT_STRIP_TRAILING_WHITESPACE)
add_library(jail_musl_libc INTERFACE)
target_link_libraries(jail_musl_libc INTERFACE ${JAIL_MUSL_LIB}/libc.a ${JAIL_LIBGCC} ${JAIL_MUSL_LIB}/crtn.o)

function(add_musl_executable name)
    cmake_parse_arguments(program "" "" "SOURCES;ROOMS" ${ARGN})
    add_executable(${name} ${program_SOURCES})
    jail_musl_options(${name})
    target_link_options(${name} PRIVATE -fno-sanitize=all -static-pie -nostdlib -Wl,--gc-sections
        ${JAIL_MUSL_LIB}/rcrt1.o ${JAIL_MUSL_LIB}/crti.o)
    list(TRANSFORM program_ROOMS APPEND _musl)
    target_link_libraries(${name} PRIVATE ${program_ROOMS})
endfunction()
