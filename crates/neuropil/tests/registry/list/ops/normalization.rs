//! Ops that normalize.

use crate::cases::{OpCase, op, op_with_states};
use crate::list::Member;
use neuropil::Spec;
use neuropil::ops::{
    BatchNormOp, GroupNormOp, InstanceNormOp, LayerNormOp, LocalResponseNormOp, RmsNormOp,
    SpectralNormOp, WeightNormOp,
};

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
    vec![
        Member::of::<BatchNormOp>(rows.into_iter().flat_map(of_rows)),
        Member::of::<GroupNormOp>(group()),
        Member::of::<InstanceNormOp>(instance()),
        Member::of::<LayerNormOp>(layer()),
        Member::of::<LocalResponseNormOp>(local_response()),
        Member::of::<RmsNormOp>(rms()),
        Member::of::<SpectralNormOp>(spectral()),
        Member::of::<WeightNormOp>(weight()),
    ]
}

/// (x - μ)/√(σ² + ε) of each piece of so many numbers.
fn pieces(x: &[f64], len: usize) -> Vec<f64> {
    let of = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / len as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / len as f64;
        x.iter().map(move |x| (x - mean) / (variance + 1e-5).sqrt()).collect::<Vec<f64>>()
    };
    x.chunks(len).flat_map(of).collect()
}

/// With four channels of so many numbers each: all of three rows, or of one value.
fn by_channel(x: &[f64], inner: usize, gain: &[f64], shift: &[f64]) -> Vec<f64> {
    let channel = |i: usize| i / inner % gain.len();
    let scaled = |(i, x): (usize, &f64)| x * gain[channel(i)] + shift[channel(i)];
    x.iter().enumerate().map(scaled).collect()
}

fn layer() -> Vec<OpCase> {
    let one = Spec::single([5]);
    let matrix = Spec::single([2, 3]);
    let mut cases = Vec::new();
    for x in [Spec::per_row([5]), Spec::per_row([2, 5]), Spec::single([4, 5])] {
        let norm = LayerNormOp::new([5]);
        cases.push(op(norm, &[x], |x| pieces(&x[0], 5)));
        cases.push(op(norm, &[x, one], |x| by_channel(&pieces(&x[0], 5), 1, &x[1], &[0.0; 5])));
        cases.push(op(norm, &[x, one, one], |x| by_channel(&pieces(&x[0], 5), 1, &x[1], &x[2])));
    }
    let of_two = LayerNormOp::new([2, 3]);
    cases.push(op(of_two, &[Spec::per_row([4, 2, 3]), matrix, matrix], |x| {
        by_channel(&pieces(&x[0], 6), 1, &x[1], &x[2])
    }));
    let wide = (Spec::per_row([150]), Spec::single([150]));
    cases.push(op(LayerNormOp::new([150]), &[wide.0, wide.1, wide.1], |x| {
        by_channel(&pieces(&x[0], 150), 1, &x[1], &x[2])
    }));
    cases
}

fn rms() -> Vec<OpCase> {
    fn pieces(x: &[f64], len: usize) -> Vec<f64> {
        let of = |x: &[f64]| {
            let square = x.iter().map(|x| x * x).sum::<f64>() / len as f64;
            x.iter().map(move |x| x / (square + f64::EPSILON).sqrt()).collect::<Vec<f64>>()
        };
        x.chunks(len).flat_map(of).collect()
    }
    let mut cases = Vec::new();
    for x in [Spec::per_row([5]), Spec::per_row([2, 5]), Spec::single([4, 5])] {
        let norm = RmsNormOp::new([5]);
        cases.push(op(norm, &[x], |x| pieces(&x[0], 5)));
        let one = Spec::single([5]);
        cases.push(op(norm, &[x, one], |x| by_channel(&pieces(&x[0], 5), 1, &x[1], &[0.0; 5])));
    }
    let wide = (Spec::per_row([150]), Spec::single([150]));
    cases.push(op(RmsNormOp::new([150]), &[wide.0, wide.1], |x| {
        by_channel(&pieces(&x[0], 150), 1, &x[1], &[0.0; 150])
    }));
    cases
}

fn group() -> Vec<OpCase> {
    let one = Spec::single([4]);
    let norm = GroupNormOp::new(2, 4);
    vec![
        // Of two numbers alone hardly anything is left of the gradient but rounding.
        op(GroupNormOp::new(1, 4), &[Spec::per_row([4])], |x| pieces(&x[0], 4)),
        op(GroupNormOp::new(2, 12), &[Spec::per_row([12])], |x| pieces(&x[0], 6)),
        op(norm, &[Spec::per_row([4, 3]), one, one], |x| {
            by_channel(&pieces(&x[0], 6), 3, &x[1], &x[2])
        }),
        op(norm, &[Spec::per_row([4, 5, 9]), one, one], |x| {
            by_channel(&pieces(&x[0], 90), 45, &x[1], &x[2])
        }),
        op(norm, &[Spec::single([4, 7])], |x| pieces(&x[0], 14)),
        op(GroupNormOp::new(1, 4), &[Spec::per_row([4, 3]), one, one], |x| {
            by_channel(&pieces(&x[0], 12), 3, &x[1], &x[2])
        }),
    ]
}

fn instance() -> Vec<OpCase> {
    let (one, norm) = (Spec::single([3]), InstanceNormOp::new(3));
    let states = [([3].into(), RUNNING[0]), ([3].into(), RUNNING[1]), ([].into(), 0.0)];
    vec![
        op(norm, &[Spec::per_row([3, 4])], |x| pieces(&x[0], 4)),
        op(norm, &[Spec::per_row([3, 5, 7]), one, one], |x| {
            by_channel(&pieces(&x[0], 35), 35, &x[1], &x[2])
        }),
        op(norm, &[Spec::single([3, 6])], |x| pieces(&x[0], 6)),
        op_with_states(norm.running_statistics(), &[Spec::per_row([3, 4])], &states, |x| {
            normalized(&x[0], &[1.0; 3], &[0.0; 3])
        }),
        op_with_states(
            norm.running_statistics(),
            &[Spec::per_row([3, 5, 7]), one, one],
            &states,
            |x| normalized(&x[0], &x[1], &x[2]),
        ),
    ]
}

fn local_response() -> Vec<OpCase> {
    /// Of windows of three channels, six in all.
    fn reference(x: &[f64], inner: usize) -> Vec<f64> {
        let row = |x: &[f64]| {
            let at = |i: usize| {
                let (c, place) = (i / inner, i % inner);
                let window = c.saturating_sub(1)..(c + 2).min(6);
                let sum: f64 = window.map(|c| x[c * inner + place].powi(2)).sum();
                x[i] * (2.0 + 0.5 / 3.0 * sum).powf(-0.6)
            };
            (0..x.len()).map(at).collect::<Vec<f64>>()
        };
        x.chunks(6 * inner).flat_map(row).collect()
    }
    let norm = LocalResponseNormOp::new(3).and_then(|norm| norm.alpha(0.5)?.beta(0.6)?.k(2.0));
    let norm = norm.expect("good settings");
    vec![
        op(norm, &[Spec::per_row([6])], |x| reference(&x[0], 1)),
        op(norm, &[Spec::per_row([6, 5])], |x| reference(&x[0], 5)),
        op(norm, &[Spec::single([6, 4, 9])], |x| reference(&x[0], 36)),
    ]
}

fn weight() -> Vec<OpCase> {
    /// Of the places (j, others) of each output j.
    fn reference(x: &[Vec<f64>], output: fn(usize) -> usize) -> Vec<f64> {
        let (v, g) = (&x[0], &x[1]);
        let square =
            |j| -> f64 { (0..v.len()).filter(|&i| output(i) == j).map(|i| v[i] * v[i]).sum() };
        (0..v.len()).map(|i| g[output(i)] * v[i] / square(output(i)).sqrt()).collect()
    }
    let (matrix, cube) = (Spec::single([5, 3]), Spec::single([3, 2, 5]));
    let (three, one) = (Spec::single([3]), Spec::single([]));
    vec![
        op(WeightNormOp::of_axis(1), &[matrix, three], |x| reference(x, |i| i % 3)),
        op(WeightNormOp::of_axis(0), &[matrix, Spec::single([5, 1])], |x| reference(x, |i| i / 3)),
        op(WeightNormOp::of_axis(0), &[cube, Spec::single([3, 1, 1])], |x| {
            reference(x, |i| i / 10)
        }),
        op(WeightNormOp::of_axis(1), &[cube, Spec::single([2])], |x| reference(x, |i| i / 5 % 2)),
        op(WeightNormOp::of_all(), &[matrix, one], |x| reference(x, |_| 0)),
    ]
}

/// Of one row or one column, whose singular vectors an iteration finds: where u and v are found anew
/// for each difference, their share in the slope is not seen elsewhere.
fn spectral() -> Vec<OpCase> {
    fn reference(x: &[Vec<f64>]) -> Vec<f64> {
        let sigma: f64 = x[0].iter().map(|w| 0.5 * w).sum();
        x[0].iter().map(|w| w / sigma).collect()
    }
    let states = |n: usize, others: usize| {
        let of = |len| if len == 1 { 1.0 } else { 0.5 };
        [([n].into(), of(n)), ([others].into(), of(others))]
    };
    let of_axis = SpectralNormOp::of_axis;
    let twice = of_axis(0).iterations(2).expect("a count");
    vec![
        op_with_states(of_axis(0), &[Spec::single([1, 3])], &states(1, 3), reference),
        op_with_states(of_axis(1), &[Spec::single([4, 1])], &states(1, 4), reference),
        op_with_states(of_axis(1), &[Spec::single([1, 3])], &states(3, 1), reference),
        op_with_states(twice, &[Spec::single([1, 2, 3])], &states(1, 6), reference),
    ]
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
