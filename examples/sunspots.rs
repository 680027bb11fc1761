//! Forecasts the number of sunspots twelve months ahead, with a recurrent network.
//!
//! ```text
//! cargo run --release --example sunspots     # `-- --quick` for a look in seconds, `-- --help`
//! ```
//!
//! The sun has been watched every month since 1749, and its spots come and go in about eleven
//! years. The network reads the last twelve years, a step for each with its twelve months, and says
//! the twelve months that follow. It learns from the months before 1950; the thirty years from then
//! on decide which epoch's weights to keep; the months from 1980 on are forecast once, at the end.
//!
//! An error is that of the forecast that was made twelve months before the month, from nothing but
//! what had been seen by then, for each month from 1980 on; and so for what it is compared with: that
//! all stays as it is (persistence), that it is as it was 132 months before the month (seasonal), and
//! a weighted sum of the last 24 months, AR(24), continued month by month. The sum's weights are those
//! of least squares over all months before 1980. `target/sunspots/` holds the forecasts and the
//! learning curves.
#![forbid(unsafe_code)]

use examples::autoregression::Autoregression;
use examples::plot::lines::{Lines, write_lines};
use examples::{Failure, options::Options, plot};
use neuropil::data::sunspots_monthly;
use neuropil::prelude::*;
use std::process::ExitCode;

/// The year of the first month of the series.
const FIRST: usize = 1749;
/// The months that the network reads, twelve years of twelve.
const SEEN: usize = 144;
/// The months that it forecasts.
const AHEAD: usize = 12;
/// About the length of a cycle of the sun, in months.
const CYCLE: usize = 132;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Forecasts sunspots twelve months ahead.")?;
    let folder = examples::output_folder("sunspots")?;
    let series = sunspots_monthly(examples::TIMESERIES)?;
    let (known, unseen) = (january(1950), january(1980));

    // Whatever is learned from data, mean and deviation too, is learned from the training part.
    let normalization = normalization(&series[..known])?;
    let mut normal = series.clone();
    normalization.normalize(&mut normal);
    let windows = Windows::new(SEEN).ahead(AHEAD);
    let train = windows.forecast(&normal[..known])?;
    let valid = windows.forecast(&normal[first_seen(known)..unseen])?;
    let test = windows.forecast(&normal[first_seen(unseen)..])?;
    println!("{} windows train, {} validate, {} test\n", train.len(), valid.len(), test.len());

    let hidden = if options.quick { 8 } else { 32 };
    let layers = Sequential::new()
        .then(Reshape::new([SEEN / 12, 12]))
        .then(Gru::new(12, hidden).last())
        .then(Linear::new(hidden, AHEAD));
    let mut net = Network::new(layers, [SEEN, 1], options.seed)?;
    println!("{}\n", net.summary());

    let epochs = options.epochs.unwrap_or(if options.quick { 1 } else { 10 });
    let fit = Fit::epochs(epochs)
        .batch_size(32)
        .clip_global_norm(1.0)
        .validate(&valid)
        .restore_best()
        .progress();
    let rate = Cosine::new(2e-3, fit.updates(&train))?;
    let history = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?
        .rate(rate)
        .fit(&train, fit)?;
    if let Some(best) = history.best {
        println!("weights kept: those of epoch {best}, the lowest validation cost");
    }

    // All is decided: the months from 1980 on may be read.
    let weighted_sum = Autoregression::fit(&series[..unseen], 24)?;
    let mut forecasts = net.predict_all(&test)?;
    normalization.invert(&mut forecasts);
    let months = unseen..series.len();
    let last = |month: usize| month - AHEAD; // the last month that a forecast knows
    // There are never fewer than none.
    let of_network =
        forecasts.chunks(AHEAD).map(|months| f64::from(months[AHEAD - 1]).max(0.0)).collect();
    let of_sum = |month| weighted_sum.forecast(&series[..=last(month)], AHEAD).max(0.0);
    let contestants: [(_, Vec<f64>); 4] = [
        ("network", of_network),
        ("AR(24)", months.clone().map(of_sum).collect()),
        ("persistence", months.clone().map(|month| series[last(month)].into()).collect()),
        ("seasonal", months.clone().map(|month| series[month - CYCLE].into()).collect()),
    ];
    let truth = &series[unseen..];
    println!("\nfrom twelve months before, for the {} months since 1980:", truth.len());
    let errors = contestants.each_ref().map(|(name, forecasts)| {
        let error = error(forecasts, truth);
        println!("  {name:<12} off by {error:.2} (root mean square)");
        error
    });

    let [picture, curves] = ["forecast.png", "learning_curves.png"].map(|name| folder.join(name));
    let year = |month: usize| FIRST as f64 + month as f64 / 12.0;
    let line = |name: &str, values: &[f64]| {
        let points = months.clone().map(year).zip(values.iter().copied());
        (Some(name.to_owned()), points.collect())
    };
    let measured: Vec<f64> = truth.iter().map(|&spots| spots.into()).collect();
    let [network, sum, ..] = &contestants;
    let lines = Lines {
        title: "Sunspots, forecast twelve months before".into(),
        axes: ["year".into(), "monthly mean".into()],
        lines: vec![line("measured", &measured), line(network.0, &network.1), line(sum.0, &sum.1)],
    };
    write_lines(&[lines], 1, [1000.0, 420.0], &picture)?;
    plot::learning_curves(&history, &curves)?;
    println!("\nforecasts: {}", picture.display());
    println!("learning curves: {}", curves.display());
    let [network, sum, persistence, seasonal] = errors;
    println!(
        "test rmse: {network:.2} persistence: {persistence:.2} seasonal: {seasonal:.2} \
         ar24: {sum:.2}"
    );
    Ok(())
}

/// Where a year begins in the series.
fn january(year: usize) -> usize {
    (year - FIRST) * 12
}

/// The first month of the window whose last forecast is of this month.
fn first_seen(month: usize) -> usize {
    month + 1 - SEEN - AHEAD
}

/// Mean 0 and deviation 1 over a series.
fn normalization(series: &[f32]) -> Result<Normalization, Failure> {
    let months = Dataset::with_values([1], series.to_vec(), [1], series.to_vec())?;
    Ok(Normalization::standard(&months)?)
}

/// The root of the mean square of the differences.
fn error(forecasts: &[f64], truth: &[f32]) -> f64 {
    let squares = forecasts.iter().zip(truth).map(|(y, &t)| (y - f64::from(t)).powi(2));
    (squares.sum::<f64>() / truth.len() as f64).sqrt()
}
