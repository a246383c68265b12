// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/manifest.h"

#include <sys/stat.h>

#include <linux/filter.h>

#include <algorithm>

#include "libjail/base/codec.h"

namespace jail {

// The order of the fields in the file. Anything that changes here raises kFormatVersion.

template <class Archive>
void fields(Archive& archive, AccountRecord& record) {
    archive(record.account);
    archive(record.uid);
    archive(record.jail);
}

template <class Archive>
void fields(Archive& archive, GroupRecord& record) {
    archive(record.group);
    archive(record.gid);
    archive(record.jail);
}

template <class Archive>
void fields(Archive& archive, Access& access) {
    archive(access.shell);
    archive(access.sftp);
    archive(access.scp);
    archive(access.rsync);
    archive(access.git);
}

template <class Archive>
void fields(Archive& archive, Limits& limits) {
#define LIMIT(key, type, member, kind, fallback, text) archive(limits.member);
#include "libjail/policy/limits.def"
#undef LIMIT
    archive(limits.memory_is_default);
    archive(limits.swap_is_default);
    archive(limits.tasks_are_default);
}

template <class Archive>
void fields(Archive& archive, BindMount& mount) {
    archive(mount.source);
    archive(mount.target);
    archive(mount.writable);
    archive(mount.exec);
}

template <class Archive>
void fields(Archive& archive, LoginHours& hours) {
    archive(hours.day);
    archive(hours.from);
    archive(hours.to);
}

template <class Archive>
void fields(Archive& archive, EnvironmentVariable& variable) {
    archive(variable.name);
    archive(variable.value);
}

template <class Archive>
void fields(Archive& archive, Manifest& record) {
    archive(record.jail);
    archive(record.generation);
    archive(record.tree);
    archive(record.hostname);
    archive(record.shell);
    archive(record.sftp_server);
    archive(record.access);
#define SETTING(key, type, member, initial, kind, since, text) archive(record.member);
#include "libjail/policy/settings.def"
#undef SETTING
    archive(record.limits);
    archive(record.hours);
    archive(record.message);
    archive(record.mounts);
    archive(record.environment_pass);
    archive(record.environment_set);
    archive(record.seccomp);
}

template <class Archive>
void fields(Archive& archive, InstanceRecord& record) {
    archive(record.account);
    archive(record.uid);
    archive(record.gid);
    archive(record.groups);
    archive(record.home);
    archive(record.manifest);
}

namespace {

constexpr std::string_view kAccountMagic = "JAILacct";
constexpr std::string_view kGroupMagic = "JAILgrup";
constexpr std::string_view kManifestMagic = "JAILmani";
constexpr std::string_view kInstanceMagic = "JAILinst";

template <class Record>
std::string encode_record(std::string_view magic, const Record& record) {
    Encoder payload;
    payload(record);
    const std::string body = payload.take();
    Encoder header;
    header(kFormatVersion);
    header(body);  // a string: its length, then its bytes
    return std::string(magic) + header.take();
}

Error bad_record(std::string_view why) {
    return refused(EBADMSG, "cannot decode the record: " + std::string(why));
}

template <class Record>
Result<Record> decode_record(std::string_view magic, std::string_view bytes) {
    if (bytes.size() > kMaxRecordBytes) return bad_record("too large");
    if (bytes.substr(0, magic.size()) != magic) return bad_record("not a record of this kind");
    Decoder header(bytes.substr(magic.size()));
    std::uint32_t version = 0;
    std::string body;
    header(version);
    if (version != kFormatVersion)
        return bad_record("written by another version of jail-provision; run jail-provision build");
    header(body);
    if (!header.complete()) return bad_record("truncated or longer than it says");
    Record record;
    Decoder payload(body);
    payload(record);
    if (!payload.complete()) return bad_record("a field is truncated or out of bounds");
    JAIL_TRY(validate(record));
    return record;
}

Error invalid(std::string_view why) {
    return refused(EINVAL, "the record is not valid: " + std::string(why));
}

bool valid_hex_id(std::string_view id) {
    return id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Values that the kernel's files take without overflow and without a silent change.
Result<> validate_limits(const Limits& limits) {
    constexpr std::uint64_t kMostBytes = INT64_MAX / 2;
    const bool swap_limited = limits.swap_bytes != kSwapNotLimited;
    for (const std::uint64_t bytes : {limits.memory_bytes, swap_limited ? limits.swap_bytes : 0,
                                      limits.io_read_bytes, limits.io_write_bytes, limits.file_size_bytes})
        if (bytes > kMostBytes) return invalid("a limit in bytes is out of range");
    if (swap_limited && limits.swap_bytes != 0 && limits.memory_bytes == 0)
        return invalid("swap is limited, but memory is not");
    if (limits.cpu_percent > 100'000) return invalid("the limit of processor time is out of range");
    return success();
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// Lines of text: without a character that would move a terminal's cursor or change its state.
bool is_plain_text(std::string_view text) {
    return text.size() <= kMaxMessageBytes && std::none_of(text.begin(), text.end(), [](unsigned char c) {
               return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
           });
}

bool valid_variable_name(std::string_view name) {
    return !name.empty() && name.find_first_not_of(
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789_") == std::string_view::npos;
}

bool valid_pass_pattern(std::string_view pattern) {
    if (!pattern.empty() && pattern.back() == '*') pattern.remove_suffix(1);
    return valid_variable_name(pattern);
}

Result<> validate_environment(const Manifest& record) {
    for (const std::string& pattern : record.environment_pass)
        if (!valid_pass_pattern(pattern)) return invalid("environment to pass is not a name: " + pattern);
    for (const EnvironmentVariable& variable : record.environment_set)
        if (!valid_variable_name(variable.name) || variable.value.find('\0') != std::string::npos)
            return invalid("environment to set is not a name and a value: " + variable.name);
    return success();
}

}  // namespace

bool valid_account_name(std::string_view name) {
    if (name.empty() || name.size() > 32) return false;
    if (!(name[0] == '_' || (name[0] >= 'a' && name[0] <= 'z'))) return false;
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string_view::npos;
}

bool valid_jail_name(std::string_view name) {
    if (name.empty() || name.size() > 32 || name[0] == '-' || name[0] == '_') return false;
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

bool valid_absolute_path(std::string_view path) {
    if (path.empty() || path.size() > 4095 || path[0] != '/' || has_control_character(path)) return false;
    if (path == "/") return true;
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view component = path.substr(start, end - start);
        if (component.empty() || component == "." || component == ".." || component.size() > 255)
            return false;
        start = end + 1;
    }
    return true;
}

Result<> validate(const AccountRecord& record) {
    if (!valid_account_name(record.account)) return invalid("not an account name");
    if (!valid_jail_name(record.jail)) return invalid("not a jail name");
    if (record.uid == 0 || record.uid == UINT32_MAX) return invalid("uid 0 and -1 are never jailed");
    return success();
}

Result<> validate(const GroupRecord& record) {
    if (!valid_account_name(record.group)) return invalid("not a group name");
    if (!valid_jail_name(record.jail)) return invalid("not a jail name");
    if (record.gid == 0 || record.gid == UINT32_MAX) return invalid("gid 0 and -1 are never jailed");
    return success();
}

Result<> validate(const Manifest& record) {
    if (!valid_jail_name(record.jail)) return invalid("not a jail name");
    if (!valid_hex_id(record.tree)) return invalid("not a tree");
    if (record.hostname.empty() || record.hostname.size() > 64 || has_control_character(record.hostname))
        return invalid("not a hostname");
    if (record.access.shell && !valid_absolute_path(record.shell))
        return invalid("the shell is not an absolute path");
    if (!record.sftp_server.empty() && !valid_absolute_path(record.sftp_server))
        return invalid("the sftp server is not an absolute path");
    if (record.network != Network::kNone && record.network != Network::kHost)
        return invalid("unknown network mode");
    if (record.user_namespace > UserNamespace::kFakeroot) return invalid("unknown user namespace");
    if (record.info_shown > InfoShown::kAll) return invalid("unknown part of jail-info");
    if (record.umask > 0777) return invalid("umask out of range");
    JAIL_TRY(validate_limits(record.limits));
    for (const LoginHours& hours : record.hours)
        if (hours.day > 6 || hours.from >= hours.to || hours.to > 24 * 60)
            return invalid("hours are not a range of a day's minutes");
    if (!is_plain_text(record.message)) return invalid("the message has control characters");
    for (const BindMount& mount : record.mounts)
        if (!valid_absolute_path(mount.source) || !valid_absolute_path(mount.target) || mount.target == "/")
            return invalid("mount is not two absolute paths: " + mount.source);
    if (record.seccomp.empty() || record.seccomp.size() % sizeof(sock_filter) != 0 ||
        record.seccomp.size() / sizeof(sock_filter) > BPF_MAXINSNS)
        return invalid("the seccomp program is missing or of a wrong size");
    return validate_environment(record);
}

Result<> validate(const InstanceRecord& record) {
    if (!valid_account_name(record.account)) return invalid("not an account name");
    if (record.uid == 0 || record.uid == UINT32_MAX) return invalid("uid 0 and -1 are never jailed");
    if (!valid_absolute_path(record.home)) return invalid("home is not an absolute path");
    return validate(record.manifest);
}

std::string encode(const AccountRecord& record) {
    return encode_record(kAccountMagic, record);
}
std::string encode(const GroupRecord& record) {
    return encode_record(kGroupMagic, record);
}
std::string encode(const Manifest& record) {
    return encode_record(kManifestMagic, record);
}
std::string encode(const InstanceRecord& record) {
    return encode_record(kInstanceMagic, record);
}

Result<AccountRecord> decode_account(std::string_view bytes) {
    return decode_record<AccountRecord>(kAccountMagic, bytes);
}
Result<GroupRecord> decode_group(std::string_view bytes) {
    return decode_record<GroupRecord>(kGroupMagic, bytes);
}
Result<Manifest> decode_manifest(std::string_view bytes) {
    return decode_record<Manifest>(kManifestMagic, bytes);
}
Result<InstanceRecord> decode_instance(std::string_view bytes) {
    return decode_record<InstanceRecord>(kInstanceMagic, bytes);
}

}  // namespace jail
