// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "provision/wire/ways.h"

namespace jail::provision {

namespace {

constexpr int kRefused = 254;   // jailshell's (jailshell/main.cc), and sshd's where a session may not open
constexpr int kNotFound = 127;  // a shell's

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of("\r\n");
    if (end == std::string::npos) return {};
    const std::size_t begin = text.find_last_of('\n', end);
    return text.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

// Only what a shell puts together has this form, and no echo of the line that was typed.
std::string said(const Target& target, const std::string& word) {
    return "VERIFY-" + target.token + "-" + word;
}

std::string typed(const Target& target, const std::string& word) {
    return "echo \"VERIFY-\"" + target.token + "\"-" + word + "\"";
}

}  // namespace

WireReport refused_or_open(std::string way, const Answer& answer, bool has_run) {
    if (!answer.opened) return {std::move(way), Seen::kRefused, "sshd: " + answer.refusal};
    if (has_run) return {std::move(way), Seen::kOpen, ""};
    const std::string line = last_line(answer.errors.empty() ? answer.output : answer.errors);
    if (answer.exit_status == kNotFound) return {std::move(way), Seen::kAbsent, line};
    if (answer.exit_status == kRefused)
        return {std::move(way), Seen::kRefused, line.empty() ? "exit status 254" : line};
    return {std::move(way), Seen::kUntried,
            "it ended with status " + std::to_string(answer.exit_status) + (line.empty() ? "" : ": ") + line};
}

std::string question(const Target& target) {
    return typed(target, "here") + "; [ -e /etc/jail/instance ] && " + typed(target, "inside") + "; [ -e " +
           target.marker + " ] && " + typed(target, "outside") + "; [ -t 0 ] && " +
           typed(target, "terminal") + "; true";
}

WireReport place_in(std::string way, const Target& target, const Answer& answer) {
    const std::string& text = answer.output;
    if (!has(text, said(target, "here"))) return refused_or_open(std::move(way), answer, false);
    if (has(text, said(target, "outside")))
        return {std::move(way), Seen::kOutside, "it sees the host's files"};
    if (has(text, said(target, "inside"))) return {std::move(way), Seen::kInside, ""};
    return {std::move(way), Seen::kOpen, "it sees neither the jail's nor the host's files"};
}

WireReport try_exec(const Connection& connection, const Target& target) {
    return place_in("exec", target, connection.execute(question(target)));
}

WireReport try_shell(const Connection& connection, const Target& target) {
    Channel channel(connection.session());
    if (channel.open() && ssh_channel_request_shell(channel.get()) == SSH_OK)
        channel.opened();
    else
        channel.refused(connection.error());
    if (!channel.answer().opened) return refused_or_open("shell", channel.answer(), false);
    return place_in("shell", target, channel.finish(question(target) + "\nexit\n"));
}

WireReport try_terminal(const Connection& connection, const Target& target) {
    Channel channel(connection.session());
    if (channel.open() && ssh_channel_request_pty_size(channel.get(), "xterm", 80, 24) == SSH_OK &&
        ssh_channel_request_exec(channel.get(), question(target).c_str()) == SSH_OK)
        channel.opened();
    else
        channel.refused(connection.error());
    const Answer answer = channel.answer().opened ? channel.finish() : channel.answer();
    WireReport report = place_in("terminal", target, answer);
    if (report.seen == Seen::kInside && !has(answer.output, said(target, "terminal")))
        return {"terminal", Seen::kUntried, "its standard input is no terminal"};
    return report;
}

// rsync's server speaks first: its protocol's version, four bytes, the lowest first.
WireReport try_rsync(const Connection& connection, const Target&) {
    const Answer answer =
        connection.execute("rsync --server --sender -e.LsfxCIvu . /etc/jail/instance", std::string(4, '\0'));
    const std::string& bytes = answer.output;
    const bool greets = bytes.size() >= 4 && bytes[0] >= 20 && bytes[0] < 64 && bytes[1] == 0 &&
                        bytes[2] == 0 && bytes[3] == 0;
    return refused_or_open("rsync", answer, greets);
}

WireReport try_git(const Connection& connection, const Target& target) {
    const Answer answer = connection.execute("git-upload-pack '/nonexistent-" + target.token + "'");
    return refused_or_open("git", answer, answer.exit_status == 128 && has(answer.errors, "fatal: "));
}

namespace {

// Agent and X11 show their sockets to programs alone. The value of a variable as a shell says it, or empty.
std::string variable_in(const Target& target, const std::string& text) {
    const std::string before = said(target, "is-");
    const std::size_t begin = text.find(before);
    if (begin == std::string::npos) return {};
    const std::size_t from = begin + before.size();
    return text.substr(from, text.find_first_of("\r\n", from) - from);
}

std::string print_of(const Target& target, const std::string& variables) {
    return "echo \"VERIFY-\"" + target.token + "\"-is-" + variables + "\"";
}

}  // namespace

WireReport try_agent(const Connection& connection, const Target& target) {
    Channel channel(connection.session());
    if (!channel.open()) return refused_or_open("agent", channel.answer(), false);
    if (ssh_channel_request_auth_agent(channel.get()) != SSH_OK)
        return {"agent", Seen::kRefused, "sshd: " + connection.error()};
    if (ssh_channel_request_exec(channel.get(), print_of(target, "$SSH_AUTH_SOCK").c_str()) != SSH_OK)
        return {"agent", Seen::kOpen, ""};
    const std::string path = variable_in(target, channel.finish().output);
    if (path.empty()) return {"agent", Seen::kOpen, "no command can say where its socket is"};
    if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT)
        return {"agent", Seen::kOutside, "its socket is on the host: " + path};
    return {"agent", Seen::kInside, "its socket is in the jail"};
}

WireReport try_x11(const Connection& connection, const Target& target) {
    constexpr int kFirst = 6000, kMost = 64;
    std::vector<bool> before;
    for (int display = 0; display < kMost; ++display) before.push_back(host_listens(kFirst + display));
    Channel channel(connection.session());
    if (!channel.open()) return refused_or_open("x11", channel.answer(), false);
    if (ssh_channel_request_x11(channel.get(), 0, "MIT-MAGIC-COOKIE-1", std::string(32, 'a').c_str(), 0) !=
        SSH_OK)
        return {"x11", Seen::kRefused, "sshd: " + connection.error()};
    const bool runs = ssh_channel_request_exec(
                          channel.get(), (print_of(target, "$DISPLAY") + "; read nothing").c_str()) == SSH_OK;
    // The listener is there while the command is.
    if (runs) (void)channel.take(1);
    for (int display = 0; display < kMost; ++display)
        if (!before[static_cast<std::size_t>(display)] && host_listens(kFirst + display))
            return {"x11", Seen::kOutside,
                    "it listens on the host's port " + std::to_string(kFirst + display)};
    const std::string display = runs ? variable_in(target, channel.finish("\n").output) : "";
    if (display.empty()) return {"x11", Seen::kOpen, "no command can say which display it is"};
    return {"x11", Seen::kInside, "display " + display + " is in the jail"};
}

Variables try_environment(const Connection& connection, const Target& target) {
    Channel channel(connection.session());
    if (!channel.open())
        return {{"environment", Seen::kUntried, "no channel"},
                {"environment-other", Seen::kUntried, "no channel"}};
    // sshd does not say which it takes: such requests want no reply of most clients.
    (void)ssh_channel_request_env(channel.get(), "LC_VERIFY", target.token.c_str());
    (void)ssh_channel_request_env(channel.get(), "VERIFY_OTHER", target.token.c_str());
    if (ssh_channel_request_exec(channel.get(), print_of(target, "$LC_VERIFY:$VERIFY_OTHER").c_str()) ==
        SSH_OK)
        channel.opened();
    else
        channel.refused(connection.error());
    const Answer answer = channel.answer().opened ? channel.finish() : channel.answer();
    const std::string values = variable_in(target, answer.output);
    const std::size_t colon = values.find(':');
    if (colon == std::string::npos)
        return {{"environment", Seen::kUntried, "no command can say what has arrived"},
                {"environment-other", Seen::kUntried, "no command can say what has arrived"}};
    const auto report = [&](const char* way, const std::string& value, const std::string& name) {
        const bool arrived = value == target.token;
        return WireReport{way, arrived ? Seen::kOpen : Seen::kRefused,
                          name + (arrived ? " arrives" : " does not arrive")};
    };
    return {report("environment", values.substr(0, colon), "LC_VERIFY"),
            report("environment-other", values.substr(colon + 1), "VERIFY_OTHER")};
}

}  // namespace jail::provision
