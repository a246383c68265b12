# SPDX-License-Identifier: Apache-2.0
# `cmake --build build/dev --target uninstall` removes what the last install of this build directory laid down.
add_custom_target(uninstall
    COMMAND ${CMAKE_COMMAND} -D MANIFEST=${CMAKE_BINARY_DIR}/install_manifest.txt
            -P ${CMAKE_SOURCE_DIR}/cmake/run_uninstall.cmake
    VERBATIM)
