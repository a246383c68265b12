// What the command line turns into: one function a command, each in its own file. They print results on
// stdout, explain failures on stderr and return the exit status: 0, or 1 for an error.
#pragma once

#include <string>
#include <vector>

#include "provision/layout.h"

namespace jail::provision {

struct CommonOptions {
    bool json = false;
    bool dry_run = false;
    bool verbose = false;
    unsigned lock_timeout = 60;
};

struct AddOptions {
    std::string account;
    std::string jail;  // empty: the one that lists the account
    bool create = false;
    bool system = false;
};

struct RemoveOptions {
    std::string account;
    bool delete_account = false;
    bool force = false;
};

int check_command(const Layout& layout, const CommonOptions& common, const std::vector<std::string>& files);
int add_command(const Layout& layout, const CommonOptions& common, const AddOptions& options);
int remove_command(const Layout& layout, const CommonOptions& common, const RemoveOptions& options);
int list_command(const Layout& layout, const CommonOptions& common);
int show_command(const Layout& layout, const CommonOptions& common, const std::string& name);
int build_command(const Layout& layout, const CommonOptions& common, std::vector<std::string> jails);

}  // namespace jail::provision
