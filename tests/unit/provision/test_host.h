// SPDX-License-Identifier: Apache-2.0
// A host in a directory of its own: its files, its configuration and its state. Removed with the fixture.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "provision/base/layout.h"
#include "provision/tree/closure.h"

namespace jail::provision {

class TestHost : public testing::Test {
protected:
    TestHost();
    ~TestHost() override;

    // A file of the host (below its root), with its parents.
    void host_file(const std::string& path, const std::string& content, unsigned mode = 0644);
    void host_link(const std::string& path, const std::string& target);
    // Compiles C into host files; `arguments` may name host paths as @/usr/lib.
    void compile(const std::string& path, const std::string& code, const std::vector<std::string>& arguments);
    // /etc/jail/jails/NAME.yaml and /usr/share/jail/bundles/NAME.yaml.
    void jail(const std::string& name, const std::string& yaml);
    void bundle(const std::string& name, const std::string& yaml);
    std::string write(const std::string& path, const std::string& content, unsigned mode = 0644);

    std::string root() const { return layout_.host_root; }

    std::string directory_;
    Layout layout_;
};

// A plan and what fills it.
struct Planned {
    explicit Planned(const std::string& root, const std::vector<std::string>& homes = {})
        : files(root, states, ::getuid()), closure(files, plan, homes) {}
    FileStates states;
    HostFiles files;
    TreePlan plan;
    Closure closure;

    std::string command(const std::string& name);  // adds it; the error's text, or empty
    std::string file(const std::string& path);
    std::string optional_file(const std::string& path);
    bool has(const std::string& path) const { return plan.find(path) != nullptr; }
};

std::string slurp(const std::string& path);

}  // namespace jail::provision
