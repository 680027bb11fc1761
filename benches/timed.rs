//! Any workloads under criterion.

use benches::{pool, workload::Workload};
use criterion::{BenchmarkId, Criterion, Throughput};

/// The numbers of threads that each workload runs on.
const THREADS: [usize; 2] = [1, 2];

/// Times each workload as `name/threads`; where criterion writes elements, read operations.
pub(crate) fn run(workloads: &[Box<dyn Workload>]) {
    for threads in THREADS {
        // In the pool from the outset, so that no run pays for entering it.
        pool(threads).install(|| {
            let mut criterion = Criterion::default().configure_from_args();
            for workload in workloads {
                let mut group = criterion.benchmark_group(workload.name());
                if let Some(operations) = workload.operations() {
                    group.throughput(Throughput::Elements(operations));
                }
                workload.with(&mut |run| {
                    group.bench_function(BenchmarkId::from_parameter(threads), |bencher| {
                        bencher.iter(&mut *run);
                    });
                });
                group.finish();
            }
        });
    }
    Criterion::default().configure_from_args().final_summary();
}
