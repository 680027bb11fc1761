//! How the products and the kernels of a step are done, and shared out where shards are not.

use crate::gemm::{self, Matrix, MatrixMut, Right, alone};
use crate::grain;
use neuropil_simd::{Float, Kernel, Level, at};

/// How the work of a step is done: at which level, and on the calling thread alone where shards are what is
/// shared out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub level: Level,
    pub alone: bool,
}

impl Work {
    /// C = beta C + A B, or + bias.
    #[track_caller]
    pub fn product<T: Float>(
        self,
        a: Matrix<'_, T>,
        b: Right<'_, T>,
        beta: T,
        c: MatrixMut<'_, T>,
        bias: Option<&[T]>,
        scratch: &mut [T],
    ) {
        match (self.alone, bias) {
            (true, _) => alone(self.level, a, b, beta, c, bias, scratch),
            (false, None) => gemm::gemm_at(self.level, a, b, beta, c, gemm::Plain, scratch),
            (false, Some(bias)) => {
                gemm::gemm_at(self.level, a, b, beta, c, gemm::Bias(bias), scratch);
            }
        }
    }

    /// A kernel over some rows, in pieces where it is worth it.
    pub fn by_rows<T: Float, K: ByRows<T>>(self, kernel: K) {
        let numbers = kernel.rows() * kernel.width();
        if self.alone || kernel.rows() < 2 || grain::threads(numbers, grain::ELEMENTS / 4) == 1 {
            return at(self.level, kernel);
        }
        self.halve(kernel);
    }

    fn halve<T: Float, K: ByRows<T>>(self, kernel: K) {
        let rows = kernel.rows();
        if rows < 2 || rows * kernel.width() < grain::ELEMENTS / 2 {
            return at(self.level, kernel);
        }
        let (first, second) = kernel.split(rows / 2);
        rayon::join(|| self.halve(first), || self.halve(second));
    }
}

/// A kernel whose rows do not meet.
pub(super) trait ByRows<T: Float>: Kernel<T, Out = ()> + Send {
    fn rows(&self) -> usize;

    /// Numbers of h in a row.
    fn width(&self) -> usize;

    /// The first rows, and the rest.
    fn split(self, rows: usize) -> (Self, Self)
    where
        Self: Sized;
}

/// Implements [`ByRows`] for a kernel with a field `hidden`: which slices have how many times as many
/// numbers in a row, those that are written first; the first of all says how many rows there are.
macro_rules! by_rows {
    ($name:ident { $first:ident: $times:literal $(, $written:ident: $w:literal)* } { $($read:ident: $r:literal),* } $(, $same:ident)*) => {
        impl<T: Float> ByRows<T> for $name<'_, T> {
            fn rows(&self) -> usize {
                self.$first.len() / ($times * self.hidden)
            }

            fn width(&self) -> usize {
                self.hidden
            }

            fn split(self, rows: usize) -> (Self, Self) {
                let hidden = self.hidden;
                let len = |all: usize, times: usize| (rows * times * hidden).min(all);
                let $first = self.$first.split_at_mut(len(self.$first.len(), $times));
                $(let $written = self.$written.split_at_mut(len(self.$written.len(), $w));)*
                $(let $read = self.$read.split_at(len(self.$read.len(), $r));)*
                (
                    Self {
                        hidden, $($same: self.$same,)* $first: $first.0,
                        $($written: $written.0,)* $($read: $read.0,)*
                    },
                    Self {
                        hidden, $($same: self.$same,)* $first: $first.1,
                        $($written: $written.1,)* $($read: $read.1,)*
                    },
                )
            }
        }
    };
}
pub(super) use by_rows;
