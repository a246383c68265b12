// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/account_records.h"

#include <algorithm>
#include <cstdint>

#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxNoteBytes = 8192;
constexpr std::size_t kFilesAtOnce = 400;  // each is an open file until it is in place
constexpr char kByHand[] = "\nby hand\n";

std::string accounts(const Layout& layout) {
    return layout.state_dir + "/accounts";
}

std::string record_path(const Layout& layout, std::uint32_t uid) {
    return accounts(layout) + "/" + std::to_string(uid);
}

std::string note_path(const Layout& layout, std::uint32_t uid) {
    return record_path(layout, uid) + ".before";
}

std::string encode_note(const BindingNote& note) {
    return note.previous_shell + (note.by_hand ? kByHand : "\n");
}

}  // namespace

Result<AccountRecord> find_record(const Layout& layout, std::uint32_t uid) {
    return decode_account(JAIL_TRY(read_file(record_path(layout, uid), kMaxRecordBytes)));
}

std::vector<AccountRecord> all_records(const Layout& layout, std::vector<std::string>& damaged) {
    std::vector<AccountRecord> records;
    for (const std::string& name : names_in(accounts(layout))) {
        if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); })) continue;
        const Result<std::string> bytes = read_file(accounts(layout) + "/" + name, kMaxRecordBytes);
        Result<AccountRecord> record =
            bytes ? decode_account(bytes.value()) : Result<AccountRecord>(bytes.error());
        if (record)
            records.push_back(std::move(record).value());
        else
            damaged.push_back(accounts(layout) + "/" + name);
    }
    return records;
}

BindingNote find_note(const Layout& layout, std::uint32_t uid) {
    const Result<std::string> text = read_file(note_path(layout, uid), kMaxNoteBytes);
    if (!text) return {};
    return {text.value().substr(0, text.value().find('\n')), text.value().ends_with(kByHand)};
}

Result<> write_records(const Layout& layout, const std::vector<NotedRecord>& records, Replacement& change) {
    JAIL_TRY(make_directories(accounts(layout)));
    for (std::size_t done = 0; done < records.size();) {
        std::vector<NewFile> files;
        for (; done < records.size() && files.size() < kFilesAtOnce; ++done) {
            const auto& [record, note] = records[done];
            if (const Result<> valid = validate(record); !valid)
                return in_context(record.account, valid.error());
            files.push_back({note_path(layout, record.uid), encode_note(note), 0600});
            files.push_back({record_path(layout, record.uid), encode(record), 0600});
        }
        JAIL_TRY(change.put(files));
    }
    return success();
}

// Notes first: a note without its record would never be found.
Result<> remove_records(const Layout& layout, const std::vector<std::uint32_t>& uids, Replacement& change) {
    std::vector<std::string> paths;
    for (const std::uint32_t uid : uids) {
        paths.push_back(note_path(layout, uid));
        paths.push_back(record_path(layout, uid));
    }
    return change.remove(paths);
}

}  // namespace jail::provision
