// SPDX-License-Identifier: Apache-2.0
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/accounts/jailed_account.h"
#include "provision/base/problem.h"
#include "provision/base/signal_block.h"
#include "provision/commands/report.h"
#include "provision/host/account.h"
#include "provision/verify/verification.h"

namespace jail::provision {

namespace {

constexpr int kSchema = 1;  // of --json
constexpr int kCouldNotRun = 2;

const char* name_of(RowState state) {
    switch (state) {
        case RowState::kAsPolicy:
            return "ok";
        case RowState::kNote:
            return "note";
        case RowState::kUntried:
            return "untried";
        case RowState::kWrong:
            return "WRONG";
    }
    return "";
}

std::size_t count(const Rows& rows, RowState state) {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.state == state; }));
}

// Something that was not tried is no proof.
bool is_as_policy(const Rows& rows) {
    return count(rows, RowState::kWrong) == 0 && count(rows, RowState::kUntried) == 0;
}

nlohmann::json as_json(const std::string& account, const Proof& verification) {
    nlohmann::json checks = nlohmann::json::array();
    for (const Row& row : verification.rows) {
        std::string state = name_of(row.state);
        std::transform(state.begin(), state.end(), state.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        checks.push_back({{"group", row.group},
                          {"code", row.code},
                          {"tried", row.tried},
                          {"policy", row.policy},
                          {"seen", row.seen},
                          {"state", state}});
    }
    const auto milliseconds = [](const std::optional<std::uint64_t>& time) {
        return time ? nlohmann::json(static_cast<double>(*time) / 1000) : nlohmann::json();
    };
    return {{"schema", kSchema},
            {"account", account},
            {"jail", verification.manifest.jail},
            {"generation", verification.manifest.generation},
            {"as_policy", is_as_policy(verification.rows)},
            {"latency",
             {{"account_ms", milliseconds(verification.latency.account)},
              {"unjailed_ms", milliseconds(verification.latency.unjailed)}}},
            {"checks", checks}};
}

bool is_coloured() {
    return ::isatty(STDOUT_FILENO) == 1 && ::getenv("NO_COLOR") == nullptr;
}

// The state in colour, on a terminal.
std::string mark(RowState state) {
    static const bool coloured = is_coloured();
    constexpr const char* kColours[] = {"32", "36", "33", "31"};
    if (!coloured) return name_of(state);
    return std::string("\033[") + kColours[static_cast<int>(state)] + "m" + name_of(state) + "\033[0m";
}

// The widest of a column, and two blanks.
int width_of(const Rows& rows, std::string Row::*column) {
    std::size_t width = 0;
    for (const Row& row : rows) width = std::max(width, (row.*column).size());
    return static_cast<int>(width) + 2;
}

void print_rows(const Rows& rows) {
    const int tried = width_of(rows, &Row::tried), policy = width_of(rows, &Row::policy);
    std::string group;
    for (const Row& row : rows) {
        if (row.group != group) {
            std::string title = group = row.group;
            for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            std::printf("%-*s%-*s%s\n", 11 + tried, title.c_str(), policy, "POLICY", "SEEN");
        }
        std::printf("  %s%*s%-*s%-*s%s  [%s]\n", mark(row.state).c_str(),
                    static_cast<int>(9 - std::string_view(name_of(row.state)).size()), "", tried,
                    row.tried.c_str(), policy, row.policy.c_str(), printable(row.seen).c_str(),
                    row.code.c_str());
    }
}

void print(const std::string& account, const Proof& verification) {
    const Rows& rows = verification.rows;
    print_rows(rows);
    const auto milliseconds = [](const std::optional<std::uint64_t>& time) {
        return time ? std::to_string(*time / 1000) + " ms" : std::string("not measured");
    };
    std::printf("a login takes %s, root's without a jail %s\n",
                milliseconds(verification.latency.account).c_str(),
                milliseconds(verification.latency.unjailed).c_str());
    const std::size_t wrong = count(rows, RowState::kWrong), untried = count(rows, RowState::kUntried);
    const std::string of = account + " in jail " + verification.manifest.jail;
    if (wrong > 0)
        std::printf("%s is NOT confined as its policy says: %zu of %zu\n", of.c_str(), wrong, rows.size());
    else if (untried > 0)
        std::printf("%s: nothing wrong was seen, but %zu of %zu could not be tried\n", of.c_str(), untried,
                    rows.size());
    else
        std::printf("%s is confined as its policy says: %zu of %zu\n", of.c_str(),
                    rows.size() - count(rows, RowState::kNote), rows.size());
}

// One line on a terminal, which the next one takes the place of.
class Doing {
public:
    ~Doing() { say(""); }
    void say(const std::string& what) const {
        if (is_terminal_) (void)::dprintf(STDERR_FILENO, "\r\033[K%s", what.c_str());
    }

private:
    bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
};

Result<Proof> verify(const Layout& layout, const std::string& name) {
    if (::geteuid() != 0) return problem("verify needs root: it starts sshd, and looks at its processes");
    JAIL_TRY(find_jailed_account(name));
    const Account account = JAIL_TRY(find_account(name));
    const SignalBlock block;  // whatever was begun is ended and taken away first
    const Doing doing;
    return verify_account(layout, account,
                          [&](const std::string& what) { doing.say(account.name + ": " + what); });
}

}  // namespace

int verify_command(const Layout& layout, const CommonOptions& common, const std::string& account) {
    const auto verification = verify(layout, account);
    if (!verification) {
        (void)fail(verification.error());
        return kCouldNotRun;
    }
    if (common.json)
        print_json(as_json(account, verification.value()));
    else
        print(account, verification.value());
    return is_as_policy(verification.value().rows) ? 0 : 1;
}

}  // namespace jail::provision
