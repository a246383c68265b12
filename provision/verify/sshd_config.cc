// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/sshd_config.h"

#include <algorithm>
#include <iterator>

namespace jail::provision {

namespace {

// Where it listens, who may try how often, what it logs: the temporary sshd's own. By which key one logs in:
// the one-time key's. Ciphers and the like: libssh and a hardened host may have none in common, and a jail
// does not depend on them.
constexpr std::string_view kReplaced[] = {"port",
                                          "listenaddress",
                                          "addressfamily",
                                          "pidfile",
                                          "loglevel",
                                          "logverbose",
                                          "syslogfacility",
                                          "maxstartups",
                                          "logingracetime",
                                          "persourcemaxstartups",
                                          "persourcenetblocksize",
                                          "persourcepenalties",
                                          "persourcepenaltyexemptlist",
                                          "usedns",
                                          "strictmodes",
                                          "moduli",
                                          "modulifile",
                                          "hostkey",
                                          "hostkeyagent",
                                          "hostcertificate",
                                          "hostkeyalgorithms",
                                          "authorizedkeysfile",
                                          "authorizedkeyscommand",
                                          "authorizedkeyscommanduser",
                                          "authorizedprincipalsfile",
                                          "authorizedprincipalscommand",
                                          "authorizedprincipalscommanduser",
                                          "trustedusercakeys",
                                          "revokedkeys",
                                          "authenticationmethods",
                                          "pubkeyauthentication",
                                          "pubkeyauthoptions",
                                          "pubkeyacceptedalgorithms",
                                          "pubkeyacceptedkeytypes",
                                          "passwordauthentication",
                                          "kbdinteractiveauthentication",
                                          "challengeresponseauthentication",
                                          "hostbasedauthentication",
                                          "hostbasedacceptedalgorithms",
                                          "hostbasedusesnamefrompacketonly",
                                          "ignorerhosts",
                                          "ignoreuserknownhosts",
                                          "permitemptypasswords",
                                          "securitykeyprovider",
                                          "requiredrsasize",
                                          "fingerprinthash",
                                          "casignaturealgorithms",
                                          "ciphers",
                                          "macs",
                                          "kexalgorithms",
                                          "rekeylimit"};

// Of other ways to log in (Debian's patches among them).
constexpr std::string_view kOtherLogins[] = {"gssapi", "kerberos"};

// Whether root may log in, and to do what, is the temporary sshd's own for the login that is measured.
constexpr std::string_view kOfRoot[] = {"permitrootlogin", "disableforwarding", "permittty",  "permituserrc",
                                        "forcecommand",    "chrootdirectory",   "allowusers", "allowgroups",
                                        "denyusers",       "denygroups"};

bool is_own(const std::string& keyword, bool for_root) {
    return keyword == "permitrootlogin" ||
           std::find(std::begin(kReplaced), std::end(kReplaced), keyword) != std::end(kReplaced) ||
           std::any_of(std::begin(kOtherLogins), std::end(kOtherLogins),
                       [&](std::string_view prefix) { return keyword.starts_with(prefix); }) ||
           (for_root && std::find(std::begin(kOfRoot), std::end(kOfRoot), keyword) != std::end(kOfRoot));
}

}  // namespace

SshdConfig read_effective_config(std::string_view output) {
    SshdConfig config;
    for (std::size_t start = 0; start < output.size();) {
        const std::size_t end = std::min(output.find('\n', start), output.size());
        const std::string_view line = output.substr(start, end - start);
        start = end + 1;
        const std::size_t blank = line.find(' ');
        if (line.empty() || blank == std::string_view::npos) continue;
        config.emplace_back(line.substr(0, blank), line.substr(blank + 1));
    }
    return config;
}

std::string value_of(const SshdConfig& config, std::string_view keyword) {
    const auto found =
        std::find_if(config.begin(), config.end(), [&](const auto& entry) { return entry.first == keyword; });
    return found == config.end() ? std::string() : found->second;
}

std::string sftp_subsystem(const SshdConfig& config) {
    for (const auto& [keyword, value] : config)
        if (keyword == "subsystem" && value.starts_with("sftp ")) return value.substr(5);
    return {};
}

std::string flat_config(const SshdConfig& effective, const TemporaryListener& listener) {
    std::string text = "Port " + std::to_string(listener.port) +
                       "\nListenAddress 127.0.0.1\nPidFile none\nHostKey " + listener.host_key +
                       "\nAuthorizedKeysFile " + listener.authorized_keys +
                       "\nAuthenticationMethods publickey\nPubkeyAuthentication yes\n"
                       "PasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no\n"
                       "StrictModes yes\nLogLevel INFO\nMaxStartups 50\nLoginGraceTime 30\n";
    if (!value_of(effective, "persourcepenalties").empty()) text += "PerSourcePenalties no\n";
    if (listener.for_root)
        text +=
            "PermitRootLogin prohibit-password\nForceCommand /bin/true\n"
            "DisableForwarding yes\nPermitTTY no\nPermitUserRC no\n";
    else
        text += "PermitRootLogin no\n";  // the client, once taken over, has the account's key
    for (const auto& [keyword, value] : effective)
        if (!is_own(keyword, listener.for_root)) text += keyword + " " + value + "\n";
    return text;
}

}  // namespace jail::provision
