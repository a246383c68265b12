# SPDX-License-Identifier: Apache-2.0
# Fixed, absolute, compiled in.
set(JAIL_CONFIG_DIR /etc/jail CACHE PATH "the administrator's YAML")
set(JAIL_STATE_DIR /var/lib/jail CACHE PATH "what builds produce")
set(JAIL_RUN_DIR /run/jail CACHE PATH "running instances")
set(JAIL_LOG_DIR /var/log/jail CACHE PATH "audit.jsonl, the record of events")
set(JAIL_SHARE_DIR ${CMAKE_INSTALL_FULL_DATADIR}/jail)
set(JAIL_SHELL_PATH ${CMAKE_INSTALL_FULL_BINDIR}/jailshell)
set(JAIL_SUPERVISOR_DIR ${CMAKE_INSTALL_FULL_LIBEXECDIR}/jail)
set(JAIL_SUPERVISOR_PATH ${JAIL_SUPERVISOR_DIR}/jail-supervisor)
set(JAIL_MAIL_PATH ${JAIL_SUPERVISOR_DIR}/jail-mail)
set(JAIL_RECORDER_PATH ${JAIL_SUPERVISOR_DIR}/jail-recorder)
set(JAIL_TERMINAL_PATH ${JAIL_SUPERVISOR_DIR}/jail-terminal)
set(JAIL_VERIFY_CLIENT_PATH ${JAIL_SUPERVISOR_DIR}/jail-verify-client)
set(JAIL_INFO_PATH ${JAIL_SUPERVISOR_DIR}/jail-info)
set(JAIL_SENDMAIL_PATH ${JAIL_SUPERVISOR_DIR}/jail-sendmail)

# Debian's libpam looks for modules in the multiarch directory: /lib/x86_64-linux-gnu/security.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-multiarch OUTPUT_VARIABLE JAIL_MULTIARCH
                OUTPUT_STRIP_TRAILING_WHITESPACE)
set(JAIL_SECURITY_DIR ${CMAKE_INSTALL_FULL_LIBDIR}/security)
if(JAIL_MULTIARCH AND CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(JAIL_SECURITY_DIR /usr/lib/${JAIL_MULTIARCH}/security)
endif()
