//! Training steps, their parts, and inference under criterion: `cargo bench -p benches --bench step`.

mod timed;

use benches::workload::{inferences, steps};

fn main() {
    let mut workloads = steps();
    workloads.extend(inferences());
    timed::run(&workloads);
}
