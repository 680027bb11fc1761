//! What a projection to many classes and its cross entropy take, fused and by a layer with its loss:
//! milliseconds of a forward and backward pass, and the most memory that the program has held.
//!
//! `cargo run --release -p neuropil-nn --example linear_cross_entropy -- fused 512 256 32000`, or
//! `unfused` in place of `fused`; the numbers are rows, features and classes.

use neuropil_nn::{Error, ops::LinearCrossEntropyOp, prelude::*};
use std::time::Instant;

/// The most memory so far in MiB, where the system says so.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let fused = arguments.first().is_none_or(|word| word == "fused");
    let size = |at: usize, usual: usize| {
        arguments.get(at).and_then(|word| word.parse().ok()).unwrap_or(usual)
    };
    let [rows, features, classes] = [size(1, 512), size(2, 256), size(3, 32_000)];

    let head = Linear::new(features, classes);
    let graph = Graph::new();
    let (x, label) = (graph.input("x", [features]), graph.index_input("label", []));
    let cost = match fused {
        true => x.linear_cross_entropy("head", &head, LinearCrossEntropyOp::new(), label)?,
        false => x.named("head", &head)?.loss(CrossEntropy::new(), label)?,
    };
    let mut params = Params::<f32>::new(&[&graph], 42)?;
    let before = peak();
    let mut plan = Plan::training(&graph, cost, &[])?;
    plan.track(x);
    let (x, label, cost) = (x.id(), label.id(), cost.id());
    let (mut best, mut value) = (f64::INFINITY, 0.0);
    neuropil_nn::run(|| {
        for _ in 0..6 {
            let start = Instant::now();
            let mut run = plan.run(&mut params, rows)?;
            for (i, x) in run.input(x).iter_mut().enumerate() {
                *x = (i % 97) as f32 / 48.0 - 1.0;
            }
            for (i, label) in run.indices(label).iter_mut().enumerate() {
                *label = (i * 61 % classes) as u32;
            }
            run.forward()?;
            value = run.value(cost)[0];
            run.backward();
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok::<(), Error>(())
    })?;
    println!(
        "{} of [{rows}, {features}] x [{features}, {classes}]",
        arguments.first().map_or("fused", |word| word)
    );
    println!("cost {value}, best of six passes {best:.1} ms");
    if let (Some(before), Some(after)) = (before, peak()) {
        println!("most memory {after:.0} MiB, before the first pass {before:.0} MiB");
    }
    Ok(())
}
