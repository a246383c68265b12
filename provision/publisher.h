// Generations: <state>/generations/<jail>/<n>, and <state>/manifests/<jail> as a hard link to the current
// one, so that switching is one rename and a reader finds either the old or the new manifest, never none.
#pragma once

#include <string>

#include "libjail/manifest.h"
#include "provision/layout.h"

namespace jail::provision {

struct Publication {
    Manifest manifest;     // with its generation
    bool changed = false;  // false: the published one says the same already
};

std::string manifest_path(const Layout& layout, const std::string& jail);
std::string tree_path(const Layout& layout, const std::string& tree);

// ENOENT: never published.
Result<Manifest> published_manifest(const Layout& layout, const std::string& jail);
// The same apart from the generation.
bool says_the_same(const Manifest& a, const Manifest& b);
Result<Publication> publish(const Layout& layout, Manifest manifest);

}  // namespace jail::provision
