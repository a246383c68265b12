// SPDX-License-Identifier: Apache-2.0
#include "provision/base/replacement.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/path_name.h"
#include "provision/base/durability.h"
#include "provision/base/file_io.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr char kTemporary[] = ".new-";  // no jail's or account's name has a dot and this

std::string temporary_name(const std::string& path) {
    return path + kTemporary + random_name();
}

Result<FileDescriptor> write_temporary(const std::string& temporary, const NewFile& file) {
    FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return errno_error("create", temporary);
    JAIL_TRY(write_all(fd.get(), file.bytes, file.path));
    if (::fchmod(fd.get(), file.mode) != 0) return errno_error("chmod", temporary);
    return fd;
}

}  // namespace

Replacement::~Replacement() {
    // One that stays behind is removed by the next run.
    for (const Step& step : steps_)
        if (step.change != Change::kAdded && step.change != Change::kFinal)
            (void)::unlink(step.temporary.c_str());
}

// All are written before the first is awaited: the journal takes them in one commit.
Result<> Replacement::prepare(const std::vector<NewFile>& files) {
    std::vector<FileDescriptor> written;
    for (const NewFile& file : files) {
        steps_.push_back({file.path, temporary_name(file.path)});
        written.push_back(JAIL_TRY(write_temporary(steps_.back().temporary, file)));
    }
    if (JAIL_TRY(sync_together(parent_of(files.front().path), files.size()))) return success();
    for (std::size_t i = 0; i < files.size(); ++i)
        if (::fsync(written[i].get()) != 0) return errno_error("fsync", files[i].path);
    return success();
}

// In one step each: with a name that is there already, the two change places.
Result<> Replacement::put_in_place(std::size_t first) {
    for (std::size_t i = first; i < steps_.size(); ++i) {
        Step& step = steps_[i];
        const char *from = step.temporary.c_str(), *to = step.path.c_str();
        if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
            step.change = Change::kAdded;
        else if (errno == EEXIST && ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
            step.change = Change::kSwapped;
        else if (errno == EINVAL && ::rename(from, to) == 0)
            step.change = Change::kFinal;  // a filesystem that cannot do either
        else
            return errno_error("rename", step.path);
    }
    return sync_directory(parent_of(steps_.back().path));
}

Result<> Replacement::take(const std::vector<std::string>& paths) {
    std::size_t taken = 0;
    for (const std::string& path : paths) {
        Step step = {path, temporary_name(path)};
        if (::rename(path.c_str(), step.temporary.c_str()) != 0) {
            if (errno == ENOENT) continue;
            return errno_error("remove", path);
        }
        step.change = Change::kTaken;
        steps_.push_back(std::move(step));
        ++taken;
    }
    return taken == 0 ? success() : sync_directory(parent_of(paths.front()));
}

// The failure that is reported is the first one.
Result<> Replacement::or_back(Result<> done) {
    if (!done) (void)take_back();
    return done;
}

Result<> Replacement::put(const std::vector<NewFile>& files) {
    if (files.empty()) return success();
    const std::size_t first = steps_.size();
    Result<> done = prepare(files);
    if (done) done = put_in_place(first);
    return or_back(std::move(done));
}

Result<> Replacement::put_link(const std::string& existing, const std::string& path) {
    const std::size_t first = steps_.size();
    steps_.push_back({path, temporary_name(path)});
    Result<> done;
    if (::link(existing.c_str(), steps_.back().temporary.c_str()) != 0) done = errno_error("link", path);
    if (done) done = put_in_place(first);
    return or_back(std::move(done));
}

Result<> Replacement::remove(const std::vector<std::string>& paths) {
    return or_back(take(paths));
}

Result<> Replacement::take_back() {
    Result<> all;
    std::string synced;
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
        const Change change = std::exchange(step->change, Change::kNothing);
        if (change == Change::kNothing) continue;
        int failed = 0;
        if (change == Change::kAdded)
            failed = ::unlink(step->path.c_str());
        else if (change == Change::kSwapped || change == Change::kTaken)
            failed = ::rename(step->temporary.c_str(), step->path.c_str());
        else if (all)
            all = Error(ENOTSUP, "restore", step->path);
        if (failed != 0 && all) all = errno_error("restore", step->path);
        if (const std::string directory = parent_of(step->path); directory != synced) {
            if (Result<> done = sync_directory(directory); !done && all) all = std::move(done);
            synced = directory;
        }
    }
    return all;
}

Replacement& undoable(Undo& undo) {
    auto change = std::make_shared<Replacement>();
    undo.push([change] {
        if (const Result<> back = change->take_back(); !back) log_error("undoing: " + describe(back.error()));
    });
    return *change;
}

Result<> replace_files(const std::vector<NewFile>& files) {
    return Replacement().put(files);
}

Result<> replace_file(const std::string& path, std::string_view bytes, mode_t mode) {
    return replace_files({{path, std::string(bytes), mode}});
}

Result<> replace_cache(const std::string& path, std::string_view bytes) {
    const std::string temporary = temporary_name(path);
    const Result<FileDescriptor> written = write_temporary(temporary, {path, std::string(bytes), 0600});
    Result<> done = written ? success() : Result<>(written.error());
    if (done && ::rename(temporary.c_str(), path.c_str()) != 0) done = errno_error("rename", path);
    if (!done) (void)::unlink(temporary.c_str());
    return done;
}

void remove_temporaries(const std::string& directory) {
    for (const std::string& name : names_in(directory))
        if (name.find(kTemporary) != std::string::npos) (void)::unlink((directory + "/" + name).c_str());
}

}  // namespace jail::provision
