// SPDX-License-Identifier: Apache-2.0
// Bundles of clients for services of the host or of others. See bundle_fixture.h.
#include <filesystem>

#include "bundle_fixture.h"

namespace jail::testing {
namespace {

// Has a server while the tests of its suite run.
template <class Suite, class Base>
class ClientTest : public Base {
protected:
    static void TearDownTestSuite() { server_.reset(); }
    static void serve(const std::vector<std::string>& command, const std::string& ready) {
        server_ = std::make_unique<Process>(command);
        ASSERT_TRUE(server_->read_until(ready, 4 * kPatience)) << server_->finish().errors;
    }
    static std::string said() { return server_->output(); }

private:
    static inline std::unique_ptr<Process> server_;
};

class RedisToolsBundle : public ClientTest<RedisToolsBundle, BundleTest> {
protected:
    static void SetUpTestSuite() {
        std::filesystem::create_directories("/run/redis");
        serve({"redis-server", "--port", "0", "--unixsocket", "/run/redis/redis-server.sock",
               "--unixsocketperm", "777", "--save", "", "--dir", "/run/redis"},
              "eady to accept connections");
    }
    std::string policy() const override { return "mounts: [{source: /run/redis, target: /srv/redis}]\n"; }
};

TEST_F(RedisToolsBundle, WorksOnADatabaseOverTheHostsSocket) {
    EXPECT_EQ(inside("redis='redis-cli -s /srv/redis/redis-server.sock'\n"
                     "$redis hset inmates joker 13; $redis hget inmates joker; $redis ping"),
              "1\n13\nPONG\n");
}

class PostgresqlClientBundle : public ClientTest<PostgresqlClientBundle, BundleTest> {
protected:
    static void SetUpTestSuite() {
        std::filesystem::create_directories("/run/postgresql");
        serve({"/usr/bin/python3", SERVICE_IMITATIONS, "postgresql", "/run/postgresql/.s.PGSQL.5432"},
              "ready");
    }
    std::string policy() const override {
        return "mounts: [{source: /run/postgresql, target: /srv/postgresql}]\n"
               "environment: {set: {PGHOST: /srv/postgresql}}\n";
    }
};

TEST_F(PostgresqlClientBundle, AsksADatabaseOverTheHostsSocket) {
    EXPECT_EQ(
        inside("psql -X -A -t -c 'select 13' arkham; echo 'select 7;' | psql -X -A -t -F ' said ' arkham"),
        account() + "|select 13\n" + account() + " said select 7;\n");
    const auto shell = terminal("psql -X arkham");
    ASSERT_TRUE(shell->read_until("arkham=")) << shell->output();
    shell->write("select 'asked';\n");
    EXPECT_TRUE(shell->read_until("(1 row)")) << shell->output();
    shell->write("\\q\n");
    EXPECT_EQ(shell->finish().exit_status, 0);
}

TEST_F(PostgresqlClientBundle, EachWrappedProgramIsFound) {
    for (const std::string program : {"pg_dump", "pg_dumpall", "pg_restore", "createdb", "vacuumdb"})
        EXPECT_EQ(inside(program + " --version"), run({program, "--version"}).output);
}

class MsmtpBundle : public ClientTest<MsmtpBundle, NetworkBundleTest> {
protected:
    static void SetUpTestSuite() {
        const std::string keys = std::string(machine::kRunDir) + "/https/server";
        serve({"/usr/bin/python3", SERVICE_IMITATIONS, "smtps", keys + ".crt", keys + ".key", mailbox()},
              "\n");
    }
    static std::string mailbox() { return std::string(machine::kRunDir) + "/mailbox"; }
};

TEST_F(MsmtpBundle, SendsAMailToAServerThatTheHostTrusts) {
    const int port = std::stoi(said());
    machine::write_home_file(account(), ".msmtprc",
                             "defaults\ntls on\ntls_starttls off\naccount default\nhost localhost\nport " +
                                 std::to_string(port) + "\nfrom h@arkham\n");
    EXPECT_EQ(inside("printf 'Subject: case\\n\\nclosed\\n' | msmtp alfred@localhost"), "");
    EXPECT_NE(machine::read_file(mailbox()).find("Subject: case\r\n"), std::string::npos);
    EXPECT_NE(
        connection().execute("echo ha | msmtp --tls-trust-file=/etc/services alfred@localhost").exit_status,
        0);
}

}  // namespace
}  // namespace jail::testing
