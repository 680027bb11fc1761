//! Functions over flat buffers under criterion: `cargo bench -p benches --bench elementwise`.

mod timed;

fn main() {
    timed::run(&benches::workload::elementwise());
}
