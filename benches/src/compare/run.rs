//! All workloads with all peers, in turn.

use std::{path::PathBuf, thread, time::Duration};

use neuropil_simd::Level;

use super::{
    agreement::difference,
    build,
    connection::{PeerError, Program, ProgramConnection},
    message::Array,
    options::Options,
    peer::Peer,
    report::{Outcome, Party, Report, Row},
    task::Task,
};
use crate::{machine, measure::Budget, pool, report::Machine, stopwatch};

/// What is told while it goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress<'a> {
    /// A peer is being built.
    Builds(&'a str),
    /// A peer cannot be compared.
    Fails(&'a str, &'a str),
    /// A workload is being measured on so many threads.
    Measures(&'a str, usize),
}

/// Builds, starts and measures.
pub fn run(
    tasks: &[Box<dyn Task>],
    options: &Options,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Report {
    let mut peers: Vec<Party> = options.peers.iter().map(|&peer| prepare(peer, tell)).collect();
    // The load is asked for once nothing is built any more.
    let machine =
        Machine { processor: machine::processor(), cores: machine::cores(), load: machine::load() };
    let mut rows = Vec::new();
    for &threads in &options.threads {
        let all = tasks.iter().map(|task| &**task);
        let tasks: Vec<&dyn Task> = all.filter(|task| task.is_parallel() || threads == 1).collect();
        if tasks.is_empty() {
            continue;
        }
        let mut programs = start(&mut peers, options, threads, tell);
        let pool = pool(threads);
        for task in tasks {
            tell(Progress::Measures(&task.name(), threads));
            let peers = programs.iter_mut().map(|(peer, it)| (*peer, it.connection())).collect();
            rows.push(pool.install(|| measure(task, peers, options.budget, threads)));
        }
    }
    Report {
        machine,
        level: Level::current().name().into(),
        commit: machine::commit(),
        budget: options.budget,
        threads: options.threads.clone(),
        peers,
        rows,
    }
}

/// Builds a peer, if it is built.
fn prepare(peer: Peer, tell: &mut dyn FnMut(Progress<'_>)) -> Party {
    let name = peer.name;
    let mut party = Party { name, version: None, held: None, free: Vec::new(), failure: None };
    if peer.is_rust() {
        tell(Progress::Builds(name));
        match build::build(peer) {
            Ok(()) => party.version = build::version(peer),
            Err(error) => fail(&mut party, format!("does not build: {error}"), tell),
        }
    }
    party
}

fn fail(party: &mut Party, failure: String, tell: &mut dyn FnMut(Progress<'_>)) {
    tell(Progress::Fails(party.name, &failure));
    party.failure = Some(failure);
}

/// Starts the programs of all peers that have not failed, and greets them.
fn start(
    peers: &mut [Party],
    options: &Options,
    threads: usize,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Vec<(usize, Program)> {
    let python: Option<PathBuf> = options.python.clone();
    let all = options.peers.iter().zip(peers.iter()).enumerate();
    let able = all.filter(|(_, (_, party))| party.failure.is_none());
    // All first: those of Python take seconds to start, at the same time.
    let started: Vec<(usize, Result<Program, PeerError>)> = able
        .map(|(i, (peer, _))| (i, Program::start(&mut peer.command(python.as_deref()), threads)))
        .collect();
    let mut programs = Vec::new();
    for (i, program) in started {
        let party = &mut peers[i];
        let greeted = program.and_then(|mut program| Ok((program.connection().greet()?, program)));
        match greeted {
            Ok((greeting, program)) => {
                party.version = greeting.version.or(party.version.take());
                match greeting.held {
                    Some(held) => party.held = Some(held),
                    None => party.free.push(threads),
                }
                programs.push((i, program));
            }
            Err(error) => fail(party, error.to_string(), tell),
        }
    }
    programs
}

/// How long is waited after a peer's turn on several threads: the idle threads of some libraries go
/// on looking for work for some milliseconds, and would take a core from the next.
const REST: Duration = Duration::from_millis(20);

/// A peer that has done the work as we have.
struct Ready<'p> {
    peer: usize,
    connection: &'p mut ProgramConnection,
    seconds: Vec<f64>,
    failure: Option<PeerError>,
}

/// Measures a workload in the present pool and in the peers' programs.
fn measure(
    task: &dyn Task,
    peers: Vec<(usize, &mut ProgramConnection)>,
    Budget { rounds, time }: Budget,
    threads: usize,
) -> Row {
    let (work, arrays, expected) = (task.work(), task.arrays(), task.result());
    let (mut outcomes, mut ready) = (Vec::new(), Vec::new());
    for (peer, connection) in peers {
        let prepared = connection.prepare(&work, &arrays);
        match judge(prepared, &expected, task.tolerance()) {
            Some(outcome) => outcomes.push((peer, outcome)),
            None => ready.push(Ready { peer, connection, seconds: Vec::new(), failure: None }),
        }
    }
    let mut ours = Vec::new();
    task.with(&mut |run| {
        for round in 0..rounds {
            // Whoever comes first finds what the last left in the caches, so the order moves on.
            for turn in 0..=ready.len() {
                match (turn + round) % (ready.len() + 1) {
                    0 => ours.push(stopwatch::seconds(run, time)),
                    place => {
                        let peer = &mut ready[place - 1];
                        if peer.failure.is_some() {
                            continue;
                        }
                        match peer.connection.time(time) {
                            Ok(seconds) => peer.seconds.push(seconds),
                            Err(error) => peer.failure = Some(error),
                        }
                        if threads > 1 {
                            thread::sleep(REST);
                        }
                    }
                }
            }
        }
    });
    outcomes.extend(ready.into_iter().map(|peer| {
        let outcome = match peer.failure {
            Some(error) => Outcome::Failed(error.to_string()),
            None => Outcome::Measured(peer.seconds),
        };
        (peer.peer, outcome)
    }));
    outcomes.sort_by_key(|(peer, _)| *peer);
    Row { name: task.name(), group: task.group(), threads, ours, outcomes }
}

/// Why a peer is not measured, if it is not.
fn judge(
    prepared: Result<Option<Array>, PeerError>,
    expected: &Array,
    tolerance: f64,
) -> Option<Outcome> {
    match prepared {
        Err(error) => Some(Outcome::Failed(error.to_string())),
        Ok(None) => Some(Outcome::Lacks),
        Ok(Some(result)) => {
            let difference = difference(&result, expected);
            let agrees = difference <= tolerance;
            (!agrees).then_some(Outcome::Disagrees { difference, tolerance })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PeerError, judge};
    use crate::compare::{message::Array, report::Outcome};

    #[test]
    fn only_a_peer_that_agrees_is_measured() {
        let expected = Array::F32(vec![1.0, 2.0]);
        let judged = |result| judge(result, &expected, 1e-5);
        assert_eq!(judged(Ok(Some(Array::F32(vec![1.0, 2.000_001])))), None);
        assert_eq!(judged(Ok(None)), Some(Outcome::Lacks));
        assert!(matches!(
            judged(Ok(Some(Array::F32(vec![1.0, 2.01])))),
            Some(Outcome::Disagrees { difference, .. }) if difference > 1e-3
        ));
        assert!(matches!(judged(Ok(Some(Array::F32(vec![1.0])))), Some(Outcome::Disagrees { .. })));
        let failed = judged(Err(PeerError::Said("no".into())));
        assert_eq!(failed, Some(Outcome::Failed("it says: no".into())));
    }

    #[cfg(unix)]
    #[test]
    fn a_workload_is_measured_in_all_rounds_with_a_peer_that_agrees_and_without_one_that_dies() {
        use std::{process::Command, time::Duration};

        use super::measure;
        use crate::{
            compare::{connection::Program, task::Task},
            measure::Budget,
            workload::{Form, Product},
        };

        // Products of ones: the result is known without computing it.
        let task = Product::<f64>::new(Form::Plain, 1, 1, 1);
        let Array::F64(result) = Task::result(&task) else { panic!("a product of f64") };
        let bytes: String = result[0].to_le_bytes().iter().map(|b| format!("\\{b:03o}")).collect();
        // Reads a message's line, and lets the numbers behind it be read with the next.
        let answer = format!(
            "read x; printf '{{\"arrays\":[{{\"type\":\"f64\",\"len\":1}}]}}\\n{bytes}'; dd bs=1 \
             count=16 >/dev/null 2>&1; "
        );
        let timed = "read x; echo '{\"seconds\":0.5,\"arrays\":[]}'; ";
        let script = format!("{answer}{timed}{timed}{timed}");
        let dies = format!("{answer}{timed}");
        let start = |script: &str| Program::start(Command::new("sh").args(["-c", script]), 1);
        let (mut lives, mut dies) = (start(&script).unwrap(), start(&dies).unwrap());
        let budget = Budget { rounds: 3, time: Duration::ZERO };
        let peers = vec![(1, dies.connection()), (0, lives.connection())];
        let row = measure(&task, peers, budget, 1);
        assert_eq!(row.ours.len(), 3);
        assert_eq!(row.outcome(0), Some(&Outcome::Measured(vec![0.5; 3])));
        assert_eq!(row.outcome(1), Some(&Outcome::Failed("the program ended".into())));
    }
}
