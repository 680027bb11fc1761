//! The number types that a network runs in, and how an op is found in each.

use crate::op::{AnyOp, Op};
use neuropil_simd::Float;

/// `f32` or `f64`: a [`Float`] in which a graph's ops can be run.
///
/// A graph stores ops that run in both types; this picks one. Code that defines an op or a layer
/// needs [`Float`] alone.
pub trait Real: Float {
    /// The op in this type.
    #[doc(hidden)]
    fn op(op: &dyn AnyOp) -> &dyn Op<Self>;
}

impl Real for f32 {
    fn op(op: &dyn AnyOp) -> &dyn Op<Self> {
        op
    }
}

impl Real for f64 {
    fn op(op: &dyn AnyOp) -> &dyn Op<Self> {
        op
    }
}
