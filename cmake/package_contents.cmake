# SPDX-License-Identifier: Apache-2.0
# Runs inside CPack, between installing into its directory and packing that: what Debian's packages have beyond an install.
set(root ${CPACK_TEMPORARY_DIRECTORY})
if(CPACK_TEMPORARY_INSTALL_DIRECTORY)
    set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
endif()

# Every file of /etc is the administrator's: dpkg asks before it replaces what was changed.
file(GLOB_RECURSE files RELATIVE ${root} ${root}/etc/*)
list(SORT files)
list(TRANSFORM files PREPEND /)
list(JOIN files "\n" conffiles)
if(NOT conffiles)
    message(FATAL_ERROR "no file of /etc in ${root}")
endif()
file(WRITE ${CPACK_JAIL_BINARY_DIR}/conffiles "${conffiles}\n")
file(CHMOD ${CPACK_JAIL_BINARY_DIR}/conffiles PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

set(doc ${root}/usr/share/doc/jailshell)
file(COPY ${CPACK_JAIL_SOURCE_DIR}/copyright ${CPACK_JAIL_BINARY_DIR}/changelog DESTINATION ${doc}
     FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

file(GLOB_RECURSE manuals ${root}/usr/share/man/*)
execute_process(COMMAND gzip -9nf ${doc}/changelog ${manuals} COMMAND_ERROR_IS_FATAL ANY)
