// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/policy_comparison.h"

#include <algorithm>

#include "provision/base/problem.h"
#include "provision/build/jail_build.h"
#include "provision/config/jail_catalog.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

bool same(const Access& a, const Access& b) {
    return a.shell == b.shell && a.sftp == b.sftp && a.scp == b.scp && a.rsync == b.rsync && a.git == b.git;
}

bool same(const std::vector<BindMount>& a, const std::vector<BindMount>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const BindMount& one, const BindMount& other) {
                          return one.source == other.source && one.target == other.target &&
                                 one.writable == other.writable && one.exec == other.exec;
                      });
}

bool same(const std::vector<EnvironmentVariable>& a, const std::vector<EnvironmentVariable>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const EnvironmentVariable& one, const EnvironmentVariable& other) {
                          return one.name == other.name && one.value == other.value;
                      });
}

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : ", ") + word;
    return line;
}

}  // namespace

std::vector<std::string> differing_keys(const Manifest& a, const Manifest& b) {
    std::vector<std::string> keys;
    const auto compare = [&](const char* key, bool is_same) {
        if (!is_same) keys.emplace_back(key);
    };
    compare("hostname", a.hostname == b.hostname);
    compare("shell", a.shell == b.shell);
    compare("sftp_server", a.sftp_server == b.sftp_server);
    compare("access", same(a.access, b.access));
    compare("mounts", same(a.mounts, b.mounts));
    compare("environment",
            a.environment_pass == b.environment_pass && same(a.environment_set, b.environment_set));
    compare("syscalls", a.seccomp == b.seccomp);
#define SETTING(key, type, member, initial, kind, since, text) compare(key, a.member == b.member);
#include "libjail/policy/settings.def"
#undef SETTING
#define LIMIT(key, type, member, kind, fallback, text) \
    compare("limits." key, a.limits.member == b.limits.member);
#include "libjail/policy/limits.def"
#undef LIMIT
    return keys;
}

// A jail that was rolled back is to be as its generation is, not as its file.
ComparedPolicy compare_policy(const Layout& layout, const Manifest& published) {
    const std::string file = jail_file(layout, published.jail);
    ComparedPolicy compared{
        published,
        {},
        {"manifest", "manifest", "the published policy", "as the file", "", RowState::kAsPolicy}};
    Diagnostics diagnostics;
    auto compiled = compile_jail(layout, published.jail, diagnostics);
    if (compiled) compared.allowed_calls = std::move(compiled->allowed_calls);
    if (held(layout, published)) {
        compared.row.seen = "held at generation " + std::to_string(published.generation) + ", by rollback";
        compared.row.state = RowState::kNote;
        return compared;
    }
    if (!compiled) {
        const std::string reason =
            diagnostics.lines().empty() ? describe(compiled.error()) : diagnostics.lines().front();
        compared.row.seen = "not compared: " + reason;
        compared.row.state = RowState::kUntried;
        return compared;
    }
    const std::vector<std::string> keys = differing_keys(published, compiled->manifest);
    compared.wanted = std::move(compiled->manifest);
    compared.wanted.generation = published.generation;
    compared.wanted.tree = published.tree;
    compared.row.seen = keys.empty() ? "as " + file : "it differs in " + joined(keys);
    if (!keys.empty()) compared.row.state = RowState::kWrong;
    return compared;
}

}  // namespace jail::provision
