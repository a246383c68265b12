// SPDX-License-Identifier: Apache-2.0
#include "https_server.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "machine.h"

namespace jail::testing {
namespace {

constexpr char kRequest[] = R"([req]
distinguished_name = name
prompt = no
[name]
CN = localhost
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
subjectAltName = DNS:localhost,IP:127.0.0.1
authorityKeyIdentifier = keyid
subjectKeyIdentifier = hash
)";

void require(const std::vector<std::string>& command) {
    const Outcome outcome = run(command);
    ASSERT_EQ(outcome.exit_status(), 0)
        << ::testing::PrintToString(command) << outcome.output << outcome.errors;
}

}  // namespace

void HttpsServer::make_certificates() const {
    machine::write_file(directory_ + "/request.cnf", kRequest);
    const auto certify = [this](const std::string& name, const std::string& section,
                                const std::vector<std::string>& more) {
        std::vector<std::string> command = {"openssl",     "req",
                                            "-x509",       "-newkey",
                                            "ec",          "-nodes",
                                            "-pkeyopt",    "ec_paramgen_curve:P-256",
                                            "-config",     directory_ + "/request.cnf",
                                            "-extensions", section,
                                            "-days",       "2",
                                            "-keyout",     directory_ + "/" + name + ".key",
                                            "-out",        directory_ + "/" + name + ".crt"};
        command.insert(command.end(), more.begin(), more.end());
        require(command);
    };
    certify("authority", "authority", {"-subj", "/CN=Arkham test authority"});
    certify("server", "server",
            {"-CA", directory_ + "/authority.crt", "-CAkey", directory_ + "/authority.key"});
    machine::write_file("/usr/local/share/ca-certificates/arkham-test.crt",
                        machine::read_file(directory_ + "/authority.crt"));
    require({"update-ca-certificates"});
}

HttpsServer::HttpsServer(const std::string& directory) : directory_(directory) {
    std::filesystem::create_directories(directory_ + "/web/git");
    make_certificates();
    process_ = std::make_unique<Process>(
        std::vector<std::string>{"/usr/bin/python3", HTTPS_SERVER, directory_ + "/web",
                                 directory_ + "/server.crt", directory_ + "/server.key"});
    if (process_->read_until("\n")) port_ = std::stoi(process_->output());
    EXPECT_GT(port_, 0) << process_->finish().errors;
}

}  // namespace jail::testing
