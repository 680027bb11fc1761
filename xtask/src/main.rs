//! `cargo xtask <command>`: what the repository does to itself. One file a command.
//!
//! A command is a line of [`COMMANDS`] and a module with a function `run`, which takes the rest of
//! the command line.
#![forbid(unsafe_code)]

mod asm;
mod bench;
mod ci;
mod compare;
mod data;
mod parity;
mod sweep;
mod tidy;

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::{
    Arg::{Long, Short, Value},
    Parser,
};

/// A command as the list shows it.
struct Command {
    name: &'static str,
    /// The words behind the name, with a space before them.
    words: &'static str,
    summary: &'static str,
    run: fn(&mut Parser) -> Result<(), Failure>,
}

/// Every command, in the order of the list.
const COMMANDS: &[Command] = &[
    Command {
        name: "ci",
        words: "",
        summary: "everything that must pass: format, lints, docs, tidy, data, tests, examples, asm",
        run: ci::run,
    },
    Command {
        name: "tidy",
        words: "",
        summary: "the rules of this repository that no compiler knows",
        run: tidy::run,
    },
    Command {
        name: "data",
        words: " verify",
        summary: "the files in examples/data are those of its SHA256SUMS",
        run: data::run,
    },
    Command {
        name: "asm",
        words: "",
        summary: "the kernels' innermost loops: no calls, no spills, every multiply-add",
        run: asm::run,
    },
    Command {
        name: "bench",
        words: "",
        summary: "a table of speeds: the machine's peak, matrix products, training steps",
        run: bench::run,
    },
    Command {
        name: "compare",
        words: "",
        summary: "other libraries and Neuropil in turn: how many times as long they take (--help)",
        run: compare::run,
    },
    Command {
        name: "costs",
        words: " [--print] [FAMILY]",
        summary: "nanoseconds a number of every member, into the tables of their documentation",
        run: |arguments| bench::start("costs", arguments),
    },
    Command {
        name: "parity",
        words: " --python PATH",
        summary: "makes the golden files anew with PyTorch and runs the tests that read them",
        run: parity::run,
    },
    Command {
        name: "sweep",
        words: "",
        summary: "the largest errors of the vector mathematics, into the table of its documentation",
        run: sweep::run,
    },
];

/// Why a command did not succeed.
#[derive(Debug)]
enum Failure {
    /// The command line is wrong: the message, the list of commands, exit code 2.
    Usage(String),
    /// What was checked is wrong, or the machine failed: the message, exit code 1.
    Failed(String),
    /// A program that was started has already said why: its exit code.
    Exit(u8),
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

fn main() -> ExitCode {
    match run(&mut Parser::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            eprint!("error: {message}\n\n{}", list());
            ExitCode::from(2)
        }
        Err(Failure::Failed(message)) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
        Err(Failure::Exit(code)) => ExitCode::from(code),
    }
}

fn run(arguments: &mut Parser) -> Result<(), Failure> {
    match arguments.next()? {
        None | Some(Short('h') | Long("help")) => {
            print!("{}", list());
            Ok(())
        }
        Some(Value(name)) => match COMMANDS.iter().find(|command| name == command.name) {
            Some(command) => (command.run)(arguments),
            None => Err(Failure::Usage(format!("no command `{}`", name.to_string_lossy()))),
        },
        Some(option) => Err(option.unexpected().into()),
    }
}

/// The commands with a line each.
fn list() -> String {
    let mut list = String::from("Usage: cargo xtask <command>\n\nCommands:\n");
    for command in COMMANDS {
        let call = [command.name, command.words].concat();
        // Writing to a String cannot fail.
        let _ = writeln!(list, "  {call:<20} {}", command.summary);
    }
    list
}

/// For a command that takes no further words.
fn no_more(arguments: &mut Parser) -> Result<(), Failure> {
    match arguments.next()? {
        None => Ok(()),
        Some(argument) => Err(argument.unexpected().into()),
    }
}

/// The repository's root: the parent of this package's folder, or the current folder if the binary
/// was not started by cargo.
fn root() -> PathBuf {
    match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => Path::new(&package)
            .parent()
            .expect("a package lies in a folder of the workspace")
            .to_path_buf(),
        None => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use lexopt::Parser;

    use super::{COMMANDS, Failure, list, run};

    fn run_with(words: &[&str]) -> Result<(), Failure> {
        run(&mut Parser::from_args(words))
    }

    #[test]
    fn the_list_is_printed_alone_and_for_help() {
        for words in [&[][..], &["--help"], &["-h"]] {
            assert!(run_with(words).is_ok(), "{words:?}");
        }
        for command in COMMANDS {
            assert!(list().contains(command.summary), "{}", command.name);
        }
    }

    #[test]
    fn an_unknown_word_is_an_error_of_usage() {
        for words in [
            &["tydi"][..],
            &["--verbose"],
            &["tidy", "more"],
            &["asm", "more"],
            &["ci", "--fast"],
            &["data"],
            &["data", "fetch"],
            &["data", "verify", "more"],
            &["parity"],
            &["parity", "--python"],
            &["parity", "--python", "python3", "more"],
        ] {
            let outcome = run_with(words);
            assert!(matches!(outcome, Err(Failure::Usage(_))), "{words:?}: {outcome:?}");
        }
    }
}
