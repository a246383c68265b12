#include "provision/publisher.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "provision/file_io.h"
#include "provision/host_files.h"
#include "provision/problem.h"

namespace jail::provision {

namespace {

std::string generations(const Layout& layout, const std::string& jail) {
    return layout.state_dir + "/generations/" + jail;
}

// A number that no generation has had, also after the current manifest was lost.
std::uint64_t next_generation(const Layout& layout, const std::string& jail, std::uint64_t current) {
    for (const std::string& name : names_in(generations(layout, jail))) {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc() && end == name.data() + name.size()) current = std::max(current, number);
    }
    return current + 1;
}

Result<> switch_to(const std::string& generation, const std::string& published) {
    JAIL_TRY(make_directories(parent_of(published)));
    const std::string link = published + ".new-" + random_name();
    if (::link(generation.c_str(), link.c_str()) != 0) return errno_error("link", link);
    if (::rename(link.c_str(), published.c_str()) != 0) {
        const Error error = errno_error("rename", published);
        (void)::unlink(link.c_str());
        return error;
    }
    return sync_directory(parent_of(published));
}

}  // namespace

std::string manifest_path(const Layout& layout, const std::string& jail) {
    return layout.state_dir + "/manifests/" + jail;
}

std::string tree_path(const Layout& layout, const std::string& tree) {
    return layout.state_dir + "/trees/" + tree;
}

Result<Manifest> published_manifest(const Layout& layout, const std::string& jail) {
    return decode_manifest(JAIL_TRY(read_file(manifest_path(layout, jail), kMaxRecordBytes)));
}

bool says_the_same(const Manifest& a, const Manifest& b) {
    Manifest same_generation = b;
    same_generation.generation = a.generation;
    return encode(a) == encode(same_generation);
}

Result<Publication> publish(const Layout& layout, Manifest manifest) {
    // One that cannot be decoded (another format, a damaged disk) is replaced.
    const Result<Manifest> current = published_manifest(layout, manifest.jail);
    if (current && says_the_same(current.value(), manifest)) return Publication{current.value(), false};
    manifest.generation = next_generation(layout, manifest.jail, current ? current.value().generation : 0);
    if (const Result<> valid = validate(manifest); !valid)
        return in_context("jail " + manifest.jail, valid.error());
    const std::string directory = generations(layout, manifest.jail);
    JAIL_TRY(make_directories(directory));
    const std::string path = directory + "/" + std::to_string(manifest.generation);
    JAIL_TRY(replace_file(path, encode(manifest)));
    JAIL_TRY(switch_to(path, manifest_path(layout, manifest.jail)));
    return Publication{std::move(manifest), true};
}

}  // namespace jail::provision
