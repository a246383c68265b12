// SPDX-License-Identifier: Apache-2.0
// The byte format of what jail-provision publishes and the login path reads: little endian, every string and
// list with its length before it, no padding, the record ends with its last field. Reading never trusts a
// length: a field that would pass the end, or a list longer than its bound, makes the whole record bad.
//
// A record names its fields once, in a function template `fields(archive, record)`; Encoder and Decoder both
// walk it, so that writing and reading cannot drift apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace jail {

inline constexpr std::uint32_t kMaxFieldBytes = 1u << 20;
inline constexpr std::uint32_t kMaxListItems = 4096;

class Encoder {
public:
    template <class T>
    void operator()(const T& field) {
        if constexpr (std::is_same_v<T, bool>) {
            put(field ? 1 : 0, 1);
        } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
            put(static_cast<std::uint64_t>(field), sizeof(T));
        } else {
            fields(*this,
                   const_cast<T&>(field));  // fields() takes T& to serve the Decoder; it only reads here
        }
    }
    void operator()(const std::string& text) {
        put(text.size(), 4);
        bytes_ += text;
    }
    template <class T>
    void operator()(const std::vector<T>& list) {
        put(list.size(), 4);
        for (const T& item : list) (*this)(item);
    }
    std::string take() { return std::move(bytes_); }

private:
    void put(std::uint64_t value, unsigned width) {
        for (unsigned i = 0; i < width; ++i) bytes_ += static_cast<char>(value >> (8 * i));
    }
    std::string bytes_;
};

class Decoder {
public:
    explicit Decoder(std::string_view bytes) : rest_(bytes) {}

    template <class T>
    void operator()(T& field) {
        if constexpr (std::is_same_v<T, bool>) {
            const std::uint64_t value = get(1);
            if (value > 1) good_ = false;
            field = value == 1;
        } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
            field = static_cast<T>(get(sizeof(T)));
        } else {
            fields(*this, field);
        }
    }
    void operator()(std::string& text) {
        const std::uint64_t length = get(4);
        if (!good_ || length > kMaxFieldBytes || length > rest_.size()) return fail();
        text.assign(rest_.substr(0, length));
        rest_.remove_prefix(length);
    }
    template <class T>
    void operator()(std::vector<T>& list) {
        const std::uint64_t count = get(4);
        list.clear();
        if (!good_ || count > kMaxListItems) return fail();
        for (std::uint64_t i = 0; i < count && good_; ++i) (*this)(list.emplace_back());
    }

    // True when every field was there and all bytes are read.
    bool complete() const { return good_ && rest_.empty(); }

private:
    std::uint64_t get(unsigned width) {
        if (!good_ || rest_.size() < width) {
            fail();
            return 0;
        }
        std::uint64_t value = 0;
        for (unsigned i = 0; i < width; ++i)
            value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
        rest_.remove_prefix(width);
        return value;
    }
    void fail() { good_ = false; }

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace jail
