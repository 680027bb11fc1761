//! All of this at every instruction set of the machine.

use neuropil_losses::simd::{LEVEL_VARIABLE, Level};
use std::process::Command;

/// The level is chosen once in a process, so this starts the other tests anew for each.
#[test]
fn all_tests_pass_at_every_level() {
    for level in Level::available() {
        let tests = Command::new(std::env::current_exe().unwrap())
            .args(["--skip", "all_tests_pass_at_every_level", "--test-threads", "1"])
            .env(LEVEL_VARIABLE, level.name())
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&tests.stdout);
        assert!(tests.status.success(), "at {level}:\n{output}");
        assert!(!output.contains(" 0 passed"), "nothing ran at {level}:\n{output}");
    }
}
