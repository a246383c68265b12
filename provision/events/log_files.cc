// SPDX-License-Identifier: Apache-2.0
#include "provision/events/log_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>

#include "libjail/base/file_descriptor.h"
#include "libjail/events/audit_log.h"
#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostLine = 64u << 10;  // an event is one write of a few kilobytes
constexpr unsigned kPiece = 64u << 10;

struct Log {
    std::int64_t written;  // seconds since 1970
    bool current;          // it may be written in the second in which another was renamed
    std::string path;
    auto order() const { return std::tie(written, current, path); }
};

bool is_audit_log(const std::string& name, const std::string& current) {
    if (!name.starts_with(current)) return false;
    const std::string rest = name.substr(current.size());
    return rest.empty() || rest[0] == '.' || rest[0] == '-';  // .1, .2.gz, .full, -20261130.gz
}

// Takes lines out of pieces of a file.
class Lines {
public:
    explicit Lines(const std::function<void(const std::string&)>& each) : each_(each) {}
    void add(std::string_view piece) {
        for (std::size_t end; (end = piece.find('\n')) != std::string_view::npos;
             piece.remove_prefix(end + 1)) {
            append(piece.substr(0, end));
            if (!is_too_long_) each_(line_);
            line_.clear();
            is_too_long_ = false;
        }
        append(piece);
    }

private:
    void append(std::string_view part) {
        is_too_long_ = is_too_long_ || line_.size() + part.size() > kMostLine;
        if (is_too_long_)
            line_.clear();
        else
            line_ += part;
    }
    const std::function<void(const std::string&)>& each_;
    std::string line_;
    bool is_too_long_ = false;
};

}  // namespace

std::vector<std::string> audit_logs(std::int64_t since, const std::string& directory) {
    const std::string path = audit_log_path(directory);
    const std::string current = path.substr(path.rfind('/') + 1);
    const std::vector<std::string> names = names_in(directory);
    std::vector<Log> logs;
    for (const std::string& name : names) {
        if (!is_audit_log(name, current)) continue;
        // While gzip works both are there, and what it writes is not whole yet.
        if (name.ends_with(".gz") &&
            std::binary_search(names.begin(), names.end(), name.substr(0, name.size() - 3)))
            continue;
        const std::string log = directory + "/" + name;
        struct stat status = {};
        if (::lstat(log.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        if (status.st_mtime >= since) logs.push_back({status.st_mtime, name == current, log});
    }
    std::sort(logs.begin(), logs.end(), [](const Log& a, const Log& b) { return a.order() < b.order(); });
    std::vector<std::string> paths;
    for (Log& log : logs) paths.push_back(std::move(log.path));
    return paths;
}

Result<> read_lines(const std::string& path, const std::function<void(const std::string&)>& each) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return errno_error("open", path);
    unsigned char begin[2] = {};
    const ssize_t count = ::pread(file.get(), begin, sizeof begin, 0);
    if (count < 0) return errno_error("read", path);
    const bool is_compressed = count == 2 && begin[0] == 0x1f && begin[1] == 0x8b;
    // A power cut can leave zeros where lines were.
    if (count > 0 && begin[0] != '{' && begin[0] != '\0' && !is_compressed)
        return refused(EBADMSG, path + " is neither a log of events nor compressed by gzip");
    // Reads a file that is not compressed as it is.
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(::gzdopen(file.get(), "rb"), ::gzclose);
    if (!stream) return errno_error("read", path);
    (void)file.release();  // gzclose() closes it
    Lines lines(each);
    std::string piece(kPiece, '\0');
    for (int got; (got = ::gzread(stream.get(), piece.data(), kPiece)) != 0;) {
        if (got < 0) break;
        lines.add({piece.data(), static_cast<std::size_t>(got)});
    }
    int code = Z_OK;
    (void)::gzerror(stream.get(), &code);
    if (code == Z_ERRNO) return errno_error("read", path);
    if (code != Z_OK && code != Z_STREAM_END)
        return refused(EBADMSG, path + " is damaged; what stands after the damage was not read");
    return success();
}

std::vector<Error> read_events(const std::vector<std::string>& logs,
                               const std::function<void(const nlohmann::json&)>& each) {
    std::vector<Error> errors;
    for (const std::string& log : logs) {
        const auto read = read_lines(log, [&](const std::string& line) {
            if (const auto event = nlohmann::json::parse(line, nullptr, false); event.is_object())
                each(event);
        });
        if (!read && read.error().code() != ENOENT) errors.push_back(read.error());
    }
    return errors;
}

}  // namespace jail::provision
