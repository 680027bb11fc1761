//! A weight for each class, or for each column of a row.

use crate::LossError;
use neuropil_simd::Float;
use std::any::Any;
use std::sync::Arc;

/// Weights, one a class, in both number types: shared by the copies of a loss.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClassWeights {
    single: Arc<[f32]>,
    double: Arc<[f64]>,
}

impl ClassWeights {
    /// # Errors
    /// If a weight is negative, infinite or NaN, or none is positive.
    pub(crate) fn new(
        loss: &'static str,
        setting: &'static str,
        weights: &[f64],
    ) -> Result<Self, LossError> {
        // As f32 has them, in which they must be finite, too.
        let single: Arc<[f32]> = weights.iter().map(|&weight| weight as f32).collect();
        if let Some(class) = single.iter().position(|&w| !(w >= 0.0 && w.is_finite())) {
            return Err(LossError::ClassWeight { loss, setting, class, weight: weights[class] });
        }
        if single.iter().all(|&w| w == 0.0) {
            return Err(LossError::NoClassWeight { loss, setting });
        }
        Ok(Self { single, double: weights.into() })
    }

    /// The weights in a type.
    pub(crate) fn of<T: Float>(&self) -> &[T] {
        let (single, double): (&dyn Any, &dyn Any) = (&self.single, &self.double);
        let weights = single.downcast_ref::<Arc<[T]>>().or_else(|| double.downcast_ref());
        weights.expect("a Float is f32 or f64")
    }

    /// # Errors
    /// If rows have another width than there are weights.
    pub(crate) fn check_width(
        &self,
        loss: &'static str,
        setting: &'static str,
        width: usize,
    ) -> Result<(), LossError> {
        let found = self.double.len();
        if found == width {
            return Ok(());
        }
        Err(LossError::Width { loss, setting, found, width })
    }
}
