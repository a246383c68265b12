// SPDX-License-Identifier: Apache-2.0
// jailshell's arguments and environment: any vector, with any bytes, parses or is refused, and only variables
// that the policy names pass.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "jailshell/environment.h"
#include "jailshell/invocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> words(1);
    for (std::size_t i = 0; i < size; ++i) {
        if (data[i] == 0)
            words.emplace_back();
        else
            words.back() += static_cast<char>(data[i]);
    }
    std::vector<const char*> list;
    for (const std::string& word : words) list.push_back(word.c_str());
    list.push_back(nullptr);
    const auto parsed = jail::jailshell::parse_invocation(static_cast<int>(words.size()), list.data());
    if (parsed && parsed.value().command && words.back() != *parsed.value().command) std::abort();

    jail::InstanceRecord record;
    record.account = "harlequin";
    record.home = "/home/harlequin";
    record.manifest.environment_pass = {"LANG", "LC_*"};
    for (const std::string& entry : jail::jailshell::build_environment(record, list.data()))
        if (entry.rfind("LD_", 0) == 0 || entry.rfind("BASH_", 0) == 0 ||
            entry.find('=') == std::string::npos)
            std::abort();
    return 0;
}
