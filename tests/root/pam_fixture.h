// SPDX-License-Identifier: Apache-2.0
// Services of libpam's in a directory of their own (pam_start_confdir(3)), and pam_login as their
// application.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"

namespace jail::testing {

class PamTest : public JailTest {
protected:
    static constexpr char kServices[] = "/run/pam-services";

    void SetUp() override {
        JailTest::SetUp();
        ASSERT_EQ(::system((std::string("mkdir -p ") + kServices).c_str()), 0);
        service("other",
                "auth required pam_deny.so\naccount required pam_deny.so\nsession required pam_deny.so\n");
        service("door", "account required pam_jail.so\nsession required pam_jail.so\n");
        // As config/pam/jail is included: after what lets accounts in that are in no jail.
        service("mixed",
                "account required pam_permit.so\naccount required pam_jail.so\n"
                "session required pam_permit.so\nsession required pam_jail.so\n");
        recorded_ = audit().size();
    }

    static void service(const std::string& name, const std::string& lines) {
        std::ofstream(std::string(kServices) + "/" + name) << lines;
    }
    static std::string audit() { return read_file(std::string(paths::kLogDir) + "/audit.jsonl"); }
    // What was recorded in this test.
    std::string recorded() const { return audit().substr(std::min(recorded_, audit().size())); }
    std::size_t sessions_recorded() const {
        std::size_t count = 0;
        const std::string text = recorded();
        for (std::size_t at = 0; (at = text.find("\"session_open\"", at)) != std::string::npos; ++at) ++count;
        return count;
    }

    static Outcome pam(const std::string& name, const std::string& user,
                       const std::vector<std::string>& steps) {
        return pam_under({}, name, user, steps);
    }
    // As pam(), by another program, which these words start.
    static Outcome pam_under(const std::vector<std::string>& program, const std::string& name,
                             const std::string& user, const std::vector<std::string>& steps) {
        return run([&] {
            std::vector<const char*> list;
            for (const std::string& word : program) list.push_back(word.c_str());
            list.insert(list.end(), {JAIL_PAM_LOGIN, kServices, name.c_str(), user.c_str()});
            for (const std::string& step : steps) list.push_back(step.c_str());
            list.push_back(nullptr);
            return ::execv(list[0], const_cast<char**>(list.data()));
        });
    }

    static bool has(const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    }

    std::size_t recorded_ = 0;
};

}  // namespace jail::testing
