//! Matrix products under criterion: `cargo bench -p benches --bench gemm`.

mod timed;

fn main() {
    timed::run(&benches::workload::products());
}
