//! All workloads in interleaved rounds, and the table of them.

use std::fmt::{self, Write as _};

use neuropil_simd::Level;
use rayon::ThreadPool;

use crate::{
    machine,
    measure::{Budget, Sample, round},
    pool,
    statistics::{Quartiles, median},
    table::{Table, digits, percent},
    workload::{Number, Workload},
};

/// What was measured of one workload on so many threads.
#[derive(Clone, Debug)]
struct Measurement {
    threads: usize,
    /// One for each round.
    samples: Vec<Sample>,
}

/// All that was measured of one workload.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    number: Number,
    operations: Option<u64>,
    /// One for each number of threads.
    measurements: Vec<Measurement>,
}

/// A finished run, to be printed: the machine, the peaks, the table, and how to read it.
#[derive(Clone, Debug)]
pub struct Report {
    machine: String,
    level: Level,
    commit: String,
    budget: Budget,
    entries: Vec<Entry>,
}

/// Measures workloads on one thread and, if the machine has two cores, on two; tells `progress`
/// what comes next as (round, name).
pub fn run(
    workloads: &[Box<dyn Workload>],
    budget: Budget,
    progress: &mut dyn FnMut(usize, &str),
) -> Report {
    // Asked first: the measuring is itself a load.
    let load = machine::load();
    let cores = machine::cores();
    // Kept for all rounds: the system needs a while to give each thread a core of its own.
    let pools: Vec<ThreadPool> = (1..=cores.min(2)).map(pool).collect();
    let entry = |workload: &dyn Workload| Entry {
        name: workload.name(),
        number: workload.number(),
        operations: workload.operations(),
        measurements: pools
            .iter()
            .map(|pool| Measurement { threads: pool.current_num_threads(), samples: Vec::new() })
            .collect(),
    };
    let mut entries: Vec<Entry> = workloads.iter().map(|workload| entry(&**workload)).collect();
    for number in 1..=budget.rounds {
        for (workload, entry) in workloads.iter().zip(&mut entries) {
            progress(number, &entry.name);
            for (pool, measurement) in pools.iter().zip(&mut entry.measurements) {
                measurement.samples.push(round(&**workload, pool, budget.time));
            }
        }
    }
    let load = load.map_or(String::new(), |load| format!("; load before {load:.1}"));
    Report {
        machine: format!("{}, cores: {cores}{load}", machine::processor()),
        level: Level::current(),
        commit: machine::commit(),
        budget,
        entries,
    }
}

impl Report {
    /// The peak of all rounds of all workloads of a type on so many threads; `None` if there are
    /// none.
    fn peak(&self, number: Number, threads: usize) -> Option<Quartiles> {
        let entries = self.entries.iter().filter(|entry| entry.number == number);
        let measurements = entries.flat_map(|entry| &entry.measurements);
        let peaks: Vec<f64> = measurements
            .filter(|measurement| measurement.threads == threads)
            .flat_map(|measurement| &measurement.samples)
            .map(|sample| sample.peak)
            .collect();
        (!peaks.is_empty()).then(|| Quartiles::of(peaks))
    }

    /// A line for each type that was measured.
    fn peaks(&self) -> String {
        let mut text = String::new();
        for number in Number::ALL {
            let Some(one) = self.peak(number, 1) else {
                continue;
            };
            // Writing to a String cannot fail.
            let _ =
                write!(text, "- FMA peak, {}, GFLOP/s: {} on 1 thread", number.name(), rate(one));
            if let Some(two) = self.peak(number, 2) {
                let gain = two.median / one.median;
                let _ = write!(text, ", {} on 2, {gain:.2} times that", rate(two));
            }
            text.push('\n');
        }
        text
    }

    fn table(&self) -> Table {
        let mut headings = vec!["workload".into()];
        let first = self.entries.first();
        for measurement in first.into_iter().flat_map(|entry| &entry.measurements) {
            headings.extend([
                match measurement.threads {
                    1 => "1 thread: µs".into(),
                    threads => format!("{threads} threads: µs"),
                },
                "quartiles".into(),
                "GFLOP/s".into(),
                "of peak".into(),
            ]);
        }
        let mut table = Table::new(headings);
        for entry in &self.entries {
            let mut cells = vec![entry.name.clone()];
            for measurement in &entry.measurements {
                cells.extend(cells_of(entry.operations, &measurement.samples));
            }
            table.row(cells);
        }
        table
    }
}

/// The median with its quartiles in GFLOP/s.
fn rate(peak: Quartiles) -> String {
    let Quartiles { low, median, high } = peak;
    let [low, median, high] = [low, median, high].map(|x| digits(x / 1e9));
    format!("{median} ({low}–{high})")
}

/// The time, its quartiles, the rate, and the share of the peak.
fn cells_of(operations: Option<u64>, samples: &[Sample]) -> [String; 4] {
    let time = Quartiles::of(samples.iter().map(|sample| sample.seconds * 1e6));
    let quartiles = format!("{}–{}", digits(time.low), digits(time.high));
    let (rate, share) = match operations {
        None => ("".into(), "".into()),
        Some(operations) => {
            let operations = operations as f64;
            // Of each round's own peak: both rise and fall with the machine's clock.
            let shares = samples.iter().map(|it| operations / it.seconds / it.peak);
            (digits(operations / time.median / 1e3), percent(median(shares)))
        }
    };
    [digits(time.median), quartiles, rate, share]
}

/// How to read the table.
const LEGEND: &str = "\
Times are medians over rounds, with quartiles; in each round every workload is built anew and its
runs alternate with bare multiply-adds (FMA), whose best rate is the round's peak. `gemm`: C = A B
with A [m, k] and B [k, n], named m x k x n; in NT B is given transposed, in TN A; 2 m k n
operations. `step a`: a training step of a 784-128-10 perceptron with ReLU, softmax cross entropy,
batch 64 and SGD, and its parts apart. Only operations that a step needs are counted: 2 batch in out
a layer for each of forward, the gradient of the weight and the gradient of the input, but for the
input of the first layer, which is data.
";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Budget { rounds, time } = self.budget;
        let commit = &self.commit;
        writeln!(f, "- machine: {}", self.machine)?;
        writeln!(f, "- SIMD level: {}", self.level)?;
        writeln!(f, "- commit: {commit}")?;
        writeln!(f, "- rounds: {rounds}, of {} ms", time.as_millis())?;
        writeln!(f, "{}", self.peaks())?;
        writeln!(f, "{}", self.table())?;
        f.write_str(LEGEND)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use neuropil_simd::Level;

    use super::{Entry, LEGEND, Measurement, Number, Report, cells_of};
    use crate::measure::{Budget, Sample};

    /// A run of 100 GFLOP/s peak and these times in microseconds.
    fn samples(microseconds: &[f64]) -> Vec<Sample> {
        let sample = |us: &f64| Sample { seconds: us * 1e-6, peak: 1e11 };
        microseconds.iter().map(sample).collect()
    }

    #[test]
    fn a_rate_is_operations_over_the_median_time() {
        let cells = cells_of(Some(1_000_000), &samples(&[10.0, 30.0, 20.0]));
        assert_eq!(cells, ["20.0", "15.0–25.0", "50.0", "50 %"]);
    }

    #[test]
    fn a_share_is_of_the_peak_of_its_own_round() {
        // A machine at half its clock in the second and third round reaches the same share.
        let mut samples = samples(&[10.0, 20.0, 20.0]);
        for sample in &mut samples[1..] {
            sample.peak = 5e10;
        }
        assert_eq!(cells_of(Some(800_000), &samples)[3], "80 %");
    }

    #[test]
    fn work_without_arithmetic_has_no_rate() {
        let cells = cells_of(None, &samples(&[5.0]));
        assert_eq!(cells, ["5.00", "5.00–5.00", "", ""]);
    }

    #[test]
    fn a_report_reads_as_markdown() {
        let measurement = |threads, us: &[f64], peak| Measurement {
            threads,
            samples: samples(us).into_iter().map(|sample| Sample { peak, ..sample }).collect(),
        };
        let report = Report {
            machine: "Abacus, cores: 2".into(),
            level: Level::Portable,
            commit: "abc".into(),
            budget: Budget { rounds: 1, time: Duration::from_millis(60) },
            entries: vec![Entry {
                name: "gemm".into(),
                number: Number::F32,
                operations: Some(1_000_000),
                measurements: vec![measurement(1, &[20.0], 1e11), measurement(2, &[12.5], 1.9e11)],
            }],
        };
        let head = "\
            - machine: Abacus, cores: 2\n\
            - SIMD level: portable\n\
            - commit: abc\n\
            - rounds: 1, of 60 ms\n\
            - FMA peak, f32, GFLOP/s: 100 (100–100) on 1 thread, 190 (190–190) on 2, \
            1.90 times that\n\
            \n\
            | workload | 1 thread: µs | quartiles | GFLOP/s | of peak | 2 threads: µs | \
            quartiles | GFLOP/s | of peak |\n\
            | -------- | -----------: | --------: | ------: | ------: | ------------: | \
            --------: | ------: | ------: |\n\
            | gemm     |         20.0 | 20.0–20.0 |    50.0 |    50 % |          12.5 | \
            12.5–12.5 |    80.0 |    42 % |\n\
            \n";
        assert_eq!(report.to_string(), format!("{head}{LEGEND}"));
    }
}
