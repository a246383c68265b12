// SPDX-License-Identifier: Apache-2.0
// top on a terminal: looks, draws, obeys keys.
#pragma once

#include <chrono>

#include "libjail/base/result.h"
#include "provision/host/selection.h"
#include "provision/running/row_order.h"

namespace jail::provision {

// Processor time needs two looks: the second follows the first after this time, or sooner.
inline constexpr std::chrono::milliseconds kFirstLook{250};

// Until q, or a signal that ends programs. The exit status: 0, or 128 and the signal's number. The terminal
// is as it was when it returns.
Result<int> show_live(const Layout& layout, const Selection& selection, SortKey key,
                      std::chrono::milliseconds interval);

}  // namespace jail::provision
