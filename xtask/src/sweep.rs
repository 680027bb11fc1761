//! `cargo xtask sweep`: measures the largest errors of the vector mathematics over all 2^32 arguments
//! of `f32`, and writes the table that the documentation of `neuropil_simd::math` shows.
//!
//! Example `sweep` of package `neuropil-simd` measures, in a process of its own, so that `xtask`
//! needs none of the libraries. All functions take 10 to 20 minutes on two cores.

use std::{
    env, fs,
    num::NonZero,
    path::{Path, PathBuf},
    process::{self, Stdio},
    thread,
};

use lexopt::{Arg::Long, Parser, ValueExt};

use crate::{Failure, root};

/// Cargo's words before those of the program.
const WORDS: &[&str] =
    &["run", "--quiet", "--release", "--package", "neuropil-simd", "--example", "sweep", "--"];

/// The table, a part of the documentation of `math`.
const TABLE: &str = "crates/simd/src/math/errors.md";

const HEAD: &str = "\
| function | f32 | f32, unfused | f64 | f64, unfused |
| --- | --- | --- | --- | --- |
";

/// The cells behind the name of a function.
const CELLS: usize = 4;

/// What an unmeasured cell holds.
const UNKNOWN: &str = "?";

/// The command line.
#[derive(Debug, PartialEq)]
struct Options {
    /// A function or `all`.
    function: String,
    /// A level or `all`.
    level: String,
    threads: usize,
    /// Compare the table instead of writing it.
    check: bool,
    /// What the program has printed before, perhaps on another machine.
    from: Option<PathBuf>,
}

/// Measures, or reads what was measured, and brings the table up to date.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    let options = options(arguments)?;
    let root = root();
    let measured = match &options.from {
        Some(file) => read(file)?,
        None => measure(&root, &options)?,
    };
    let path = root.join(TABLE);
    // The first sweep finds none.
    let old = if path.exists() { read(&path)? } else { String::new() };
    let new = updated(&old, &measured).map_err(Failure::Failed)?;
    print!("{new}");
    if new == old {
        return Ok(());
    }
    if options.check {
        return Err(Failure::Failed(format!("{TABLE} differs from what was measured")));
    }
    let temporary = path.with_extension("md.new");
    fs::write(&temporary, new)
        .and_then(|()| fs::rename(&temporary, &path))
        .map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))
}

fn options(arguments: &mut Parser) -> Result<Options, Failure> {
    let mut options = Options {
        function: "all".into(),
        level: "all".into(),
        threads: thread::available_parallelism().map_or(1, NonZero::get),
        check: false,
        from: None,
    };
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("function") => options.function = arguments.value()?.string()?,
            Long("level") => options.level = arguments.value()?.string()?,
            Long("threads") => {
                options.threads = arguments.value()?.parse::<NonZero<usize>>()?.get();
            }
            Long("from") => options.from = Some(arguments.value()?.into()),
            Long("check") => options.check = true,
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(options)
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file)
        .map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))
}

/// What the program prints.
fn measure(root: &Path, options: &Options) -> Result<String, Failure> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = process::Command::new(&program)
        .args(WORDS)
        .args([&options.function, &options.level, &options.threads.to_string()])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| {
            Failure::Failed(format!("{} does not start: {error}", program.display()))
        })?;
    if !output.status.success() {
        // A program ended by a signal has no code.
        let code = output.status.code().and_then(|code| u8::try_from(code).ok());
        return Err(Failure::Exit(code.unwrap_or(1)));
    }
    String::from_utf8(output.stdout)
        .map_err(|error| Failure::Failed(format!("the program printed no text: {error}")))
}

/// A line of the program: function, level, `fused` or `unfused`, type, error, argument.
#[derive(Clone, Copy)]
struct Line<'a> {
    function: &'a str,
    /// The cell that it belongs to.
    cell: usize,
    error: f64,
    x: &'a str,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[function, _, fused, float, error, x] = &words[..] else { return None };
        let cell = match (float, fused) {
            ("f32", "fused") => 0,
            ("f32", "unfused") => 1,
            ("f64", "fused") => 2,
            ("f64", "unfused") => 3,
            _ => return None,
        };
        Some(Self { function, cell, error: error.parse().ok()?, x })
    }

    /// The error, rounded up so that it is a bound.
    fn shown(&self) -> String {
        format!("{:.2} at {}", ((self.error * 100.0).floor() + 1.0) / 100.0, self.x)
    }
}

/// The table with the cells that were measured, the largest error of each, and its other cells as
/// they were.
fn updated(old: &str, measured: &str) -> Result<String, String> {
    let mut rows = Vec::new();
    for row in old.strip_prefix(HEAD).unwrap_or_default().lines() {
        let cells: Vec<String> =
            row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        if cells.len() != 1 + CELLS {
            return Err(format!("{TABLE}: `{row}` is no row of the table"));
        }
        rows.push(cells);
    }

    let mut worst: Vec<Line<'_>> = Vec::new();
    for line in measured.lines() {
        let line = Line::of(line).ok_or_else(|| format!("`{line}` is no measured error"))?;
        match worst.iter_mut().find(|it| it.function == line.function && it.cell == line.cell) {
            Some(other) if other.error >= line.error => {}
            Some(other) => *other = line,
            None => worst.push(line),
        }
    }
    for line in worst {
        let name = format!("[`{}`]", line.function);
        let row = match rows.iter().position(|row| row[0] == name) {
            Some(row) => row,
            None => {
                let mut row = vec![UNKNOWN.to_owned(); 1 + CELLS];
                row[0] = name;
                rows.push(row);
                rows.len() - 1
            }
        };
        rows[row][1 + line.cell] = line.shown();
    }

    let mut table = HEAD.to_owned();
    for row in rows {
        table.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use lexopt::Parser;

    use super::{HEAD, Options, options, updated};

    #[test]
    fn options_have_defaults_and_are_checked() {
        let given = |words: &[&str]| options(&mut Parser::from_args(words));
        let all = given(&[]).unwrap();
        assert_eq!((&*all.function, &*all.level, all.check), ("all", "all", false));
        assert!(all.threads > 0);
        let words =
            ["--function", "exp", "--level=avx2", "--threads", "3", "--check", "--from", "a"];
        let expected = Options {
            function: "exp".into(),
            level: "avx2".into(),
            threads: 3,
            check: true,
            from: Some(PathBuf::from("a")),
        };
        assert_eq!(given(&words).unwrap(), expected);
        for wrong in [&["exp"][..], &["--threads", "0"], &["--threads"], &["--fast"]] {
            assert!(given(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_largest_error_of_a_cell_is_shown_and_others_stay() {
        let old = format!("{HEAD}| [`sin`] | 0.70 at 1.0 | 0.80 at 2.0 | 0.90 at 3.0 | ? |\n");
        let measured = "\
            sin avx2 fused f32 0.7512 1.5\n\
            sin avx512 fused f32 0.76 2.5\n\
            sin avx512 fused f64 0.25 3.5\n\
            cos portable unfused f32 inf NaN\n";
        let expected = format!(
            "{HEAD}\
            | [`sin`] | 0.77 at 2.5 | 0.80 at 2.0 | 0.26 at 3.5 | ? |\n\
            | [`cos`] | ? | inf at NaN | ? | ? |\n"
        );
        assert_eq!(updated(&old, measured), Ok(expected.clone()));
        assert_eq!(updated(&expected, ""), Ok(expected));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for line in ["exp avx2 fused f32 0.5", "exp avx2 half f32 0.5 1", "exp avx2 fused f32 ? 1"]
        {
            assert!(updated("", line).is_err(), "{line}");
        }
        assert!(updated(&format!("{HEAD}| exp | 1 |\n"), "").is_err());
    }
}
