// SPDX-License-Identifier: Apache-2.0
#include "provision/host/sshd_settings.h"

#include <glob.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "libjail/base/clock.h"
#include "provision/base/child_process.h"
#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxBytes = 1u << 20;
constexpr int kMaxDepth = 16;  // sshd's own bound of includes
constexpr auto kPatience = 10s;

bool same(std::string_view word, const char* known) {
    return ::strcasecmp(std::string(word).c_str(), known) == 0;
}

// The first word of a line, and what follows; between them blanks or one "=".
std::string_view next_word(std::string_view& rest) {
    constexpr char kBetween[] = " \t\r=";
    rest.remove_prefix(std::min(rest.find_first_not_of(kBetween), rest.size()));
    const bool quoted = rest.starts_with('"');
    if (quoted) rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find_first_of(quoted ? "\"" : kBetween), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + (quoted ? 1 : 0), rest.size()));
    return word;
}

class ConfigReader {
public:
    explicit ConfigReader(const SshdPlaces& places) : places_(places) {}

    void read(std::string_view text, int depth) {
        for (std::size_t start = 0; start < text.size();) {
            const std::size_t end = std::min(text.find('\n', start), text.size());
            take(text.substr(start, end - start), depth);
            start = end + 1;
        }
    }

    SshdSettings settings() const {
        SshdSettings settings;
        settings.use_pam = use_pam_.value_or(false);
        settings.service = service_.value_or("sshd");
        settings.by_account = by_account_;
        settings.has_match = has_match_;
        return settings;
    }

private:
    void take(std::string_view line, int depth) {
        const std::string_view key = next_word(line);
        if (key.empty() || key.starts_with('#')) return;
        if (same(key, "Match")) in_match_ = has_match_ = true;
        if (same(key, "Include"))
            for (std::string_view file = next_word(line); !file.empty(); file = next_word(line))
                include(std::string(file), depth);
        if (same(key, "UsePAM") && !in_match_ && !use_pam_) use_pam_ = same(next_word(line), "yes");
        if (!same(key, "PAMServiceName")) return;
        if (in_match_)
            by_account_ = true;
        else if (!service_)
            service_ = std::string(next_word(line));
    }

    void include(std::string pattern, int depth) {
        if (depth >= kMaxDepth || pattern.empty()) return;
        if (pattern[0] != '/') pattern = places_.config.substr(0, places_.config.rfind('/') + 1) + pattern;
        glob_t found = {};
        if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
            for (std::size_t i = 0; i < found.gl_pathc; ++i)
                // A Match of an included file ends with the file.
                if (const Result<std::string> text = read_file(found.gl_pathv[i], kMaxBytes)) {
                    const bool before = in_match_;
                    read(text.value(), depth + 1);
                    in_match_ = before;
                }
        ::globfree(&found);
    }

    const SshdPlaces& places_;
    std::optional<bool> use_pam_;
    std::optional<std::string> service_;
    bool by_account_ = false;
    bool in_match_ = false;
    bool has_match_ = false;
};

Result<SshdSettings> ask_sshd(const SshdPlaces& places, const std::string& account) {
    std::vector<std::string> command = {places.program, "-T", "-f", places.config};
    if (!account.empty())
        command.insert(command.end(),
                       {"-C", "user=" + account + ",host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22"});
    return read_sshd_test(JAIL_TRY(capture_program(command, kMaxBytes, kPatience)));
}

}  // namespace

SshdSettings read_sshd_config(const SshdPlaces& places, std::string_view text) {
    ConfigReader reader(places);
    reader.read(text, 0);
    return reader.settings();
}

SshdSettings read_sshd_test(std::string_view output) {
    SshdSettings settings;
    settings.use_pam = false;
    for (std::size_t start = 0; start < output.size();) {
        const std::size_t end = std::min(output.find('\n', start), output.size());
        std::string_view line = output.substr(start, end - start);
        start = end + 1;
        const std::string_view key = next_word(line);
        if (same(key, "usepam")) settings.use_pam = same(next_word(line), "yes");
        if (same(key, "pamservicename")) settings.service = std::string(next_word(line));
        if (same(key, "subsystem") && same(next_word(line), "sftp"))
            settings.internal_sftp = same(next_word(line), "internal-sftp");
        if (same(key, "forcecommand")) {
            const std::string command(line.substr(std::min(line.find_first_not_of(' '), line.size())));
            settings.forced_command = command == "none" ? "" : command;
        }
    }
    return settings;
}

bool sshd_distinguishes(const SshdPlaces& places) {
    const Result<std::string> text = read_file(places.config, kMaxBytes);
    return !text || read_sshd_config(places, text.value()).has_match;
}

Result<SshdSettings> sshd_settings_of(const SshdPlaces& places, const std::string& account) {
    return ask_sshd(places, account);
}

SshdSettings sshd_settings(const SshdPlaces& places, const std::string& account) {
    const Result<std::string> text = read_file(places.config, kMaxBytes);
    const SshdSettings read = read_sshd_config(places, text ? text.value() : std::string());
    if (::access(places.program.c_str(), X_OK) != 0) return read;
    // An account makes a difference only to a Match; a thousand of them need not be asked for.
    Result<SshdSettings> told = ask_sshd(places, read.by_account ? account : std::string());
    if (!told) return read;
    told.value().by_account = read.by_account;
    return std::move(told).value();
}

}  // namespace jail::provision
