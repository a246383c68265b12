// SPDX-License-Identifier: Apache-2.0
// The key `hours`: days and times, as people write them.
#pragma once

#include <string>
#include <string_view>

#include "provision/config/field_reader.h"

namespace jail::provision {

inline constexpr std::string_view kDays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// "08:00-18:00"
std::string times_in_words(const LoginHours& hours);

// {mon-fri: 08:00-18:00, sat: [09:00-12:00, 13:00-15:00]}. A time that ends before it begins goes on into the
// next day.
void read_hours(FieldReader& in, const YamlNode& value, Policy& policy, const Kind& kind);

}  // namespace jail::provision
