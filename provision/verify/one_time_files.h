// SPDX-License-Identifier: Apache-2.0
// The files of a verification below /run, for as long as it lasts: a directory of root's, with a name that
// nobody can guess, in which the accounts that are tried can read what they know the name of.
#pragma once

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::provision {

class OneTimeFiles {
public:
    // Makes the directory, a host key and a key to log in with (ssh-keygen(1)), and the marker.
    // `account`: whose logins they are for.
    static Result<OneTimeFiles> make(const std::string& account);
    OneTimeFiles(OneTimeFiles&&) = default;
    OneTimeFiles& operator=(OneTimeFiles&&) = delete;
    ~OneTimeFiles();

    const std::string& directory() const { return directory_; }
    const std::string& token() const { return token_; }
    std::string path(const std::string& name) const { return directory_ + "/" + name; }

    // A file that only the host has, and that everybody can read there.
    std::string marker() const { return path("marker"); }
    std::string host_key() const { return path("host_key"); }
    // Of the account's logins, or of root's: a client that an account has taken over is no step to root.
    // Named by the account (sshd_config(5), AuthorizedKeysFile): its key lets no other one in.
    std::string authorized_keys(bool for_root) const { return path(for_root ? "keys.root" : "keys.%u"); }
    // The lines that jail-verify-client reads first. The private keys are nowhere but here.
    const std::string& keys(bool for_root) const { return for_root ? root_keys_ : account_keys_; }

    Result<> write(const std::string& name, const std::string& text, unsigned mode) const;

private:
    OneTimeFiles() = default;
    Result<std::string> make_keys(const std::string& host_key, const std::string& account,
                                  bool for_root) const;

    std::string directory_, token_, account_keys_, root_keys_;
};

}  // namespace jail::provision
