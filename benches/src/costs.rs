//! What each member of a family costs for a number: the tables at the end of the front pages of the
//! families' documentation.
//!
//! ```text
//! cargo xtask costs                  measures all families and writes their tables
//! cargo xtask costs losses           one family
//! cargo xtask costs --print losses   prints the table and leaves the file alone
//! ```
//!
//! A family is a file here with a list of members; a test of the registry finds whom a table
//! lacks. All members of a family are measured in turn, several times over, so that a machine that
//! slows down for a while slows all.

mod activations;
mod initializers;
mod layers;
mod losses;
mod optimizers;
mod regularizers;

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use neuropil_simd::Level;

use crate::{
    machine,
    statistics::median,
    stopwatch::{elapsed, repeats},
    table::Table,
};

/// The numbers that a run works on: with all buffers they stay in the first or second cache.
const LEN: usize = 4096;

/// The width of a row, where there are rows.
const WIDTH: usize = 64;

/// The rows.
const ROWS: usize = LEN / WIDTH;

/// How often all members are measured.
const ROUNDS: usize = 9;

/// How long each is, in a round.
const TIME: Duration = Duration::from_millis(6);

/// What a cell's run is.
type Run = Box<dyn FnMut()>;

/// A member of a family, and what is timed of it.
struct Member {
    /// The type's name.
    name: String,
    /// What sets it apart from the type's defaults; may be empty.
    settings: &'static str,
    /// A run a column, with its buffers; `None` where there is nothing to run.
    runs: Vec<Option<Run>>,
    /// The numbers that a run works on.
    len: usize,
}

impl Member {
    fn new(of: &impl Debug, runs: Vec<Option<Run>>) -> Self {
        let mut name = format!("{of:?}");
        name.truncate(name.find([' ', '(', '{', '<']).unwrap_or(name.len()));
        Self { name, settings: "", runs, len: LEN }
    }

    /// With other settings than the defaults.
    fn with(self, settings: &'static str) -> Self {
        Self { settings, ..self }
    }

    /// Under the name of something that is no struct.
    fn named(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    fn title(&self) -> String {
        let Self { name, settings, .. } = self;
        if settings.is_empty() { format!("[`{name}`]") } else { format!("[`{name}`], {settings}") }
    }
}

/// A family: its crate, the headings of its table, and its members.
#[derive(Debug)]
pub struct Family {
    /// The crate's folder.
    pub name: &'static str,
    /// What stands above the table.
    about: &'static str,
    headings: &'static [&'static str],
    members: fn() -> Vec<Member>,
}

/// All families.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "activations",
        about: "Rows have 64 numbers",
        headings: &["activation", "forward", "backward", "forward, `f64`", "backward, `f64`"],
        members: activations::all,
    },
    Family {
        name: "nn",
        about: "The batch has 64 rows of 64 numbers; a step is forward and backward in training, with the \
                gradients of weights and input",
        headings: &["layer", "forward", "a step"],
        members: layers::all,
    },
    Family {
        name: "losses",
        about: "Rows have 64 numbers",
        headings: &["loss", "value", "value and gradient", "both, `f64`"],
        members: losses::all,
    },
    Family {
        name: "initializers",
        about: "A matrix of 64 x 64 in `f64`",
        headings: &["initializer", "fill"],
        members: initializers::all,
    },
    Family {
        name: "regularizers",
        about: "Rows have 64 numbers, a channel has all numbers of its rows",
        headings: &["regularizer", "penalty or forward", "backward or projection"],
        members: regularizers::all,
    },
    Family {
        name: "optimizers",
        about: "A step over a matrix of 64 x 64",
        headings: &["optimizer", "step", "step, `f64`"],
        members: optimizers::all,
    },
];

impl Family {
    /// The file of the table.
    pub fn path(&self) -> PathBuf {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("crates");
        crates.join(self.name).join("src/costs.md")
    }

    /// Measures all members: the table with what it was measured on.
    pub fn measure(&self) -> String {
        let mut members = (self.members)();
        let mut seconds: Vec<Vec<Vec<f64>>> =
            members.iter().map(|member| vec![Vec::new(); member.runs.len()]).collect();
        for _ in 0..ROUNDS {
            for (member, seconds) in members.iter_mut().zip(&mut seconds) {
                for (run, seconds) in member.runs.iter_mut().zip(seconds) {
                    if let Some(run) = run {
                        seconds.push(once(run));
                    }
                }
            }
        }
        let mut table = Table::new(self.headings.iter().map(|&word| word.into()).collect());
        for (member, seconds) in members.iter().zip(seconds) {
            let cell = |seconds: Vec<f64>| {
                if seconds.is_empty() {
                    return "-".into();
                }
                nanoseconds(median(seconds) * 1e9 / member.len as f64)
            };
            let cells = seconds.into_iter().map(cell);
            table.row(std::iter::once(member.title()).chain(cells).collect());
        }
        let (processor, level) = (machine::processor(), Level::current().name());
        format!(
            "Nanoseconds for each number, on one core of an {processor} ({level}), from buffers of \
             4,096 numbers that the caches hold; `f32` unless said otherwise. {}. Measured by \
             `cargo xtask costs {}`.\n\n{table}",
            self.about, self.name
        )
    }
}

/// Seconds of a run: the median of what [`TIME`] allows.
fn once(run: &mut dyn FnMut()) -> f64 {
    let repeats = repeats(run);
    let (mut seconds, start) = (Vec::new(), Instant::now());
    while seconds.len() < 3 || start.elapsed() < TIME {
        seconds.push(elapsed(run, repeats).as_secs_f64() / repeats as f64);
    }
    median(seconds)
}

/// Two digits that mean something.
fn nanoseconds(x: f64) -> String {
    let digits = if x < 0.1 {
        3
    } else if x < 1.0 {
        2
    } else if x < 10.0 {
        1
    } else {
        0
    };
    format!("{x:.digits$}")
}

/// The `len` numbers of a member in [-4, 4).
fn spread<T: neuropil_simd::Float>(len: usize, seed: u64) -> neuropil_simd::AlignedVec<T> {
    let mut x = crate::workload::numbers::<T>(len, seed);
    x.iter_mut().for_each(|x| *x *= T::of(4.0));
    x
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, nanoseconds};
    use std::collections::BTreeSet;

    #[test]
    fn every_member_runs_and_stands_once_with_a_cell_a_column() {
        for family in FAMILIES {
            let mut titles = BTreeSet::new();
            for mut member in (family.members)() {
                let title = member.title();
                assert_eq!(1 + member.runs.len(), family.headings.len(), "{title}");
                assert!(member.runs.iter().any(Option::is_some), "{title}: nothing to run");
                for run in member.runs.iter_mut().flatten() {
                    run();
                    run();
                }
                assert!(titles.insert(title.clone()), "{title} stands twice");
            }
        }
    }

    #[test]
    fn as_many_digits_as_mean_something() {
        assert_eq!([0.0456, 0.123, 1.26, 123.4].map(nanoseconds), ["0.046", "0.12", "1.3", "123"]);
    }
}
