//! What is asked of a peer's program, and what it answers.

use std::{
    io::{self, BufRead, Write},
    time::Duration,
};

use serde_json::{Value, json};
use thiserror::Error;

use super::{
    message::{self, Array, MessageError},
    work::Work,
};

/// Why a peer gives no numbers.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The program does not start.
    #[error("{program} does not start: {error}")]
    Start {
        /// What was to be started.
        program: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The program ended.
    #[error("the program ended ({status}){}", said(.last))]
    Ended {
        /// With which exit code, or by what.
        status: String,
        /// The last line of its standard error, or nothing.
        last: String,
    },
    /// The program hung, and was ended.
    #[error("no answer within {} s: the program was ended", .limit.as_secs_f64())]
    Late {
        /// How long it had.
        limit: Duration,
    },
    /// The program writes what is no message, or cannot be written to.
    #[error("{0}")]
    Message(#[from] MessageError),
    /// The program says that it failed.
    #[error("it says: {0}")]
    Said(String),
    /// An answer lacks what was asked for.
    #[error("an answer without `{0}`")]
    Answer(&'static str),
}

fn said(last: &str) -> String {
    if last.is_empty() { String::new() } else { format!(": {last}") }
}

/// What a peer says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Greeting {
    /// How it is held to the number of threads, n; `None` if it cannot be.
    pub held: Option<String>,
    /// Its version, if it knows it.
    pub version: Option<String>,
}

/// The two pipes to a program.
#[derive(Debug)]
pub struct Connection<R, W> {
    from: R,
    to: W,
}

impl<R: BufRead, W: Write> Connection<R, W> {
    /// What reads its answers, and what writes to it.
    pub fn new(from: R, to: W) -> Self {
        Self { from, to }
    }

    fn ask(&mut self, head: Value, arrays: &[Array]) -> Result<(Value, Vec<Array>), PeerError> {
        message::write(&mut self.to, head, arrays).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => MessageError::Ended,
            _ => MessageError::Io(error),
        })?;
        let (head, arrays) = message::read(&mut self.from)?.ok_or(MessageError::Ended)?;
        match head["error"].as_str() {
            Some(error) => Err(PeerError::Said(error.into())),
            None => Ok((head, arrays)),
        }
    }

    /// Asks how it is held to its threads.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn greet(&mut self) -> Result<Greeting, PeerError> {
        let (head, _) = self.ask(json!({ "do": "hello" }), &[])?;
        let held = head["held"].as_str().ok_or(PeerError::Answer("held"))?;
        let held = Some(held).filter(|held| !held.is_empty()).map(String::from);
        Ok(Greeting { held, version: head["version"].as_str().map(String::from) })
    }

    /// Has it prepare some work, with those arrays: its result, or `None` if it has nothing of the
    /// kind.
    ///
    /// # Errors
    /// If it fails.
    pub fn prepare(&mut self, work: &Work, arrays: &[Array]) -> Result<Option<Array>, PeerError> {
        let head = json!({ "do": "prepare", "work": work.to_json() });
        let (head, results) = self.ask(head, arrays)?;
        if head["lacks"] == true {
            return Ok(None);
        }
        results.into_iter().next().map(Some).ok_or(PeerError::Answer("arrays"))
    }

    /// Seconds of a run of what it has prepared, from samples over that time.
    ///
    /// # Errors
    /// If it fails.
    pub fn time(&mut self, time: Duration) -> Result<f64, PeerError> {
        let (head, _) = self.ask(json!({ "do": "time", "seconds": time.as_secs_f64() }), &[])?;
        let seconds = head["seconds"].as_f64().filter(|seconds| *seconds > 0.0);
        seconds.ok_or(PeerError::Answer("seconds"))
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Cursor, time::Duration};

    use serde_json::{Value, json};

    use super::{Connection, Greeting};
    use crate::compare::{
        message::{self, Array},
        work::Work,
    };

    /// A peer that answers this, whatever is asked.
    fn answering(replies: &[(Value, &[Array])]) -> Connection<Cursor<Vec<u8>>, Vec<u8>> {
        let mut bytes = Vec::new();
        for (head, arrays) in replies {
            message::write(&mut bytes, head.clone(), arrays).unwrap();
        }
        Connection::new(Cursor::new(bytes), Vec::new())
    }

    fn work() -> Work {
        Work::Map { function: "relu".into(), width: 2 }
    }

    #[test]
    fn a_peer_is_greeted_prepared_and_timed() {
        let result = Array::F32(vec![0.0, 2.0]);
        let mut peer = answering(&[
            (json!({ "held": "n", "version": "1.2" }), &[]),
            (json!({}), std::slice::from_ref(&result)),
            (json!({ "seconds": 0.25 }), &[]),
            (json!({ "lacks": true }), &[]),
        ]);
        let greeting = Greeting { held: Some("n".into()), version: Some("1.2".into()) };
        assert_eq!(peer.greet().unwrap(), greeting);
        let x = [Array::F32(vec![-1.0, 2.0])];
        assert_eq!(peer.prepare(&work(), &x).unwrap(), Some(result));
        assert_eq!(peer.time(Duration::from_millis(60)).unwrap(), 0.25);
        assert_eq!(peer.prepare(&work(), &x).unwrap(), None);
        // What it was asked, as it reads it.
        let mut asked = &peer.to[..];
        assert_eq!(message::read(&mut asked).unwrap().unwrap().0["do"], "hello");
        let (head, arrays) = message::read(&mut asked).unwrap().unwrap();
        assert_eq!(
            (&head["do"], Work::from_json(&head["work"])),
            (&json!("prepare"), Some(work()))
        );
        assert_eq!(arrays, x);
        assert_eq!(message::read(&mut asked).unwrap().unwrap().0["seconds"], 0.06);
    }

    #[test]
    fn a_peer_that_fails_or_answers_what_was_not_asked_is_an_error() {
        for (reply, error) in [
            (json!({ "error": "out of memory" }), "it says: out of memory"),
            (json!({ "seconds": 0.0 }), "an answer without `seconds`"),
            (json!({ "seconds": "1" }), "an answer without `seconds`"),
            (json!({}), "an answer without `seconds`"),
        ] {
            let found = answering(&[(reply, &[])]).time(Duration::ZERO);
            assert_eq!(found.unwrap_err().to_string(), error);
        }
        let found = answering(&[(json!({}), &[])]).prepare(&work(), &[]);
        assert_eq!(found.unwrap_err().to_string(), "an answer without `arrays`");
        let found = answering(&[]).greet();
        assert_eq!(found.unwrap_err().to_string(), "the program ended");
    }

    #[test]
    fn a_peer_that_cannot_be_held_to_its_threads_says_so() {
        let greeting = answering(&[(json!({ "held": "" }), &[])]).greet().unwrap();
        assert_eq!(greeting, Greeting { held: None, version: None });
    }
}
