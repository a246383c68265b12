#include "provision/content_hash.h"

#include <openssl/evp.h>

namespace jail::provision {

namespace {

// Looked up once: an implicit fetch for each file costs more than hashing a small one.
const EVP_MD* sha256() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return algorithm;
}

}  // namespace

struct ContentHash::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    bool good = false;
    ~State() { EVP_MD_CTX_free(context); }
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) {
    state_->good = state_->context && sha256() && EVP_DigestInit_ex2(state_->context, sha256(), nullptr) == 1;
}
ContentHash::~ContentHash() = default;

void ContentHash::update(std::string_view bytes) {
    state_->good = state_->good && EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1;
}

std::string ContentHash::hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (!state_->good || EVP_DigestFinal_ex(state_->context, digest, &length) != 1) return {};
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        text += kDigits[digest[i] >> 4];
        text += kDigits[digest[i] & 15];
    }
    return text;
}

std::string hash_of(std::string_view bytes) {
    ContentHash hash;
    hash.update(bytes);
    return hash.hex();
}

}  // namespace jail::provision
