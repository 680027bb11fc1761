//! Training steps and their parts under criterion: `cargo bench -p benches --bench step`.

mod timed;

fn main() {
    timed::run(&benches::workload::steps());
}
