//! A peer's program while it runs: it must answer in time, and is ended with what it said last if it
//! does not.

use std::{
    io::{BufRead, BufReader, BufWriter},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    connection::{Connection, Greeting, PeerError},
    message::{Array, MessageError},
    work::Work,
};

/// The variables by which libraries are told how many threads to use.
pub const VARIABLES: [&str; 6] = [
    "RAYON_NUM_THREADS",
    "CANDLE_NUM_THREADS",
    "MATMUL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
];

/// How long a program may take to start and to prepare work.
const LIMIT: Duration = Duration::from_secs(60);

/// How many times the time that a timing asks for it may take, beyond [`LIMIT`].
const TIMES: u32 = 100;

type Pipes = Connection<BufReader<ChildStdout>, BufWriter<ChildStdin>>;

/// How long is waited for a program that has closed its output to end.
const END: Duration = Duration::from_secs(1);

/// A running program; it ends with this value.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// `None` only while it is dropped.
    connection: Option<Pipes>,
    listener: JoinHandle<()>,
    last: Arc<Mutex<String>>,
    limit: Duration,
    has_ended: bool,
}

impl Program {
    /// Starts a program, with the number of threads as its last word and in [`VARIABLES`]. What it
    /// writes to its standard error goes to ours.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(command: &mut Command, threads: usize) -> Result<Self, PeerError> {
        command.arg(threads.to_string());
        command.envs(VARIABLES.map(|name| (name, threads.to_string())));
        // The idle threads of OpenBLAS look for work for 2^26 cycles and more, and take a core from
        // whoever comes next; after 2^20 they still do between two runs.
        command.env("OPENBLAS_THREAD_TIMEOUT", "20");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            let program = command.get_program().to_string_lossy().into_owned();
            PeerError::Start { program, error }
        })?;
        let (from, to) = (child.stdout.take(), child.stdin.take());
        let (from, to) = from.zip(to).expect("both are piped");
        let connection = Connection::new(BufReader::new(from), BufWriter::new(to));
        let last = Arc::default();
        let listener = listen(child.stderr.take().expect("it is piped"), Arc::clone(&last));
        let connection = Some(connection);
        Ok(Self { child, connection, listener, last, limit: LIMIT, has_ended: false })
    }

    /// Whether it has ended, or writes what is no message: it cannot be asked again.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// As [`Connection::greet`].
    ///
    /// # Errors
    /// As there, and if it takes more than a minute: then it is ended.
    pub fn greet(&mut self) -> Result<Greeting, PeerError> {
        self.ask(self.limit, Connection::greet)
    }

    /// As [`Connection::prepare`].
    ///
    /// # Errors
    /// As there, and if it takes more than a minute: then it is ended.
    pub fn prepare(&mut self, work: &Work, arrays: &[Array]) -> Result<Option<Array>, PeerError> {
        self.ask(self.limit, |connection| connection.prepare(work, arrays))
    }

    /// As [`Connection::time`].
    ///
    /// # Errors
    /// As there, and if it takes more than a minute and a hundred times that time: then it is ended.
    pub fn time(&mut self, time: Duration) -> Result<f64, PeerError> {
        self.ask(self.limit + TIMES * time, |connection| connection.time(time))
    }

    fn ask<A>(
        &mut self,
        limit: Duration,
        ask: impl FnOnce(&mut Pipes) -> Result<A, PeerError>,
    ) -> Result<A, PeerError> {
        let connection = self.connection.as_mut().expect("a connection until it is dropped");
        let (answer, is_late) = within(&mut self.child, limit, || ask(connection));
        self.has_ended |= is_late;
        let Err(PeerError::Message(error)) = answer else { return answer };
        self.has_ended = true;
        Err(match error {
            _ if is_late => PeerError::Late { limit },
            MessageError::Ended => self.ending(),
            error => PeerError::Message(error),
        })
    }

    /// How it has ended, and what it said last.
    fn ending(&mut self) -> PeerError {
        let start = Instant::now();
        let mut status = None;
        while start.elapsed() < END {
            status = status.or_else(|| self.child.try_wait().ok().flatten());
            if status.is_some() && self.listener.is_finished() {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        let status = status.map_or("of its output alone".into(), |status| status.to_string());
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        PeerError::Ended { status, last }
    }
}

/// Runs what waits for a program's answer; whether that took too long, so that the program was
/// ended. Both what reads and what writes return then.
fn within<A>(child: &mut Child, limit: Duration, ask: impl FnOnce() -> A) -> (A, bool) {
    let (asking, answered) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let is_late = answered.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if is_late {
                // One that has just ended by itself need not be ended.
                let _ = child.kill();
            }
            is_late
        });
        let answer = ask();
        drop(asking);
        (answer, watch.join().expect("what watches does not panic"))
    })
}

/// Passes on what a program writes to its standard error, and keeps the last line that says
/// something.
fn listen(from: ChildStderr, last: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            eprintln!("{line}");
            // Behind the message of a panic stands how to get a backtrace.
            if !line.trim().is_empty() && !line.starts_with("note: ") {
                *last.lock().unwrap_or_else(PoisonError::into_inner) = line.trim().into();
            }
        }
    })
}

impl Drop for Program {
    fn drop(&mut self) {
        // Whose input ends would end by itself, unless it hangs: nothing of it is worth waiting for.
        drop(self.connection.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{process::Command, time::Duration};

    use super::Program;
    use crate::compare::{connection::PeerError, message::Array, work::Work};

    #[cfg(unix)]
    fn start(script: &str) -> Program {
        Program::start(Command::new("sh").args(["-c", script, "x"]), 3).unwrap()
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Program::start(&mut Command::new("no-such-peer"), 1).unwrap_err().to_string();
        assert!(error.starts_with("no-such-peer does not start: "), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_has_its_threads_as_a_word_and_in_the_environment() {
        let mut program = start(
            "read line; echo \"{\\\"held\\\":\\\"$0 $1 $OMP_NUM_THREADS\\\",\\\"arrays\\\":[]}\"; \
             read line; echo Oh; exec sleep 100",
        );
        let greeting = program.greet().unwrap();
        assert_eq!(greeting.held.as_deref(), Some("x 3 3"));
        assert!(!program.has_ended());
        // One that prints what is no message, and one that never ends: dropping it ends it.
        let error = program.greet().unwrap_err().to_string();
        assert_eq!(error, "no message: \"Oh\\n\"");
        assert!(program.has_ended());
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_dies_is_an_error_with_its_status_and_last_line() {
        for (script, expected) in [
            ("exit 3", "the program ended (exit status: 3)"),
            (
                "echo one >&2; echo ' no torch' >&2; echo >&2; echo note: more >&2; exit 1",
                "the program ended (exit status: 1): no torch",
            ),
        ] {
            let mut program = start(script);
            assert_eq!(program.greet().unwrap_err().to_string(), expected);
            assert!(program.has_ended());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_says_that_it_failed_goes_on() {
        let mut program =
            start("read line; echo '{\"error\":\"no\",\"arrays\":[]}'; exec sleep 100");
        assert_eq!(program.greet().unwrap_err().to_string(), "it says: no");
        assert!(!program.has_ended());
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended() {
        let work = Work::Map { function: "relu".into(), width: 2 };
        // More than a pipe holds: one that does not read keeps us writing.
        let array = [Array::F32(vec![0.0; 1 << 20])];
        let limit = Duration::from_millis(50);
        type Ask = fn(&mut Program, &Work, &[Array]) -> Result<(), PeerError>;
        let asks: [Ask; 3] = [
            |program, _, _| program.greet().map(|_| ()),
            |program, work, arrays| program.prepare(work, arrays).map(|_| ()),
            |program, _, _| program.time(Duration::ZERO).map(|_| ()),
        ];
        for ask in asks {
            let mut program = start("exec sleep 100");
            program.limit = limit;
            let error = ask(&mut program, &work, &array).unwrap_err().to_string();
            assert_eq!(error, "no answer within 0.05 s: the program was ended");
            assert!(program.has_ended());
        }
    }
}
