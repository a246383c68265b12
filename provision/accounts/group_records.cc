// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/group_records.h"

#include <algorithm>
#include <cstdint>

#include "libjail/policy/name_service.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"

namespace jail::provision {

namespace {

std::string groups(const Layout& layout) {
    return layout.state_dir + "/groups";
}

std::string record_path(const Layout& layout, std::uint32_t gid) {
    return groups(layout) + "/" + std::to_string(gid);
}

}  // namespace

std::vector<GroupRecord> all_group_records(const Layout& layout, std::vector<std::string>& damaged) {
    std::vector<GroupRecord> records;
    for (const std::string& name : names_in(groups(layout))) {
        if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); })) continue;
        const Result<std::string> bytes = read_file(groups(layout) + "/" + name, kMaxRecordBytes);
        Result<GroupRecord> record = bytes ? decode_group(bytes.value()) : Result<GroupRecord>(bytes.error());
        if (record)
            records.push_back(std::move(record).value());
        else
            damaged.push_back(groups(layout) + "/" + name);
    }
    return records;
}

namespace {

// A gid that changed (groupmod -g): the record of the old one has no effect any more.
std::vector<std::string> outdated(const Layout& layout, const std::vector<GroupRecord>& records) {
    std::vector<std::string> damaged, paths;
    for (const GroupRecord& old : all_group_records(layout, damaged)) {
        const auto same_name = [&](const GroupRecord& one) { return one.group == old.group; };
        const auto same_gid = [&](const GroupRecord& one) { return one.gid == old.gid; };
        if (std::any_of(records.begin(), records.end(), same_name) &&
            std::none_of(records.begin(), records.end(), same_gid))
            paths.push_back(record_path(layout, old.gid));
    }
    return paths;
}

}  // namespace

Result<> check_groups(const Layout& layout, const std::vector<GroupRecord>& records) {
    std::vector<std::string> damaged;  // is written anew
    const std::vector<GroupRecord> present = all_group_records(layout, damaged);
    for (const GroupRecord& record : records) {
        if (const Result<> valid = validate(record); !valid)
            return in_context("group " + record.group, valid.error());
        for (const GroupRecord& other : present)
            if ((other.gid == record.gid || other.group == record.group) && other.jail != record.jail)
                return problem("group '" + other.group + "' is bound to jail '" + other.jail +
                               "' already; run jail-provision apply to move it");
    }
    return success();
}

Result<std::vector<GroupRecord>> look_up_groups(const Layout& layout, const std::string& jail,
                                                const std::vector<std::string>& names) {
    std::vector<GroupRecord> records;
    for (const std::string& name : names) {
        const Result<gid_t> gid = name_service::group_id(name);
        if (!gid && gid.error().code() != ENOENT) return gid.error();
        if (!gid) return problem(no_such_group(name, jail));
        records.push_back({name, gid.value(), jail});
    }
    JAIL_TRY(check_groups(layout, records));
    return records;
}

std::string no_such_group(const std::string& group, const std::string& jail) {
    return "group '" + group + "' of jail '" + jail +
           "' does not exist any more: its members are in no jail; create it again (groupadd), or take it "
           "off "
           "the jail's file";
}

Result<> bind_groups(const Layout& layout, const std::vector<GroupRecord>& records, Undo& undo) {
    std::vector<NewFile> files;
    for (const GroupRecord& record : records) {
        NewFile file = {record_path(layout, record.gid), encode(record), 0600};
        const Result<std::string> present = read_file(file.path, kMaxRecordBytes);
        if (!present || present.value() != file.bytes) files.push_back(std::move(file));
    }
    const std::vector<std::string> old = outdated(layout, records);
    if (!files.empty()) {
        JAIL_TRY(make_directories(groups(layout)));
        JAIL_TRY(undoable(undo).put(files));
    }
    return old.empty() ? success() : undoable(undo).remove(old);
}

Result<> remove_group_record(const Layout& layout, std::uint32_t gid) {
    return Replacement().remove({record_path(layout, gid)});
}

}  // namespace jail::provision
