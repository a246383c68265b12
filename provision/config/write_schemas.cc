// SPDX-License-Identifier: Apache-2.0
// write_schemas DEFINITIONS DIRECTORY: the JSON Schemas, when the product is built (config/CMakeLists.txt).
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "provision/config/schema.h"

namespace {

bool write(const std::string& file, const nlohmann::ordered_json& schema) {
    std::ofstream out(file);
    out << schema.dump(2) << '\n';
    return bool(out.flush());
}

}  // namespace

int main(int argc, char** argv) {
    using namespace jail::provision;
    std::ifstream definitions(argc == 3 ? argv[1] : "");
    if (!definitions) {
        std::cerr << "usage: write_schemas DEFINITIONS DIRECTORY\n";
        return 64;
    }
    const std::string directory = std::string(argv[2]) + "/";
    const auto parsed = nlohmann::ordered_json::parse(definitions);
    return write(directory + "jail.schema.json", jail_schema(parsed)) &&
                   write(directory + "defaults.schema.json", defaults_schema()) &&
                   write(directory + "bundle.schema.json", bundle_schema())
               ? 0
               : 1;
}
