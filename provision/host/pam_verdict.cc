// SPDX-License-Identifier: Apache-2.0
#include "provision/host/pam_verdict.h"

#include <algorithm>
#include <optional>

namespace jail::provision::pam {

namespace {

constexpr char kJail[] = "pam_jail.so";

// The stack's result so far: pam.conf(5). libpam's own words for the first two are undefined, positive.
enum Impression { kUndecided, kGood, kOther, kFailed };
constexpr std::size_t kImpressions = 4;
// pam_jail's answer so far.
enum Jail { kNotAsked, kTookIn, kRefused };
constexpr std::size_t kJails = 3;

struct State {
    std::size_t at = 0;  // the entry that comes next; the stack's size: the end
    Impression impression = kUndecided;
    Jail jail = kNotAsked;
};

bool is_jail(const Entry& entry) {
    return entry.kind == Entry::Kind::kModule && entry.module == kJail;
}

bool may_answer(const Entry& entry, Phase phase, int result) {
    if (result == kIncomplete) return false;
    if (entry.kind == Entry::Kind::kFails) return result == kPermDenied;
    if (entry.module == "pam_permit.so") return result == kSuccess;
    if (entry.module == "pam_deny.so")
        return result == (phase == Phase::kSession ? kSessionErr : kAcctExpired);
    // Of an account that is in a jail.
    if (is_jail(entry)) return result != kIgnored && result != kNewAuthtokReqd;
    return true;
}

// Walks every way through a stack, by the rules of libpam's dispatcher.
class Walk {
public:
    Walk(const std::vector<Entry>& entries, Phase phase)
        : entries_(entries), phase_(phase), from_((entries.size() + 1) * kImpressions * kJails) {
        reach({}, std::nullopt);
        while (!open_.empty()) {
            const State state = open_.back();
            open_.pop_back();
            if (state.at < entries_.size()) step(state);
        }
    }

    // Whether a way admits an account with pam_jail's answer.
    bool lets_in(Jail jail) const { return from_[index({entries_.size(), kGood, jail})].reached; }

    // The last entry on that way that leaves others out.
    const Entry* shortcut(Jail jail) const {
        const Entry* found = nullptr;
        for (std::size_t at = index({entries_.size(), kGood, jail}); from_[at].by;) {
            const auto [entry, before] = *from_[at].by;
            const std::size_t next = at / (kImpressions * kJails);
            if (next > entry + 1 && found == nullptr) found = &entries_[entry];
            at = before;
        }
        return found;
    }

private:
    struct Step {
        std::size_t entry, before;
    };
    struct Mark {
        bool reached = false;
        std::optional<Step> by;
    };

    static std::size_t index(const State& state) {
        return (state.at * kImpressions + state.impression) * kJails + state.jail;
    }

    void reach(const State& state, std::optional<Step> by) {
        Mark& mark = from_[index(state)];
        if (mark.reached) return;
        mark = {true, by};
        open_.push_back(state);
    }

    // Behind the substack that the entry is in.
    std::size_t end_of_level(std::size_t at) const {
        const int level = entries_[at].level;
        ++at;
        while (at < entries_.size() && entries_[at].level >= level) ++at;
        return at;
    }

    // Empty: there are not so many entries to jump over, which libpam takes for a failure.
    std::optional<std::size_t> landing(std::size_t at, int jump) const {
        const int level = entries_[at].level;
        for (; jump > 0; --jump) {
            if (at + 1 >= entries_.size() || entries_[at + 1].level < level) return std::nullopt;
            do ++at;
            while (at + 1 < entries_.size() && entries_[at + 1].level > level);
        }
        return at + 1;
    }

    void step(const State& state) {
        const Entry& entry = entries_[state.at];
        const Step by = {state.at, index(state)};
        if (entry.kind == Entry::Kind::kSubstack)
            return reach({state.at + 1, state.impression, state.jail}, by);
        for (int result = 0; result < kResults; ++result) {
            if (!may_answer(entry, phase_, result)) continue;
            State next = {state.at + 1, state.impression, state.jail};
            if (is_jail(entry) && next.jail != kRefused) next.jail = result == kSuccess ? kTookIn : kRefused;
            take(entry.actions[static_cast<std::size_t>(result)], result, next, by);
        }
    }

    void take(int action, int result, State next, const Step& by) {
        const std::size_t at = by.entry;
        switch (action) {
            case kIgnore:
                break;
            case kReset:  // to what was before the substack: either is possible
                reach({next.at, kGood, next.jail}, by);
                next.impression = kUndecided;
                break;
            case kOk:
            case kDone:
                if (next.impression == kUndecided || next.impression == kGood)
                    next.impression = result == kSuccess ? kGood : kOther;
                if (action == kDone && next.impression != kFailed) next.at = end_of_level(at);
                break;
            case kBad:
            case kDie:
                next.impression = kFailed;
                if (action == kDie) next.at = end_of_level(at);
                break;
            default:
                if (const auto landed = landing(at, action))
                    next.at = *landed;
                else
                    next = {entries_.size(), kFailed, next.jail};
        }
        reach(next, by);
    }

    const std::vector<Entry>& entries_;
    const Phase phase_;
    std::vector<Mark> from_;
    std::vector<State> open_;
};

Finding finding(Fault fault, const Entry& entry) {
    const bool plain = entry.control.find_first_of(" =") == std::string::npos;
    return {fault, entry.file + ":" + std::to_string(entry.line),
            (plain ? entry.control : "[" + entry.control + "]") + " " + entry.module};
}

}  // namespace

Verdict judge(const Stack& stack, Phase phase) {
    const std::vector<Entry>& entries = stack.entries;
    const auto jail = std::find_if(entries.begin(), entries.end(), is_jail);
    Verdict verdict;
    verdict.has_jail = jail != entries.end();
    if (!stack.unclear.empty()) verdict.findings.push_back({Fault::kUnclear, stack.unclear, ""});
    // Without any entry libpam refuses.
    const Walk walk(entries, phase);
    if (!verdict.has_jail) {
        if (walk.lets_in(kNotAsked)) verdict.findings.push_back({Fault::kMissing, "", ""});
        return verdict;
    }
    if (walk.lets_in(kRefused)) verdict.findings.push_back(finding(Fault::kControl, *jail));
    if (walk.lets_in(kNotAsked)) {
        const Entry* shortcut = walk.shortcut(kNotAsked);
        verdict.findings.push_back(finding(Fault::kSkipped, shortcut == nullptr ? *jail : *shortcut));
    }
    if (phase == Phase::kAccount) return verdict;
    const auto after = std::find_if(jail, entries.end(), [](const Entry& entry) {
        return entry.kind != Entry::Kind::kSubstack && !is_jail(entry);
    });
    if (after != entries.end()) verdict.findings.push_back(finding(Fault::kOrder, *after));
    return verdict;
}

}  // namespace jail::provision::pam
