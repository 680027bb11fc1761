//! Training steps, their parts, inference and streams under criterion: `cargo bench -p benches --bench step`.

mod timed;

use benches::workload::{inferences, steps, streams};

fn main() {
    let mut workloads = steps();
    workloads.extend(inferences());
    workloads.extend(streams());
    timed::run(&workloads);
}
