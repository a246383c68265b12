// SPDX-License-Identifier: Apache-2.0
// Generations: <state>/manifests/<jail> is the current one, <state>/generations/<jail>/<n> are hard links to
// all that there have been, so that switching is one rename and a reader finds the old or the new manifest.
//
// If a jail's current generation is not its newest, the jail was rolled back: it is held there, and only a
// command that names it takes it forward again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/base/layout.h"
#include "provision/base/undo.h"

namespace jail::provision {

struct Publication {
    Manifest manifest;     // with its generation
    bool changed = false;  // false: the published one says the same already
};

struct Generation {
    std::uint64_t number = 0;
    std::int64_t published = 0;  // seconds since 1970
};

std::string manifest_path(const Layout& layout, const std::string& jail);
std::string tree_path(const Layout& layout, const std::string& tree);

// Jails that have a current generation, sorted.
std::vector<std::string> published_jails(const Layout& layout);
// ENOENT: never published.
Result<Manifest> published_manifest(const Layout& layout, const std::string& jail);
// Also those that have but older ones left: a run that withdrew them was killed.
std::vector<std::string> jails_with_generations(const Layout& layout);
// Those that are kept, oldest first.
std::vector<Generation> generations(const Layout& layout, const std::string& jail);
Result<Manifest> generation_manifest(const Layout& layout, const std::string& jail, std::uint64_t number);
bool held(const Layout& layout, const Manifest& current);

// The same apart from the generation.
bool says_the_same(const Manifest& a, const Manifest& b);

// These change the state; the caller holds the state lock.
Result<Publication> publish(const Layout& layout, Manifest manifest);
// With more to follow that can fail: `undo` goes back to the generation before.
Result<Publication> publish(const Layout& layout, Manifest manifest, Undo& undo);
Result<> switch_to(const Layout& layout, const std::string& jail, std::uint64_t number);
// Only one that is not current.
Result<> remove_generation(const Layout& layout, const std::string& jail, std::uint64_t number);
// The current one too: the jail is then published no more, and every login to it is refused. Older
// generations that cannot be removed stay to be withdrawn again (jails_with_generations).
Result<> withdraw(const Layout& layout, const std::string& jail);

}  // namespace jail::provision
