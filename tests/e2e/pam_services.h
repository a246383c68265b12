// SPDX-License-Identifier: Apache-2.0
// Services of the host's PAM with lines added, for as long as this lives.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "machine.h"

namespace jail::testing {

class PamServices {
public:
    static constexpr char kJail[] = "account required pam_jail.so\nsession required pam_jail.so\n";

    enum Place { kFirst, kLast };

    explicit PamServices(const std::vector<std::string>& names, const std::string& lines = kJail,
                         Place place = kLast) {
        for (const std::string& name : names) {
            const std::string stack = machine::read_file(file_of(name));
            stacks_[name] = stack;
            machine::write_file(file_of(name), place == kFirst ? lines + stack : stack + "\n" + lines);
        }
    }
    ~PamServices() {
        for (const auto& [name, stack] : stacks_) machine::write_file(file_of(name), stack);
    }
    PamServices(const PamServices&) = delete;
    PamServices& operator=(const PamServices&) = delete;

private:
    static std::string file_of(const std::string& name) { return "/etc/pam.d/" + name; }
    std::map<std::string, std::string> stacks_;
};

}  // namespace jail::testing
