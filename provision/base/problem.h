// SPDX-License-Identifier: Apache-2.0
// How provision words its errors. All but failures of system calls are refusals (libjail/base/result.h),
// sentences for the administrator.
#pragma once

#include <string>
#include <string_view>

#include "libjail/base/escape.h"
#include "libjail/base/result.h"

namespace jail::provision {

inline Error problem(std::string_view sentence) {
    return refused(EINVAL, sentence);
}

// Codes of errors that must not be taken for "it is not there": an account can change the file that was found
// (source_trust.h), or a symlink of its own leads out of its directories.
inline constexpr int kUntrusted = EPERM;
inline constexpr int kLeadsOut = EXDEV;

inline bool must_be_told(const Error& error) {
    return error.is_refusal() && (error.code() == kUntrusted || error.code() == kLeadsOut);
}

inline Error changed_meanwhile(std::string_view path) {
    return problem(std::string(path) + " changed while it was being looked at; run the command again");
}

// Bytes that would end a line, or steer the terminal, as \xHH, the controls of C1 and what is not UTF-8 too:
// names and paths can be anybody's.
inline std::string printable(std::string_view text) {
    return ::jail::printable(text, std::string_view::npos);
}

// The one line that the user reads.
inline std::string describe(const Error& error) {
    return printable(error.message());
}

// The same failure with what was being done before it: "jail arkham: open /x: Permission denied".
inline Error in_context(std::string_view context, const Error& error) {
    return problem(std::string(context) + ": " + describe(error));
}

}  // namespace jail::provision
