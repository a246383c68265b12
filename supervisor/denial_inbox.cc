#include "supervisor/denial_inbox.h"

#include "libjail/denial.h"
#include "supervisor/datagram.h"

namespace jail {
namespace {

// A hundred times a second, however few each time: what is done for them is done on the host's time, which no
// limit of the jail's counts.
constexpr int kMostAtOnce = 32;
constexpr long long kPauseMs = 10;
constexpr int kMostAtTheEnd = 1024;

}  // namespace

// False when there is no more.
bool DenialInbox::receive_one(EventLog& log) {
    Datagram datagram;
    const Datagram::Got got = datagram.receive(socket_.get());
    // Root's processes inside, doors, have the host's logs.
    if (got == Datagram::Got::kOne && datagram.sender().uid == account_)
        log.denied_inside(decode_denial(datagram.bytes()));
    return got != Datagram::Got::kNone;
}

void DenialInbox::receive(long long now_ms, EventLog& log) {
    for (int i = 0; i < kMostAtOnce && receive_one(log); ++i) {
    }
    paused_until_ms_ = now_ms + kPauseMs;
}

void DenialInbox::tick(long long now_ms) {
    if (now_ms >= paused_until_ms_) paused_until_ms_ = -1;
}

void DenialInbox::finish(EventLog& log) {
    // Nobody is left who could write more: the kernel's queue is all there is.
    for (int i = 0; i < kMostAtTheEnd && receive_one(log); ++i) {
    }
}

}  // namespace jail
