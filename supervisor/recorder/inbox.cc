// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/inbox.h"

#include <algorithm>

#include "libjail/session/denial.h"
#include "supervisor/recorder/datagram.h"

namespace jail::supervisor {
namespace {

// At most a hundred reads a second, each of so many: the work for them uses the host's processor time, which
// the limits of the jail do not count.
constexpr int kMostAtOnce = 32;
constexpr auto kPause = 10ms;
// After one with descriptors, for which a process is made.
constexpr auto kLongPause = 1s;
constexpr int kMostAtTheEnd = 1024;
// Ends of sessions that are not closed yet; the account can make up any number of them.
constexpr std::size_t kMostEnds = 256;

}  // namespace

void Inbox::keep(const SessionEnd& end) {
    std::erase_if(ends_, [&](const SessionEnd& one) { return one.session == end.session; });
    if (ends_.size() == kMostEnds) ends_.erase(ends_.begin());
    ends_.push_back(end);
}

std::optional<protocol::ProgramEnd> Inbox::take_end(const std::string& session) {
    const auto found = std::find_if(ends_.begin(), ends_.end(),
                                    [&](const SessionEnd& end) { return end.session == session; });
    if (found == ends_.end()) return std::nullopt;
    const protocol::ProgramEnd program = found->program;
    ends_.erase(found);
    return program;
}

// False when the queue is empty.
bool Inbox::receive_one(ReportWriter& writer) {
    Datagram datagram;
    const Datagram::Got got = datagram.receive(socket_.get());
    if (datagram.had_descriptors()) pause_ = kLongPause;
    // Root's processes inside, doors, have the host's logs.
    if (got != Datagram::Got::kOne || datagram.sender().uid != account_) return got != Datagram::Got::kNone;
    if (const auto end = decode_session_end(datagram.bytes()))
        keep(*end);
    else
        writer.denied_inside(decode_denial(datagram.bytes()));
    return true;
}

void Inbox::receive(Time now, ReportWriter& writer) {
    pause_ = kPause;
    for (int i = 0; i < kMostAtOnce && receive_one(writer); ++i) {
    }
    paused_until_ = now + pause_;
}

void Inbox::tick(Time now) {
    if (is_due(paused_until_, now)) paused_until_.reset();
}

void Inbox::finish(ReportWriter& writer) {
    // More than the kernel's queue holds, but bounded, since a writer could go on for ever.
    for (int i = 0; i < kMostAtTheEnd && receive_one(writer); ++i) {
    }
}

}  // namespace jail::supervisor
