// SPDX-License-Identifier: Apache-2.0
#include "supervisor/reports/report.h"

#include "libjail/base/codec.h"

namespace jail::supervisor {

template <class Archive>
void fields(Archive& archive, std::optional<std::uint64_t>& number) {
    bool known = number.has_value();
    std::uint64_t value = number.value_or(0);
    archive(known);
    archive(value);
    number = known ? std::optional(value) : std::nullopt;
}

template <class Archive>
void fields(Archive& archive, ReportedSession& session) {
    archive(session.id);
    archive(session.door);
    archive(session.terminal);
    archive(session.peer);
    archive(session.opener_pid);
    archive(session.number);
}

template <class Archive>
void fields(Archive& archive, Report& report) {
    archive(report.kind);
    archive(report.session);
    archive(report.text);
    archive(report.limit);
    archive(report.line);
    archive(report.number);
    archive(report.milliseconds);
    for (auto* number : {&report.cpu_us, &report.peak_memory_bytes, &report.exit, &report.signal})
        fields(archive, *number);
    archive(report.lost);
}

std::string encode(const Report& report) {
    Encoder encoder;
    encoder(report);
    return encoder.take();
}

Result<Report> decode_report(std::string_view bytes) {
    Decoder decoder(bytes);
    Report report;
    decoder(report);
    if (!decoder.complete() || report.kind > ReportKind::kLast)
        return refused(EBADMSG, "the report is of no known form");
    return report;
}

}  // namespace jail::supervisor
