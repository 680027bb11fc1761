//! Layers of images by themselves under criterion: `cargo bench -p benches --bench layer`.

mod timed;

fn main() {
    timed::run(&benches::workload::passes());
}
