//! Activations with weights, and over any axis.

use super::check;
use crate::golden::Family;
use neuropil::activations::Softmax;
use neuropil::ops::{OverAxisOp, PReluOp, SnakeOp, SwishOp};

/// All of them.
pub fn members(family: &mut Family) {
    family.member("OverAxisOp", |case| check(case, || OverAxisOp { activation: Softmax, axis: 0 }));
    family.member("PReluOp", |case| check(case, || PReluOp));
    family.member("SnakeOp", |case| check(case, || SnakeOp));
    family.member("SwishOp", |case| check(case, || SwishOp));
}
