//! `cargo xtask parity --python PATH`: what PyTorch computes, written down and compared with.
//!
//! The scripts and the tests stand in `crates/neuropil/tests/parity`. The tests need no Python: this
//! command is for whoever adds a case, or wants to see that the files are what PyTorch gives.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process,
};

use lexopt::{Arg::Long, Parser};

use crate::{Failure, root};

/// The folder of the scripts, from the root.
const SCRIPTS: &str = "crates/neuropil/tests/parity";

/// What the scripts share, and no script of its own. Nor is a part of one, which has the script's
/// name, an underscore and its own: `layers_pooling.py`.
const SHARED: &str = "golden.py";

/// Says what is installed.
const PROBE: &str = "import torch, safetensors; print('PyTorch', torch.__version__)";

/// The words of cargo that run the tests; uncaptured, they print how large the differences are.
const TESTS: &[&str] = &["test", "--package", "neuropil", "--test", "parity", "--", "--nocapture"];

/// Runs the scripts, says which files have changed, and runs the tests.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    let python = python(arguments)?;
    let root = root();
    let folder = root.join(SCRIPTS);
    println!("{} has {}", python.display(), probe(&python)?);

    let before = golden(&folder)?;
    for script in scripts(&folder)? {
        let script = format!("{SCRIPTS}/{script}");
        println!("$ {} {script}", python.display());
        // Nothing but golden files is left in the folder.
        let mut command = process::Command::new(&python);
        command.arg(&script).env("PYTHONDONTWRITEBYTECODE", "1");
        succeed(command.current_dir(&root), python.as_os_str())?;
    }
    let after = golden(&folder)?;
    let differences = differences(&before, &after);
    for line in &differences {
        println!("{line}");
    }
    println!("{} golden files, {} of them changed", after.len(), differences.len());

    println!("$ cargo {}", TESTS.join(" "));
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    succeed(process::Command::new(&cargo).args(TESTS).current_dir(&root), &cargo)
}

/// The Python that the command line names.
fn python(arguments: &mut Parser) -> Result<PathBuf, Failure> {
    let mut python = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("python") => python = Some(PathBuf::from(arguments.value()?)),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let missing = || Failure::Usage("parity needs `--python PATH`, a Python with PyTorch".into());
    let python = python.ok_or_else(missing)?;
    // A path from here still leads there when a script is started in the root; a name alone is
    // looked for where the system looks.
    match python.components().count() {
        1 => Ok(python),
        _ => std::path::absolute(&python)
            .map_err(|error| Failure::Failed(format!("{} is no path: {error}", python.display()))),
    }
}

/// The version of PyTorch that this Python has.
fn probe(python: &Path) -> Result<String, Failure> {
    let output = process::Command::new(python)
        .args(["-c", PROBE])
        .output()
        .map_err(|error| does_not_start(python.as_os_str(), &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or("it says nothing");
    Err(Failure::Failed(format!(
        "{} has no PyTorch and safetensors that can be imported: {last}",
        python.display()
    )))
}

/// Runs a program that says itself what is wrong.
fn succeed(command: &mut process::Command, program: &OsStr) -> Result<(), Failure> {
    let status = command.status().map_err(|error| does_not_start(program, &error))?;
    if status.success() {
        return Ok(());
    }
    // A program ended by a signal has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Err(Failure::Exit(code.unwrap_or(1)))
}

fn does_not_start(program: &OsStr, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{} does not start: {error}", program.display()))
}

/// The names of the scripts, in order.
fn scripts(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for path in entries(folder)? {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.ends_with(".py") && name != SHARED && !name.contains('_') {
            names.push(name.to_owned());
        }
    }
    if names.is_empty() {
        return Err(Failure::Failed(format!("there are no scripts in {}", folder.display())));
    }
    names.sort();
    Ok(names)
}

/// All golden files with what is in them, by path below their folder.
fn golden(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut files = BTreeMap::new();
    let golden = folder.join("golden");
    // Before the first run there is none.
    let families = if golden.is_dir() { entries(&golden)? } else { Vec::new() };
    for family in families.iter().filter(|path| path.is_dir()) {
        for file in entries(family)? {
            let bytes = fs::read(&file).map_err(|error| cannot_be_read(&file, &error))?;
            let name = file.strip_prefix(&golden).unwrap_or(&file);
            files.insert(name.display().to_string(), bytes);
        }
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    read().map_err(|error| cannot_be_read(folder, &error))
}

fn cannot_be_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{} cannot be read: {error}", path.display()))
}

/// A line for each file that is not what it was.
fn differences(
    before: &BTreeMap<String, Vec<u8>>,
    after: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let mut lines: Vec<String> = gone.map(|name| format!("  gone     {name}")).collect();
    for (name, bytes) in after {
        match before.get(name) {
            None => lines.push(format!("  new      {name}")),
            Some(old) if old != bytes => lines.push(format!("  changed  {name}")),
            Some(_) => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lexopt::Parser;

    use super::{differences, probe, python};
    use crate::Failure;

    #[test]
    fn a_name_alone_is_left_to_the_system() {
        let python = |words: &[&str]| python(&mut Parser::from_args(words)).expect("a Python");
        assert_eq!(python(&["--python", "python3"]), Path::new("python3"));
        assert!(python(&["--python", "env/bin/python"]).is_absolute());
    }

    #[test]
    fn a_python_that_is_not_there_is_named() {
        let outcome = probe(Path::new("no/such/python"));
        let Err(Failure::Failed(message)) = outcome else { panic!("{outcome:?}") };
        assert!(message.starts_with("no/such/python does not start: "), "{message}");
    }

    #[test]
    fn each_file_that_is_not_what_it_was_has_a_line() {
        let files = |files: &[(&str, &str)]| {
            files.iter().map(|&(name, text)| (name.to_owned(), text.into())).collect()
        };
        let before = files(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let after = files(&[("b", "2"), ("c", "4"), ("d", "5")]);
        assert_eq!(differences(&before, &after), ["  gone     a", "  changed  c", "  new      d"]);
        assert!(differences(&after, &after).is_empty());
    }
}
