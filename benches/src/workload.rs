//! The pieces of work that are timed.

mod architecture;
mod by_hand;
mod elementwise;
mod inference;
mod pass;
mod product;
mod rows;
mod slope;
mod stream;
mod training;

use std::fmt::Debug;

use neuropil_simd::AlignedVec;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use architecture::Architecture;
pub use by_hand::ByHand;
pub use elementwise::{Elementwise, Function};
pub use inference::Inference;
pub(crate) use pass::all as all_passes;
pub use pass::{Of, Pass};
pub use product::{Form, Product};
pub use rows::{RowFunction, Rows};
pub use slope::{Curve, Slope};
pub use stream::Stream;
pub(crate) use training::SEED;
pub use training::{Part, Rule, Task, Training};

use crate::scale::Work;

/// Something that is timed: buffers that are made once, and a run over them that is repeated.
pub trait Workload: Debug + Sync {
    /// What the table and `--filter` call it.
    fn name(&self) -> String;

    /// What a run cannot do without, however it is computed.
    fn work(&self) -> Work;

    /// Whether it may use the pool that it runs in. One that never does is measured on one thread
    /// alone.
    fn is_parallel(&self) -> bool {
        true
    }

    /// The side of a product of square matrices: its place in the chart over sizes.
    fn side(&self) -> Option<usize> {
        None
    }

    /// The name of another workload with the same result, whose time this one's is compared with.
    fn rival(&self) -> Option<String> {
        None
    }

    /// Makes the buffers and lends the run. To be called in the thread pool that the run is to use,
    /// since buffers may depend on its size.
    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut()));
}

/// The lengths of flat buffers: 16 KB, which the first cache holds, and 4 MB.
const LENGTHS: [usize; 2] = [4096, 1 << 20];

/// The sides of the square products in `f32`.
const SIDES: [usize; 12] = [8, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048];

/// The sides of the square products in `f64`.
const SIDES_F64: [usize; 6] = [32, 64, 128, 256, 512, 1024];

/// All matrix products: squares in both types, and the shapes of training steps of
/// [`Training::A`] and [`Training::B`] in `f32`, with the gradient of their data, which a first
/// layer leaves out.
pub fn products() -> Vec<Box<dyn Workload>> {
    let mut products: Vec<Box<dyn Workload>> = Vec::new();
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

/// A training step of each network, and the parts apart of those that are large enough to have
/// any.
pub fn steps() -> Vec<Box<dyn Workload>> {
    let mut steps: Vec<Box<dyn Workload>> = Vec::new();
    for network in [Training::A, Training::B, Training::D, Training::E] {
        steps.extend(Part::ALL.map(|part| Box::new(network.part(part)) as _));
    }
    steps.insert(2 * Part::ALL.len(), Box::new(Training::C));
    for [network, others @ ..] in [Training::F1, Training::F2, Training::F3] {
        steps.extend(Part::ALL.map(|part| Box::new(network.part(part)) as _));
        steps.extend(others.map(|network| Box::new(network) as _));
    }
    steps
}

/// Trained recurrent networks that answer one step at a time.
pub fn streams() -> Vec<Box<dyn Workload>> {
    let all = [Stream::F1, Stream::F2, Stream::F3];
    all.into_iter().flatten().map(|stream| Box::new(stream) as _).collect()
}

/// Trained networks that answer one request at a time.
pub fn inferences() -> Vec<Box<dyn Workload>> {
    let asked = [Inference::G1, Inference::G2, Inference::G3];
    let mut all: Vec<Box<dyn Workload>> = Vec::new();
    all.extend(asked.map(|inference| Box::new(inference) as _));
    all.push(Box::new(ByHand));
    all
}

/// Layers of images by themselves, in each direction.
pub fn passes() -> Vec<Box<dyn Workload>> {
    all_passes().map(|pass| Box::new(pass) as _).collect()
}

/// Functions over flat buffers, each for one that the first cache holds and for a large one.
pub fn elementwise() -> Vec<Box<dyn Workload>> {
    let mut all: Vec<Box<dyn Workload>> = Vec::new();
    for function in Function::ALL {
        all.extend(LENGTHS.map(|len| Box::new(Elementwise::new(function, len)) as _));
    }
    for curve in Curve::ALL {
        all.extend(LENGTHS.map(|len| Box::new(Slope::new(curve, len)) as _));
    }
    for (function, width) in RowFunction::ALL {
        all.extend(LENGTHS.map(|len| Box::new(Rows::new(function, width, len)) as _));
    }
    all
}

/// Every workload in the order of the table.
pub fn all() -> Vec<Box<dyn Workload>> {
    let groups = [products(), steps(), inferences(), streams(), passes(), elementwise()];
    groups.into_iter().flatten().collect()
}

/// Numbers uniform in [-1, 1), the same in every run.
pub(crate) fn numbers<T: neuropil_simd::Float>(len: usize, seed: u64) -> AlignedVec<T> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut numbers = AlignedVec::zeros(len);
    for x in numbers.iter_mut() {
        *x = T::of(random.random_range(-1.0..1.0));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all;
    use crate::{
        pool,
        scale::{Scale, Work},
    };

    #[test]
    fn names_are_unique() {
        let all = all();
        let names: BTreeSet<String> = all.iter().map(|workload| workload.name()).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn a_rival_is_a_workload() {
        let names: BTreeSet<String> = all().iter().map(|workload| workload.name()).collect();
        let rivals: Vec<String> = all().iter().filter_map(|workload| workload.rival()).collect();
        assert!(!rivals.is_empty());
        assert!(rivals.iter().all(|rival| names.contains(rival)), "{rivals:?} of {names:?}");
    }

    #[test]
    fn every_workload_runs_twice_on_one_thread_and_on_two() {
        for threads in [1, 2] {
            for workload in all() {
                // Without optimization the larger products and buffers take seconds.
                let Work { scale, amount } = workload.work();
                let most = match scale {
                    Scale::MultiplyAdds(_) => 50_000_000,
                    Scale::Copy { .. } => 500_000,
                };
                if amount > most {
                    continue;
                }
                let lent = pool(threads).install(|| {
                    let mut lent = 0;
                    workload.with(&mut |run| {
                        run();
                        run();
                        lent += 1;
                    });
                    lent
                });
                assert_eq!(lent, 1, "{}", workload.name());
            }
        }
    }
}
