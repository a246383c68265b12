// SPDX-License-Identifier: Apache-2.0
#include "provision/build/jail_build.h"

#include <unistd.h>

#include <optional>

#include "provision/accounts/group_records.h"
#include "provision/base/problem.h"
#include "provision/build/compiler.h"
#include "provision/build/policy_notes.h"
#include "provision/config/host_limits.h"
#include "provision/config/jail_catalog.h"
#include "provision/tree/mount_check.h"
#include "provision/tree/policy_closure.h"
#include "provision/tree/program_files.h"
#include "provision/tree/provenance.h"
#include "provision/tree/publisher.h"
#include "provision/tree/stamp.h"

namespace jail::provision {

namespace {

// The data that the steps hand on to each other.
struct Work {
    explicit Work(const Layout& layout)
        : files(layout.host_root, states, layout.owner), bundles(layout, states) {}
    FileStates states;
    HostFiles files;
    BundleLibrary bundles;
    TreePlan plan;
    std::vector<std::string> allowed_calls;
    CheckedPolicy checked;
};

// Sets the manifest and the groups.
Result<> plan_jail(const Layout& layout, const std::string& path, Work& work, JailBuild& build,
                   Diagnostics& diagnostics) {
    Policy policy = load_policy(layout, path, work.states, diagnostics);
    // Without a readable policy, complaints about its consequences would only hide the cause.
    if (policy.jail.value.empty()) return problem("no policy");
    CheckedPolicy checked = check_policy(std::move(policy), work.bundles, diagnostics);
    set_limits(layout, checked, diagnostics);
    for (const Located<std::string>& name : checked.policy.syscalls_allow)
        work.allowed_calls.push_back(name.value);
    if (checked.source_owner) work.files.accept(*checked.source_owner);
    Closure closure(work.files, work.plan, checked.homes);
    add_policy(layout, checked, closure, diagnostics);
    JAIL_TRY(add_program_files(layout, checked, work.bundles, work.files, closure, work.plan, diagnostics));
    check_mounts(layout, checked, work.plan, work.files, diagnostics);
    if (!diagnostics.empty()) return problem("not built");
    build.groups = checked.groups;
    build.manifest = JAIL_TRY(compile(checked, work.plan, diagnostics));
    work.checked = std::move(checked);
    return build.manifest.access.shell ? closure.add_info(layout.info_of_jails) : success();
}

Result<> build_tree(const Layout& layout, const BuildOptions& options, Work& work, JailBuild& build) {
    SourceIndex index(layout.state_dir + "/sources");
    Progress progress;
    progress.begin(build.manifest.jail, work.plan.file_count());
    TreeBuilder builder(layout, work.files, index, progress);
    const Existing existing = options.restore ? Existing::kReplace : Existing::kKeep;
    build.tree = JAIL_TRY(options.dry_run ? builder.digest(work.plan) : builder.build(work.plan, existing));
    build.manifest.tree = build.tree.id;
    if (!options.dry_run) (void)index.save();  // a cache
    return success();
}

Result<> publish_build(const Layout& layout, const BuildOptions& options, Work& work, JailBuild& build) {
    if (!options.leave_groups) JAIL_TRY(check_groups(layout, build.groups));
    Undo own;
    Undo& undo = options.undo ? *options.undo : own;
    Publication publication = JAIL_TRY(publish(layout, std::move(build.manifest), undo));
    build.manifest = std::move(publication.manifest);
    build.changed = publication.changed;
    // Also for the same generation: the reasons for a file can change without the tree.
    JAIL_TRY(save_provenance(layout, build.manifest.jail, build.manifest.generation, work.plan));
    if (!options.leave_groups) JAIL_TRY(bind_groups(layout, build.groups, undo));
    own.keep();
    (void)work.states.of(manifest_path(layout, build.manifest.jail));
    (void)work.states.of(tree_path(layout, build.manifest.tree));
    // A cache: without it the next run is slower, and that one says what the trouble is when it matters.
    (void)save_stamp(layout, build.manifest.jail, work.states);
    return success();
}

// The published generation if it stays. `current` and `held` of the result say why.
std::optional<JailBuild> find_current(const Layout& layout, const std::string& jail,
                                      const BuildOptions& options) {
    const bool unchanged = !options.restore && stamp_holds(layout, jail);
    if (!unchanged && !options.keep_held) return std::nullopt;
    Result<Manifest> manifest = published_manifest(layout, jail);
    if (!manifest) return std::nullopt;
    JailBuild build;
    build.current = unchanged;
    build.held = !unchanged && held(layout, manifest.value());
    build.manifest = std::move(manifest).value();
    return build.current || build.held ? std::optional(std::move(build)) : std::nullopt;
}

// A group can get another gid, or go, without any file of the jail changing.
Result<> follow_groups(const Layout& layout, const std::string& jail, const BuildOptions& options) {
    FileStates states;
    Diagnostics ignored;  // of a jail that is held; the build that takes it forward reports
    const Policy policy = load_policy(layout, jail_file(layout, jail), states, ignored);
    if (!ignored.empty()) return success();
    std::vector<std::string> names;
    for (const Located<std::string>& group : policy.groups) names.push_back(group.value);
    const auto records = JAIL_TRY(look_up_groups(layout, jail, names));
    if (options.dry_run) return success();
    Undo own;
    JAIL_TRY(bind_groups(layout, records, options.undo ? *options.undo : own));
    own.keep();
    return success();
}

}  // namespace

void check_jail(const Layout& layout, const std::string& path, Diagnostics& diagnostics) {
    Work work(layout);
    Diagnostics own;
    JailBuild build;
    const Result<> planned = plan_jail(layout, path, work, build, own);
    if (!planned && own.empty()) own.add({}, path + ": " + describe(planned.error()));
    if (own.empty()) note_policy(work.checked, work.plan, build.manifest, work.files, own);
    for (const std::string& line : own.lines()) diagnostics.add({}, line);
    for (const std::string& line : own.notes()) diagnostics.note({}, line);
}

Result<CompiledJail> compile_jail(const Layout& layout, const std::string& jail, Diagnostics& diagnostics) {
    const std::string file = jail_file(layout, jail);
    if (::access(file.c_str(), F_OK) != 0) return errno_error("open", file);
    Work work(layout);
    JailBuild build;
    JAIL_TRY(plan_jail(layout, file, work, build, diagnostics));
    if (!diagnostics.empty()) return problem(file + " has errors");
    return CompiledJail{std::move(build.manifest), std::move(work.allowed_calls)};
}

Result<JailBuild> build_jail(const Layout& layout, const std::string& jail, const BuildOptions& options,
                             Diagnostics& diagnostics) {
    if (std::optional<JailBuild> current = find_current(layout, jail, options)) {
        if (!options.leave_groups) JAIL_TRY(follow_groups(layout, jail, options));
        return *std::move(current);
    }
    if (::access(jail_file(layout, jail).c_str(), F_OK) != 0)
        return problem(published_manifest(layout, jail)
                           ? "jail " + jail + " has no file any more; put " + jail_file(layout, jail) +
                                 " back, or let jail-provision apply take it away"
                           : unknown_jail(layout, jail));
    check_directories(layout, diagnostics);
    Work work(layout);
    JailBuild build;
    Result<> done = plan_jail(layout, jail_file(layout, jail), work, build, diagnostics);
    if (!diagnostics.empty()) return problem("jail " + jail + " was not built; correct the lines above");
    if (done) done = build_tree(layout, options, work, build);
    if (done && !options.dry_run && !options.leave_published)
        done = publish_build(layout, options, work, build);
    if (!done) return in_context("jail " + jail, done.error());
    if (options.dry_run) {
        const Result<Manifest> current = published_manifest(layout, jail);
        build.changed = !current || !says_the_same(current.value(), build.manifest);
    }
    return build;
}

}  // namespace jail::provision
