//! A cost whose gradient is whatever the case gives.

use neuropil::losses::{Loss, Reduction, Target, TargetKind, Weights};
use neuropil::simd::Float;

/// Σ y dy, whose gradient is dy.
#[derive(Clone, Debug)]
pub struct WeightedSum;

impl Loss for WeightedSum {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn reduction(&self) -> Reduction {
        Reduction::Sum
    }

    fn rows<T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
    ) {
        let Target::Values(dy) = target else { panic!("labels are no gradient") };
        for ((loss, x), dy) in loss.iter_mut().zip(x.chunks(width)).zip(dy.chunks(width)) {
            *loss = x.iter().zip(dy).map(|(&x, &dy)| x * dy).sum();
        }
        for (i, dx) in dx.into_iter().flatten().enumerate() {
            *dx = dy[i] * weights.of(i / width);
        }
    }
}
