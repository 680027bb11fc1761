//! Ops that normalize.

use crate::cases::{OpCase, op_with_states};
use crate::list::Member;
use neuropil::Spec;
use neuropil::ops::BatchNormOp;

/// What the running mean and the running variance are full of.
const RUNNING: [f64; 2] = [0.25, 2.0];

/// All of them.
pub fn all() -> Vec<Member<OpCase>> {
    let (one, all) = (Spec::single([3]), BatchNormOp::new(3));
    let states = [([3].into(), RUNNING[0]), ([3].into(), RUNNING[1]), ([].into(), 0.0)];
    let rows =
        [Spec::per_row([3]), Spec::per_row([3, 4]), Spec::per_row([3, 5, 7]), Spec::single([3, 6])];
    let of_rows = |x: Spec| {
        [
            op_with_states(all, &[x], &states, |x| normalized(&x[0], &[1.0; 3], &[0.0; 3])),
            op_with_states(all.cumulative(), &[x, one, one], &states, |x| {
                normalized(&x[0], &x[1], &x[2])
            }),
        ]
    };
    vec![Member::of::<BatchNormOp>(rows.into_iter().flat_map(of_rows))]
}

/// Of three rows, or of one value.
fn normalized(x: &[f64], gain: &[f64], shift: &[f64]) -> Vec<f64> {
    let [mean, variance] = RUNNING;
    let inner = match x.len() {
        18 => 6,
        len => len / 9,
    };
    let at = |(i, x): (usize, &f64)| {
        let c = i / inner % 3;
        (x - mean) / (variance + 1e-5).sqrt() * gain[c] + shift[c]
    };
    x.iter().enumerate().map(at).collect()
}
