#include "provision/account_records.h"

#include <unistd.h>

#include <algorithm>

#include "provision/file_io.h"
#include "provision/problem.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxShellBytes = 4096;

std::string accounts(const Layout& layout) {
    return layout.state_dir + "/accounts";
}

std::string record_path(const Layout& layout, std::uint32_t uid) {
    return accounts(layout) + "/" + std::to_string(uid);
}

std::string shell_path(const Layout& layout, std::uint32_t uid) {
    return record_path(layout, uid) + ".shell";
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

Result<> write_record(const Layout& layout, const AccountRecord& record, const std::string& previous_shell) {
    if (const Result<> valid = validate(record); !valid) return in_context(record.account, valid.error());
    JAIL_TRY(make_directories(accounts(layout)));
    return replace_files({{shell_path(layout, record.uid), previous_shell, 0600},
                          {record_path(layout, record.uid), encode(record), 0644}});
}

Result<> remove_record(const Layout& layout, std::uint32_t uid) {
    const std::string path = record_path(layout, uid);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("remove", path);
    return sync_directory(accounts(layout));
}

Result<std::string> remembered_shell(const Layout& layout, std::uint32_t uid) {
    return read_file(shell_path(layout, uid), kMaxShellBytes);
}

void forget_shell(const Layout& layout, std::uint32_t uid) {
    (void)::unlink(shell_path(layout, uid).c_str());
}

}  // namespace jail::provision
