//! `cargo xtask ci`: everything that must pass, in the order in which a failure costs least time.

use std::{env, path::Path, process, time::Instant};

use lexopt::Parser;

use crate::{
    Failure, asm, data, no_more, root,
    tidy::{self, Manifest, Tree},
};

/// The examples that finish in seconds with `--quick`, as the tests build them: release builds would
/// take longer than all that they show.
const QUICK_EXAMPLES: &[&str] = &[
    "bias_variance",
    "char_rnn",
    "custom_op",
    "diabetes",
    "iris",
    "japanese_vowels",
    "mnist_cnn",
    "mnist_mlp",
    "penguins",
    "perceptron",
    "resume",
    "schedules",
    "server",
    "sunspots",
    "xor",
];

/// One line of the run.
#[derive(Debug, PartialEq)]
enum Step {
    /// A command line of cargo with the variables set for it.
    Cargo { variables: Vec<(&'static str, &'static str)>, words: Vec<String> },
    /// `cargo xtask tidy`, in this process.
    Tidy,
    /// `cargo xtask data verify`, in this process.
    DataVerify,
    /// `cargo xtask asm`, in this process.
    Asm,
}

/// Runs all steps and stops at the first that fails, with its exit code.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    no_more(arguments)?;
    let start = Instant::now();
    let root = root();
    let tree = Tree::read(&root)?;
    for step in steps(&tree) {
        println!("$ {step}");
        match step {
            Step::Cargo { variables, words } => cargo(&root, &variables, &words)?,
            Step::Tidy => tidy::check(&tree)?,
            Step::DataVerify => data::verify(&root)?,
            Step::Asm => asm::check(&root)?,
        }
    }
    let seconds = start.elapsed().as_secs();
    println!("ci passed in {} min {} s", seconds / 60, seconds % 60);
    Ok(())
}

/// What is run, in order.
fn steps(tree: &Tree) -> Vec<Step> {
    let mut steps = vec![
        step("fmt --all --check"),
        // A package outside the workspace, whose dependencies are not fetched for this.
        step("fmt --check --manifest-path benches/peers/Cargo.toml"),
        step("clippy --workspace --all-targets -- --deny warnings"),
        step("doc --workspace --no-deps").with("RUSTDOCFLAGS", "--deny warnings"),
        Step::Tidy,
        Step::DataVerify,
    ];
    for manifest in tree.manifests().filter(Manifest::is_library) {
        let package = manifest.package_name().unwrap_or_default();
        steps.push(step(&format!("check --package {package}")));
        if manifest.has_features() {
            steps.push(step(&format!("check --package {package} --no-default-features")));
        }
    }
    steps.push(step("test --workspace"));
    // Again at the portable level: the same binaries, without the examples in the docs, and without
    // the test that has gone through all levels by itself, and the longest of those that it ran.
    let again = "test --workspace --tests -- --skip all_tests_pass_at_every_level --skip modules::gradients_of_";
    steps.push(step(again).with("NEUROPIL_SIMD", "portable"));
    // A crate as a user would write it has a workspace, and so a folder for what is built, of its own.
    steps.push(step(
        "test --manifest-path crates/nn/tests/outside/Cargo.toml --target-dir target/outside",
    ));
    for example in QUICK_EXAMPLES {
        steps.push(step(&format!("run --example {example} -- --quick")));
    }
    // Last, since it alone builds for release.
    steps.push(Step::Asm);
    steps
}

/// A step of cargo from its words as one would type them.
fn step(words: &str) -> Step {
    Step::Cargo { variables: Vec::new(), words: words.split(' ').map(String::from).collect() }
}

impl Step {
    /// The same step with an environment variable; the steps inside this process have none.
    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        if let Self::Cargo { variables, .. } = &mut self {
            variables.push((name, value));
        }
        self
    }
}

/// The line that does the same in a shell, without the `$`.
impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tidy => f.write_str("cargo xtask tidy"),
            Self::DataVerify => f.write_str("cargo xtask data verify"),
            Self::Asm => f.write_str("cargo xtask asm"),
            Self::Cargo { variables, words } => {
                for (name, value) in variables {
                    if value.contains(' ') {
                        write!(f, "{name}=\"{value}\" ")?;
                    } else {
                        write!(f, "{name}={value} ")?;
                    }
                }
                write!(f, "cargo {}", words.join(" "))
            }
        }
    }
}

/// Runs the cargo that runs us, or else the one on the path.
fn cargo(root: &Path, variables: &[(&str, &str)], words: &[String]) -> Result<(), Failure> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = process::Command::new(&program)
        .args(words)
        .envs(variables.iter().copied())
        .current_dir(root)
        .status()
        .map_err(|error| {
            Failure::Failed(format!("{} does not start: {error}", program.display()))
        })?;
    if status.success() {
        return Ok(());
    }
    // A program ended by a signal has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Err(Failure::Exit(code.unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::{Step, step, steps};
    use crate::tidy::Tree;

    fn lines() -> Vec<String> {
        let tree = Tree::of(&[
            (
                "crates/data/Cargo.toml",
                "[package]\nname = \"neuropil-data\"\n[features]\ndefault = []\n",
            ),
            ("crates/simd/Cargo.toml", "[package]\nname = \"neuropil-simd\"\n"),
            ("benches/Cargo.toml", "[package]\nname = \"benches\"\n"),
        ]);
        steps(&tree).iter().map(Step::to_string).collect()
    }

    #[test]
    fn a_step_reads_as_typed_in_a_shell() {
        let step = step("doc --no-deps").with("RUSTDOCFLAGS", "--deny warnings");
        assert_eq!(step.to_string(), "RUSTDOCFLAGS=\"--deny warnings\" cargo doc --no-deps");
    }

    #[test]
    fn each_library_is_built_alone_and_without_its_default_features() {
        let lines = lines();
        let checks: Vec<_> = lines.iter().filter(|line| line.starts_with("cargo check")).collect();
        assert_eq!(
            checks,
            [
                "cargo check --package neuropil-data",
                "cargo check --package neuropil-data --no-default-features",
                "cargo check --package neuropil-simd",
            ]
        );
    }

    #[test]
    fn the_package_of_peers_is_formatted_too_and_never_built() {
        let lines = lines();
        let peers: Vec<_> = lines.iter().filter(|line| line.contains("peers")).collect();
        assert_eq!(peers, ["cargo fmt --check --manifest-path benches/peers/Cargo.toml"]);
    }
}
