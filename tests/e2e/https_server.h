// SPDX-License-Identifier: Apache-2.0
// A https server of the host on 127.0.0.1, also called localhost. Its certificate is signed by an authority
// of the test's own, which becomes one that the host trusts as its administrator would have it:
// update-ca-certificates(8).
#pragma once

#include <memory>
#include <string>

#include "process.h"

namespace jail::testing {

class HttpsServer {
public:
    // Serves the files below DIRECTORY/web; of DIRECTORY/web/git, repositories over git's smart protocol.
    explicit HttpsServer(const std::string& directory);

    int port() const { return port_; }
    std::string directory() const { return directory_ + "/web"; }

private:
    void make_certificates() const;

    std::string directory_;
    int port_ = 0;
    std::unique_ptr<Process> process_;
};

}  // namespace jail::testing
