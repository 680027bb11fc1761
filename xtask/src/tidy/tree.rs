//! The files that rules look at, read once.

use std::{fs, io, path::Path};

use super::Manifest;
use crate::Failure;

/// Folders that hold no work of ours; of those with a leading dot, only [`DOTTED`] do.
const SKIPPED: &[&str] = &["target"];

/// Folders with a leading dot that belong to the repository.
const DOTTED: &[&str] = &[".ci", ".cargo", ".github"];

/// A text file of the repository.
#[derive(Debug)]
pub(super) struct File {
    /// The path from the root, with slashes on every system.
    pub(super) path: String,
    pub(super) text: String,
}

/// All text files of the repository in the order of their paths.
#[derive(Debug)]
pub(crate) struct Tree {
    files: Vec<File>,
}

impl Tree {
    /// Reads all files below `root` that are text.
    ///
    /// # Errors
    /// If a folder or a file cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let mut files = Vec::new();
        read_below(root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// A tree of these paths and texts, to try a rule on.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File { path: path.into(), text: text.into() };
        let files = files.iter().map(file).collect();
        Self { files }
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// The text of the file at this path.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path == path)?;
        Some(&file.text)
    }

    /// Files of Rust.
    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| file.path.ends_with(".rs"))
    }

    /// The manifests of the workspace's members.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = Manifest<'_>> {
        self.files().filter_map(|file| {
            let folder = file.path.strip_suffix("/Cargo.toml")?;
            // Deeper manifests belong to crates outside the workspace, kept for tests.
            let member = !folder.trim_start_matches("crates/").contains('/');
            member.then(|| Manifest::parse(folder, &file.text))
        })
    }
}

fn read_below(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<(), Failure> {
    let failed = |path: &Path, error: io::Error| {
        Failure::Failed(format!("{} cannot be read: {error}", path.display()))
    };
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let entry = entry.map_err(|error| failed(folder, error))?;
        let (name, location) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(|error| failed(&location, error))?;
        if kind.is_dir() {
            let foreign = name.starts_with('.') && !DOTTED.contains(&&*name);
            if !foreign && !SKIPPED.contains(&&*name) {
                read_below(&location, &format!("{path}/"), files)?;
            }
        } else if kind.is_file() {
            let bytes = fs::read(&location).map_err(|error| failed(&location, error))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path, text });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Tree;

    #[test]
    fn text_is_read_and_other_bytes_and_foreign_folders_are_not() {
        let root = std::env::temp_dir().join(format!("xtask-tree-{}", std::process::id()));
        for folder in [".ci", ".git", "target", "crates/a/src"] {
            fs::create_dir_all(root.join(folder)).unwrap();
            fs::write(root.join(folder).join("text"), "x").unwrap();
        }
        fs::write(root.join("crates/bytes"), [0xff, 0xfe]).unwrap();
        let tree = Tree::read(&root);
        fs::remove_dir_all(&root).unwrap();
        let tree = tree.unwrap();
        let paths: Vec<_> = tree.files().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [".ci/text", "crates/a/src/text"]);
    }

    #[test]
    fn members_are_the_crates_and_the_packages_beside_them() {
        let tree = Tree::of(&[
            ("Cargo.toml", ""),
            ("benches/Cargo.toml", ""),
            ("crates/simd/Cargo.toml", ""),
            ("crates/nn/tests/outside/Cargo.toml", ""),
        ]);
        let folders: Vec<_> = tree.manifests().map(|manifest| manifest.folder).collect();
        assert_eq!(folders, ["benches", "crates/simd"]);
    }
}
