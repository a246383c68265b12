// SPDX-License-Identifier: Apache-2.0
// Bundles by name, and what a list of them brings in the end.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "provision/base/layout.h"
#include "provision/config/policy.h"
#include "provision/host/file_states.h"

namespace jail::provision {

class BundleLibrary {
public:
    BundleLibrary(const Layout& layout, FileStates& states) : layout_(layout), states_(states) {}

    // Every bundle that the names bring, included ones before those that include them, each once. Unknown
    // names, circles and bad files are reported where they were written.
    std::vector<const Bundle*> resolve(const std::vector<Located<std::string>>& names,
                                       Diagnostics& diagnostics);
    // All that can be read without errors: those that include one with errors report it.
    std::vector<const Bundle*> all();
    bool exists(const std::string& name) { return !file_of(name).empty(); }

private:
    std::string file_of(const std::string& name);
    std::vector<std::string> known_names() const;
    const Bundle* load(const Located<std::string>& name, Diagnostics& diagnostics);
    void visit(const Located<std::string>& name, std::vector<std::string>& chain,
               std::vector<const Bundle*>& order, Diagnostics& diagnostics);

    const Layout& layout_;
    FileStates& states_;
    std::map<std::string, Bundle> loaded_;
};

}  // namespace jail::provision
