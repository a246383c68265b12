// SPDX-License-Identifier: Apache-2.0
// libssh's sftp: one call a question, so that a test reads as a list of what works and what does not.
#pragma once

#include <libssh/sftp.h>

#include <optional>
#include <string>
#include <vector>

#include "connection.h"

namespace jail::testing {

class SftpClient {
public:
    explicit SftpClient(const Connection& connection);
    ~SftpClient();
    SftpClient(const SftpClient&) = delete;
    SftpClient& operator=(const SftpClient&) = delete;

    bool started() const { return started_; }
    sftp_session session() const { return session_; }

    // Names without "." and "..", sorted; empty also when it cannot be read.
    std::vector<std::string> list(const std::string& path) const;
    std::optional<std::string> read(const std::string& path) const;
    bool write(const std::string& path, const std::string& content) const;
    std::string resolve(const std::string& path) const;
    bool rename(const std::string& from, const std::string& to) const {
        return sftp_rename(session_, from.c_str(), to.c_str()) == 0;
    }
    bool remove(const std::string& path) const { return sftp_unlink(session_, path.c_str()) == 0; }
    bool make_directory(const std::string& path) const {
        return sftp_mkdir(session_, path.c_str(), 0755) == 0;
    }
    bool remove_directory(const std::string& path) const { return sftp_rmdir(session_, path.c_str()) == 0; }
    bool link(const std::string& target, const std::string& path) const {
        return sftp_symlink(session_, target.c_str(), path.c_str()) == 0;
    }

private:
    sftp_session session_;
    bool started_ = false;
};

}  // namespace jail::testing
