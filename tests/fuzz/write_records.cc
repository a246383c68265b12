// SPDX-License-Identifier: Apache-2.0
// write_records DIRECTORY: seeds of the manifest's fuzz target, one record of each kind, in the format of
// this build.
#include <fstream>
#include <string>

#include "tests/unit/libjail/sample_records.h"

int main(int argc, char** argv) {
    using namespace jail;
    if (argc != 2) return 64;
    const auto write = [&](const char* name, const std::string& bytes) {
        std::ofstream(std::string(argv[1]) + "/" + name, std::ios::binary) << bytes;
    };
    write("manifest", encode(samples::manifest()));
    write("account", encode(samples::account()));
    write("group", encode(GroupRecord{"patients", 1002, "arkham"}));
    write("instance", encode(samples::instance()));
    return 0;
}
