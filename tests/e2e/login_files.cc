// SPDX-License-Identifier: Apache-2.0
#include "login_files.h"

#include <lastlog.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <utmpx.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "machine.h"
#include "process.h"

namespace jail::testing::login_files {
namespace {

namespace fs = std::filesystem;

constexpr char kUtmp[] = "/run/utmp";
constexpr char kWtmp[] = "/var/log/wtmp";
constexpr char kLastlog[] = "/var/log/lastlog";

// Of util-linux, as long as Debian's tools read these files; wtmpdb's last(1) reads another one.
bool tools_read_them() {
    return fs::exists("/usr/bin/utmpdump");
}

std::vector<utmpx> entries_of(const char* path) {
    std::vector<utmpx> found;
    std::ifstream file(path, std::ios::binary);
    for (utmpx entry; file.read(reinterpret_cast<char*>(&entry), sizeof entry);) found.push_back(entry);
    return found;
}

template <std::size_t N>
std::string text_of(const char (&field)[N]) {
    return {field, ::strnlen(field, N)};
}

std::string time_of(time_t seconds) {
    char text[32];
    struct tm parts = {};
    ::strftime(text, sizeof text, "%Y-%m-%d %H:%M", ::localtime_r(&seconds, &parts));
    return text;
}

bool runs(pid_t pid) {
    return ::kill(pid, 0) == 0 || errno != ESRCH;
}

// last(1)'s: the next entry of the same line ends a login.
std::string end_of(const std::vector<utmpx>& entries, std::vector<utmpx>::const_iterator login) {
    const auto end = std::find_if(login + 1, entries.end(), [&](const utmpx& entry) {
        return (entry.ut_type == USER_PROCESS || entry.ut_type == DEAD_PROCESS) &&
               text_of(entry.ut_line) == text_of(login->ut_line);
    });
    if (end != entries.end()) return "- " + time_of(end->ut_tv.tv_sec);
    return runs(login->ut_pid) ? "still logged in" : "gone - no logout";
}

}  // namespace

void make() {
    for (const char* file : {kUtmp, kWtmp, kLastlog}) {
        fs::remove(file);
        machine::write_file(file, "", 0664);
    }
}

std::string who(bool with_pids) {
    if (tools_read_them())
        return run(with_pids ? std::vector<std::string>{"who", "-u"} : std::vector<std::string>{"who"})
            .output;
    std::string text;
    for (const utmpx& entry : entries_of(kUtmp)) {
        if (entry.ut_type != USER_PROCESS || !runs(entry.ut_pid)) continue;
        text += text_of(entry.ut_user) + " " + text_of(entry.ut_line) + " " + time_of(entry.ut_tv.tv_sec);
        if (with_pids) text += " ? " + std::to_string(entry.ut_pid);
        const std::string host = text_of(entry.ut_host);
        text += host.empty() ? "\n" : " (" + host + ")\n";
    }
    return text;
}

std::string last() {
    if (tools_read_them()) return run({"last", "-w"}).output;
    std::string text;
    const std::vector<utmpx> entries = entries_of(kWtmp);
    for (auto entry = entries.begin(); entry != entries.end(); ++entry)
        if (entry->ut_type == USER_PROCESS)
            text += text_of(entry->ut_user) + " " + text_of(entry->ut_line) + " " + text_of(entry->ut_host) +
                    " " + time_of(entry->ut_tv.tv_sec) + " " + end_of(entries, entry) + "\n";
    return text;
}

std::string lastlog(const std::string& account) {
    if (tools_read_them()) return run({"lastlog", "-u", account}).output;
    struct lastlog entry = {};
    std::ifstream file(kLastlog, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(machine::uid_of(account)) *
               static_cast<std::streamoff>(sizeof entry));
    if (!file.read(reinterpret_cast<char*>(&entry), sizeof entry) || entry.ll_time == 0)
        return account + " **Never logged in**\n";
    return account + " " + text_of(entry.ll_line) + " " + text_of(entry.ll_host) + " " +
           time_of(entry.ll_time) + "\n";
}

std::vector<std::string> lines_of(const std::string& account, const std::string& text) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(account + " ")) found.push_back(line);
    return found;
}

std::string open_in_utmp() {
    std::string text;
    for (const utmpx& entry : entries_of(kUtmp))
        if (entry.ut_type == USER_PROCESS)
            text += text_of(entry.ut_user) + " " + text_of(entry.ut_line) + "\n";
    return text;
}

}  // namespace jail::testing::login_files
