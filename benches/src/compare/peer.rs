//! Which peers there are, and how their programs are started.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::build;

/// A library that Neuropil is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// What `--peers` and the tables call it.
    pub name: &'static str,
    /// The script, for one that is of Python; the others are features of package `peers`.
    pub script: Option<&'static str>,
}

/// All, in the order of the tables.
pub const ALL: [Peer; 8] = [
    Peer { name: "gemm", script: None },
    Peer { name: "matrixmultiply", script: None },
    Peer { name: "faer", script: None },
    Peer { name: "ndarray", script: None },
    Peer { name: "candle", script: None },
    Peer { name: "burn", script: None },
    Peer { name: "pytorch", script: Some("pytorch.py") },
    Peer { name: "numpy", script: Some("numeric.py") },
];

impl Peer {
    /// Whether it is a crate.
    pub fn is_rust(self) -> bool {
        self.script.is_none()
    }

    /// What starts it, but for the number of threads: a program that has been built, or a script
    /// with that Python.
    pub fn command(self, python: Option<&Path>) -> Command {
        let Some(script) = self.script else {
            return Command::new(build::program(self));
        };
        let mut command = Command::new(python.unwrap_or(Path::new("python3")));
        command.arg(scripts().join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// The folder of package `peers`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn scripts() -> PathBuf {
    folder().join("python")
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, fs, path::Path};

    use super::{ALL, folder, scripts};

    #[test]
    fn a_peer_is_a_feature_and_a_program_of_its_package_or_a_script() {
        let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
        for peer in ALL {
            match peer.script {
                Some(script) => assert!(scripts().join(script).is_file(), "{script}"),
                None => {
                    let name = peer.name;
                    assert!(manifest.contains(&format!("\n{name} = [\"dep:")), "{name}");
                    let bin = format!(
                        "name = \"peer-{name}\"\npath = \"src/bin/{name}.rs\"\nrequired-features = \
                         [\"{name}\"]\n"
                    );
                    assert!(manifest.contains(&bin), "{name}");
                    assert!(folder().join(format!("src/bin/{name}.rs")).is_file(), "{name}");
                }
            }
        }
    }

    #[test]
    fn peers_are_built_with_the_same_profile_as_neuropil() {
        let profile = |manifest: &Path| {
            let text = fs::read_to_string(manifest).unwrap();
            let (_, profile) = text.split_once("\n[profile.release]\n").unwrap();
            profile.split("\n\n").next().unwrap().trim_end().to_string()
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
        assert_eq!(profile(&folder().join("Cargo.toml")), profile(&root));
    }

    #[test]
    fn a_script_is_started_with_the_python_that_was_given() {
        let command = ALL[6].command(Some(Path::new("env/bin/python")));
        assert_eq!(command.get_program(), "env/bin/python");
        let words: Vec<&OsStr> = command.get_args().collect();
        assert_eq!(words, [scripts().join("pytorch.py")]);
    }
}
