// SPDX-License-Identifier: Apache-2.0
// The policy that is published against the one that the jail's file says now.
#pragma once

#include <string>
#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/base/layout.h"
#include "provision/verify/row.h"

namespace jail::provision {

struct ComparedPolicy {
    Manifest wanted;  // the file's, where it can be compiled and is to hold; else the published one
    std::vector<std::string> allowed_calls;
    Row row;
};

// Keys, by which two policies differ; trees and generations do not count.
std::vector<std::string> differing_keys(const Manifest& a, const Manifest& b);

ComparedPolicy compare_policy(const Layout& layout, const Manifest& published);

}  // namespace jail::provision
