// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/credentials.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jail::credentials {
namespace {

// Raw capget/capset rather than libcap: two calls do not earn a dependency of everything that root runs.
struct CapabilitySets {
    __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3] = {};
};

Result<CapabilitySets> read_sets() {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    CapabilitySets sets;
    if (::syscall(SYS_capget, &header, sets.words) != 0) return errno_error("capget");
    return sets;
}

Result<> write_sets(const CapabilitySets& sets) {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    if (::syscall(SYS_capset, &header, sets.words) != 0) return errno_error("capset");
    return success();
}

// One more than the last capability that this kernel knows: PR_CAPBSET_READ answers EINVAL from there on. Any
// other failure is not the end of the list.
Result<int> count_of_capabilities() {
    int count = 0;
    while (::prctl(PR_CAPBSET_READ, count, 0, 0, 0) >= 0) ++count;
    if (errno != EINVAL) return errno_error("read from the bounding set capability", std::to_string(count));
    return count;
}

Result<> empty_bounding_set() {
    const int count = JAIL_TRY(count_of_capabilities());
    for (int capability = 0; capability < count; ++capability)
        if (::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 0 &&
            ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
            return errno_error("drop from the bounding set capability", std::to_string(capability));
    return success();
}

Result<> empty_inheritable_set() {
    CapabilitySets sets = JAIL_TRY(read_sets());
    for (auto& word : sets.words) word.inheritable = 0;
    return write_sets(sets);
}

Error not_confined(std::string_view why) {
    return refused(EPERM, "the process is not confined: " + std::string(why));
}

Result<> verify_ids(uid_t uid) {
    uid_t real = 0, effective = 0, saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0) return errno_error("getresuid");
    if (uid == 0 || real != uid || effective != uid || saved != uid)
        return not_confined("a user id is another's");
    // setfsuid(2) cannot report failure; asking for an impossible id answers the present one.
    if (static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) != uid)
        return not_confined("the file-system user id is another's");
    return success();
}

Result<> verify_capabilities() {
    const CapabilitySets sets = JAIL_TRY(read_sets());
    for (const auto& word : sets.words)
        if ((word.effective | word.permitted | word.inheritable) != 0)
            return not_confined("a capability is left");
    const int count = JAIL_TRY(count_of_capabilities());
    for (int capability = 0; capability < count; ++capability) {
        if (::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 0)
            return not_confined("the bounding set is not empty");
        if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) != 0)
            return not_confined("the ambient set is not empty");
    }
    return success();
}

}  // namespace

Result<> forbid_privilege() {
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return errno_error("clear the ambient set");
    JAIL_TRY(empty_inheritable_set());
    JAIL_TRY(empty_bounding_set());
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error("set no_new_privs");
    if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return not_confined("no_new_privs did not take");
    return success();
}

Result<> keep_capabilities(std::uint64_t bits) {
    CapabilitySets sets = JAIL_TRY(read_sets());
    for (std::size_t i = 0; i < 2; ++i) {
        const auto kept = sets.words[i].permitted & static_cast<std::uint32_t>(bits >> (32 * i));
        sets.words[i] = {.effective = kept, .permitted = kept, .inheritable = 0};
    }
    return write_sets(sets);
}

Result<std::vector<gid_t>> groups() {
    const int most = ::getgroups(0, nullptr);
    std::vector<gid_t> groups(most < 0 ? 0 : static_cast<std::size_t>(most));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    if (most < 0 || count < 0) return errno_error("getgroups");
    groups.resize(static_cast<std::size_t>(count));
    groups.push_back(::getgid());
    return groups;
}

Result<> become(uid_t uid, gid_t gid, const std::vector<std::uint32_t>& groups) {
    if (uid == 0) return refused(EPERM, "a session cannot be root's");
    if (::setgroups(groups.size(), groups.data()) != 0) return errno_error("setgroups");
    if (::setresgid(gid, gid, gid) != 0) return errno_error("setresgid", std::to_string(gid));
    if (::setresuid(uid, uid, uid) != 0) return errno_error("setresuid", std::to_string(uid));
    JAIL_TRY(write_sets(CapabilitySets{}));
    JAIL_TRY(verify_ids(uid));
    if (::setuid(0) == 0) return not_confined("root could be had back");
    return success();
}

Result<> renounce_capabilities() {
    // Without SECBIT_NOROOT, what uid 0 executes has what the bounding set has: both are taken away.
    constexpr unsigned long kForGood = SECURE_ALL_BITS | SECURE_ALL_LOCKS;
    constexpr unsigned long kNoCapabilityOfRoots = kForGood & ~(SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP);
    if (::prctl(PR_SET_SECUREBITS, kNoCapabilityOfRoots, 0, 0, 0) != 0)
        return errno_error("set the securebits");
    JAIL_TRY(forbid_privilege());
    JAIL_TRY(write_sets(CapabilitySets{}));
    return verify_capabilities();
}

Result<> verify_confined(uid_t uid) {
    JAIL_TRY(verify_ids(uid));
    JAIL_TRY(verify_capabilities());
    if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return not_confined("no_new_privs is off");
    return success();
}

}  // namespace jail::credentials
