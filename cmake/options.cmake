# SPDX-License-Identifier: Apache-2.0
option(JAIL_TESTS "Build the tests" ON)
option(JAIL_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON) # statement expressions: JAIL_TRY
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Werror -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    add_compile_options(-Wno-restrict) # false alarm of 12 on "text" + std::string (GCC bug 105651)
endif()
add_compile_definitions(_GNU_SOURCE)
if(CMAKE_BUILD_TYPE MATCHES "Rel")
    add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro,-z,now)
if(JAIL_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()

# Code that root runs on the login path: no exceptions, no RTTI, and the C++ library inside the file, so that nothing but
# libc (and libpam) is loaded into sshd. tests/lint/needed.sh holds the list.
add_library(jail_runtime_options INTERFACE)
target_compile_options(jail_runtime_options INTERFACE -fno-exceptions -fno-rtti)
if(NOT JAIL_SANITIZE)
    target_link_options(jail_runtime_options INTERFACE -static-libstdc++ -static-libgcc)
endif()
