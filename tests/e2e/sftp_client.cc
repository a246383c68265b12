// SPDX-License-Identifier: Apache-2.0
#include "sftp_client.h"

#include <fcntl.h>

#include <algorithm>

namespace jail::testing {

SftpClient::SftpClient(const Connection& connection) : session_(sftp_new(connection.session())) {
    started_ = session_ != nullptr && sftp_init(session_) == 0;
}

SftpClient::~SftpClient() {
    if (session_ != nullptr) sftp_free(session_);
}

std::vector<std::string> SftpClient::list(const std::string& path) const {
    std::vector<std::string> names;
    const sftp_dir directory = sftp_opendir(session_, path.c_str());
    if (directory == nullptr) return names;
    while (const sftp_attributes entry = sftp_readdir(session_, directory)) {
        const std::string name = entry->name;
        if (name != "." && name != "..") names.push_back(name);
        sftp_attributes_free(entry);
    }
    (void)sftp_closedir(directory);
    std::sort(names.begin(), names.end());
    return names;
}

std::optional<std::string> SftpClient::read(const std::string& path) const {
    const sftp_file file = sftp_open(session_, path.c_str(), O_RDONLY, 0);
    if (file == nullptr) return std::nullopt;
    std::string content;
    char buffer[32768];
    ssize_t count = 0;
    while ((count = sftp_read(file, buffer, sizeof buffer)) > 0)
        content.append(buffer, static_cast<std::size_t>(count));
    (void)sftp_close(file);
    return count < 0 ? std::nullopt : std::optional(content);
}

bool SftpClient::write(const std::string& path, const std::string& content) const {
    const sftp_file file = sftp_open(session_, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file == nullptr) return false;
    bool good = true;
    for (std::size_t at = 0; at < content.size() && good;) {
        const ssize_t count =
            sftp_write(file, content.data() + at, std::min<std::size_t>(content.size() - at, 32768));
        good = count > 0;
        if (good) at += static_cast<std::size_t>(count);
    }
    return sftp_close(file) == 0 && good;
}

std::string SftpClient::resolve(const std::string& path) const {
    char* text = sftp_canonicalize_path(session_, path.c_str());
    std::string resolved = text == nullptr ? "" : text;
    ssh_string_free_char(text);
    return resolved;
}

}  // namespace jail::testing
