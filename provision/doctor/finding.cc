// SPDX-License-Identifier: Apache-2.0
#include "provision/doctor/finding.h"

namespace jail::provision {

const char* name_of(Health health) {
    switch (health) {
        case Health::kOk:
            return "ok";
        case Health::kNote:
            return "note";
        case Health::kProblem:
            return "problem";
        case Health::kBroken:
            return "broken";
    }
    return "";
}

}  // namespace jail::provision
