//! A comparison as JSON: what `--json` writes.

use serde_json::{Value, json};

use super::report::{Mean, Outcome, Report};
use crate::{json::quartiles, statistics::Quartiles};

/// The number of the layout. It rises when what stood there before is named or meant otherwise.
pub const FORMAT: u64 = 1;

/// All that was measured. Times are in seconds, with the samples in the order of the rounds; ours are
/// null where no peer was ready to be compared.
pub fn of(report: &Report) -> Value {
    let mean = |mean: Mean| {
        json!({
            "group": mean.group.name(),
            "threads": mean.threads,
            "workloads": mean.workloads,
            "mean": mean.mean,
            "least": mean.least,
            "least_workload": mean.least_name,
        })
    };
    let peers = report.peers.iter().enumerate().map(|(i, peer)| {
        json!({
            "name": peer.name,
            "version": peer.version,
            "held": peer.held,
            "not_held": peer.free,
            "failure": peer.failure,
            "means": report.means(i).into_iter().map(mean).collect::<Vec<_>>(),
        })
    });
    let workloads = report.rows.iter().map(|row| {
        let outcomes = row.outcomes.iter().filter_map(|(i, outcome)| {
            let name = report.peers[*i].name;
            Some(match outcome {
                Outcome::Lacks => return None,
                Outcome::Disagrees { difference, tolerance } => {
                    // JSON has no infinity: null.
                    json!({ "name": name, "difference": difference, "tolerance": tolerance })
                }
                Outcome::Failed(error) => json!({ "name": name, "error": error }),
                Outcome::Measured(seconds) => json!({
                    "name": name,
                    "seconds": quartiles(Quartiles::of(seconds.iter().copied())),
                    "ratio": row.ratio(*i).map(quartiles),
                    "samples": seconds,
                }),
            })
        });
        json!({
            "name": row.name,
            "group": row.group.name(),
            "threads": row.threads,
            "seconds": (!row.ours.is_empty())
                .then(|| quartiles(Quartiles::of(row.ours.iter().copied()))),
            "samples": row.ours,
            "peers": outcomes.collect::<Vec<_>>(),
        })
    });
    json!({
        "format": FORMAT,
        "processor": report.machine.processor,
        "cores": report.machine.cores,
        "load": report.machine.load,
        "simd_level": report.level,
        "commit": report.commit,
        "rounds": report.budget.rounds,
        "milliseconds": report.budget.time.as_millis() as u64,
        "peers": peers.collect::<Vec<_>>(),
        "quickest": report.quickest().into_iter().map(mean).collect::<Vec<_>>(),
        "workloads": workloads.collect::<Vec<_>>(),
    })
}

/// The text of the file, with a line end behind it.
pub fn text(report: &Report) -> String {
    format!("{:#}\n", of(report))
}

#[cfg(test)]
mod tests {
    use super::{of, text};
    use crate::compare::report::tests::example;

    #[test]
    fn the_file_has_the_peers_their_means_and_every_sample() {
        let report = example();
        let value: serde_json::Value = serde_json::from_str(&text(&report)).unwrap();
        assert_eq!(value, of(&report));
        assert_eq!(value["format"], 1);
        assert_eq!(value["peers"][0]["version"], "0.19.0");
        assert_eq!(value["peers"][0]["means"][0]["workloads"], 2);
        assert_eq!(value["peers"][2]["not_held"][0], 2);
        assert_eq!(value["peers"][3]["failure"], "does not build: error\nsecond");
        let first = &value["workloads"][0];
        assert_eq!(first["samples"][1], 2e-6);
        assert_eq!(first["peers"][0]["samples"][2], 3e-6);
        assert_eq!(first["peers"][0]["ratio"]["low"], 2.0);
        assert_eq!(first["peers"][2]["difference"], 0.25);
        assert_eq!(value["workloads"][3]["peers"][1]["error"], "gone");
        assert_eq!(value["workloads"][2]["peers"].as_array().unwrap().len(), 0);
    }
}
