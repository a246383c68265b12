// Result-style errors: errno + verb + object. Nothing in libjail throws, logs or exits.
//
// A function that can fail returns Result<T>. A failure says which call failed ("open"), on what
// ("/var/lib/jail/trees/..."), and the errno; message() joins the three into one line. Failures that no
// system call reported (a bad file, a broken protocol) carry the errno that fits best, EINVAL or EPERM, and
// the sentence as their object.
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
    const std::string& object() const { return object_; }

    // One line: "open /x: Permission denied".
    std::string message() const {
        return verb_ + (object_.empty() || verb_.empty() ? "" : " ") + object_ + ": " + std::strerror(code_);
    }

private:
    int code_;
    std::string verb_;
    std::string object_;
};

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
    T& value() & { return *std::get_if<0>(&state_); }
    const T& value() const& { return *std::get_if<0>(&state_); }
    T value() && { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() { return std::get_if<0>(&state_); }
    const Error& error() const& { return *std::get_if<1>(&state_); }
    Error error() && { return std::move(*std::get_if<1>(&state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error)
        : error_(std::move(error)) {}  // NOLINT: implicit by design, `return errno_error(...);`

    explicit operator bool() const { return !error_; }
    void value() const {}
    const Error& error() const& { return *error_; }
    Error error() && { return std::move(*error_); }

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
