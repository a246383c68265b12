// SPDX-License-Identifier: Apache-2.0
// Services of PAM, which jail-provision reads as root: whatever their text, reading ends, and pam_jail as the
// first entry is asked whatever follows. The text behind the first line "%%" is a file that the other
// includes.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "provision/host/pam_verdict.h"

namespace {

using namespace jail::provision::pam;

void require(bool condition) {
    if (!condition) std::abort();
}

const std::string& directory() {
    static const std::string path = [] {
        const std::string name = "/tmp/pam-fuzzer." + std::to_string(::getpid());
        std::filesystem::create_directories(name);
        return name;
    }();
    return path;
}

void check(const std::string& text, Phase phase) {
    const Directories directories = {directory()};
    const auto stack = read_text(directories, "door", text, phase);
    if (!stack) return;
    require(stack.value().entries.size() <= 512);
    for (const Entry& entry : stack.value().entries) require(entry.level >= 0 && entry.line > 0);
    const Verdict verdict = judge(stack.value(), phase);
    require(verdict.has_jail || verdict.findings.size() <= 2);  // missing, and unclear
    for (const Finding& finding : verdict.findings)
        require((finding.fault == Fault::kMissing) == finding.at.empty());
}

void check_first(const std::string& text) {
    const auto stack =
        read_text({directory()}, "door", "session requisite pam_jail.so\n" + text, Phase::kSession);
    if (!stack) return;
    for (const Finding& finding : judge(stack.value(), Phase::kSession).findings)
        require(finding.fault != Fault::kMissing && finding.fault != Fault::kSkipped);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.find('/') != std::string_view::npos) return 0;  // no files of this host are opened
    const std::size_t end = std::min(bytes.find("%%\n"), bytes.size());
    const std::string_view included = bytes.substr(std::min(end + 3, bytes.size()));
    std::ofstream(directory() + "/part", std::ios::binary | std::ios::trunc) << included;
    const std::string text(bytes.substr(0, end));
    check(text, Phase::kSession);
    check(text, Phase::kAccount);
    check_first(text);
    return 0;
}
