// SPDX-License-Identifier: Apache-2.0
// Files of the checkout that tests compare with the code: man pages, schemas, documents.
#pragma once

#include <string>

namespace jail::provision {

// The whole file; `path` is from the top of the checkout. A missing or empty one fails the test.
std::string text_of(const std::string& path);

}  // namespace jail::provision
