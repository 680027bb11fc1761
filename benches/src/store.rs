//! Where results are kept, and files that are written whole or not at all.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use thiserror::Error;

/// Why results could not be kept or found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The name is not one of a file, or leads elsewhere.
    #[error("`{name}` is no name for results: letters, digits, `-`, `_` and `.` inside")]
    Name {
        /// What was given.
        name: String,
    },
    /// Nothing was kept under the name.
    #[error("no results are kept as `{name}` ({}); kept: {}", .path.display(), list(.kept))]
    Missing {
        /// What was asked for.
        name: String,
        /// The file that there is not.
        path: PathBuf,
        /// The names that there are.
        kept: Vec<String>,
    },
    /// The system refused.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

/// The folder of results: `bench` in the target folder of the workspace, `CARGO_TARGET_DIR` if that
/// is set.
pub fn folder() -> PathBuf {
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(target) if !target.is_empty() => PathBuf::from(target),
        _ => Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target"),
    };
    target.join("bench")
}

/// Checks that results can be kept under a name.
///
/// # Errors
/// If it is empty, has other signs than ASCII letters, digits, `-`, `_` and `.`, or begins with a
/// point.
pub fn check_name(name: &str) -> Result<(), StoreError> {
    let fits = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
        return Err(StoreError::Name { name: name.into() });
    }
    Ok(())
}

/// The file of a name.
///
/// # Errors
/// As [`check_name`].
pub fn path(folder: &Path, name: &str) -> Result<PathBuf, StoreError> {
    check_name(name)?;
    Ok(folder.join(format!("{name}.json")))
}

/// The text that is kept under a name.
///
/// # Errors
/// If the name is none, nothing is kept under it, or the file cannot be read.
pub fn read(folder: &Path, name: &str) -> Result<String, StoreError> {
    let path = path(folder, name)?;
    fs::read_to_string(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            StoreError::Missing { name: name.into(), path, kept: kept(folder) }
        }
        _ => StoreError::File { path, error },
    })
}

/// The names that results are kept under, in order.
fn kept(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_suffix(".json").map(String::from)
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Writes a file beside its place and moves it there, so that whatever was there stays until the
/// new one is whole. Makes the folder if there is none.
///
/// # Errors
/// If the system refuses.
pub fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    beside(path, |file, unfinished| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(unfinished, path)
    })
}

/// Checks that [`write()`] could write a file now, before what it is to hold takes minutes. Makes the
/// folder if there is none, and leaves what is there.
///
/// # Errors
/// If the system refuses.
pub fn check(path: &Path) -> Result<(), StoreError> {
    beside(path, |_, unfinished| {
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        fs::remove_file(unfinished)
    })
}

/// Makes an empty file beside the place of one, and lends it with its path.
fn beside(
    path: &Path,
    then: impl FnOnce(&mut fs::File, &Path) -> io::Result<()>,
) -> Result<(), StoreError> {
    let failed = |error| StoreError::File { path: path.into(), error };
    let name = path.file_name().ok_or_else(|| {
        failed(io::Error::new(io::ErrorKind::InvalidInput, "the path ends in no name of a file"))
    })?;
    let mut unfinished = name.to_owned();
    unfinished.push(format!(".{}.tmp", process::id()));
    let unfinished = path.with_file_name(unfinished);
    let run = || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        then(&mut fs::File::create(&unfinished)?, &unfinished)
    };
    run().map_err(|error| {
        // Without a file there is nothing to remove.
        let _ = fs::remove_file(&unfinished);
        failed(error)
    })
}

#[cfg(test)]
mod tests {
    use std::{
        env, fs,
        path::{Path, PathBuf},
        process,
    };

    use super::{StoreError, check, check_name, path, read, write};

    /// An empty folder of a test's own.
    fn folder(test: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("neuropil-bench-{test}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_name_stays_in_the_folder() {
        for name in ["main", "v0.1", "2026-11-23_a"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", ".hidden", "a/b", "../a", "a\\b", "a b", "ä"] {
            assert!(matches!(check_name(name), Err(StoreError::Name { .. })), "{name}");
        }
        assert_eq!(path(Path::new("x"), "v0.1").unwrap(), Path::new("x").join("v0.1.json"));
    }

    #[test]
    fn what_is_written_is_read_and_replaced_whole() {
        let folder = folder("written");
        let file = path(&folder, "a").unwrap();
        write(&file, "first, which is longer").unwrap();
        write(&file, "second").unwrap();
        assert_eq!(read(&folder, "a").unwrap(), "second");
        let files = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(files, 1, "a temporary file stayed");
    }

    #[test]
    fn what_is_missing_is_named_with_what_there_is() {
        let folder = folder("missing");
        let error = read(&folder, "b").unwrap_err().to_string();
        assert!(error.starts_with("no results are kept as `b`"), "{error}");
        assert!(error.ends_with("kept: nothing"), "{error}");
        write(&path(&folder, "a").unwrap(), "").unwrap();
        let error = read(&folder, "b").unwrap_err().to_string();
        fs::remove_dir_all(&folder).unwrap();
        assert!(error.ends_with("kept: a"), "{error}");
    }

    #[test]
    fn a_place_is_checked_without_a_trace() {
        let folder = folder("checked");
        let file = folder.join("deep").join("a.json");
        check(&file).unwrap();
        assert_eq!(fs::read_dir(folder.join("deep")).unwrap().count(), 0);
        write(&file, "kept").unwrap();
        check(&file).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        // A folder, and a file where a folder would have to be.
        let refused = [check(&folder.join("deep")), check(&file.join("b.json"))];
        let files = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!((text.as_str(), files), ("kept", 1));
        assert!(refused.iter().all(Result::is_err), "{refused:?}");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named_and_left_alone() {
        let folder = folder("refused");
        fs::create_dir_all(folder.join("taken")).unwrap();
        fs::write(folder.join("taken").join("inside"), "").unwrap();
        let error = write(&folder.join("taken"), "text").unwrap_err().to_string();
        let inside = folder.join("taken").join("inside").exists();
        let files = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert!(error.contains("taken"), "{error}");
        assert!(inside && files == 1);
        assert!(write(Path::new(".."), "text").is_err());
    }
}
