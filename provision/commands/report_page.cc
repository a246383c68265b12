// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/report_page.h"

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "provision/commands/report.h"

namespace jail::provision {

namespace {

using nlohmann::json;

constexpr char kStyle[] = R"(
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #222; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid #ccc }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #e4e4e4; overflow-wrap: break-word; max-width: 30rem }
th { background: #f4f4f4; white-space: nowrap } .weak { color: #8a4b00; font-weight: 600 }
.problem, .broken { color: #a4001d; font-weight: 600 } .ok { color: #10683a } .note { color: #35507a }
svg { max-width: 100%; height: auto } svg text { font: 11px system-ui, sans-serif; fill: #444 }
)";

// A cell is text unless it was made by marked().
struct Cell {
    std::string html;
    Cell(const std::string& text) : html(escaped(text)) {}  // NOLINT: text is what cells are made of
    Cell(const char* text) : html(escaped(text)) {}         // NOLINT
    struct Ready {};
    Cell(Ready, std::string made) : html(std::move(made)) {}
};
using Row = std::vector<Cell>;

Cell marked(const char* kind, const std::string& text) {
    return {Cell::Ready(), std::string("<span class=\"") + kind + "\">" + escaped(text) + "</span>"};
}

std::string table(const std::vector<std::string>& heads, const std::vector<Row>& rows) {
    if (rows.empty()) return "<p>None.</p>\n";
    std::string html = "<div class=\"scroll\"><table><thead><tr>";
    for (const std::string& head : heads) html += "<th scope=\"col\">" + escaped(head) + "</th>";
    html += "</tr></thead><tbody>\n";
    for (const Row& row : rows) {
        html += "<tr>";
        for (const Cell& cell : row) html += "<td>" + cell.html + "</td>";
        html += "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

std::string section(const std::string& title, const std::string& body) {
    return "<section><h2>" + escaped(title) + "</h2>\n" + body + "</section>\n";
}

std::string moment(const json& seconds) {
    if (!seconds.is_number()) return "never";
    const time_t time = static_cast<time_t>(seconds.get<std::int64_t>());
    tm parts = {};
    char text[32] = {};
    (void)::localtime_r(&time, &parts);
    (void)::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
    return text;
}

// The keys that are true: "shell, sftp"
std::string true_keys(const json& object) {
    std::string text;
    for (const auto& [key, value] : object.items())
        if (value == true) text += (text.empty() ? "" : ", ") + key;
    return text.empty() ? "none" : text;
}

std::string limit(const json& limits, const char* name, bool is_size) {
    const json& value = limits[name];
    if (!value.is_number()) return std::string(name) + " none";
    const auto number = value.get<std::uint64_t>();
    return std::string(name) + " " + (is_size ? human_size(number) : std::to_string(number));
}

std::string mounts_with(const json& jail, const char* flag) {
    std::string text;
    for (const json& mount : jail["mounts"])
        if (mount[flag] == true) text += (text.empty() ? "" : ", ") + mount["target"].get<std::string>();
    return text;
}

Row row_of_jail(const json& jail) {
    const std::string name = jail["jail"];
    if (jail.contains("error")) return {name, marked("broken", jail["error"])};
    const json& limits = jail["limits"];
    const bool is_unlimited = limits["memory"].is_null() || limits["tasks"].is_null();
    const std::string bounds = limit(limits, "memory", true) + ", " + limit(limits, "tasks", false) + ", " +
                               limit(limits, "sessions", false);
    const std::string writable = mounts_with(jail, "writable"), executable = mounts_with(jail, "exec");
    const bool home_exec = jail["home"]["exec"] == true;
    const std::string exec =
        std::string(home_exec ? "home" : "") + (home_exec && !executable.empty() ? ", " : "") + executable;
    const bool is_host = jail["network"] == "host";
    return {
        name,
        std::to_string(jail["generation"].get<std::uint64_t>()) + ", " +
            moment(jail.value("published", json())),
        true_keys(jail["access"]),
        is_host ? marked("weak", "host") : Cell(jail["network"].get<std::string>()),
        exec.empty() ? Cell("nothing") : marked("weak", exec),
        writable.empty() ? Cell("home, /tmp") : marked("weak", "home, /tmp, " + writable),
        is_unlimited ? marked("weak", bounds) : Cell(bounds),
        jail["expired"] == true ? marked("problem", "expired") : Cell(jail["expires"].get<std::string>())};
}

Row row_of_account(const json& account) {
    return {account["account"].get<std::string>(),
            std::to_string(account["uid"].get<std::uint64_t>()),
            account["jail"].get<std::string>(),
            account["locked"] == true    ? marked("problem", "locked")
            : account["running"] == true ? Cell("runs")
                                         : Cell("-"),
            account["last_login"].is_null() ? Cell("none in the log") : Cell(moment(account["last_login"])),
            std::to_string(account["sessions"].get<std::uint64_t>()),
            std::to_string(account["denials"].get<std::uint64_t>())};
}

Row row_of_denial(const json& denial) {
    return {moment(denial["time"]), denial["account"].get<std::string>(),
            denial["door"].get<std::string>() + " " + denial["from"].get<std::string>(),
            denial["cause"].get<std::string>(), denial["event_id"].get<std::string>()};
}

Row row_of_finding(const json& finding) {
    const std::string state = finding["state"], skipped = finding["skipped"];
    return {marked(state.c_str(), state), finding["code"].get<std::string>(),
            finding["subject"].get<std::string>(),
            finding["evidence"].get<std::string>() + (skipped.empty() ? "" : " (skipped: " + skipped + ")"),
            finding["fix"].get<std::string>()};
}

template <class Make>
std::vector<Row> rows_of(const json& list, Make make) {
    std::vector<Row> rows;
    for (const json& one : list) rows.push_back(make(one));
    return rows;
}

// A bar a day, the highest number at its top.
std::string plot(const json& days, const char* key, const char* colour) {
    constexpr int kHeight = 120, kBar = 14;
    std::uint64_t most = 1;
    for (const json& day : days) most = std::max(most, day[key].get<std::uint64_t>());
    const int width = 60 + kBar * static_cast<int>(days.size());
    std::string svg = "<svg viewBox=\"0 0 " + std::to_string(width) + " 160\" width=\"" +
                      std::to_string(width) + "\" role=\"img\" aria-label=\"" + escaped(key) +
                      " a day\">\n<text x=\"0\" y=\"12\">" + std::to_string(most) +
                      "</text><text x=\"0\" y=\"" + std::to_string(kHeight + 10) + "\">0</text>\n";
    int x = 40;
    for (const json& day : days) {
        const auto number = day[key].get<std::uint64_t>();
        const int height = static_cast<int>(number * static_cast<std::uint64_t>(kHeight) / most);
        svg += "<rect x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(10 + kHeight - height) +
               "\" width=\"" + std::to_string(kBar - 2) + "\" height=\"" + std::to_string(height) +
               "\" fill=\"" + colour + "\"><title>" + escaped(day["day"].get<std::string>()) + ": " +
               std::to_string(number) + "</title></rect>\n";
        x += kBar;
    }
    if (!days.empty())
        svg += "<text x=\"40\" y=\"150\">" + escaped(days.front()["day"].get<std::string>()) + " to " +
               escaped(days.back()["day"].get<std::string>()) + "</text>";
    return svg + "</svg>\n";
}

std::size_t count_of_state(const json& findings, const char* state) {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                  [&](const json& one) { return one["state"] == state; }));
}

std::string summary(const json& facts) {
    const json& findings = facts["findings"];
    return "<p>" + escaped(count_of(facts["jails"].size(), "jail")) + ", " +
           escaped(count_of(facts["accounts"].size(), "account")) + ", " +
           escaped(count_of(count_of_state(findings, "problem"), "problem")) + ", " +
           std::to_string(count_of_state(findings, "broken")) + " broken. Events since " +
           escaped(moment(facts["since"])) + "; made on " + escaped(moment(facts["generated"])) + ".</p>\n";
}

}  // namespace

std::string escaped(const std::string& text) {
    // dump() makes valid UTF-8 of any bytes, and \u escapes of control characters.
    const std::string valid = json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
    std::string html;
    for (const char c : valid) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            case '\'':
                html += "&#39;";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                    html += "\xef\xbf\xbd";
                else
                    html += c;
        }
    }
    return html;
}

std::string make_page(const json& facts) {
    const std::string title = "Jails of " + escaped(facts["host"].get<std::string>());
    std::vector<Row> groups;
    for (const json& one : facts["groups"])
        groups.push_back({"@" + one["group"].get<std::string>(),
                          std::to_string(one["gid"].get<std::uint64_t>()), one["jail"].get<std::string>()});
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
           "'unsafe-inline'\">"
           "<title>" +
           title + "</title><style>" + kStyle + "</style></head><body>\n<h1>" + title + "</h1>\n" +
           summary(facts) +
           section("Jails", table({"Jail", "Generation", "Ways in", "Network", "Executable", "Writable",
                                   "Limits", "Expires"},
                                  rows_of(facts["jails"], row_of_jail))) +
           section("Accounts", table({"Account", "Uid", "Jail", "State", "Last login", "Sessions", "Denials"},
                                     rows_of(facts["accounts"], row_of_account))) +
           section("Groups whose members are in a jail", table({"Group", "Gid", "Jail"}, groups)) +
           section("Sessions a day", plot(facts["days"], "sessions", "#35507a")) +
           section("Denials a day", plot(facts["days"], "denials", "#a4001d")) +
           section("Denials", table({"Time", "Account", "Door", "Cause", "Event"},
                                    rows_of(facts["denials"], row_of_denial))) +
           section("Doors, accounts, jails and host", table({"State", "Code", "Subject", "Evidence", "Cure"},
                                                            rows_of(facts["findings"], row_of_finding))) +
           "</body></html>\n";
}

}  // namespace jail::provision
