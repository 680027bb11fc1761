//! The pieces of work that are timed.

mod multilayer;
mod product;

use std::fmt::Debug;

use neuropil_simd::AlignedVec;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use multilayer::{Multilayer, Part};
pub use product::{Form, Product};

/// What a workload computes in, and so which peak it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// `f32`
    F32,
    /// `f64`
    F64,
}

impl Number {
    /// Both, in the order of the table.
    pub const ALL: [Self; 2] = [Self::F32, Self::F64];

    /// `"f32"` or `"f64"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// Something that is timed: buffers that are made once, and a run over them that is repeated.
pub trait Workload: Debug + Sync {
    /// What the table and `--filter` call it.
    fn name(&self) -> String;

    /// What it computes in.
    fn number(&self) -> Number;

    /// The floating-point operations of a run that no way of computing the same does without; a
    /// multiply-add is two. `None` where time goes to memory and not to arithmetic.
    fn operations(&self) -> Option<u64>;

    /// Makes the buffers and lends the run. To be called in the thread pool that the run is to use,
    /// since buffers may depend on its size.
    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut()));
}

/// The sides of the square products.
const SIDES: [usize; 5] = [64, 128, 256, 512, 1024];

/// All matrix products: squares in both types, and the shapes of a training step of
/// [`Multilayer::A`] in `f32`, with the gradient of its data, which a first layer leaves out.
pub fn products() -> Vec<Box<dyn Workload>> {
    let mut products: Vec<Box<dyn Workload>> = Vec::new();
    for side in SIDES {
        products.push(Box::new(Product::<f32>::new(Form::Plain, side, side, side)));
    }
    let Multilayer { batch, widths, .. } = Multilayer::A;
    for pair in widths.windows(2) {
        let (input, output) = (pair[0], pair[1]);
        for (form, m, k, n) in [
            (Form::Plain, batch, input, output),
            (Form::LeftTransposed, input, batch, output),
            (Form::RightTransposed, batch, output, input),
        ] {
            products.push(Box::new(Product::<f32>::new(form, m, k, n)));
        }
    }
    for side in SIDES {
        products.push(Box::new(Product::<f64>::new(Form::Plain, side, side, side)));
    }
    products
}

/// A training step of each network, and its parts apart.
pub fn steps() -> Vec<Box<dyn Workload>> {
    Part::ALL.into_iter().map(|part| Box::new(Multilayer::A.part(part)) as _).collect()
}

/// Every workload in the order of the table.
pub fn all() -> Vec<Box<dyn Workload>> {
    products().into_iter().chain(steps()).collect()
}

/// Numbers uniform in [-1, 1), the same in every run.
fn numbers<T: neuropil_simd::Float>(len: usize, seed: u64) -> AlignedVec<T> {
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
    use crate::pool;

    #[test]
    fn names_are_unique() {
        let all = all();
        let names: BTreeSet<String> = all.iter().map(|workload| workload.name()).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn every_workload_runs_twice_on_one_thread_and_on_two() {
        for threads in [1, 2] {
            for workload in all() {
                // The larger products take seconds without optimization.
                if workload.operations() > Some(50_000_000) {
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
