#include "provision/group_records.h"

#include <algorithm>

#include "provision/file_io.h"
#include "provision/problem.h"
#include "provision/replacement.h"

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

Result<> check_groups(const Layout& layout, const std::vector<GroupRecord>& records) {
    std::vector<std::string> damaged;  // is written anew
    const std::vector<GroupRecord> present = all_group_records(layout, damaged);
    for (const GroupRecord& record : records) {
        if (const Result<> valid = validate(record); !valid)
            return in_context("group " + record.group, valid.error());
        for (const GroupRecord& other : present)
            if (other.gid == record.gid && other.jail != record.jail)
                return problem("group '" + record.group + "' is bound to jail '" + other.jail +
                               "' already; run jail-provision apply to move it");
    }
    return success();
}

Result<> bind_groups(const Layout& layout, const std::vector<GroupRecord>& records, Undo& undo) {
    std::vector<NewFile> files;
    for (const GroupRecord& record : records) {
        NewFile file = {record_path(layout, record.gid), encode(record), 0644};
        const Result<std::string> present = read_file(file.path, kMaxRecordBytes);
        if (!present || present.value() != file.bytes) files.push_back(std::move(file));
    }
    if (files.empty()) return success();
    JAIL_TRY(make_directories(groups(layout)));
    return undoable(undo).put(files);
}

Result<> remove_group_record(const Layout& layout, std::uint32_t gid) {
    return Replacement().remove({record_path(layout, gid)});
}

}  // namespace jail::provision
