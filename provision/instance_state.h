// Whether an account's jail runs now: asked of the kernel, not of a file.
#pragma once

#include <cstdint>

#include "provision/layout.h"

namespace jail::provision {

bool instance_runs(const Layout& layout, std::uint32_t uid);

}  // namespace jail::provision
