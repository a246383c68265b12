// SPDX-License-Identifier: Apache-2.0
#include "libjail/events/journal.h"

#include <sys/socket.h>
#include <syslog.h>

#include "libjail/base/escape.h"
#include "libjail/base/unix_address.h"

namespace jail {
namespace {

constexpr std::size_t kMaxMessage = 2000;

std::string field_name(std::string_view name) {
    if (name == "jail") return "JAIL_NAME";
    std::string upper = "JAIL_";
    for (const char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return upper;
}

void add(std::string& entry, std::string_view name, std::string_view value) {
    entry.append(name).append("=").append(value).append("\n");
}

}  // namespace

std::string journal_entry(const Event& event, const JournalLine& line) {
    std::string entry;
    add(entry, "MESSAGE", printable(line.message, kMaxMessage));
    add(entry, "PRIORITY", std::to_string(LOG_PRI(line.priority)));
    add(entry, "SYSLOG_FACILITY", std::to_string(LOG_FAC(LOG_AUTHPRIV)));
    add(entry, "SYSLOG_IDENTIFIER", printable(line.identifier));
    for (const Event::Field& field : event.fields())
        add(entry, field_name(field.name), printable(field.value));
    return entry;
}

Result<FileDescriptor> open_journal(const std::string& path) {
    const sockaddr_un address = JAIL_TRY(unix_address("connect to", path));
    FileDescriptor journal(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!journal) return errno_error("socket");
    if (::connect(journal.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return errno_error("connect to", path);
    return journal;
}

Result<> send_to_journal(const FileDescriptor& journal, const Event& event, const JournalLine& line) {
    const std::string entry = journal_entry(event, line);
    if (::send(journal.get(), entry.data(), entry.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return errno_error("send to", "the journal");
    return success();
}

}  // namespace jail
