// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/publisher.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "libjail/base/path_name.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"
#include "provision/tree/provenance.h"

namespace jail::provision {

namespace {

std::string generations_directory(const Layout& layout, const std::string& jail) {
    return layout.state_dir + "/generations/" + jail;
}

std::string generation_path(const Layout& layout, const std::string& jail, std::uint64_t number) {
    return generations_directory(layout, jail) + "/" + std::to_string(number);
}

// A number that no generation has had, also after the current manifest was lost.
std::uint64_t next_generation(const Layout& layout, const std::string& jail, std::uint64_t current) {
    const std::vector<Generation> all = generations(layout, jail);
    return std::max(current, all.empty() ? 0 : all.back().number) + 1;
}

// Gives the current manifest its name among the generations. A run that was killed between switching and this
// leaves it to the next one.
Result<> keep_current(const Layout& layout, const Manifest& current) {
    const std::string kept = generation_path(layout, current.jail, current.generation);
    JAIL_TRY(make_directories(parent_of(kept)));
    // Of an earlier version, which let every account read it.
    if (::chmod(manifest_path(layout, current.jail).c_str(), 0600) != 0)
        return errno_error("chmod", manifest_path(layout, current.jail));
    if (::link(manifest_path(layout, current.jail).c_str(), kept.c_str()) == 0)
        return sync_directory(parent_of(kept));
    return errno == EEXIST ? success() : Result<>(errno_error("link", kept));
}

}  // namespace

std::string manifest_path(const Layout& layout, const std::string& jail) {
    return layout.state_dir + "/manifests/" + jail;
}

std::vector<std::string> jails_with_generations(const Layout& layout) {
    std::vector<std::string> jails = names_in(layout.state_dir + "/generations");
    std::erase_if(jails, [](const std::string& name) { return !valid_jail_name(name); });
    return jails;
}

std::string tree_path(const Layout& layout, const std::string& tree) {
    return layout.state_dir + "/trees/" + tree;
}

std::vector<std::string> published_jails(const Layout& layout) {
    std::vector<std::string> jails = names_in(layout.state_dir + "/manifests");
    std::erase_if(jails, [](const std::string& name) { return !valid_jail_name(name); });
    return jails;
}

Result<Manifest> published_manifest(const Layout& layout, const std::string& jail) {
    const std::string path = manifest_path(layout, jail);
    Result<Manifest> manifest = decode_manifest(JAIL_TRY(read_file(path, kMaxRecordBytes)));
    if (manifest) return manifest;
    return in_context(path + " is damaged; run jail-provision build " + jail, manifest.error());
}

std::vector<Generation> generations(const Layout& layout, const std::string& jail) {
    std::vector<Generation> all;
    for (const std::string& name : names_in(generations_directory(layout, jail))) {
        Generation generation;
        const char* end = name.data() + name.size();
        if (const auto parsed = std::from_chars(name.data(), end, generation.number);
            parsed.ec != std::errc() || parsed.ptr != end)
            continue;
        struct stat status = {};
        if (::lstat(generation_path(layout, jail, generation.number).c_str(), &status) != 0) continue;
        generation.published = status.st_mtim.tv_sec;
        all.push_back(generation);
    }
    std::sort(all.begin(), all.end(),
              [](const Generation& a, const Generation& b) { return a.number < b.number; });
    return all;
}

Result<Manifest> generation_manifest(const Layout& layout, const std::string& jail, std::uint64_t number) {
    Result<std::string> bytes = read_file(generation_path(layout, jail, number), kMaxRecordBytes);
    if (!bytes) return std::move(bytes).error();
    Result<Manifest> decoded = decode_manifest(bytes.value());
    if (!decoded)
        return in_context(generation_path(layout, jail, number) + " is damaged; remove it", decoded.error());
    Manifest manifest = std::move(decoded).value();
    if (manifest.jail != jail || manifest.generation != number)
        return Error(EBADMSG, "believe", generation_path(layout, jail, number));
    return manifest;
}

bool held(const Layout& layout, const Manifest& current) {
    const std::vector<Generation> all = generations(layout, current.jail);
    return !all.empty() && all.back().number > current.generation;
}

bool says_the_same(const Manifest& a, const Manifest& b) {
    Manifest same_generation = b;
    same_generation.generation = a.generation;
    return encode(a) == encode(same_generation);
}

Result<Publication> publish(const Layout& layout, Manifest manifest, Undo& undo) {
    // One that cannot be decoded (another format, a damaged disk) is replaced.
    const Result<Manifest> current = published_manifest(layout, manifest.jail);
    if (current) JAIL_TRY(keep_current(layout, current.value()));
    if (current && !held(layout, current.value()) && says_the_same(current.value(), manifest))
        return Publication{current.value(), false};
    manifest.generation = next_generation(layout, manifest.jail, current ? current.value().generation : 0);
    if (const Result<> valid = validate(manifest); !valid)
        return in_context("jail " + manifest.jail, valid.error());
    const std::string path = manifest_path(layout, manifest.jail);
    JAIL_TRY(make_directories(parent_of(path)));
    // After the manifest was taken back. The newest generation not being the current one would mean a
    // rollback.
    undo.push([&layout, jail = manifest.jail, number = manifest.generation] {
        (void)remove_generation(layout, jail, number);
    });
    JAIL_TRY(undoable(undo).put({{path, encode(manifest)}}));
    JAIL_TRY(keep_current(layout, manifest));
    return Publication{std::move(manifest), true};
}

Result<Publication> publish(const Layout& layout, Manifest manifest) {
    Undo undo;
    Publication publication = JAIL_TRY(publish(layout, std::move(manifest), undo));
    undo.keep();
    return publication;
}

Result<> switch_to(const Layout& layout, const std::string& jail, std::uint64_t number) {
    if (const Result<Manifest> current = published_manifest(layout, jail); current)
        JAIL_TRY(keep_current(layout, current.value()));
    return Replacement().put_link(generation_path(layout, jail, number), manifest_path(layout, jail));
}

// Its provenance first: without the generation it could not be found again.
Result<> remove_generation(const Layout& layout, const std::string& jail, std::uint64_t number) {
    remove_provenance(layout, jail, number);
    const std::string path = generation_path(layout, jail, number);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("remove", path);
    return success();
}

Result<> withdraw(const Layout& layout, const std::string& jail) {
    JAIL_TRY(Replacement().remove({manifest_path(layout, jail)}));
    for (const Generation& generation : generations(layout, jail))
        if (const Result<> gone = remove_generation(layout, jail, generation.number); !gone) return success();
    // Removes these directories if they are empty.
    (void)::rmdir(generations_directory(layout, jail).c_str());
    (void)::rmdir((layout.state_dir + "/provenance/" + jail).c_str());
    (void)::unlink((layout.state_dir + "/stamps/" + jail).c_str());
    return success();
}

}  // namespace jail::provision
