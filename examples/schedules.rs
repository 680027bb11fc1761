//! All schedules of the learning rate in one picture, so that one can be chosen by its looks.
//!
//! ```text
//! cargo run --release --example schedules     # `-- --epochs 300` for so many steps
//! ```
//!
//! `target/schedules/schedules.png` has a panel for each, over 200 steps; one of them is printed as text, which
//! needs no picture, and written as `target/schedules/one-cycle.svg`.
#![forbid(unsafe_code)]

use examples::plot::lines::{Lines, write_lines};
use examples::{Failure, options::Options};
use neuropil::optimizers::{
    Chained, Constant, Cosine, CosineRestarts, Cyclic, ExponentialDecay, InverseTimeDecay, Lambda,
    LinearRamp, MultiStepDecay, Multiplicative, Noam, OneCycle, OptimizerError, PolynomialDecay,
    Schedule, Sequence, StepDecay, SwaRate, Warmup, WarmupStableDecay, preview, preview_svg,
};
use std::process::ExitCode;

/// The rate of all of them.
const RATE: f64 = 0.1;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Draws all schedules of the learning rate.")?;
    let steps = options.epochs.unwrap_or(200).max(20);
    let panels: Vec<Lines> = schedules(steps)?
        .into_iter()
        .map(|(name, schedule)| {
            let points = (0..steps).map(|step| (step as f64, schedule.rate(step)));
            Lines {
                title: name.to_owned(),
                axes: ["step".into(), "rate".into()],
                lines: vec![(None, vec![(0.0, 0.0)]), (None, points.collect())],
            }
        })
        .collect();
    let folder = examples::output_folder("schedules")?;
    let picture = folder.join("schedules.png");
    write_lines(&panels, 5, [300.0, 220.0], &picture)?;

    let one_cycle = OneCycle::new(RATE, steps)?;
    println!("{one_cycle:?}\n\n{}", preview(&one_cycle, steps));
    let file = folder.join("one-cycle.svg");
    std::fs::write(&file, preview_svg(&one_cycle, steps))?;
    println!("{} schedules: {}\none of them: {}", panels.len(), picture.display(), file.display());
    Ok(())
}

/// A schedule, and the name of its panel.
type Named = (&'static str, Box<dyn Schedule>);

/// Each schedule with settings that suit so many steps.
fn schedules(steps: u64) -> Result<Vec<Named>, OptimizerError> {
    let (tenth, quarter, half) = (steps / 10, steps / 4, steps / 2);
    let cyclic = Cyclic::new(RATE / 10.0, RATE)?.steps(tenth, tenth)?;
    let shrinking = 0.02_f64.powf(1.0 / steps as f64);
    Ok(vec![
        ("Constant", Box::new(Constant::new(RATE)?)),
        ("LinearRamp", Box::new(LinearRamp::new(RATE)?.steps(half)?)),
        ("StepDecay", Box::new(StepDecay::new(RATE, quarter)?.gamma(0.5)?)),
        ("MultiStepDecay", Box::new(MultiStepDecay::new(RATE, &[half, steps * 3 / 4])?)),
        ("ExponentialDecay", Box::new(ExponentialDecay::new(RATE, shrinking)?)),
        ("InverseTimeDecay", Box::new(InverseTimeDecay::new(RATE, 1.0, tenth)?)),
        ("PolynomialDecay, power 2", Box::new(PolynomialDecay::new(RATE, steps)?.power(2.0)?)),
        ("Cosine", Box::new(Cosine::new(RATE, steps)?)),
        ("CosineRestarts, growth 2", Box::new(CosineRestarts::new(RATE, steps / 7)?.growth(2)?)),
        ("Cyclic", Box::new(cyclic)),
        ("Cyclic, halving", Box::new(cyclic.halving())),
        ("Cyclic, decaying", Box::new(cyclic.decaying(shrinking)?)),
        ("OneCycle", Box::new(OneCycle::new(RATE, steps)?)),
        ("OneCycle, three phases", Box::new(OneCycle::new(RATE, steps)?.three_phases())),
        ("Noam", Box::new(Noam::new(512, tenth)?)),
        ("Warmup, then Cosine", Box::new(Warmup::new(tenth, Cosine::new(RATE, steps - tenth)?)?)),
        ("WarmupStableDecay", Box::new(WarmupStableDecay::new(RATE, tenth, half, quarter)?)),
        (
            "Sequence",
            Box::new(Sequence::new(RATE).then(half, ExponentialDecay::new(RATE / 2.0, 0.98)?)?),
        ),
        (
            "Chained",
            Box::new(
                Chained::new(RATE)?
                    .with(LinearRamp::new(1.0)?.steps(tenth)?)
                    .with(StepDecay::new(1.0, quarter)?.gamma(0.5)?),
            ),
        ),
        (
            "SwaRate",
            Box::new(SwaRate::new(Cosine::new(RATE, steps)?, half, RATE / 5.0)?.steps(tenth)?),
        ),
        ("Lambda", Box::new(Lambda::new(RATE, |step| 1.0 / (1.0 + step as f64).sqrt())?)),
        (
            "Multiplicative",
            Box::new(Multiplicative::new(
                RATE,
                steps,
                |step| if step % 20 == 0 { 0.7 } else { 1.0 },
            )?),
        ),
    ])
}
