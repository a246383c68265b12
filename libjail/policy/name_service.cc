// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/name_service.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace jail::name_service {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;  // a group of a large directory has a long member list
constexpr std::size_t kMaxBufferBytes = 16 * 1024 * 1024;
constexpr int kMaxGroups = 1024;

std::string text(const char* field) {
    return field == nullptr ? "" : field;
}

}  // namespace

Result<Account> account_of(uid_t uid) {
    std::string buffer(kBufferBytes, '\0');
    passwd entry = {};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    if (error != 0) return Error(error, "look up uid", std::to_string(uid));
    if (found == nullptr) return Error(ENOENT, "look up uid", std::to_string(uid));
    return Account{text(entry.pw_name), entry.pw_uid,         entry.pw_gid,
                   text(entry.pw_dir),  text(entry.pw_gecos), text(entry.pw_shell)};
}

Result<Group> group_of(gid_t gid) {
    std::string buffer(kBufferBytes, '\0');
    ::group entry = {};
    ::group* found = nullptr;
    int error = ERANGE;
    while ((error = ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found)) == ERANGE &&
           buffer.size() < kMaxBufferBytes)
        buffer.resize(buffer.size() * 4);
    if (error != 0) return Error(error, "look up gid", std::to_string(gid));
    if (found == nullptr) return Error(ENOENT, "look up gid", std::to_string(gid));
    Group group{text(entry.gr_name), {}};
    for (char** member = entry.gr_mem; member != nullptr && *member != nullptr; ++member)
        group.members.emplace_back(*member);
    return group;
}

Result<std::string> group_name(gid_t gid) {
    return JAIL_TRY(group_of(gid)).name;
}

Result<gid_t> group_id(const std::string& name) {
    std::string buffer(kBufferBytes, '\0');
    ::group entry = {};
    ::group* found = nullptr;
    const int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error != 0) return Error(error, "look up group", name);
    if (found == nullptr) return Error(ENOENT, "look up group", name);
    return entry.gr_gid;
}

Result<std::vector<gid_t>> groups_of(const std::string& account, gid_t primary) {
    std::vector<gid_t> ids(kMaxGroups);
    int count = kMaxGroups;
    if (::getgrouplist(account.c_str(), primary, ids.data(), &count) < 0)
        return Error(E2BIG, "look up groups of", account);
    ids.resize(static_cast<std::size_t>(count));
    return ids;
}

}  // namespace jail::name_service
