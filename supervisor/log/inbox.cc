#include "supervisor/log/inbox.h"

#include "libjail/session/denial.h"
#include "libjail/session/session_end.h"
#include "supervisor/log/datagram.h"

namespace jail::supervisor {
namespace {

// A hundred times a second, however few each time: what is done for them is done on the host's time, which no
// limit of the jail's counts.
constexpr int kMostAtOnce = 32;
constexpr auto kPause = 10ms;
// After one with descriptors, for which a process is made.
constexpr auto kLongPause = 1s;
constexpr int kMostAtTheEnd = 1024;

// One that is not there has ended meanwhile, or never was. The status that a door sent by its lease stays.
void note_end(std::vector<Session>& sessions, const SessionEnd& end) {
    for (Session& session : sessions)
        if (session.admitted && session.id == end.session && !session.end_told_by_door)
            session.program_end = end.program;
}

}  // namespace

// False when there is no more.
bool Inbox::receive_one(std::vector<Session>& sessions, EventLog& log) {
    Datagram datagram;
    const Datagram::Got got = datagram.receive(socket_.get());
    if (datagram.had_descriptors()) pause_ = kLongPause;
    // Root's processes inside, doors, have the host's logs.
    if (got != Datagram::Got::kOne || datagram.sender().uid != account_) return got != Datagram::Got::kNone;
    if (const auto end = decode_session_end(datagram.bytes()))
        note_end(sessions, *end);
    else
        log.denied_inside(decode_denial(datagram.bytes()));
    return true;
}

void Inbox::receive(Time now, std::vector<Session>& sessions, EventLog& log) {
    pause_ = kPause;
    for (int i = 0; i < kMostAtOnce && receive_one(sessions, log); ++i) {
    }
    paused_until_ = now + pause_;
}

void Inbox::tick(Time now) {
    if (is_due(paused_until_, now)) paused_until_.reset();
}

void Inbox::finish(std::vector<Session>& sessions, EventLog& log) {
    // More than the kernel's queue holds, and less than who goes on writing could keep us at.
    for (int i = 0; i < kMostAtTheEnd && receive_one(sessions, log); ++i) {
    }
}

}  // namespace jail::supervisor
