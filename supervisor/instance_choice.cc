// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance_choice.h"

#include "libjail/base/escape.h"
#include "libjail/session/protocol.h"

namespace jail::supervisor {
namespace {

constexpr std::size_t kMostText = 200;  // of a reply's message

std::string describe(const std::vector<const Session*>& sessions) {
    std::string text = "each session has a jail of its own; name one by --session:";
    for (const Session* session : sessions) {
        std::string one = " " + std::to_string(session->number) + " (" + printable(session->door);
        if (!session->peer.empty()) one += " from " + printable(session->peer);
        one += ")";
        if (text.size() + one.size() > kMostText) return text + " ...";
        text += one;
    }
    return text;
}

}  // namespace

Result<const Session*> choose_session(const std::vector<Session>& sessions, std::uint32_t wanted) {
    if (wanted == protocol::kWholeAccount) return nullptr;
    std::vector<const Session*> running;
    for (const Session& session : sessions)
        if (session.admitted && !session.ended && session.own) running.push_back(&session);
    for (const Session* session : running)
        if (session->number == wanted) return session;
    if (wanted != protocol::kAnyInstance)
        return refused(ESRCH, "there is no session " + std::to_string(wanted) + " with a jail of its own");
    if (running.size() > 1) return refused(EMLINK, describe(running));
    return running.empty() ? nullptr : running.front();
}

}  // namespace jail::supervisor
