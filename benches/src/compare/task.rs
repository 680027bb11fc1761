//! The work that Neuropil and its peers do, with its numbers.

mod map;
mod network;
mod pass;
mod product;

use std::fmt::Debug;

pub use map::Map;

use super::{message::Array, work::Work};
use crate::workload::{Form, Inference, Product, Stream, Training};

/// What is averaged together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Matrix products in `f32`.
    Gemm,
    /// Matrix products in `f64`.
    GemmF64,
    /// Steps of training.
    Step,
    /// One sample through a network.
    Infer,
    /// One step of a sequence through a recurrent network.
    Stream,
    /// Layers of images.
    Layer,
    /// Functions of buffers that the first cache holds.
    Small,
    /// Functions of large buffers.
    Large,
}

impl Group {
    /// All, in the order of the tables.
    pub const ALL: [Self; 8] = [
        Self::Gemm,
        Self::GemmF64,
        Self::Step,
        Self::Infer,
        Self::Stream,
        Self::Layer,
        Self::Small,
        Self::Large,
    ];

    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gemm => "gemm f32",
            Self::GemmF64 => "gemm f64",
            Self::Step => "step",
            Self::Infer => "infer",
            Self::Stream => "stream",
            Self::Layer => "layer",
            Self::Small => "functions, 4,096",
            Self::Large => "functions, 1,048,576",
        }
    }
}

/// A piece of work that Neuropil does, and that peers may do too.
pub trait Task: Debug + Sync {
    /// What tables and `--filter` call it: as `cargo xtask bench` does.
    fn name(&self) -> String;

    /// What it is averaged with.
    fn group(&self) -> Group;

    /// What peers are asked for.
    fn work(&self) -> Work;

    /// The numbers that all begin with.
    fn arrays(&self) -> Vec<Array>;

    /// Our result, computed by what is timed.
    fn result(&self) -> Array;

    /// How far a peer's result may be from ours: see [`super::agreement::difference`].
    fn tolerance(&self) -> f64;

    /// Whether it may use the pool that it runs in. One that never does is compared on one thread.
    fn is_parallel(&self) -> bool {
        true
    }

    /// Makes our buffers and lends our run, as [`crate::workload::Workload::with`].
    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut()));
}

/// The sides of the square products in `f32`.
const SIDES: [usize; 11] = [16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048];

/// The sides of the square products in `f64`.
const SIDES_F64: [usize; 6] = [32, 64, 128, 256, 512, 1024];

/// All matrix products: squares, and the shapes of a step of workloads a and b in `f32`.
fn products() -> Vec<Box<dyn Task>> {
    let mut products: Vec<Box<dyn Task>> = Vec::new();
    for side in SIDES {
        products.push(Box::new(Product::<f32>::new(Form::Plain, side, side, side)));
    }
    for Training { batch, network, .. } in [Training::A, Training::B] {
        for (input, output) in network.products() {
            for (form, m, k, n) in [
                (Form::Plain, batch, input, output),
                (Form::LeftTransposed, input, batch, output),
                (Form::RightTransposed, batch, output, input),
            ] {
                products.push(Box::new(Product::<f32>::new(form, m, k, n)));
            }
        }
    }
    for side in SIDES_F64 {
        products.push(Box::new(Product::<f64>::new(Form::Plain, side, side, side)));
    }
    products
}

/// Every task, in the order of the tables.
pub fn all() -> Vec<Box<dyn Task>> {
    let mut all = products();
    let steps = [Training::A, Training::B, Training::C, Training::D, Training::E];
    all.extend(steps.map(|training| Box::new(training) as _));
    let steps = [Training::F1, Training::F2, Training::F3];
    all.extend(steps.into_iter().flatten().map(|training| Box::new(training) as _));
    let asked = [Inference::G1, Inference::G2, Inference::G3];
    all.extend(asked.map(|inference| Box::new(inference) as _));
    let streams = [Stream::F1, Stream::F2, Stream::F3];
    all.extend(streams.into_iter().flatten().map(|stream| Box::new(stream) as _));
    all.extend(crate::workload::all_passes().map(|pass| Box::new(pass) as _));
    for len in map::LENGTHS {
        all.extend(map::FUNCTIONS.iter().map(|function| Box::new(Map::new(function, len)) as _));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Array, Task, all};
    use crate::{compare::agreement::difference, pool};

    fn named(name: &str) -> Box<dyn Task> {
        let task = all().into_iter().find(|task| task.name() == name);
        task.unwrap_or_else(|| panic!("{name}"))
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<String> = all().iter().map(|task| task.name()).collect();
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn every_task_runs_and_has_a_result_that_is_the_same_on_two_threads() {
        let names = [
            "gemm f32 TN 784x64x128",
            "gemm f64 NN 32^3",
            "step a",
            "step c",
            "step f1 hidden 32",
            "step f2 hidden 32",
            "step f3 hidden 32",
            "infer g2",
            "infer g3",
            "stream f1",
            "stream f2 hidden 32",
            "stream f3 hidden 32",
            "conv 1x28x28 5x5 6",
            "conv 6x14x14 5x5 16 dx",
            "conv 6x14x14 5x5 16 dw",
            "max pool 6x28x28 2x2 dx",
            "batch norm 32x32x32 dx",
            "exp 4,096",
        ];
        for name in names {
            let task = named(name);
            let result = pool(1).install(|| task.result());
            assert!(!result.is_empty(), "{name}");
            assert!(result.to_f64().iter().all(|x| x.is_finite()), "{name}");
            assert_eq!(pool(2).install(|| task.result()), result, "{name}");
            let mut lent = 0;
            task.with(&mut |run| {
                run();
                run();
                lent += 1;
            });
            assert_eq!(lent, 1, "{name}");
        }
    }

    /// Plain loops over the arrays that peers get: what they are told is what we compute.
    #[test]
    fn the_arrays_and_the_result_belong_together() {
        for name in ["gemm f32 NN 16^3", "gemm f32 TN 784x64x128", "gemm f32 NT 64x10x128"] {
            let task = named(name);
            let crate::compare::work::Work::Product { form, m, k, n } = task.work() else {
                panic!("{name} is a product");
            };
            let [a, b] = &task.arrays()[..] else { panic!("{name} has two operands") };
            let (a, b) = (a.to_f64(), b.to_f64());
            let mut c = vec![0.0; m * n];
            for i in 0..m {
                for j in 0..n {
                    for p in 0..k {
                        let left = if form == "TN" { a[p * m + i] } else { a[i * k + p] };
                        let right = if form == "NT" { b[j * k + p] } else { b[p * n + j] };
                        c[i * n + j] += left * right;
                    }
                }
            }
            let found = difference(&task.result(), &Array::F64(c));
            assert!(found < task.tolerance(), "{name}: {found}");
        }
    }
}
