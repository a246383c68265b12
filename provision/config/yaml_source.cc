// SPDX-License-Identifier: Apache-2.0
#include "provision/config/yaml_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <sstream>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "provision/config/yaml_mistakes.h"

namespace jail::provision {

namespace {

using File = std::shared_ptr<const std::string>;

Position position(const File& file, const YAML::Mark& mark) {
    return {file, mark.line + 1, mark.column + 1};
}

// Thrown through yaml-cpp, which has no other way to be stopped; caught in parse_yaml.
struct Refused {
    Position at;
    const char* why;
};

// Builds YamlNode trees; the open collections are a stack of indices into their parents.
class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(File file, YamlNode& root) : file_(std::move(file)), root_(root) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, "", anchor, {}); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw Refused{position(file_, mark),
                      "found an alias (*name); aliases are not accepted, write the value out"};
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode node;
        node.kind = YamlNode::Kind::kScalar;
        node.quoted = tag == "!";
        node.scalar = value;
        add(mark, tag, anchor, std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, YamlNode::Kind::kList);
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, YamlNode::Kind::kMap);
    }
    void OnMapEnd() override { open_.pop_back(); }

private:
    // A collection's items are only ever appended to its innermost open one, so the pointers in open_ stay
    // valid.
    YamlNode& add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode node) {
        node.at = position(file_, mark);
        if (anchor != 0) throw Refused{node.at, "found an anchor (&name); anchors are not accepted"};
        if (!tag.empty() && tag != "?" && tag != "!")
            throw Refused{node.at, "found a tag (!name); tags are not accepted"};
        if (++count_ > kMaxYamlNodes) throw Refused{node.at, "too many values in one file (at most 100000)"};
        if (open_.empty()) return root_ = std::move(node);
        return open_.back()->items.emplace_back(std::move(node));
    }
    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
        if (open_.size() >= kMaxYamlDepth)
            throw Refused{position(file_, mark), "nested too deeply (at most 32 levels)"};
        YamlNode node;
        node.kind = kind;
        open_.push_back(&add(mark, tag, anchor, std::move(node)));
    }

    File file_;
    YamlNode& root_;
    std::vector<YamlNode*> open_;
    std::size_t count_ = 0;
};

void refuse_duplicate_keys(const YamlNode& node, Diagnostics& diagnostics) {
    std::map<std::string_view, int> seen;
    const bool map = node.kind == YamlNode::Kind::kMap;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const YamlNode& item = node.items[i];
        if (map && i % 2 == 0 && item.kind == YamlNode::Kind::kScalar) {
            const auto [first, fresh] = seen.emplace(item.scalar, item.at.line);
            if (!fresh)
                diagnostics.add(item.at, "found the key '" + item.scalar + "' again, first in line " +
                                             std::to_string(first->second) + "; expected each key once");
        }
        refuse_duplicate_keys(item, diagnostics);
    }
}

bool run_parser(std::string_view text, const File& file, YamlNode& root, Diagnostics& diagnostics) {
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        TreeBuilder builder(file, root);
        root.at = {file, 1, 1};
        if (!parser.HandleNextDocument(builder)) return true;  // an empty file: a null node
        YamlNode rest;
        TreeBuilder second(file, rest);
        if (parser.HandleNextDocument(second)) {
            diagnostics.add(rest.at, "found a second document; expected one a file");
            return false;
        }
        return true;
    } catch (const Refused& refused) {
        diagnostics.add(refused.at, refused.why);
    } catch (const YAML::Exception& error) {
        const Position at = position(file, error.mark);
        const YamlMistake mistake = explain_yaml(text, at.line, at.column, error.msg);
        diagnostics.add({file, mistake.line, mistake.column}, mistake.text);
    } catch (const std::exception& error) {
        diagnostics.add({file, 0, 0}, std::string("not YAML: ") + error.what());
    }
    return false;
}

// Why the file is not trusted, or empty.
std::string distrust(const struct stat& status, uid_t owner) {
    if (!S_ISREG(status.st_mode)) return "not a regular file";
    if (status.st_uid != owner)
        return "owned by uid " + std::to_string(status.st_uid) + ", must be " +
               (owner == 0 ? "root's" : "uid " + std::to_string(owner) + "'s") + "; run chown root on it";
    if (status.st_mode & (S_IWGRP | S_IWOTH)) return "writable by group or others; run chmod go-w on it";
    if (static_cast<std::size_t>(status.st_size) > kMaxYamlBytes) return "larger than 256 KiB";
    return {};
}

}  // namespace

bool parse_yaml(std::string_view text, const std::string& name, YamlNode& root, Diagnostics& diagnostics) {
    const auto file = std::make_shared<const std::string>(name);
    if (text.size() > kMaxYamlBytes) {
        diagnostics.add({file, 0, 0}, "larger than 256 KiB");
        return false;
    }
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        diagnostics.add({file, 0, 0}, "has a NUL byte at offset " + std::to_string(nul) + "; expected text");
        return false;
    }
    if (!run_parser(text, file, root, diagnostics)) return false;
    refuse_duplicate_keys(root, diagnostics);
    return true;
}

bool load_yaml(const Layout& layout, const std::string& path, YamlNode& root, Diagnostics& diagnostics) {
    const Position whole{std::make_shared<const std::string>(path), 0, 0};
    // O_NONBLOCK: a fifo in the configuration directory must not hang the tool.
    const FileDescriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
    struct stat status = {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        diagnostics.add(whole, std::string("cannot be read: ") + std::strerror(errno));
        return false;
    }
    if (const std::string why = distrust(status, layout.owner); !why.empty()) {
        diagnostics.add(whole, why);
        return false;
    }
    const auto text = read_all(file.get(), kMaxYamlBytes, path);
    if (!text) {
        diagnostics.add(whole, "cannot be read whole, or grew over 256 KiB meanwhile");
        return false;
    }
    return parse_yaml(text.value(), path, root, diagnostics);
}

}  // namespace jail::provision
