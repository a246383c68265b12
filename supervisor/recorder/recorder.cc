// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/recorder.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "supervisor/base/event_loop.h"
#include "supervisor/reports/report.h"

namespace jail::supervisor {
namespace {

constexpr auto kIdle = 5s;
constexpr std::size_t kMostReportBytes = 64u << 10;

// One of the descriptors that were handed over; empty if it is not of this type.
FileDescriptor take(RecorderDescriptor number, mode_t type) {
    struct stat status = {};
    FileDescriptor descriptor(number);
    if (::fstat(number, &status) != 0 || (status.st_mode & S_IFMT) != type) return {};
    return descriptor;
}

accounting::Files take_files() {
    return {take(kUtmpDescriptor, S_IFREG), take(kWtmpDescriptor, S_IFREG),
            take(kLastlogDescriptor, S_IFREG)};
}

}  // namespace

Recorder::Recorder(const Subject& subject)
    : reports_(take(kReportsDescriptor, S_IFSOCK)),
      writer_(subject, take(kAuditLogDescriptor, S_IFREG), take_files(), take(kRatesDescriptor, S_IFREG)),
      inbox_(take(kInboxDescriptor, S_IFSOCK), subject.uid),
      relay_(take(kDevLogDescriptor, S_IFSOCK), subject) {}

bool Recorder::is_idle() const {
    return now() - busy_at_ >= kIdle && !inbox_.has_ends();
}

Result<> Recorder::run() {
    while (!has_ended_ && !is_relieved_ && !writer_.wants_log_anew()) {
        EventLoop loop;
        loop.on("reports", reports_.get(), [this] { receive_report(); });
        loop.on("inbox", inbox_.descriptor(), [this] { inbox_.receive(now(), writer_); });
        loop.on("/dev/log", relay_.descriptor(), [this] { relay_.receive(now()); });
        loop.at(inbox_.due(), [this] { inbox_.tick(now()); });
        loop.at(relay_.due(), [this] { relay_.tick(now()); });
        loop.at(writer_.due(), [this] { writer_.tick(now()); });
        loop.at(now() + kIdle, [] {});
        if (JAIL_TRY(loop.run())) busy_at_ = now();
        if (is_idle() && relay_.is_idle(now())) break;
    }
    finish();
    return success();
}

void Recorder::receive_report() {
    char bytes[kMostReportBytes];
    const ssize_t count = ::recv(reports_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count <= 0) {
        has_ended_ = count == 0 || (errno != EAGAIN && errno != EINTR);
        return;
    }
    auto report = decode_report({bytes, static_cast<std::size_t>(count)});
    if (!report) return ReportWriter::trouble(report.error().message());
    Report& said = report.value();
    is_relieved_ = said.kind == ReportKind::kEnd;
    if (said.kind == ReportKind::kSessionClose) {
        // How its program ended was said before, unless the door has said it.
        inbox_.finish(writer_);
        const auto end = inbox_.take_end(said.session.id);
        if (end && !said.exit && !said.signal) (end->by_signal ? said.signal : said.exit) = end->number;
    }
    if (said.kind == ReportKind::kInstanceStop) inbox_.finish(writer_);
    writer_.write(said);
}

void Recorder::finish() {
    if (has_ended_) {
        inbox_.finish(writer_);
        relay_.finish(now());
    }
    writer_.finish();
}

}  // namespace jail::supervisor
