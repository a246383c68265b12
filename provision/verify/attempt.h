// SPDX-License-Identifier: Apache-2.0
// The parts that the attempts of a battery share.
#pragma once

#include <cerrno>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <string>

#include "provision/verify/battery.h"

namespace jail::provision {

inline Observation as_policy(std::string seen) {
    return {RowState::kAsPolicy, std::move(seen)};
}

inline Observation wrong(std::string seen) {
    return {RowState::kWrong, std::move(seen)};
}

inline Observation note(std::string seen) {
    return {RowState::kNote, std::move(seen)};
}

// The result of a call that has just returned, which has to fail; with one of these codes, if any are given.
inline Observation expect_refused(const std::string& what, long result,
                                  std::initializer_list<int> codes = {}) {
    if (result >= 0) return wrong(what + " succeeds");
    for (const int code : codes)
        if (errno == code) return as_policy(std::strerror(errno));
    const std::string seen = what + ": " + std::strerror(errno);
    return codes.size() == 0 ? as_policy(std::strerror(errno)) : wrong(seen);
}

// The first of several that is not as it should be, else the last.
inline Observation worst_of(std::initializer_list<Observation> findings) {
    for (const Observation& one : findings)
        if (one.state != RowState::kAsPolicy) return one;
    return findings.size() == 0 ? note("nothing") : *(findings.end() - 1);
}

// In a child of its own, which may die by it: what it writes is its finding, for at most so many seconds.
// `died`: what a death by this signal means.
Observation in_a_child(int seconds, const std::function<Observation()>& body,
                       const std::function<Observation(int signal)>& died);

}  // namespace jail::provision
