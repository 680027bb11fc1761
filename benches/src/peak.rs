//! The multiply-adds that a core can do in a second: what rates of arithmetic are compared with.

use std::{hint::black_box, time::Instant};

use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// Multiply-adds of each chain: together about a millisecond, beside which the 10 us for waking a
/// pool's threads are little.
const STEPS: usize = 500_000;

/// Independent chains of multiply-adds that never leave the registers.
///
/// A core begins two in a cycle and finishes each after four or five, so ten chains would keep it
/// busy; twelve do with AVX2's 16 registers, and 24 with AVX-512's 32.
struct Chains;

impl<T: Float> Kernel<T> for Chains {
    /// The operations done: two for each lane's multiply-add.
    type Out = u64;

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> u64 {
        match V::REGISTERS {
            32 => chains::<T, V, 24>(),
            16 => chains::<T, V, 12>(),
            _ => chains::<T, V, 6>(),
        }
    }
}

#[inline(always)]
fn chains<T: Float, V: Lanes<T>, const N: usize>() -> u64 {
    // The sums tend to 1, far from infinity and from denormal numbers.
    let (x, y) = (black_box(V::of(0.999)), black_box(V::of(0.001)));
    let mut sums = [y; N];
    for _ in 0..STEPS {
        for sum in &mut sums {
            *sum = sum.mul_add(x, y);
        }
    }
    black_box(sums);
    (2 * N * STEPS * V::LEN) as u64
}

/// Operations a second of multiply-adds in registers, at the level in use, on all threads of the
/// present pool together: one sample.
pub fn sample<T: Float>() -> f64 {
    let start = Instant::now();
    let operations: u64 = match rayon::current_num_threads() {
        1 => dispatch::<T, _>(Chains),
        _ => rayon::broadcast(|_| dispatch::<T, _>(Chains)).into_iter().sum(),
    };
    operations as f64 / start.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use neuropil_simd::{Float, Kernel, Lanes, Level, at};

    use super::{Chains, STEPS};

    /// Numbers in a vector of a level.
    struct Width;

    impl<T: Float> Kernel<T> for Width {
        type Out = u64;
        #[inline(always)]
        fn run<V: Lanes<T>>(self) -> u64 {
            V::LEN as u64
        }
    }

    fn operations_are_counted<T: Float>() {
        for level in Level::available() {
            let chains = match level {
                Level::Portable => 6,
                Level::Avx2 => 12,
                Level::Avx512 => 24,
            };
            let expected = 2 * chains * at::<T, _>(level, Width) * STEPS as u64;
            assert_eq!(at::<T, _>(level, Chains), expected, "{level} {}", T::NAME);
        }
    }

    #[test]
    fn each_multiply_add_of_a_lane_counts_as_two_operations() {
        operations_are_counted::<f32>();
        operations_are_counted::<f64>();
    }
}
