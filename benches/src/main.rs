//! `cargo xtask bench`: measures the workloads and prints the table to standard output, and how far
//! it has come to standard error.
#![forbid(unsafe_code)]

use std::{
    io::{IsTerminal, Write, stderr},
    process::ExitCode,
};

use benches::{
    measure::Budget,
    report,
    workload::{Workload, all},
};
use lexopt::{Arg::Long, Parser, ValueExt};

const USAGE: &str = "\
Usage: cargo xtask bench [--quick] [--filter NAME]

Options:
  --quick          fewer and shorter rounds, for a look while working
  --filter NAME    only the workloads with NAME in their names, such as \"step a\" or f64
";

/// What the command line asks for.
enum Task {
    Help,
    Measure { budget: Budget, filter: String },
}

fn main() -> ExitCode {
    match task(Parser::from_env()) {
        Ok(Task::Help) => print!("{USAGE}"),
        Ok(Task::Measure { budget, filter }) => {
            let mut workloads = all();
            workloads.retain(|workload| workload.name().contains(&filter));
            if workloads.is_empty() {
                return wrong(&format!("no workload has `{filter}` in its name\n\n{}", names()));
            }
            measure(&workloads, budget);
        }
        Err(error) => return wrong(&format!("{error}\n\n{USAGE}")),
    }
    ExitCode::SUCCESS
}

fn task(mut arguments: Parser) -> Result<Task, lexopt::Error> {
    let (mut budget, mut filter) = (Budget::FULL, String::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => budget = Budget::QUICK,
            Long("filter") => filter = arguments.value()?.string()?,
            Long("help") => return Ok(Task::Help),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Task::Measure { budget, filter })
}

/// A wrong command line: the message, exit code 2.
fn wrong(message: &str) -> ExitCode {
    eprintln!("error: {}", message.trim_end());
    ExitCode::from(2)
}

fn names() -> String {
    let names = all().into_iter().map(|workload| workload.name());
    format!("Workloads:\n  {}\n", names.collect::<Vec<_>>().join("\n  "))
}

fn measure(workloads: &[Box<dyn Workload>], budget: Budget) {
    let rounds = budget.rounds;
    let terminal = stderr().is_terminal();
    let mut last = 0;
    let report = report::run(workloads, budget, &mut |round, name| {
        if terminal {
            // One line that is written over.
            eprint!("\r\x1b[2Kround {round} of {rounds}: {name}");
            // If progress cannot be shown, the table still can.
            let _ = stderr().flush();
        } else if round != last {
            eprintln!("round {round} of {rounds}");
        }
        last = round;
    });
    if terminal {
        eprint!("\r\x1b[2K");
    }
    print!("{report}");
}
