//! What may depend on what, where versions stand, and that nothing runs at build time.

use super::{Finding, Tree, manifest::Kind};

/// Which crates of the workspace each crate may depend on. The mathematics crates stand alone or on
/// `simd`, so that a program can take one without the rest and no circle can form.
const ALLOWED: &[(&str, &[&str])] = &[
    ("simd", &[]),
    ("tensor", &["simd"]),
    ("activations", &["simd"]),
    ("losses", &["simd"]),
    ("initializers", &[]),
    ("regularizers", &["simd"]),
    ("optimizers", &["simd"]),
    ("data", &[]),
    (
        "nn",
        &[
            "simd",
            "tensor",
            "activations",
            "losses",
            "initializers",
            "regularizers",
            "optimizers",
            "data",
        ],
    ),
    (
        "neuropil",
        &[
            "simd",
            "tensor",
            "activations",
            "losses",
            "initializers",
            "regularizers",
            "optimizers",
            "data",
            "nn",
        ],
    ),
];

/// The crates that know threads.
const PARALLEL: &[&str] = &["tensor", "nn"];

/// A library depends only on the crates that [`ALLOWED`] gives it, and on rayon only if it is one
/// of [`PARALLEL`]; for its tests too.
pub(super) fn edges(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests().filter(|manifest| manifest.is_library()) {
        let own = manifest.short_name();
        let find = |line, message| Finding { path: manifest.path(), line, message };
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == own) else {
            findings.push(find(
                1,
                format!("crate `{own}` has no row in the table of allowed dependencies; add it"),
            ));
            continue;
        };
        for dependency in manifest.dependencies() {
            let name = dependency.name;
            let ours = match name {
                "neuropil" => Some(name),
                _ => name.strip_prefix("neuropil-"),
            };
            if ours.is_some_and(|ours| !allowed.contains(&ours)) {
                findings.push(find(
                    dependency.line,
                    format!("`{own}` must not depend on `{name}`; move what needs it up to `nn`"),
                ));
            }
            if name == "rayon" && !PARALLEL.contains(&own) {
                findings.push(find(
                    dependency.line,
                    format!("only {PARALLEL:?} know threads, not `{own}`; work on slices here"),
                ));
            }
        }
    }
    findings
}

/// Every version stands once, in the root manifest: members inherit them, and the lints.
pub(super) fn versions(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests() {
        let mut find = |line, message| {
            findings.push(Finding { path: manifest.path(), line, message });
        };
        for dependency in manifest.dependencies().filter(|it| !it.inherited) {
            find(
                dependency.line,
                format!(
                    "`{}` has its version here; put it into the root manifest and write \
                     `{{ workspace = true }}`",
                    dependency.name
                ),
            );
        }
        let published =
            manifest.entry("package", "publish").is_none_or(|publish| publish.value != "false");
        if let Some(version) = manifest.entry("package", "version")
            && published
        {
            find(
                version.line,
                "the package has a version of its own; write `version.workspace = true`".into(),
            );
        }
        if manifest.entry("lints", "workspace").is_none() {
            find(
                1,
                "the workspace's lints are not on; add `[lints]` with `workspace = true`".into(),
            );
        }
    }
    findings
}

/// No package of ours has a build script or is a procedural macro.
pub(super) fn build_scripts(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests() {
        let mut find = |path, line, what| {
            findings.push(Finding {
                path,
                line,
                message: format!("{what}; nothing of ours runs at build time, write it out"),
            });
        };
        if let Some(build) = manifest.entry("package", "build")
            && build.value != "false"
        {
            find(manifest.path(), build.line, "a build script");
        }
        let script = format!("{}/build.rs", manifest.folder);
        if tree.text(&script).is_some() {
            find(script, 1, "a build script");
        }
        for key in ["proc-macro", "proc_macro"] {
            if let Some(entry) = manifest.entry("lib", key)
                && entry.value == "true"
            {
                find(manifest.path(), entry.line, "a procedural macro");
            }
        }
        for dependency in manifest.dependencies() {
            if dependency.kind == Kind::Build {
                find(manifest.path(), dependency.line, "a build dependency");
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{ALLOWED, build_scripts, edges, versions};
    use crate::tidy::places;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn the_table_has_no_circle() {
        // Each crate stands below those that may use it, so an edge can only point upwards.
        for (row, (name, allowed)) in ALLOWED.iter().enumerate() {
            for other in *allowed {
                let above = ALLOWED[..row].iter().any(|(name, _)| name == other);
                assert!(above, "{name} -> {other}");
            }
        }
    }

    #[test]
    fn an_edge_outside_the_table_is_found() {
        let simd = "[dependencies]\nneuropil-simd = { workspace = true }\n";
        for (path, allowed) in [
            ("crates/losses/Cargo.toml", true),
            ("crates/data/Cargo.toml", false),
            ("crates/initializers/Cargo.toml", false),
            ("examples/Cargo.toml", true),
        ] {
            let found = places(edges, &[(path, simd)]);
            assert_eq!(found.is_empty(), allowed, "{path}: {found:?}");
        }
        let found = places(
            edges,
            &[(
                "crates/simd/Cargo.toml",
                "[dev-dependencies]\nwide = { workspace = true }\nneuropil = { workspace = true }\n",
            )],
        );
        assert_eq!(found, ["crates/simd/Cargo.toml:3"]);
    }

    #[test]
    fn threads_outside_tensor_and_nn_are_found() {
        let rayon = "[dependencies]\nrayon = { workspace = true }\n";
        assert_eq!(
            places(
                edges,
                &[
                    ("crates/losses/Cargo.toml", rayon),
                    ("crates/nn/Cargo.toml", rayon),
                    ("crates/tensor/Cargo.toml", rayon),
                ]
            ),
            ["crates/losses/Cargo.toml:2"]
        );
    }

    #[test]
    fn a_crate_without_a_row_is_found() {
        assert_eq!(
            places(edges, &[("crates/magic/Cargo.toml", "[package]\n")]),
            ["crates/magic/Cargo.toml:1"]
        );
    }

    #[test]
    fn a_version_in_a_member_is_found() {
        for dependency in [
            "rand = \"0.10\"\n",
            "rand = { version = \"0.10\", features = [\"std\"] }\n",
            "rand = { path = \"../rand\" }\n",
            "rand.version = \"0.10\"\n",
        ] {
            let manifest = format!("{LINTS}[dev-dependencies]\n{dependency}");
            assert_eq!(
                places(versions, &[("examples/Cargo.toml", &manifest)]),
                ["examples/Cargo.toml:4"],
                "{dependency}"
            );
        }
        let inherited = format!("{LINTS}[dependencies]\nrand = {{ workspace = true }}\n");
        assert!(places(versions, &[("crates/data/Cargo.toml", &inherited)]).is_empty());
    }

    #[test]
    fn a_published_package_with_a_version_of_its_own_is_found() {
        let manifest = format!("{LINTS}[package]\nversion = \"0.2.0\"\n");
        let unpublished = format!("{manifest}publish = false\n");
        assert_eq!(
            places(
                versions,
                &[("crates/simd/Cargo.toml", &manifest), ("xtask/Cargo.toml", &unpublished)]
            ),
            ["crates/simd/Cargo.toml:4"]
        );
    }

    #[test]
    fn a_package_without_the_lints_is_found() {
        assert_eq!(
            places(versions, &[("crates/simd/Cargo.toml", "[package]\n")]),
            ["crates/simd/Cargo.toml:1"]
        );
    }

    #[test]
    fn what_runs_at_build_time_is_found() {
        assert_eq!(
            places(
                build_scripts,
                &[
                    ("crates/a/Cargo.toml", "[package]\nbuild = \"make.rs\"\n"),
                    ("crates/b/Cargo.toml", ""),
                    ("crates/b/build.rs", "fn main() {}\n"),
                    ("crates/c/Cargo.toml", "[lib]\nproc-macro = true\n"),
                    ("crates/d/Cargo.toml", "[build-dependencies]\ncc = { workspace = true }\n"),
                    ("crates/e/Cargo.toml", "[package]\nbuild = false\n"),
                ]
            ),
            [
                "crates/a/Cargo.toml:2",
                "crates/b/build.rs:1",
                "crates/c/Cargo.toml:2",
                "crates/d/Cargo.toml:2",
            ]
        );
    }
}
