// SPDX-License-Identifier: Apache-2.0
#include "provision/config/bundles.h"

#include <algorithm>
#include <filesystem>

#include "provision/base/nearest_name.h"
#include "provision/config/policy_reader.h"

namespace jail::provision {

std::string BundleLibrary::file_of(const std::string& name) {
    if (!valid_jail_name(name)) return {};
    for (const std::string& base : {layout_.config_dir, layout_.share_dir}) {
        const std::string path = base + "/bundles/" + name + ".yaml";
        if (states_.of(path).kind != FileKind::kAbsent) return path;
    }
    return {};
}

std::vector<std::string> BundleLibrary::known_names() const {
    std::vector<std::string> names;
    std::error_code ignored;  // a missing directory holds no bundles
    for (const std::string& base : {layout_.config_dir, layout_.share_dir})
        for (const auto& entry : std::filesystem::directory_iterator(base + "/bundles", ignored))
            if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

const Bundle* BundleLibrary::load(const Located<std::string>& name, Diagnostics& diagnostics) {
    if (const auto found = loaded_.find(name.value); found != loaded_.end()) return &found->second;
    const std::string path = file_of(name.value);
    if (path.empty()) {
        const std::vector<std::string> names = known_names();
        std::string text = "unknown bundle '" + name.value + "'" + did_you_mean(name.value, names);
        if (text.back() != '?')
            text += "; bundles are read from " + layout_.config_dir + "/bundles and " + layout_.share_dir +
                    "/bundles";
        diagnostics.add(name.at, text);
        return nullptr;
    }
    YamlNode root;
    if (!load_yaml(layout_, path, root, diagnostics)) return nullptr;
    Bundle& bundle = loaded_[name.value];
    read_bundle(root, bundle, diagnostics);
    if (!bundle.name.value.empty() && bundle.name.value != name.value)
        diagnostics.add(bundle.name.at, "found bundle '" + bundle.name.value + "', expected '" + name.value +
                                            "' as the file is called");
    bundle.name.value = name.value;
    return &bundle;
}

void BundleLibrary::visit(const Located<std::string>& name, std::vector<std::string>& chain,
                          std::vector<const Bundle*>& order, Diagnostics& diagnostics) {
    if (std::find(chain.begin(), chain.end(), name.value) != chain.end()) {
        diagnostics.add(name.at, "bundle '" + name.value + "' includes itself, by way of " + chain.back());
        return;
    }
    const Bundle* bundle = load(name, diagnostics);
    if (!bundle || std::find(order.begin(), order.end(), bundle) != order.end()) return;
    chain.push_back(name.value);
    for (const Located<std::string>& included : bundle->include) visit(included, chain, order, diagnostics);
    chain.pop_back();
    order.push_back(bundle);
}

std::vector<const Bundle*> BundleLibrary::all() {
    std::vector<const Bundle*> found;
    for (const std::string& name : known_names()) {
        Diagnostics ignored;
        const Bundle* bundle = load({name, {}}, ignored);
        if (bundle && ignored.empty()) found.push_back(bundle);
    }
    return found;
}

std::vector<const Bundle*> BundleLibrary::resolve(const std::vector<Located<std::string>>& names,
                                                  Diagnostics& diagnostics) {
    std::vector<const Bundle*> order;
    std::vector<std::string> chain;
    for (const Located<std::string>& name : names) visit(name, chain, order, diagnostics);
    return order;
}

}  // namespace jail::provision
