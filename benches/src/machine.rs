//! What the numbers were measured on.

use std::{env, fs, process::Command, thread};

/// The processor's name as the system gives it, or else its architecture.
pub fn processor() -> String {
    let cpu_info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    model_name(&cpu_info)
        .map(String::from)
        .or_else(|| output("sysctl", &["-n", "machdep.cpu.brand_string"]))
        .unwrap_or_else(|| env::consts::ARCH.into())
}

/// The first processor's name in the text of `/proc/cpuinfo`.
fn model_name(cpu_info: &str) -> Option<&str> {
    let mut lines = cpu_info.lines().filter_map(|line| line.split_once(':'));
    let (_, name) = lines.find(|(key, _)| key.trim() == "model name")?;
    Some(name.trim()).filter(|name| !name.is_empty())
}

/// How many threads can run at a time; 1 if the system does not say.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Programs that ran or wanted to in the last minute, where the system says it: a machine with more
/// of them than idle cores measures its other guests too.
pub fn load() -> Option<f64> {
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    load.split(' ').next()?.parse().ok()
}

/// The commit of the sources, and whether they differ from it.
pub fn commit() -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let git = |words: &[&str]| output("git", &[&["-C", root], words].concat());
    let head = git(&["rev-parse", "--short=12", "HEAD"]);
    let changes = git(&["status", "--porcelain"]);
    describe_commit(head.as_deref(), changes.as_deref())
}

/// `0123456789ab`, `0123456789ab with changes`, or that there is none.
fn describe_commit(head: Option<&str>, changes: Option<&str>) -> String {
    match (head, changes) {
        (None, _) => "not committed".into(),
        (Some(head), Some(_)) => format!("{head} with changes"),
        (Some(head), None) => head.into(),
    }
}

/// What a program prints, trimmed; `None` if it fails or prints nothing.
fn output(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{describe_commit, model_name};

    #[test]
    fn the_name_of_the_first_processor_is_found() {
        let info = "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n\nmodel name\t: other\n";
        assert_eq!(model_name(info), Some("AMD EPYC"));
        assert_eq!(model_name("CPU implementer : 0x41\n"), None);
        assert_eq!(model_name("model name :\n"), None);
    }

    #[test]
    fn a_commit_says_when_the_sources_differ_from_it() {
        assert_eq!(describe_commit(Some("abc"), Some(" M a.rs")), "abc with changes");
        assert_eq!(describe_commit(Some("abc"), None), "abc");
        assert_eq!(describe_commit(None, Some("?? a.rs")), "not committed");
    }
}
