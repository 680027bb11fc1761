//! Functions of each row of a matrix: losses, normalization, and what they are made of.

use std::hint::black_box;

use neuropil_losses::{CrossEntropy, Loss, Target};
use neuropil_regularizers::layer_norm::{self, EPSILON};
use neuropil_simd::{AlignedVec, rows};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Workload, numbers};
use crate::{
    scale::{Scale, Work},
    table::thousands,
};

/// What is done to each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFunction {
    /// x - ln Σ e^x
    LogSoftmax,
    /// ln Σ e^x
    LogSumExp,
    /// Where the largest number is.
    Argmax,
    /// The cross entropy from labels.
    CrossEntropy,
    /// The same with its gradient.
    CrossEntropyBoth,
    /// Layer normalization with gain and shift.
    LayerNorm,
    /// Its gradients, with those of gain and shift.
    LayerNormSlope,
}

impl RowFunction {
    /// All with their widths, in the order of the table.
    pub const ALL: [(Self, usize); 11] = [
        (Self::LogSoftmax, 128),
        (Self::LogSumExp, 128),
        (Self::Argmax, 128),
        (Self::CrossEntropy, 10),
        (Self::CrossEntropy, 128),
        (Self::CrossEntropy, 1000),
        (Self::CrossEntropyBoth, 10),
        (Self::CrossEntropyBoth, 128),
        (Self::CrossEntropyBoth, 1000),
        (Self::LayerNorm, 128),
        (Self::LayerNormSlope, 128),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::LogSoftmax => "log-softmax",
            Self::LogSumExp => "log-sum-exp",
            Self::Argmax => "argmax",
            Self::CrossEntropy => "cross entropy",
            Self::CrossEntropyBoth => "cross entropy + gradient",
            Self::LayerNorm => "layer norm",
            Self::LayerNormSlope => "layer norm slope",
        }
    }

    /// How many matrices are read, and how many written; vectors don't count.
    fn passes(self) -> usize {
        match self {
            Self::LogSumExp | Self::Argmax | Self::CrossEntropy => 1,
            Self::LogSoftmax | Self::CrossEntropyBoth | Self::LayerNorm => 2,
            // x, dy and dx are read, dx is written.
            Self::LayerNormSlope => 4,
        }
    }
}

/// A function of the rows of a matrix of about so many `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    function: RowFunction,
    width: usize,
    len: usize,
}

impl Rows {
    /// As many rows of `width` as `len` numbers hold.
    pub fn new(function: RowFunction, width: usize, len: usize) -> Self {
        Self { function, width, len }
    }

    fn rows(&self) -> usize {
        self.len / self.width
    }
}

impl Workload for Rows {
    fn name(&self) -> String {
        let Self { function, width, len } = *self;
        format!("{} of {} {}", function.name(), thousands(width as f64), thousands(len as f64))
    }

    fn work(&self) -> Work {
        let floats = self.rows() * self.width;
        let amount = Work::passes(floats, self.function.passes()).amount;
        Work { scale: Scale::Copy { floats: self.len }, amount }
    }

    /// The functions on slices leave threads to their callers.
    fn is_parallel(&self) -> bool {
        false
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let (rows, width) = (self.rows(), self.width);
        let mut x = numbers::<f32>(rows * width, 5);
        x.iter_mut().for_each(|x| *x *= 4.0);
        let mut y = AlignedVec::<f32>::zeros(rows * width);
        let mut of_row = AlignedVec::<f32>::zeros(rows);
        // Random, so that no branch predictor learns their order.
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let labels: Vec<u32> = (0..rows).map(|_| random.random_range(0..width as u32)).collect();
        let (loss, target) = (CrossEntropy::new(), Target::Labels(&labels));
        let weights = loss.weights::<f32>(width, rows, target);
        match self.function {
            RowFunction::LogSoftmax => time(&mut || {
                rows::log_softmax(width, black_box(&x), &mut y);
                black_box(&mut y);
            }),
            RowFunction::LogSumExp => time(&mut || {
                rows::log_sum_exp(width, black_box(&x), &mut of_row);
                black_box(&mut of_row);
            }),
            RowFunction::Argmax => {
                let mut places = vec![0; rows];
                time(&mut || {
                    rows::argmax(width, black_box(&x), &mut places);
                    black_box(&mut places);
                });
            }
            RowFunction::CrossEntropy => time(&mut || {
                loss.rows(width, black_box(&x), black_box(target), weights, &mut of_row, None);
                black_box(&mut of_row);
            }),
            RowFunction::CrossEntropyBoth => time(&mut || {
                let dx = Some(&mut y[..]);
                loss.rows(width, black_box(&x), black_box(target), weights, &mut of_row, dx);
                black_box((&mut y, &mut of_row));
            }),
            RowFunction::LayerNorm | RowFunction::LayerNormSlope => {
                self.layer_norm(&x, &mut y, &mut of_row, time);
            }
        }
    }
}

impl Rows {
    fn layer_norm(
        &self,
        x: &[f32],
        y: &mut [f32],
        mean: &mut [f32],
        time: &mut dyn FnMut(&mut dyn FnMut()),
    ) {
        let (rows, width) = (self.rows(), self.width);
        let mut rstd = AlignedVec::<f32>::zeros(rows);
        let (gain, shift) = (numbers::<f32>(width, 6), numbers::<f32>(width, 7));
        let affine = Some((&gain[..], &shift[..]));
        let mut forward = || {
            layer_norm::forward(width, black_box(x), affine, EPSILON, y, mean, &mut rstd);
            black_box(&mut *y);
        };
        if self.function == RowFunction::LayerNorm {
            return time(&mut forward);
        }
        forward();
        let dy = numbers::<f32>(x.len(), 8);
        let (mut dgain, mut dshift) = (gain.clone(), shift.clone());
        let dx = y;
        time(&mut || {
            let (x, dy) = (black_box(x), black_box(&dy[..]));
            layer_norm::backward(width, x, Some(&gain), mean, &rstd, dy, dx);
            layer_norm::backward_affine(x, mean, &rstd, dy, &mut dgain, &mut dshift);
            black_box((&mut *dx, &mut dgain, &mut dshift));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{RowFunction, Rows};
    use crate::{scale::Scale, workload::Workload};

    #[test]
    fn only_whole_rows_count() {
        let rows = Rows::new(RowFunction::CrossEntropyBoth, 1000, 4096);
        assert_eq!(rows.name(), "cross entropy + gradient of 1,000 4,096");
        assert_eq!(rows.work().scale, Scale::Copy { floats: 4096 });
        assert_eq!(rows.work().amount, 4 * 2 * 4000);
    }
}
