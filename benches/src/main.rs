//! `cargo xtask bench`: measures the workloads and prints the table to standard output, and how far
//! it has come to standard error.
#![forbid(unsafe_code)]

use std::{
    error::Error,
    io::{IsTerminal, Write, stderr},
    path::Path,
    process::ExitCode,
};

use benches::{
    baseline::{Baseline, Comparison},
    html, image, json,
    options::{self, Options, USAGE},
    report::{self, Report},
    store,
    workload::{Workload, all},
};
use lexopt::Parser;

fn main() -> ExitCode {
    let options = match options::parse(Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{USAGE}\nResults are kept in {}.\n", store::folder().display());
            return ExitCode::SUCCESS;
        }
        Err(error) => return failure(2, &format!("{error}\n\n{USAGE}")),
    };
    let mut workloads = all();
    workloads.retain(|workload| workload.name().contains(&options.filter));
    if workloads.is_empty() {
        let missing = format!("no workload has `{}` in its name", options.filter);
        return failure(2, &format!("{missing}\n\n{}", names()));
    }
    if !options.threads.contains(&1) {
        workloads.retain(|workload| workload.is_parallel());
    }
    if workloads.is_empty() {
        let filter = &options.filter;
        let missing =
            format!("the workloads with `{filter}` in their names run on one thread: --threads 1");
        return failure(2, &missing);
    }
    match run(&workloads, &options) {
        Ok(true) if options.fail_on_regression => failure(1, "slower than the baseline"),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => failure(1, &error.to_string()),
    }
}

/// Says why it ends so.
fn failure(code: u8, message: &str) -> ExitCode {
    eprintln!("error: {}", message.trim_end());
    ExitCode::from(code)
}

fn names() -> String {
    let names = all().into_iter().map(|workload| workload.name());
    format!("Workloads:\n  {}\n", names.collect::<Vec<_>>().join("\n  "))
}

/// Whether anything got slower.
fn run(workloads: &[Box<dyn Workload>], options: &Options) -> Result<bool, Box<dyn Error>> {
    let folder = store::folder();
    // Read and checked first: a wrong name should not cost minutes, and `--save` may replace it.
    let baseline = match &options.baseline {
        Some(name) => Some(Baseline::parse(name, &store::read(&folder, name)?)?),
        None => None,
    };
    if options.svg.is_some() && !image::has_products(workloads) {
        return Err("--svg: no product of square matrices in f32 is measured".into());
    }
    let saved = options.save.as_ref().map(|name| store::path(&folder, name)).transpose()?;
    for path in [&saved, &options.json, &options.html, &options.svg].into_iter().flatten() {
        store::check(path)?;
    }
    let report = measure(workloads, options);
    print!("{report}");
    let comparison = baseline.map(|baseline| Comparison::new(&report, &baseline));
    if let Some(comparison) = &comparison {
        print!("\n{comparison}");
    }
    let write = |path: &Path, text: String| {
        store::write(path, &text).map(|()| eprintln!("written: {}", path.display()))
    };
    if let Some(path) = &saved {
        write(path, json::text(&report))?;
    }
    if let Some(path) = &options.json {
        write(path, json::text(&report))?;
    }
    if let Some(path) = &options.html {
        write(path, html::page(&report, comparison.as_ref()))?;
    }
    if let Some(path) = &options.svg {
        let image = image::products_image(&report);
        write(path, image.ok_or("--svg: no product of square matrices in f32 was measured")?)?;
    }
    Ok(comparison.is_some_and(|comparison| comparison.has_regressed()))
}

fn measure(workloads: &[Box<dyn Workload>], options: &Options) -> Report {
    let rounds = options.budget.rounds;
    let terminal = stderr().is_terminal();
    let mut last = 0;
    let report = report::run(workloads, &options.threads, options.budget, &mut |round, name| {
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
    report
}
