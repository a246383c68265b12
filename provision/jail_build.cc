#include "provision/jail_build.h"

#include <unistd.h>

#include "provision/compiler.h"
#include "provision/jail_catalog.h"
#include "provision/policy_closure.h"
#include "provision/problem.h"
#include "provision/provenance.h"
#include "provision/publisher.h"
#include "provision/stamp.h"

namespace jail::provision {

namespace {

// What the steps hand on to each other.
struct Work {
    explicit Work(const Layout& layout) : files(layout.host_root, states), bundles(layout, states) {}
    FileStates states;
    HostFiles files;
    BundleLibrary bundles;
    TreePlan plan;
};

Result<Manifest> plan_jail(const Layout& layout, const std::string& path, Work& work,
                           Diagnostics& diagnostics) {
    Policy policy = load_policy(layout, path, work.states, diagnostics);
    // Without a readable policy, complaints about its consequences would only hide the cause.
    if (policy.jail.value.empty()) return problem("no policy");
    const CheckedPolicy checked = check_policy(std::move(policy), work.bundles, diagnostics);
    Closure closure(work.files, work.plan, checked.homes);
    add_policy(checked, layout.jailshell, closure, diagnostics);
    if (!diagnostics.empty()) return problem("not built");
    return compile(checked, work.plan, diagnostics);
}

Result<> publish_build(const Layout& layout, Work& work, JailBuild& build) {
    Publication publication = JAIL_TRY(publish(layout, std::move(build.manifest)));
    build.manifest = std::move(publication.manifest);
    build.changed = publication.changed;
    (void)work.states.of(manifest_path(layout, build.manifest.jail));
    (void)work.states.of(tree_path(layout, build.manifest.tree));
    // A cache: without it the next run is slower, and that one says what the trouble is when it matters.
    (void)save_stamp(layout, build.manifest.jail, work.states);
    return success();
}

Result<> build_tree(const Layout& layout, bool dry_run, Work& work, JailBuild& build) {
    SourceIndex index(layout.state_dir + "/sources");
    TreeBuilder builder(layout, work.files, index);
    build.tree = JAIL_TRY(dry_run ? builder.digest(work.plan) : builder.build(work.plan));
    build.manifest.tree = build.tree.id;
    if (dry_run) return success();
    if (build.tree.created) JAIL_TRY(save_provenance(layout, build.tree.id, work.plan));
    (void)index.save();  // a cache as well
    return success();
}

}  // namespace

void check_jail(const Layout& layout, const std::string& path, Diagnostics& diagnostics) {
    Work work(layout);
    Diagnostics own;
    const Result<Manifest> manifest = plan_jail(layout, path, work, own);
    if (!manifest && own.empty()) own.add({}, path + ": " + describe(manifest.error()));
    for (const std::string& line : own.lines()) diagnostics.add({}, line);
}

Result<JailBuild> build_jail(const Layout& layout, const std::string& jail, bool dry_run,
                             Diagnostics& diagnostics) {
    JailBuild build;
    if (stamp_holds(layout, jail)) {
        Result<Manifest> manifest = published_manifest(layout, jail);
        if (manifest) {
            build.manifest = std::move(manifest).value();
            build.current = true;
            return build;
        }
    }
    if (::access(jail_file(layout, jail).c_str(), F_OK) != 0) return problem(unknown_jail(layout, jail));
    check_directories(layout, diagnostics);
    Work work(layout);
    Result<Manifest> manifest = plan_jail(layout, jail_file(layout, jail), work, diagnostics);
    if (!diagnostics.empty()) return problem("jail " + jail + " was not built; correct the lines above");
    if (!manifest) return in_context("jail " + jail, manifest.error());
    build.manifest = std::move(manifest).value();
    if (const Result<> built = build_tree(layout, dry_run, work, build); !built)
        return in_context("jail " + jail, built.error());
    if (dry_run) {
        const Result<Manifest> current = published_manifest(layout, jail);
        build.changed = !current || !says_the_same(current.value(), build.manifest);
        return build;
    }
    if (const Result<> published = publish_build(layout, work, build); !published)
        return in_context("jail " + jail, published.error());
    return build;
}

}  // namespace jail::provision
