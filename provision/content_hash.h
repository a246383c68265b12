// SHA-256, the address of everything in the store.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace jail::provision {

class ContentHash {
public:
    ContentHash();
    ~ContentHash();
    ContentHash(const ContentHash&) = delete;
    ContentHash& operator=(const ContentHash&) = delete;

    void update(std::string_view bytes);
    // 64 hexadecimal digits; empty when libcrypto failed on the way. Ends the computation.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string hash_of(std::string_view bytes);

}  // namespace jail::provision
