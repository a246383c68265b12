// SPDX-License-Identifier: Apache-2.0
#include "provision/running/row_order.h"

#include <algorithm>
#include <utility>

namespace jail::provision {

namespace {

constexpr std::pair<const char*, SortKey> kWords[] = {{"cpu", SortKey::kCpu},
                                                      {"memory", SortKey::kMemory},
                                                      {"tasks", SortKey::kTasks},
                                                      {"account", SortKey::kAccount}};

double figure(const InstanceRow& row, SortKey key) {
    constexpr double kNone = -1;
    const auto number = [](const auto& value) { return value ? static_cast<double>(*value) : kNone; };
    switch (key) {
        case SortKey::kCpu:
            return number(row.cpu_percent);
        case SortKey::kMemory:
            return number(row.instance.use.memory_bytes);
        case SortKey::kTasks:
            return number(row.instance.use.tasks);
        case SortKey::kAccount:
            break;
    }
    return kNone;
}

}  // namespace

std::optional<SortKey> parse_sort_key(const std::string& word) {
    for (const auto& [name, key] : kWords)
        if (word == name) return key;
    return std::nullopt;
}

const char* name_of(SortKey key) {
    for (const auto& [name, one] : kWords)
        if (key == one) return name;
    return "";
}

void sort_rows(std::vector<InstanceRow>& rows, SortKey key) {
    std::stable_sort(rows.begin(), rows.end(), [key](const InstanceRow& a, const InstanceRow& b) {
        const double of_a = figure(a, key), of_b = figure(b, key);
        return of_a != of_b ? of_a > of_b : a.instance.account < b.instance.account;
    });
}

}  // namespace jail::provision
