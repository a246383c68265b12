// SPDX-License-Identifier: Apache-2.0
// Bundles of interpreters and of the database client. See bundle_fixture.h.
#include <sys/stat.h>

#include <filesystem>

#include "bundle_fixture.h"

namespace jail::testing {
namespace {

using Python3Bundle = NetworkBundleTest;

TEST_F(Python3Bundle, TheStandardLibraryWorks) {
    EXPECT_EQ(inside("python3 -c 'import json, sqlite3, ctypes, zlib, lzma, bz2, hashlib, curses, readline, "
                     "multiprocessing, unittest, decimal, uuid, zoneinfo\n"
                     "db = sqlite3.connect(\"cases.db\"); db.execute(\"create table c (name text)\")\n"
                     "db.execute(\"insert into c values (?)\", (\"Gotham\",)); db.commit()\n"
                     "print(json.dumps(db.execute(\"select name from c\").fetchall()))\n"
                     "print(ctypes.CDLL(None).abs(-7), lzma.decompress(lzma.compress(b\"x\")))\n"
                     "import datetime; print(datetime.datetime.fromtimestamp(0, "
                     "zoneinfo.ZoneInfo(\"Asia/Tokyo\")).hour)'"),
              "[[\"Gotham\"]]\n7 b'x'\n9\n");
    EXPECT_EQ(inside("python3 -c 'import multiprocessing as m\n"
                     "with m.Pool(2) as pool: print(pool.map(abs, [-1, -2]))'"),
              "[1, 2]\n");
}

TEST_F(Python3Bundle, HttpsIsVerifiedByTheHostsCertificates) {
    machine::write_file(web_root() + "/case.txt", "closed\n");
    EXPECT_EQ(inside("python3 -c 'import urllib.request\n"
                     "print(urllib.request.urlopen(\"https://localhost:" +
                     std::to_string(https_port()) + "/case.txt\").read().decode(), end=\"\")'"),
              "closed\n");
}

TEST_F(Python3Bundle, ScriptsRunFromInputAndFromAHomeWithoutExec) {
    const Finished finished = connection().execute("python3 - one two", "import sys; print(sys.argv[1:])\n");
    EXPECT_EQ(finished.output, "['one', 'two']\n") << finished.errors;
    machine::write_home_file(account(), "script", "#!/usr/bin/env python3\nprint('ran')\n", 0755);
    EXPECT_EQ(inside("python3 script; ./script 2>/dev/null || echo refused"), "ran\nrefused\n");
}

// Compiled modules are good only with the times of their sources; compiling anew at every start is slow.
TEST_F(Python3Bundle, CompiledModulesAreUsed) {
    EXPECT_NE(inside("python3 -v -c 'import json' 2>&1 | while read -r line; do\n"
                     "case $line in *matches*json/__init__.py*) echo used;; esac; done")
                  .find("used"),
              std::string::npos);
}

using PerlBundle = BundleTest;

TEST_F(PerlBundle, CoreModulesWork) {
    EXPECT_EQ(
        inside("perl -MPOSIX=floor -MEncode -MJSON::PP -MDigest::SHA=sha1_hex -MList::Util=sum -MTime::Piece "
               "-MStorable=dclone -MUnicode::Normalize -MFile::Temp -MSocket -MIO::Compress::Gzip -e '\n"
               "print floor(2.7), \" \", length(decode(\"UTF-8\", \"\\xc3\\xa4\")), \" \", sha1_hex(\"\"), "
               "\"\\n\";\n"
               "print JSON::PP->new->canonical->encode({cell => 13, of => dclone([1])}), \" \", sum(1..4), "
               "\"\\n\";\n"
               "print gmtime(0)->ymd, \" \", length(NFD(\"\\x{e4}\")), \" \", encode(\"shiftjis\", "
               "\"\\x{65e5}\") ne \"?\", \"\\n\"'"),
        "2 1 da39a3ee5e6b4b0d3255bfef95601890afd80709\n{\"cell\":13,\"of\":[1]} 10\n1970-01-01 2 1\n");
}

TEST_F(PerlBundle, ScriptsRunFromAHomeWithoutExec) {
    machine::write_home_file(account(), "script.pl",
                             "use strict; use warnings; use utf8; print \"ran\\n\";\n");
    EXPECT_EQ(inside("perl script.pl; echo 'print qq(input\\n)' | perl; perl -ne 'END {print $.}' script.pl"),
              "ran\ninput\n1");
}

using PhpCliBundle = NetworkBundleTest;

TEST_F(PhpCliBundle, EveryModuleOfTheHostIsLoaded) {
    EXPECT_EQ(inside("php -m"), run({"/usr/bin/php", "-m"}).output);
    const std::string modules = inside("php -m");
    for (const std::string module :
         {"json", "mbstring", "Phar", "openssl", "tokenizer", "ctype", "PDO", "hash"})
        EXPECT_NE(modules.find("\n" + module + "\n"), std::string::npos) << module << " is not among\n"
                                                                         << modules;
}

TEST_F(PhpCliBundle, ModulesWork) {
    machine::write_home_file(
        account(), "work.php",
        "<?php echo json_encode(['n' => mb_strlen('grüße')]), ' ';\n"
        "$phar = new Phar('app.phar'); $phar['index.php'] = '<?php echo \"from a phar \";';\n"
        "unset($phar); include 'phar://app.phar/index.php';\n"
        "echo (new DateTime('@0'))->setTimezone(new DateTimeZone('Asia/Tokyo'))->format('H'), ' ';\n"
        "echo iconv('SHIFT_JIS', 'UTF-8', \"\\x93\\xfa\"), ' ', hash('crc32b', 'x'), PHP_EOL;\n");
    EXPECT_EQ(inside("php -d phar.readonly=0 work.php"), "{\"n\":5} from a phar 09 日 8cdc1683\n");
    EXPECT_EQ(inside("echo '<?php echo PHP_SAPI;' | php"), "cli");
}

TEST_F(PhpCliBundle, HttpsIsVerifiedByTheHostsCertificates) {
    machine::write_file(web_root() + "/case.txt", "closed\n");
    EXPECT_EQ(inside("php -r 'echo file_get_contents(\"https://localhost:" + std::to_string(https_port()) +
                     "/case.txt\");'"),
              "closed\n");
}

// A server of the host; the jail, which has no network, reaches it over its socket as jail-bundles(7) says.
class MysqlClientBundle : public BundleTest {
protected:
    static void SetUpTestSuite() {
        const std::string data = "/var/lib/arkham-database", socket = "/run/mysqld/mysqld.sock";
        for (const std::string& directory : {data, std::string("/run/mysqld")})
            std::filesystem::create_directories(directory);
        machine::write_file("/etc/mysql/conf.d/arkham.cnf", "[mysql]\nprompt=arkham\n");
        machine::write_file("/etc/mysql/conf.d/secret.cnf", "[client]\npassword=secret\n", 0600);
        server_ = std::make_unique<Process>(std::vector<std::string>{
            "/usr/sbin/mariadbd", "--no-defaults", "--datadir=" + data, "--socket=" + socket,
            "--pid-file=" + data + "/pid", "--skip-grant-tables", "--skip-networking", "--user=root",
            "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M"});
        ASSERT_TRUE(eventually([&] { return std::filesystem::exists(socket) || !server_->running(); },
                               4 * kPatience));
        ASSERT_TRUE(server_->running()) << server_->finish().errors;
    }
    static void TearDownTestSuite() {
        server_->send_signal(SIGTERM);
        (void)server_->finish();
        server_.reset();
    }
    std::string policy() const override { return "mounts: [{source: /run/mysqld, target: /srv/mysqld}]\n"; }

    static std::unique_ptr<Process> server_;
};
std::unique_ptr<Process> MysqlClientBundle::server_;

TEST_F(MysqlClientBundle, WorksOnADatabaseOverTheHostsSocket) {
    EXPECT_EQ(
        inside(
            "mysql -S /srv/mysqld/mysqld.sock --default-character-set=utf8mb4 -N -e \"create "
            "database arkham; "
            "use arkham;\n"
            "create table inmates (name varchar(20), cell int); insert into inmates values ('Édouard', 13);\n"
            "select name, char_length(name), cell from inmates\""),
        "Édouard\t7\t13\n");
}

TEST_F(MysqlClientBundle, HasTheHostsConfigurationWithoutItsSecrets) {
    EXPECT_NE(inside("mysql --print-defaults").find("--prompt=arkham"), std::string::npos);
    EXPECT_EQ(inside("for file in /etc/mysql/conf.d/[as]*; do echo $file; done"),
              "/etc/mysql/conf.d/arkham.cnf\n");
}

TEST_F(MysqlClientBundle, LoadsItsWaysToAuthenticate) {
    EXPECT_EQ(inside("mysql -S /srv/mysqld/mysqld.sock --default-auth=dialog -N -e 'select 13'"), "13\n");
}

TEST_F(MysqlClientBundle, SaysWhyItCannotConnect) {
    const Finished socket = connection().execute("mysql -S /srv/mysqld/none -e 'select 1'");
    EXPECT_EQ(socket.exit_status, 1);
    EXPECT_NE(socket.errors.find("ERROR 2002 (HY000): Can't connect to local"), std::string::npos)
        << socket.errors;
    const Finished network = connection().execute("mysql -h 127.0.0.1 -e 'select 1'");
    EXPECT_EQ(network.exit_status, 1);
    EXPECT_NE(network.errors.find("Can't connect to"), std::string::npos) << network.errors;
    EXPECT_NE(inside("mysql --version").find("MariaDB"), std::string::npos);
}

}  // namespace
}  // namespace jail::testing
