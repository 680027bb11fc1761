//! All workloads with all peers, in turn.

use std::{thread, time::Duration};

use neuropil_simd::Level;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    agreement::difference,
    build,
    connection::PeerError,
    message::Array,
    options::Options,
    peer::Peer,
    program::Program,
    report::{Outcome, Party, Report, Row},
    task::Task,
};
use crate::{machine, measure::Budget, pool, report::Machine, stopwatch};

/// What is told while it goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress<'a> {
    /// A peer is being built.
    Builds(&'a str),
    /// A peer's program is being started.
    Starts(&'a str),
    /// A peer cannot be compared.
    Fails(&'a str, &'a str),
    /// A workload is being measured on so many threads.
    Measures(&'a str, usize),
}

/// How often a peer's program may end or hang: it is started again for the next workload, but one
/// that hangs in each costs a minute for each.
const MOST_ENDS: usize = 3;

/// The seed of the order in which all take their turns.
const SEED: u64 = 4;

/// Builds, starts and measures.
///
/// Nothing is measured without a peer that is ready to be compared.
pub fn run(
    tasks: &[Box<dyn Task>],
    options: &Options,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Report {
    let mut peers: Vec<Party> = options.peers.iter().map(|&peer| prepare(peer, tell)).collect();
    // The load is asked for once nothing is built any more.
    let machine =
        Machine { processor: machine::processor(), cores: machine::cores(), load: machine::load() };
    let mut order = ChaCha8Rng::seed_from_u64(SEED);
    let mut rows = Vec::new();
    let mut ends = vec![0; peers.len()];
    for &threads in &options.threads {
        let all = tasks.iter().map(|task| &**task);
        let tasks: Vec<&dyn Task> = all.filter(|task| task.is_parallel() || threads == 1).collect();
        if tasks.is_empty() {
            continue;
        }
        let mut programs = start(&mut peers, options, threads, tell);
        let pool = pool(threads);
        for task in tasks {
            restart(&mut programs, &mut ends, &mut peers, options, threads, tell);
            if programs.is_empty() {
                break;
            }
            tell(Progress::Measures(&task.name(), threads));
            let peers = programs.iter_mut().map(|(peer, program)| (*peer, program)).collect();
            let measured = || measure(task, peers, options.budget, threads, &mut order);
            rows.push(pool.install(measured));
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
    let all = options.peers.iter().zip(peers.iter()).enumerate();
    let able = all.filter(|(_, (_, party))| party.failure.is_none());
    // All first: those of Python take seconds to start, at the same time.
    let started: Vec<(usize, Result<Program, PeerError>)> = able
        .map(|(i, (peer, party))| {
            tell(Progress::Starts(party.name));
            (i, Program::start(&mut peer.command(options.python.as_deref()), threads))
        })
        .collect();
    let mut programs = Vec::new();
    for (i, program) in started {
        let party = &mut peers[i];
        match program.and_then(|program| greet(program, party, threads)) {
            Ok(program) => programs.push((i, program)),
            Err(error) => fail(party, error.to_string(), tell),
        }
    }
    programs
}

/// Takes down what a program says of itself.
fn greet(mut program: Program, party: &mut Party, threads: usize) -> Result<Program, PeerError> {
    let greeting = program.greet()?;
    party.version = greeting.version.or(party.version.take());
    match greeting.held {
        Some(held) => party.held = Some(held),
        None if party.free.contains(&threads) => {}
        None => party.free.push(threads),
    }
    Ok(program)
}

/// Starts those programs again that ended in the last workload.
fn restart(
    programs: &mut Vec<(usize, Program)>,
    ends: &mut [usize],
    peers: &mut [Party],
    options: &Options,
    threads: usize,
    tell: &mut dyn FnMut(Progress<'_>),
) {
    programs.retain_mut(|(peer, program)| {
        if !program.has_ended() {
            return true;
        }
        let party = &mut peers[*peer];
        ends[*peer] += 1;
        if ends[*peer] == MOST_ENDS {
            let failure = format!(
                "its program ended or hung in {MOST_ENDS} workloads: the rest of its rows is missing"
            );
            fail(party, failure, tell);
            return false;
        }
        tell(Progress::Starts(party.name));
        let mut command = options.peers[*peer].command(options.python.as_deref());
        let started = Program::start(&mut command, threads);
        match started.and_then(|program| greet(program, party, threads)) {
            Ok(started) => {
                *program = started;
                true
            }
            Err(error) => {
                let failure =
                    format!("it does not start again: {error}; the rest of its rows is missing");
                fail(party, failure, tell);
                false
            }
        }
    });
}

/// How long is waited after each turn on several threads: the idle threads of some libraries go on
/// looking for work for some milliseconds, and would take a core from the next.
const REST: Duration = Duration::from_millis(20);

/// A peer that has done the work as we have.
struct Ready<'p> {
    peer: usize,
    program: &'p mut Program,
    seconds: Vec<f64>,
    failure: Option<PeerError>,
}

/// Measures a workload in the present pool and in the peers' programs; nothing of ours if no peer is
/// ready.
fn measure(
    task: &dyn Task,
    peers: Vec<(usize, &mut Program)>,
    Budget { rounds, time }: Budget,
    threads: usize,
    order: &mut ChaCha8Rng,
) -> Row {
    let (work, arrays, expected) = (task.work(), task.arrays(), task.result());
    let (mut outcomes, mut ready) = (Vec::new(), Vec::new());
    for (peer, program) in peers {
        let prepared = program.prepare(&work, &arrays);
        match judge(prepared, &expected, task.tolerance()) {
            Some(outcome) => outcomes.push((peer, outcome)),
            None => ready.push(Ready { peer, program, seconds: Vec::new(), failure: None }),
        }
    }
    let mut ours = Vec::new();
    // Our turn, and those of the peers by their places.
    let mut turns: Vec<Option<usize>> = (0..ready.len()).map(Some).chain([None]).collect();
    let has_peer = !ready.is_empty();
    let mut run_rounds = |run: &mut dyn FnMut()| {
        for _ in 0..rounds {
            // Whoever comes first finds what the last left in the caches, and each has another
            // neighbour every time.
            turns.shuffle(order);
            for &turn in &turns {
                match turn.map(|place| &mut ready[place]) {
                    None => ours.push(stopwatch::seconds(run, time)),
                    Some(peer) if peer.failure.is_some() => continue,
                    Some(peer) => match peer.program.time(time) {
                        Ok(seconds) => peer.seconds.push(seconds),
                        Err(error) => peer.failure = Some(error),
                    },
                }
                if threads > 1 {
                    thread::sleep(REST);
                }
            }
        }
    };
    if has_peer {
        task.with(&mut run_rounds);
    }
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

        use rand::SeedableRng;

        use super::{ChaCha8Rng, Program, measure};
        use crate::{
            compare::task::Task,
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
        let mut order = ChaCha8Rng::seed_from_u64(0);
        let budget = Budget { rounds: 3, time: Duration::ZERO };
        let peers = vec![(1, &mut dies), (0, &mut lives)];
        let row = measure(&task, peers, budget, 1, &mut order);
        assert_eq!(row.ours.len(), 3);
        assert_eq!(row.outcome(0), Some(&Outcome::Measured(vec![0.5; 3])));
        let died = Outcome::Failed("the program ended (exit status: 0)".into());
        assert_eq!(row.outcome(1), Some(&died));
        assert!(dies.has_ended() && !lives.has_ended());
        // Nothing is measured beside it alone.
        let row = measure(&task, vec![(1, &mut dies)], budget, 1, &mut order);
        assert!(row.ours.is_empty() && matches!(row.outcome(1), Some(Outcome::Failed(_))));
    }
}
