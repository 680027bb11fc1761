//! How long a run takes: repeated until the clock's own time does not weigh.
//!
//! Package `peers` has this file too, so that Neuropil and its peers are timed alike.

use std::time::{Duration, Instant};

use crate::statistics::median;

/// How long runs are timed together: the clock's own time and the entry into a cold cache should
/// not weigh.
const TOGETHER: Duration = Duration::from_micros(500);

/// The fewest samples of a measurement.
pub const FEWEST: usize = 3;

/// Seconds of a run: the median of samples that take `time` together, [`FEWEST`] at least.
pub fn seconds(run: &mut dyn FnMut(), time: Duration) -> f64 {
    let repeats = repeats(run);
    let (mut seconds, start) = (Vec::new(), Instant::now());
    while seconds.len() < FEWEST || start.elapsed() < time {
        seconds.push(elapsed(run, repeats).as_secs_f64() / repeats as f64);
    }
    median(seconds)
}

/// How many runs take half a millisecond; finding it out also warms the caches.
pub fn repeats(run: &mut dyn FnMut()) -> usize {
    let mut repeats = 1;
    // The first run brings in the memory's pages.
    run();
    while elapsed(run, repeats) < TOGETHER {
        repeats *= 2;
    }
    repeats
}

/// The time of so many runs.
pub fn elapsed(run: &mut dyn FnMut(), repeats: usize) -> Duration {
    let start = Instant::now();
    for _ in 0..repeats {
        run();
    }
    start.elapsed()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{FEWEST, TOGETHER, repeats, seconds};

    #[test]
    fn short_runs_are_timed_together_and_long_ones_alone() {
        let wait = |time: Duration| {
            let start = Instant::now();
            while start.elapsed() < time {}
        };
        assert_eq!(repeats(&mut || wait(TOGETHER)), 1);
        assert!(repeats(&mut || ()) > 100);
    }

    #[test]
    fn a_run_is_sampled_a_few_times_at_least() {
        let mut runs = 0;
        let mut run = || {
            runs += 1;
            std::thread::sleep(TOGETHER);
        };
        assert!(seconds(&mut run, Duration::ZERO) >= TOGETHER.as_secs_f64());
        // One to bring in the memory, one to find out how many, and the samples.
        assert_eq!(runs, 2 + FEWEST);
    }
}
