//! All losses.

use super::Member;
use crate::cases::{LossCase, loss};
use crate::reference::{cross_entropy, mean_squared_error};
use neuropil::losses::{CrossEntropy, MeanSquaredError};

/// All of them.
pub fn all() -> Vec<Member<LossCase>> {
    vec![
        Member::of::<CrossEntropy>([
            loss(CrossEntropy::new(), cross_entropy),
            loss(CrossEntropy::new().sum(), cross_entropy),
        ]),
        Member::of::<MeanSquaredError>([
            loss(MeanSquaredError::new(), mean_squared_error),
            loss(MeanSquaredError::new().sum(), mean_squared_error),
        ]),
    ]
}
