// SPDX-License-Identifier: Apache-2.0
// The kernel's word on the processes that sshd has for an account: the proof needs no answer of theirs.
#pragma once

#include "libjail/policy/manifest.h"
#include "provision/host/account.h"
#include "provision/verify/row.h"
#include "provision/verify/test_server.h"

namespace jail::provision {

// Of a connection that is open.
Rows look_at_session(const TestServer& server, const Account& account, const Manifest& manifest);
// Where there was none to look at.
Rows no_session(const std::string& reason);

}  // namespace jail::provision
