// SPDX-License-Identifier: Apache-2.0
// A function that can fail returns Result<T>. There are two kinds of failure:
// - A call that failed says which one ("open"), on what ("/var/lib/jail/trees/..."), and the errno; message()
//   joins the three into one line: "open /x: Permission denied".
// - A refusal for a reason that system calls do not report (a bad record, a limit that is met) is one
//   sentence, and has the errno that fits best, so that callers can tell refusals apart.
//
// Using the value of a failure, or the error of a success, ends the process.
#pragma once

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace jail {

class [[nodiscard]] Error {
public:
    Error(int code, std::string_view verb, std::string_view object)
        : code_(code), verb_(verb), object_(object) {}

    int code() const { return code_; }
    bool is_refusal() const { return verb_.empty(); }

    // One line.
    std::string message() const {
        if (is_refusal()) return object_;
        return verb_ + (object_.empty() ? "" : " ") + object_ + ": " + std::strerror(code_);
    }

private:
    int code_;
    std::string verb_;    // empty: a refusal
    std::string object_;  // of a refusal, its sentence
};

inline Error refused(int code, std::string_view sentence) {
    return {code, "", sentence};
}

// The failure of the system call that just returned; reads errno, so call it first.
inline Error errno_error(std::string_view verb, std::string_view object = {}) {
    return {errno, verb, object};
}

template <class T = void>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::move(value)) {}  // NOLINT: implicit by design, `return value;`
    Result(Error error)
        : state_(std::move(error)) {}  // NOLINT: implicit by design, `return errno_error(...);`

    explicit operator bool() const { return state_.index() == 0; }
    T& value() & { return *checked(std::get_if<0>(&state_)); }
    const T& value() const& { return *checked(std::get_if<0>(&state_)); }
    T value() && { return std::move(*checked(std::get_if<0>(&state_))); }
    T* operator->() { return checked(std::get_if<0>(&state_)); }
    const Error& error() const& { return *checked(std::get_if<1>(&state_)); }
    Error error() && { return std::move(*checked(std::get_if<1>(&state_))); }

private:
    template <class Part>
    static Part* checked(Part* part) {
        if (part == nullptr) __builtin_trap();
        return part;
    }

    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error)
        : error_(std::move(error)) {}  // NOLINT: implicit by design, `return errno_error(...);`

    explicit operator bool() const { return !error_; }
    void value() const {
        if (error_) __builtin_trap();
    }
    const Error& error() const& {
        if (!error_) __builtin_trap();
        return *error_;
    }
    Error error() && {
        if (!error_) __builtin_trap();
        return std::move(*error_);
    }

private:
    std::optional<Error> error_;
};

inline Result<> success() {
    return {};
}

// The value of `expr`, or return its error from the enclosing function.
#define JAIL_TRY(expr)                                   \
    ({                                                   \
        auto result_ = (expr);                           \
        if (!result_) return std::move(result_).error(); \
        std::move(result_).value();                      \
    })

}  // namespace jail
