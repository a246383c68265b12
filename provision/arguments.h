// SPDX-License-Identifier: Apache-2.0
// The parsed arguments of jail-provision, and how subcommands are defined (command_line.cc).
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "provision/commands/commands.h"

namespace jail::provision {

// The subcommands' options. One of them runs, as `run`.
struct Arguments {
    CommonOptions common;
    AddOptions add;
    RemoveOptions remove;
    ApplyOptions apply;
    EnterOptions enter;
    DoctorOptions doctor;
    EventsOptions events;
    LockOptions lock;
    KillOptions kill;
    ReportOptions report;
    StatsOptions stats;
    TopOptions top;
    bool live = false;
    std::vector<std::string> files;
    std::vector<std::string> jails;
    std::string name;
    std::vector<std::string> words;
    std::string path;
    std::vector<std::uint64_t> generations;
    std::uint64_t keep = 5;
    bool repair = false;
    std::function<int()> run;
};

enum : unsigned { kListing = 1, kDryRun = 2, kLocking = 4 };

// Name, a line of what it does, examples, which common options it has, what it does.
using DefineCommand = std::function<CLI::App*(const std::string&, const std::string&, const std::string&,
                                              unsigned, std::function<int()>)>;

// doctor, ps, top, events, stats, explain; lock and unlock (watching_commands.cc).
void define_watching(const DefineCommand& command, const Layout& layout, Arguments& arguments);

}  // namespace jail::provision
