// SPDX-License-Identifier: Apache-2.0
// Bundles of interpreters with a manager of packages: each installs a package that lies in the home, without
// a network, and runs it. See bundle_fixture.h.
#include "bundle_fixture.h"

namespace jail::testing {
namespace {

class NodejsBundle : public BundleTest {
    std::string policy() const override { return "home: {exec: true}\n"; }
};

TEST_F(NodejsBundle, NpmInstallsAPackageAndRunsIt) {
    machine::write_home_file(account(), "greet/package.json",
                             R"({"name": "greet", "version": "1.0.0", "main": "greet.js", "bin": "bin.js"})");
    machine::write_home_file(account(), "greet/greet.js", "module.exports = (who) => `ha ${who}`;\n");
    machine::write_home_file(account(), "greet/bin.js",
                             "#!/usr/bin/env node\nconsole.log(require('greet')('from its command'));\n",
                             0755);
    machine::write_home_file(account(), "app/package.json",
                             R"({"name": "app", "version": "1.0.0", "private": true,
                                 "scripts": {"say": "node -p \"require('greet')('from a script')\""}})");
    EXPECT_EQ(
        inside("export npm_config_offline=true npm_config_audit=false npm_config_fund=false "
               "npm_config_update_notifier=false\n"
               "cd greet && npm pack --silent && cd ../app && npm install --silent ../greet/greet-1.0.0.tgz\n"
               "npm run --silent say && npx greet && node -p \"require('greet')('required')\""),
        "greet-1.0.0.tgz\nha from a script\nha from its command\nha required\n");
}

TEST_F(NodejsBundle, ServesHttpOnLoopbackAndUsesThreads) {
    machine::write_home_file(
        account(), "serve.js",
        "const http = require('http'), {Worker} = require('worker_threads'), zlib = require('zlib');\n"
        "const server = http.createServer((_, answer) => answer.end('served')).listen(0, '127.0.0.1', () =>\n"
        "  http.get(server.address(), (got) => got.on('data', (text) => {\n"
        "    console.log(String(text), require('crypto').createHash('sha1').digest('hex').length,\n"
        "        zlib.gunzipSync(zlib.gzipSync('x')).length, new Intl.NumberFormat('de').format(1.5));\n"
        "    server.close();\n"
        "    new Worker('console.log(`thread`)', {eval: true});\n"
        "  })));\n");
    EXPECT_EQ(inside("node serve.js"), "served 40 1 1,5\nthread\n");
    EXPECT_EQ(inside("node --input-type=module -e 'import {sep} from \"path\"; console.log(sep)'"), "/\n");
}

using RubyBundle = BundleTest;

TEST_F(RubyBundle, TheStandardLibraryWorks) {
    EXPECT_EQ(
        inside(
            "export LC_ALL=C.UTF-8; ruby -rjson -ryaml -ropenssl -rzlib -rsocket -rdigest -rtmpdir -ropen3 "
            "-e '\n"
            "puts JSON.generate(cell: 13), YAML.load(\"- joker\").inspect, "
            "Digest::SHA1.hexdigest(\"\").size\n"
            "puts OpenSSL::Digest.new(\"SHA256\").digest_length, Zlib::Inflate.inflate(Zlib.deflate(\"x\"))\n"
            "puts \"ä\".encode(\"ISO-8859-1\").bytesize'"),
        "{\"cell\":13}\n[\"joker\"]\n40\n32\nx\n1\n");
    EXPECT_NE(inside("echo 'puts 20 + 2' | irb -f --noecho --noprompt").find("\n22\n"), std::string::npos);
}

TEST_F(RubyBundle, GemsAreBuiltInstalledAndRun) {
    machine::write_home_file(account(), "greet/greet.gemspec",
                             "Gem::Specification.new do |gem|\n  gem.name, gem.version = 'greet', '1.0'\n"
                             "  gem.summary = gem.author = 'Arkham'\n  gem.files = ['lib/greet.rb']\nend\n");
    machine::write_home_file(account(), "greet/lib/greet.rb", "def greet(who) = \"ha #{who}\"\n");
    machine::write_home_file(account(), "app/Gemfile", "source 'https://rubygems.org'\ngem 'greet'\n");
    EXPECT_EQ(
        inside(
            "cd greet && gem build --silent greet.gemspec 2> /dev/null &&\n"
            "gem install --silent --local --user-install greet-1.0.gem &&\n"
            "ruby -rgreet -e 'puts greet(\"installed\")' && cd ../app && bundle install --local --quiet &&\n"
            "bundle exec ruby -rgreet -e 'puts greet(\"bundled\")'"),
        "ha installed\nha bundled\n");
}

using ComposerBundle = BundleTest;

TEST_F(ComposerBundle, InstallsAPackageThatAnApplicationLoads) {
    machine::write_home_file(
        account(), "greet/composer.json",
        R"({"name": "arkham/greet", "version": "1.0.0", "autoload": {"psr-4": {"Greet\\": "src"}}})");
    machine::write_home_file(account(), "greet/src/Greeting.php",
                             "<?php namespace Greet; class Greeting { const TEXT = 'ha'; }\n");
    machine::write_home_file(
        account(), "app/composer.json",
        R"({"repositories": [{"type": "path", "url": "../greet"}, {"packagist.org": false}],
                                 "require": {"arkham/greet": "^1.0", "php": ">=8"},
                                 "scripts": {"say": "@php app.php"}})");
    machine::write_home_file(account(), "app/app.php",
                             "<?php require 'vendor/autoload.php'; echo Greet\\Greeting::TEXT, PHP_EOL;\n");
    EXPECT_EQ(
        inside(
            "cd app && composer install -q --no-interaction && php app.php && composer run say 2> /dev/null"),
        "ha\nha\n");
    EXPECT_NE(inside("cd app && composer show --no-ansi").find("arkham/greet 1.0.0"), std::string::npos);
}

}  // namespace
}  // namespace jail::testing
