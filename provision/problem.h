// How provision words its errors. A failure of a system call is a libjail Error with its errno; everything
// else is a sentence for the administrator, carried as the object of an Error with code 0.
#pragma once

#include <string>
#include <string_view>

#include "libjail/result.h"

namespace jail::provision {

inline Error problem(std::string_view sentence) {
    return {0, "", sentence};
}

// The one line that the user reads.
inline std::string describe(const Error& error) {
    return error.code() == 0 ? error.object() : error.message();
}

// The same failure with what was being done before it: "jail arkham: open /x: Permission denied".
inline Error in_context(std::string_view context, const Error& error) {
    return problem(std::string(context) + ": " + describe(error));
}

}  // namespace jail::provision
