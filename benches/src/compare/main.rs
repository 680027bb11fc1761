//! `cargo xtask compare`: builds other libraries, measures them and Neuropil in turn, and prints
//! the tables to standard output and how far it has come to standard error.
#![forbid(unsafe_code)]

use std::{
    io::{IsTerminal, Write, stderr},
    process::ExitCode,
};

use benches::{
    compare::{
        json,
        options::{self, USAGE},
        run::{self, Progress},
        task,
    },
    store,
};
use lexopt::Parser;

fn main() -> ExitCode {
    let options = match options::parse(Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return failure(2, &format!("{error}\n\n{USAGE}")),
    };
    let mut tasks = task::all();
    tasks.retain(|task| task.name().contains(&options.filter));
    if tasks.is_empty() {
        let missing = format!("no workload has `{}` in its name", options.filter);
        return failure(2, &format!("{missing}\n\n{}", names()));
    }
    if !options.threads.contains(&1) {
        tasks.retain(|task| task.is_parallel());
    }
    if tasks.is_empty() {
        let filter = &options.filter;
        let missing =
            format!("the workloads with `{filter}` in their names run on one thread: --threads 1");
        return failure(2, &missing);
    }
    // Before minutes of measuring.
    if let Some(Err(error)) = options.json.as_deref().map(store::check) {
        return failure(1, &error.to_string());
    }
    let terminal = stderr().is_terminal();
    // Over what is being measured.
    let line = if terminal { "\r\x1b[2K" } else { "" };
    let report = run::run(&tasks, &options, &mut |progress| match progress {
        Progress::Builds(name) => eprintln!("building {name}"),
        Progress::Starts(name) => eprintln!("{line}starting {name}"),
        Progress::Fails(name, failure) => eprintln!("{line}left out: {name}: {failure}"),
        Progress::Measures(name, threads) if terminal => {
            // One line that is written over.
            eprint!("{line}measuring {name} on {threads}");
            // If progress cannot be shown, the tables still can.
            let _ = stderr().flush();
        }
        Progress::Measures(name, threads) => eprintln!("measuring {name} on {threads}"),
    });
    eprint!("{line}");
    print!("{report}");
    if let Some(path) = &options.json {
        if let Err(error) = store::write(path, &json::text(&report)) {
            return failure(1, &error.to_string());
        }
        eprintln!("written: {}", path.display());
    }
    if let Err(error) = report.check() {
        return failure(1, &error);
    }
    ExitCode::SUCCESS
}

/// Says why it ends so.
fn failure(code: u8, message: &str) -> ExitCode {
    eprintln!("error: {}", message.trim_end());
    ExitCode::from(code)
}

fn names() -> String {
    let names = task::all().into_iter().map(|task| task.name());
    format!("Workloads:\n  {}\n", names.collect::<Vec<_>>().join("\n  "))
}
