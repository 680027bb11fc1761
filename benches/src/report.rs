//! All workloads in interleaved rounds, and what comes of them.

use neuropil_simd::Level;
use rayon::ThreadPool;

use crate::{
    machine,
    measure::{Budget, Sample, round},
    pool,
    scale::{Scale, Work},
    statistics::Quartiles,
    workload::Workload,
};

/// What was measured of one workload on so many threads.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Threads of the pool.
    pub threads: usize,
    /// One for each round.
    pub samples: Vec<Sample>,
}

impl Measurement {
    /// Seconds of a run.
    pub fn seconds(&self) -> Quartiles {
        Quartiles::of(self.samples.iter().map(|sample| sample.seconds))
    }

    /// Seconds of the quickest run of a round.
    pub fn fastest(&self) -> Quartiles {
        Quartiles::of(self.samples.iter().map(|sample| sample.fastest))
    }

    /// What the machine could have done of the scale in the time of a run, in operations or bytes.
    ///
    /// Each round is taken at its own peak, and both at their best: on a machine whose caches other
    /// programs share, the median of a round tells of these programs. So a machine at half its clock
    /// changes nothing, and the costs of two runs of the program can be compared where their times
    /// cannot.
    pub fn cost(&self) -> Quartiles {
        Quartiles::of(self.samples.iter().map(|sample| sample.fastest * sample.peak))
    }

    /// The share of that which the workload cannot do without: 1 is the machine's limit.
    pub fn share(&self, work: Work) -> Quartiles {
        let amount = work.amount as f64;
        Quartiles::of(self.samples.iter().map(|it| amount / (it.fastest * it.peak)))
    }
}

/// All that was measured of one workload.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The workload's name.
    pub name: String,
    /// What it cannot do without.
    pub work: Work,
    /// The side of a product of square matrices.
    pub side: Option<usize>,
    /// The name of a workload with the same result.
    pub rival: Option<String>,
    /// One for each number of threads that it was measured on.
    pub measurements: Vec<Measurement>,
}

impl Entry {
    /// What was measured on so many threads, if it was.
    pub fn on(&self, threads: usize) -> Option<&Measurement> {
        self.measurements.iter().find(|measurement| measurement.threads == threads)
    }
}

/// The time of a workload in those of its rival.
#[derive(Clone, Debug)]
pub struct Ratio<'a> {
    /// The workload.
    pub name: &'a str,
    /// What it is compared with.
    pub rival: &'a str,
    /// Threads of the workload; the rival may have had fewer.
    pub threads: usize,
    /// Time over the rival's time, of the same round.
    pub times: Quartiles,
}

/// What the numbers were measured on.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Threads that can run at a time.
    pub cores: usize,
    /// Programs that wanted to run in the minute before.
    pub load: Option<f64>,
}

/// A finished run: printed as the table in Markdown.
#[derive(Clone, Debug)]
pub struct Report {
    /// What it was measured on.
    pub machine: Machine,
    /// The SIMD level in use.
    pub level: String,
    /// The commit of the sources, and whether they differ from it.
    pub commit: String,
    /// How often and how long.
    pub budget: Budget,
    /// The numbers of threads, in the order of the table.
    pub threads: Vec<usize>,
    /// The workloads, in the order of the table.
    pub entries: Vec<Entry>,
}

/// Measures workloads on each number of threads; tells `progress` what comes next as (round, name).
///
/// A workload that does not use the pool is measured on one thread alone, and is left out if that is
/// not among `threads`.
pub fn run(
    workloads: &[Box<dyn Workload>],
    threads: &[usize],
    budget: Budget,
    progress: &mut dyn FnMut(usize, &str),
) -> Report {
    // Asked first: the measuring is itself a load.
    let machine =
        Machine { processor: machine::processor(), cores: machine::cores(), load: machine::load() };
    // Kept for all rounds: the system needs a while to give each thread a core of its own.
    let pools: Vec<ThreadPool> = threads.iter().map(|&threads| pool(threads)).collect();
    let measured = |workload: &dyn Workload, threads| threads == 1 || workload.is_parallel();
    let mut entries = Vec::new();
    let mut chosen = Vec::new();
    for workload in workloads {
        let threads = threads.iter().filter(|&&threads| measured(&**workload, threads));
        let measurements: Vec<Measurement> =
            threads.map(|&threads| Measurement { threads, samples: Vec::new() }).collect();
        if !measurements.is_empty() {
            chosen.push(&**workload);
            entries.push(Entry {
                name: workload.name(),
                work: workload.work(),
                side: workload.side(),
                rival: workload.rival(),
                measurements,
            });
        }
    }
    for number in 1..=budget.rounds {
        for (workload, entry) in chosen.iter().zip(&mut entries) {
            progress(number, &entry.name);
            for measurement in &mut entry.measurements {
                let pool = pools.iter().find(|it| it.current_num_threads() == measurement.threads);
                let pool = pool.expect("a pool for each number of threads");
                measurement.samples.push(round(*workload, pool, budget.time));
            }
        }
    }
    Report {
        machine,
        level: Level::current().name().into(),
        commit: machine::commit(),
        budget,
        threads: threads.to_vec(),
        entries,
    }
}

impl Report {
    /// The workload of a name, if it was measured.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The scales that workloads were compared with, each once.
    pub fn scales(&self) -> Vec<Scale> {
        let mut scales: Vec<Scale> = self.entries.iter().map(|entry| entry.work.scale).collect();
        scales.sort_unstable();
        scales.dedup();
        scales
    }

    /// What the machine did of a scale in a second on so many threads, over all rounds of all
    /// workloads; `None` if that was not measured.
    pub fn peak(&self, scale: Scale, threads: usize) -> Option<Quartiles> {
        let entries = self.entries.iter().filter(|entry| entry.work.scale == scale);
        let peaks: Vec<f64> = entries
            .filter_map(|entry| entry.on(threads))
            .flat_map(|measurement| &measurement.samples)
            .map(|sample| sample.peak)
            .collect();
        (!peaks.is_empty()).then(|| Quartiles::of(peaks))
    }

    /// Each workload that has a rival, beside it round by round, if both were measured.
    pub fn ratios(&self) -> Vec<Ratio<'_>> {
        let mut ratios = Vec::new();
        for entry in &self.entries {
            let rival = entry.rival.as_deref().and_then(|name| self.entry(name));
            let Some(rival) = rival else { continue };
            for own in &entry.measurements {
                let Some(other) = rival.on(own.threads).or(rival.on(1)) else { continue };
                let pairs = own.samples.iter().zip(&other.samples);
                let times = Quartiles::of(pairs.map(|(own, other)| own.seconds / other.seconds));
                let (name, rival) = (&*entry.name, &*rival.name);
                ratios.push(Ratio { name, rival, threads: own.threads, times });
            }
        }
        ratios
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use super::{Budget, Entry, Machine, Measurement, Report, Sample, run};
    use crate::{
        scale::{Number, Scale, Work},
        workload::{ByHand, Inference, Workload},
    };

    /// Rounds of these times in microseconds, each run as long as the other, beside this peak.
    pub(crate) fn measurement(threads: usize, microseconds: &[f64], peak: f64) -> Measurement {
        let sample = |us: &f64| Sample { seconds: us * 1e-6, fastest: us * 1e-6, peak };
        Measurement { threads, samples: microseconds.iter().map(sample).collect() }
    }

    pub(crate) fn entry(name: &str, work: Work, measurements: Vec<Measurement>) -> Entry {
        Entry { name: name.into(), work, side: None, rival: None, measurements }
    }

    /// A product, a copy that is measured on one thread alone, and a rival of the product.
    pub(crate) fn example() -> Report {
        let operations = Work::operations(Number::F32, 1_000_000);
        let one = measurement(1, &[20.0], 1e11);
        let mut gemm =
            entry("gemm", operations, vec![one.clone(), measurement(2, &[12.5], 1.9e11)]);
        gemm.side = Some(80);
        gemm.rival = Some("loops".into());
        let copy = entry("sum", Work::passes(1000, 1), vec![measurement(1, &[0.5], 1e10)]);
        let loops = entry("loops", operations, vec![measurement(1, &[25.0], 1e11)]);
        Report {
            machine: Machine { processor: "Abacus".into(), cores: 2, load: Some(0.25) },
            level: "portable".into(),
            commit: "abc".into(),
            budget: Budget { rounds: 11, time: Duration::from_millis(60) },
            threads: vec![1, 2],
            entries: vec![gemm, copy, loops],
        }
    }

    #[test]
    fn a_share_is_of_the_peak_of_its_own_round() {
        // A machine at half its clock in the second and third round reaches the same share.
        let mut measured = measurement(1, &[10.0, 20.0, 20.0], 1e11);
        for sample in &mut measured.samples[1..] {
            sample.peak = 5e10;
        }
        let share = measured.share(Work::operations(Number::F32, 800_000));
        for x in [share.low, share.median, share.high] {
            assert!((x - 0.8).abs() < 1e-12, "{share:?}");
        }
        assert!((measured.cost().high - 1e6).abs() < 1e-6);
        assert!((measured.seconds().median - 2e-5).abs() < 1e-12);
    }

    #[test]
    fn peaks_are_those_of_a_scale_and_a_number_of_threads() {
        let report = example();
        let (adds, copy) = (Scale::MultiplyAdds(Number::F32), Scale::Copy { floats: 1000 });
        assert_eq!(report.scales(), [adds, copy]);
        assert_eq!(report.peak(adds, 2).unwrap().median, 1.9e11);
        assert_eq!(report.peak(copy, 1).unwrap().median, 1e10);
        assert_eq!(report.peak(copy, 2), None);
    }

    #[test]
    fn a_rival_is_compared_on_as_many_threads_or_on_one() {
        let report = example();
        let ratios = report.ratios();
        let found: Vec<_> = ratios.iter().map(|it| (it.threads, it.times.median)).collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0, found[1].0), (1, 2));
        assert!((found[0].1 - 0.8).abs() < 1e-12 && (found[1].1 - 0.5).abs() < 1e-12);
        let mut alone = report.clone();
        alone.entries.pop();
        assert!(alone.ratios().is_empty());
    }

    #[test]
    fn a_run_measures_each_workload_in_each_round_and_leaves_out_what_has_no_threads() {
        let budget = Budget { rounds: 2, time: Duration::ZERO };
        let workloads: [Box<dyn Workload>; 2] = [Box::new(Inference::G3), Box::new(ByHand)];
        let mut told = Vec::new();
        let report = run(&workloads, &[1, 2], budget, &mut |round, name| {
            told.push(format!("{round} {name}"));
        });
        assert_eq!(told, ["1 infer g3", "1 infer g3 by hand", "2 infer g3", "2 infer g3 by hand"]);
        let counts = |name: &str| {
            let measurements = &report.entry(name).unwrap().measurements;
            let count = |it: &Measurement| (it.threads, it.samples.len());
            measurements.iter().map(count).collect::<Vec<_>>()
        };
        assert_eq!(counts("infer g3"), [(1, 2), (2, 2)]);
        assert_eq!(counts("infer g3 by hand"), [(1, 2)]);
        let report = run(&workloads, &[2], budget, &mut |_, _| {});
        assert!(report.entry("infer g3 by hand").is_none());
    }
}
