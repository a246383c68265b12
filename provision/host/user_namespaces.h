// As a policy spells enum UserNamespace (libjail/policy/manifest.h), in its order.
#pragma once

namespace jail::provision {

inline constexpr const char* kUserNamespaces[] = {"none", "self", "fakeroot"};

}  // namespace jail::provision
