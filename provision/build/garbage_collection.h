// SPDX-License-Identifier: Apache-2.0
// Trees and contents that no generation and no running jail needs any more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "provision/base/layout.h"

namespace jail::provision {

struct Garbage {
    struct OldGeneration {
        std::string jail;
        std::uint64_t number = 0;
    };
    std::vector<OldGeneration> generations;
    std::vector<std::string> trees;        // names below <state>/trees
    std::vector<std::string> inventories;  // likewise
    std::vector<std::string> objects;      // paths of files in the store that no tree has a link to
    std::uint64_t bytes = 0;               // that removing the objects gives back
};

// Of each jail the current generation and the `keep` newest stay, and every tree that a running jail has as
// its root.
// A generation that stays and cannot be read is an error: the objects that it needs are unknown.
Result<Garbage> find_garbage(const Layout& layout, std::uint64_t keep);

// The caller holds the state lock. `garbage` is completed with what became free on the way.
Result<> collect_garbage(const Layout& layout, Garbage& garbage);

}  // namespace jail::provision
