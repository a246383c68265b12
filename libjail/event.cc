#include "libjail/event.h"

#include <sys/random.h>

#include <cstdint>
#include <cstdio>

namespace jail {

std::string new_event_id() {
    std::uint32_t random = 0;
    (void)!::getrandom(&random, sizeof random, GRND_NONBLOCK);  // an id, not a secret: 00000000 is as good
    char text[16];
    (void)std::snprintf(text, sizeof text, "%08x", random);
    return text;
}

std::string refusal(const std::string& event_id) {
    return "the jail of this account is not available; tell your administrator: event " + event_id;
}

}  // namespace jail
