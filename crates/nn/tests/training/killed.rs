//! A training that is killed again and again, for real, and taken up each time, ends at the bits
//! of one that nothing disturbed.

use crate::samples::{Failure, bits, folder, labelled, others, perceptron};
use neuropil_nn::{Checkpoint, prelude::*};
use neuropil_regularizers::Ema;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where the child process finds its folder; unset in the parent.
const FOLDER: &str = "NEUROPIL_TEST_KILLED";

/// Trains from where the file says, and writes the weights when it is done.
fn train(folder: &Path) -> Result<(), Failure> {
    let (last, log) = (folder.join("last.safetensors"), folder.join("log.csv"));
    let (data, valid) = (labelled(400, 8, 3).balanced()?, others(61, 8, 3));
    let mut net = Network::new(perceptron(8, 64, 3), [8], 42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
        .rate(Cosine::new(0.01, 750)?)
        .penalty("*.weight", L2::new(1e-4)?)?
        .average(Ema::new(0.99)?)?;
    if last.exists() {
        trainer.resume(&last)?;
    }
    let fit = Fit::epochs(30).batch_size(8).accumulate(2).validate(&valid).early_stopping(100);
    let checkpoint = Checkpoint::new(&last).every(7).best(folder.join("best.safetensors"));
    trainer.fit(&data, fit.log(&log).callback(checkpoint))?;
    trainer.keep_average()?;
    net.save(folder.join("done.safetensors"))?;
    Ok(())
}

/// Not a test of its own: what the child process runs.
#[test]
fn the_child() -> Result<(), Failure> {
    match std::env::var_os(FOLDER) {
        Some(folder) => train(Path::new(&folder)),
        None => Ok(()),
    }
}

#[test]
fn a_killed_training_goes_on_to_the_same_bits() -> Result<(), Failure> {
    let (calm, killed) = (folder("killed_calm"), folder("killed"));
    let start = Instant::now();
    train(&calm)?;
    let whole = start.elapsed().as_secs_f64();

    let mut kills = 0;
    // Moments that have nothing to do with updates or epochs: the golden ratio's multiples.
    for attempt in 1_u32.. {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--exact", "killed::the_child", "--nocapture"])
            .env(FOLDER, &killed)
            .stdout(Stdio::null())
            .spawn()?;
        let share = (f64::from(attempt) * 0.618_034).fract();
        // Beside the start of a process, a twelfth of the training at most.
        std::thread::sleep(Duration::from_secs_f64(0.02 + whole / 12.0 * share));
        // It may have ended by itself.
        let _ = child.kill();
        let status = child.wait()?;
        if status.success() {
            break;
        }
        assert!(status.code().is_none(), "the child failed by itself: {status}");
        kills += 1;
        assert!(kills < 500, "it never comes to an end");
    }
    assert!(kills >= 3, "only {kills} kills: let it train for longer");

    let weights = |folder: &Path, name: &str| -> Result<Vec<u32>, Error> {
        let mut net = Network::new(perceptron(8, 64, 3), [8], 1)?;
        net.load(folder.join(name))?;
        Ok(bits(net.params().weights()))
    };
    for name in ["done.safetensors", "last.safetensors", "best.safetensors"] {
        assert_eq!(weights(&killed, name)?, weights(&calm, name)?, "{name} after {kills} kills");
    }
    // But for the times, which are in the second column, the logs are equal.
    let log = |folder: &Path| -> Result<Vec<String>, Failure> {
        let table = fs::read_to_string(folder.join("log.csv"))?;
        let without_time = |line: &str| {
            let columns: Vec<&str> = line.split(',').collect();
            [&columns[..1], &columns[2..]].concat().join(",")
        };
        Ok(table.lines().map(without_time).collect())
    };
    assert_eq!(log(&killed)?, log(&calm)?);
    Ok(())
}
