# SPDX-License-Identifier: Apache-2.0
# `cmake --build build/release --target package` makes jailshell_VERSION_ARCHITECTURE.deb; needs dpkg-dev.
set(JAIL_PACKAGE_MAINTAINER "jailshell maintainers <maintainers@jailshell.invalid>"
    CACHE STRING "who answers for the Debian package: set it when you distribute one")
set(debian ${CMAKE_SOURCE_DIR}/config/debian)
configure_file(${debian}/changelog.in ${CMAKE_BINARY_DIR}/package/changelog @ONLY)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON) # files of /etc and PAM's directory are outside of the prefix
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/package_contents.cmake)
set(CPACK_JAIL_SOURCE_DIR ${debian})
set(CPACK_JAIL_BINARY_DIR ${CMAKE_BINARY_DIR}/package)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${JAIL_PACKAGE_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"An administrator says in YAML which commands an account may run. However the
account comes in, by ssh, sftp, scp, rsync, su, login or cron, its session is
in a jail of its own: its own root directory, processes, network, host name
and limits, and no way to gain privilege.
.
The package has the PAM module pam_jail, the login shell jailshell and the
administrator's tool jail-provision. After upgrades of other packages, the
jails in use are brought up to date.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS passwd) # useradd, usermod and userdel
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "openssh-server, openssh-sftp-server")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "rsync, git")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${debian}/postinst ${debian}/prerm ${debian}/postrm ${debian}/triggers ${CMAKE_BINARY_DIR}/package/conffiles)
include(CPack)
