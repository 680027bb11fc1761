//! Timing one workload in one round.

use std::time::{Duration, Instant};

use rayon::ThreadPool;

use crate::{
    copy::Copies,
    peak,
    scale::{Number, Scale},
    statistics::median,
    stopwatch::{FEWEST, elapsed, repeats},
    workload::Workload,
};

/// How often and how long everything is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Times that each workload is built anew and measured.
    pub rounds: usize,
    /// How long a workload is measured in a round.
    pub time: Duration,
}

impl Budget {
    /// For numbers to quote.
    pub const FULL: Self = Self { rounds: 11, time: Duration::from_millis(60) };

    /// For a look while working.
    pub const QUICK: Self = Self { rounds: 3, time: Duration::from_millis(20) };
}

/// What one round says of a workload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Seconds of a run, the median of the round.
    pub seconds: f64,
    /// Seconds of the quickest run of the round.
    pub fastest: f64,
    /// What the machine does in a second of the workload's scale, measured between the runs: the
    /// best of the round, as `fastest` is, since whatever disturbs either can only slow it down.
    pub peak: f64,
}

/// Builds a workload in a pool and measures it there in turn with its scale.
pub fn round(workload: &dyn Workload, pool: &ThreadPool, time: Duration) -> Sample {
    pool.install(|| match workload.work().scale {
        Scale::MultiplyAdds(Number::F32) => in_turn(workload, &peak::sample::<f32>, false, time),
        Scale::MultiplyAdds(Number::F64) => in_turn(workload, &peak::sample::<f64>, false, time),
        Scale::Copy { floats } => {
            let copies = Copies::new(floats);
            in_turn(workload, &|| copies.sample(), true, time)
        }
    })
}

/// `clears`: whether a sample of the peak drives the workload's buffers out of the caches.
fn in_turn(
    workload: &dyn Workload,
    peak: &dyn Fn() -> f64,
    clears: bool,
    time: Duration,
) -> Sample {
    let (mut seconds, mut best) = (Vec::new(), 0.0_f64);
    workload.with(&mut |run| {
        let repeats = repeats(run);
        let start = Instant::now();
        while seconds.len() < FEWEST || start.elapsed() < time {
            best = best.max(peak());
            if clears {
                run();
            }
            seconds.push(elapsed(run, repeats).as_secs_f64() / repeats as f64);
        }
    });
    let fastest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    Sample { seconds: median(seconds), fastest, peak: best }
}
