//! `cargo xtask data verify`: the files that the examples train on are those that were committed.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use lexopt::{Arg::Value, Parser};
use sha2::{Digest, Sha256};

use crate::{Failure, no_more, root};

/// Where the data lies, from the root.
const FOLDER: &str = "examples/data";

/// The list of checksums, as `sha256sum` writes it.
const SUMS: &str = "SHA256SUMS";

/// Files beside the data that the list does not name.
const NOT_DATA: &[&str] = &[SUMS, "README.md", "LICENSES.md"];

/// `data verify`; there is no other task yet.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    match arguments.next()? {
        Some(Value(task)) if task == "verify" => {
            no_more(arguments)?;
            verify(&root())
        }
        Some(other) => Err(other.unexpected().into()),
        None => Err(Failure::Usage("what with the data? `data verify`".into())),
    }
}

/// Compares `examples/data` with its list and prints each file that is missing, differs or is not
/// listed.
///
/// # Errors
/// If there is such a file, or one cannot be read.
pub(crate) fn verify(root: &Path) -> Result<(), Failure> {
    let folder = root.join(FOLDER);
    let sums = fs::read_to_string(folder.join(SUMS)).map_err(|error| failed(SUMS, &error))?;
    let listed = parse(&sums)?;
    let mut found = BTreeMap::new();
    for file in files_below(&folder).map_err(|error| failed("", &error))? {
        let name = name_below(&folder, &file);
        if NOT_DATA.contains(&name.as_str()) {
            continue;
        }
        let bytes = fs::read(&file).map_err(|error| failed(&name, &error))?;
        found.insert(name, hexadecimal(&Sha256::digest(&bytes)));
    }
    let findings = compare(&listed, &found);
    for finding in &findings {
        eprintln!("{FOLDER}/{finding}");
    }
    match findings.len() {
        0 => {
            println!("data: {} files are as {SUMS} says", listed.len());
            Ok(())
        }
        n => Err(Failure::Failed(format!("{n} of the files in {FOLDER} are not as {SUMS} says"))),
    }
}

/// Checksum by name from lines of `<64 hexadecimal digits>  ./name`.
fn parse(sums: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut listed = BTreeMap::new();
    for (index, line) in sums.lines().enumerate() {
        let wrong = |what: String| {
            Failure::Failed(format!("{FOLDER}/{SUMS}:{}: {what}: {line}", index + 1))
        };
        let (sum, name) =
            line.split_once("  ").ok_or_else(|| wrong("not `checksum  ./name`".into()))?;
        if sum.len() != 64 || !sum.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong("a SHA-256 has 64 hexadecimal digits".into()));
        }
        let name = name.trim_start_matches("./").to_owned();
        if listed.insert(name, sum.to_ascii_lowercase()).is_some() {
            return Err(wrong("named twice".into()));
        }
    }
    Ok(listed)
}

/// A line for each file that is missing, differs or is not listed.
fn compare(listed: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, sum) in listed {
        match found.get(name) {
            None => findings.push(format!("{name}: missing; check it out of the repository")),
            Some(other) if other != sum => {
                findings.push(format!("{name}: differs; its SHA-256 is {other}, listed is {sum}"))
            }
            Some(_) => {}
        }
    }
    for name in found.keys().filter(|name| !listed.contains_key(*name)) {
        findings
            .push(format!("{name}: not in {SUMS}; add it there and to LICENSES.md, or delete it"));
    }
    findings
}

/// All files in a folder and its folders, in the order of their names.
fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A file's path from a folder, with slashes on every system.
fn name_below(folder: &Path, file: &Path) -> String {
    let path = file.strip_prefix(folder).unwrap_or(file);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn failed(name: &str, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{FOLDER}/{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs};

    use sha2::{Digest, Sha256};

    use super::{FOLDER, SUMS, compare, hexadecimal, parse, verify};
    use crate::Failure;

    /// FIPS 180-2, appendix B.1.
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn sums(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |&(name, sum): &(&str, &str)| (name.to_owned(), sum.to_owned());
        of.iter().map(owned).collect()
    }

    #[test]
    fn the_checksum_is_sha_256() {
        assert_eq!(hexadecimal(&Sha256::digest(b"abc")), OF_ABC);
    }

    #[test]
    fn equal_files_give_no_finding() {
        let files = sums(&[("a", "1"), ("b", "2")]);
        assert_eq!(compare(&files, &files), Vec::<String>::new());
    }

    #[test]
    fn missing_differing_and_extra_files_are_named() {
        let listed = sums(&[("gone", "1"), ("changed", "2"), ("same", "3")]);
        let found = sums(&[("changed", "4"), ("same", "3"), ("new", "5")]);
        assert_eq!(
            compare(&listed, &found),
            [
                "changed: differs; its SHA-256 is 4, listed is 2",
                "gone: missing; check it out of the repository",
                "new: not in SHA256SUMS; add it there and to LICENSES.md, or delete it",
            ]
        );
    }

    #[test]
    fn a_list_that_is_none_is_an_error_with_its_line() {
        let digits = "0".repeat(64);
        for (list, line) in [
            (format!("{digits}  ./a\nnonsense\n"), 2),
            (format!("{}  ./a\n", "0".repeat(63)), 1),
            (format!("{}  ./a\n", "g".repeat(64)), 1),
            (format!("{digits}  ./a\n{digits}  ./a\n"), 2),
        ] {
            match parse(&list) {
                Err(Failure::Failed(message)) => {
                    assert!(message.contains(&format!("SHA256SUMS:{line}:")), "{message}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_folder_is_verified_with_what_lies_deeper_and_without_its_licences() {
        let root = std::env::temp_dir().join(format!("xtask-data-{}", std::process::id()));
        let folder = root.join(FOLDER);
        fs::create_dir_all(folder.join("deep")).unwrap();
        fs::write(folder.join("deep/abc.txt"), "abc").unwrap();
        fs::write(folder.join("LICENSES.md"), "all free").unwrap();
        fs::write(folder.join(SUMS), format!("{OF_ABC}  ./deep/abc.txt\n")).unwrap();
        let whole = verify(&root);
        fs::write(folder.join("deep/abc.txt"), "abd").unwrap();
        let changed = verify(&root);
        fs::remove_dir_all(&root).unwrap();
        assert!(whole.is_ok(), "{whole:?}");
        assert!(matches!(changed, Err(Failure::Failed(_))), "{changed:?}");
    }
}
