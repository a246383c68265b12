// SPDX-License-Identifier: Apache-2.0
// <state>/accounts/<uid>: which jail an account is bound to, and <uid>.before: what it was before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/base/layout.h"
#include "provision/base/replacement.h"

namespace jail::provision {

// Details of a binding that the login path does not need.
struct BindingNote {
    std::string previous_shell;  // to give back when the account leaves
    bool by_hand = false;        // `add --jail`, of a jail that does not list the account: `apply` lets it be
};

struct NotedRecord {
    AccountRecord record;
    BindingNote note;
};

// ENOENT: not bound.
Result<AccountRecord> find_record(const Layout& layout, std::uint32_t uid);
// Those that can be read; the others' names go into `damaged`.
std::vector<AccountRecord> all_records(const Layout& layout, std::vector<std::string>& damaged);
// An empty note if it does not exist.
BindingNote find_note(const Layout& layout, std::uint32_t uid);

// Binds: each account is bound with its note or not at all.
// A failure leaves all as it was; afterwards `change` can take it back.
Result<> write_records(const Layout& layout, const std::vector<NotedRecord>& records, Replacement& change);
Result<> remove_records(const Layout& layout, const std::vector<std::uint32_t>& uids, Replacement& change);

}  // namespace jail::provision
