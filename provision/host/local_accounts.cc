// SPDX-License-Identifier: Apache-2.0
#include "provision/host/local_accounts.h"

#include <pwd.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

namespace jail::provision {

namespace {

constexpr unsigned kFew = 16;

// nsswitch.conf(5); without the file, or the line, glibc asks the files.
bool files_come_first(const std::string& path) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string word;
        if (!(words >> word) || word != "passwd:") continue;
        return words >> word && (word == "files" || word == "compat");
    }
    return true;
}

}  // namespace

// A file that was changed since, by useradd(8) or usermod(8) that we started, is another one.
bool LocalAccounts::is_read() {
    struct stat status = {};
    if (::stat(passwd_.c_str(), &status) != 0) return false;
    const bool same = state_.device == status.st_dev && state_.inode == status.st_ino &&
                      state_.size == status.st_size && state_.changed.tv_sec == status.st_ctim.tv_sec &&
                      state_.changed.tv_nsec == status.st_ctim.tv_nsec;
    state_ = {status.st_dev, status.st_ino, status.st_size, status.st_ctim};
    return same;
}

void LocalAccounts::read() {
    accounts_.clear();
    if (!files_come_first(nsswitch_)) return;
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(passwd_.c_str(), "re"), std::fclose);
    if (!file) return;
    while (const passwd* entry = ::fgetpwent(file.get()))
        accounts_.try_emplace(entry->pw_name, Account{entry->pw_name, entry->pw_uid, entry->pw_gid,
                                                      entry->pw_dir, entry->pw_shell});
}

const Account* LocalAccounts::find(const std::string& name) {
    if (++asked_ <= kFew) return nullptr;
    if (!is_read()) read();
    const auto found = accounts_.find(name);
    return found == accounts_.end() ? nullptr : &found->second;
}

}  // namespace jail::provision
