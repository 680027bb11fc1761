//! A report as JSON: what `--json` writes and `--save` keeps.

use serde_json::{Value, json};

use crate::{report::Report, statistics::Quartiles};

/// The number of the layout. It rises when what stood there before is named or meant otherwise.
pub const FORMAT: u64 = 2;

/// All that was measured. Times are in seconds; peaks in operations or bytes a second, and costs in
/// operations or bytes, as the scale counts; each with its quartiles, and the samples in the order
/// of the rounds.
pub fn of(report: &Report) -> Value {
    let scales = report.scales().into_iter().map(|scale| {
        let on = report.threads.iter().filter_map(|&threads| {
            let peak = quartiles(report.peak(scale, threads)?);
            Some(json!({ "threads": threads, "per_second": peak }))
        });
        json!({ "name": scale.to_string(), "measurements": on.collect::<Vec<_>>() })
    });
    let workloads = report.entries.iter().map(|entry| {
        let measurements = entry.measurements.iter().map(|measurement| {
            let samples = &measurement.samples;
            let seconds: Vec<f64> = samples.iter().map(|sample| sample.seconds).collect();
            let fastest: Vec<f64> = samples.iter().map(|sample| sample.fastest).collect();
            let peaks: Vec<f64> = samples.iter().map(|sample| sample.peak).collect();
            json!({
                "threads": measurement.threads,
                "seconds": quartiles(measurement.seconds()),
                "cost": quartiles(measurement.cost()),
                "share": quartiles(measurement.share(entry.work)),
                "samples": { "seconds": seconds, "fastest": fastest, "peak": peaks },
            })
        });
        json!({
            "name": entry.name,
            "scale": entry.work.scale.to_string(),
            "amount": entry.work.amount,
            "measurements": measurements.collect::<Vec<_>>(),
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
        "scales": scales.collect::<Vec<_>>(),
        "workloads": workloads.collect::<Vec<_>>(),
    })
}

/// The text of the file, with a line end behind it.
pub fn text(report: &Report) -> String {
    format!("{:#}\n", of(report))
}

pub(crate) fn quartiles(Quartiles { low, median, high }: Quartiles) -> Value {
    json!({ "low": low, "median": median, "high": high })
}

#[cfg(test)]
mod tests {
    use super::{of, text};
    use crate::report::tests::example;

    #[test]
    fn the_file_has_the_machine_the_scales_and_every_sample() {
        let report = example();
        let value: serde_json::Value = serde_json::from_str(&text(&report)).unwrap();
        assert_eq!(value, of(&report));
        assert_eq!(value["format"], 2);
        assert_eq!(value["processor"], "Abacus");
        assert_eq!(value["simd_level"], "portable");
        assert_eq!(value["commit"], "abc");
        let scale = &value["scales"][0];
        assert_eq!(scale["name"], "FMA f32");
        assert_eq!(scale["measurements"][1]["threads"], 2);
        assert_eq!(scale["measurements"][1]["per_second"]["median"], 1.9e11);
        // The copy was measured on one thread alone.
        assert_eq!(value["scales"][1]["measurements"].as_array().unwrap().len(), 1);
        let gemm = &value["workloads"][0];
        assert_eq!(gemm["name"], "gemm");
        assert_eq!(gemm["amount"], 1_000_000);
        let two = &gemm["measurements"][1];
        assert_eq!(two["samples"]["seconds"][0], 12.5 * 1e-6);
        assert_eq!(two["samples"]["fastest"][0], 12.5 * 1e-6);
        assert_eq!(two["samples"]["peak"][0], 1.9e11);
        assert_eq!(two["cost"]["median"], 12.5 * 1e-6 * 1.9e11);
    }
}
