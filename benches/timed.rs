//! Any workloads under criterion.

use benches::{
    pool,
    scale::{Scale, Work},
    workload::Workload,
};
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
                if threads > 1 && !workload.is_parallel() {
                    continue;
                }
                let mut group = criterion.benchmark_group(workload.name());
                let Work { scale, amount } = workload.work();
                group.throughput(match scale {
                    Scale::MultiplyAdds(_) => Throughput::Elements(amount),
                    Scale::Copy { .. } => Throughput::Bytes(amount),
                });
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
