// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/report.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "provision/accounts/account_records.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/config/jail_catalog.h"
#include "provision/host/account.h"
#include "provision/tree/publisher.h"
#include "provision/tree/tree_builder.h"

namespace jail::provision {

namespace {

// As one word of the shell's. Plain ones stay as they are.
std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
        return std::isalnum(c) || std::strchr("_./:=@%+,-", c) != nullptr;
    });
    if (plain) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

}  // namespace

int fail(const Error& error, const Diagnostics& diagnostics) {
    std::fputs(diagnostics.joined().c_str(), stderr);
    log_error(describe(error));
    return 1;
}

void print_notes(const Diagnostics& diagnostics) {
    for (const std::string& note : diagnostics.notes())
        (void)std::fprintf(stderr, "note: %s\n", note.c_str());
}

Result<StateLock> lock_state(const Layout& layout, const CommonOptions& common) {
    if (common.dry_run) return StateLock::none();
    StateLock lock = JAIL_TRY(StateLock::take(layout, common.lock_timeout,
                                              [] { log_notice("waiting for another jail-provision"); }));
    remove_stale_staging(layout);
    return lock;
}

namespace {

// The name of an account where a jail is expected.
std::string no_such_jail(const Layout& layout, const std::string& name) {
    const Result<Account> account = find_account(name);
    const auto record =
        account ? find_record(layout, account.value().uid) : Result<AccountRecord>(account.error());
    if (!record) return unknown_jail(layout, name);
    return "'" + name + "' is an account, in the jail " + record.value().jail + "; name that";
}

}  // namespace

Result<Manifest> find_published(const Layout& layout, const std::string& jail) {
    if (!valid_jail_name(jail)) return problem(no_such_jail(layout, jail));
    Result<Manifest> manifest = published_manifest(layout, jail);
    if (manifest || manifest.error().code() != ENOENT) return manifest;
    const bool written = read_state(jail_file(layout, jail)).kind != FileKind::kAbsent;
    return problem(written ? "jail '" + jail + "' was never built; run jail-provision build " + jail
                           : no_such_jail(layout, jail));
}

void print_json(const nlohmann::json& value) {
    std::puts(value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

std::string as_shell_words(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
    return line;
}

}  // namespace jail::provision
