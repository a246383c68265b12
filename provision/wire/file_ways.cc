// SPDX-License-Identifier: Apache-2.0
// sftp (draft-ietf-secsh-filexfer-02) and scp, as far as a question and an answer go.
#include <cstdint>

#include "provision/wire/ways.h"

namespace jail::provision {

namespace {

constexpr char kInit = 1, kVersion = 2, kStat = 17, kAttributes = 105;
constexpr std::size_t kMostPacket = 1u << 16;

std::string number(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

std::string packet(const std::string& content) {
    return number(static_cast<std::uint32_t>(content.size())) + content;
}

// Its type and what follows. Empty: none came.
std::string take_packet(Channel& channel) {
    const std::string length = channel.take(4);
    if (length.empty()) return {};
    std::size_t size = 0;
    for (const char byte : length) size = size << 8 | static_cast<unsigned char>(byte);
    return size == 0 || size > kMostPacket ? std::string() : channel.take(size);
}

bool exists(Channel& channel, std::uint32_t id, const std::string& path) {
    channel.write(
        packet(std::string(1, kStat) + number(id) + number(static_cast<std::uint32_t>(path.size())) + path));
    const std::string reply = take_packet(channel);
    return !reply.empty() && reply[0] == kAttributes;
}

WireReport speak_sftp(const char* way, Channel& channel, const Target& target) {
    channel.write(packet(std::string(1, kInit) + number(3)));
    const std::string greeting = take_packet(channel);
    if (greeting.empty() || greeting[0] != kVersion) return refused_or_open(way, channel.finish(), false);
    if (exists(channel, 1, target.marker)) return {way, Seen::kOutside, "it sees the host's files"};
    if (exists(channel, 2, "/etc/jail/instance")) return {way, Seen::kInside, ""};
    return {way, Seen::kOpen, "it sees neither the jail's nor the host's files"};
}

// The answer of scp -f about a file: C when it gives it, 1 or 2 with a message when it does not.
struct ScpAnswer {
    char first = 0;
    Answer answer;
};
ScpAnswer ask_scp(const Connection& connection, const std::string& path) {
    ScpAnswer asked;
    asked.answer = connection.execute("scp -f " + path, std::string(1, '\0'));
    if (!asked.answer.output.empty()) asked.first = asked.answer.output[0];
    return asked;
}

}  // namespace

WireReport try_sftp_subsystem(const Connection& connection, const Target& target) {
    Channel channel(connection.session());
    if (!channel.open() || ssh_channel_request_subsystem(channel.get(), "sftp") != SSH_OK)
        return {"sftp-subsystem", Seen::kRefused, "sshd: " + connection.error()};
    channel.opened();
    return speak_sftp("sftp-subsystem", channel, target);
}

WireReport try_sftp_command(const Connection& connection, const Target& target) {
    Channel channel(connection.session());
    if (!channel.open() || ssh_channel_request_exec(channel.get(), target.sftp_server.c_str()) != SSH_OK)
        return {"sftp-command", Seen::kRefused, "sshd: " + connection.error()};
    channel.opened();
    return speak_sftp("sftp-command", channel, target);
}

WireReport try_scp_from(const Connection& connection, const Target& target) {
    const ScpAnswer host = ask_scp(connection, target.marker);
    if (host.first == 'C') return {"scp-from", Seen::kOutside, "it gives the host's files"};
    const ScpAnswer own = ask_scp(connection, "/etc/jail/instance");
    if (own.first == 'C') return {"scp-from", Seen::kInside, ""};
    return refused_or_open("scp-from", own.answer, own.first == 1 || own.first == 2);
}

WireReport try_scp_to(const Connection& connection, const Target&) {
    const std::string file = std::string("C0600 0 verify\n") + std::string(1, '\0');
    const Answer answer = connection.execute("scp -t /dev/null", file);
    return refused_or_open("scp-to", answer, answer.output.starts_with(std::string(2, '\0')));
}

}  // namespace jail::provision
