//! Activations with weights or noise, and over any axis.

use crate::cases::{OpCase, op};
use crate::list::Member;
use crate::reference::{one_hot, over_axis, sigmoid, snake, softmax};
use neuropil::activations::{Glu, GumbelSoftmax, LogSoftmax, Maxout, RRelu};
use neuropil::ops::{GumbelSoftmaxOp, OverAxisOp, PReluOp, RReluOp, SnakeOp, SwishOp};
use neuropil::{AnyOp, Spec};

/// All of them.
pub fn all() -> Vec<Member<OpCase>> {
    let soft = GumbelSoftmaxOp { rule: GumbelSoftmax::new(), hard: false };
    let (row, rows) = (Spec::per_row([5]), Spec::per_row([2, 5]));
    vec![
        Member::of::<GumbelSoftmaxOp>([
            op(soft, &[row], |x| x[0].chunks(5).flat_map(softmax).collect()),
            op(soft, &[rows], |x| x[0].chunks(5).flat_map(softmax).collect()),
            op(GumbelSoftmaxOp { hard: true, ..soft }, &[rows], |x| {
                x[0].chunks(5).flat_map(one_hot).collect()
            })
            .lending_slope(),
        ])
        .without_golden("its noise is random; the layer has values of inference"),
        Member::of::<OverAxisOp<Glu>>(over_axes()),
        Member::of::<PReluOp>(learned(PReluOp, |x| {
            by_channel(x, |x, a| if x > 0.0 { x } else { a * x })
        })),
        Member::of::<RReluOp>([row, Spec::single([3, 50])].map(|x| {
            op(RReluOp(RRelu::new()), &[x], |x| {
                let mean = (1.0 / 8.0 + 1.0 / 3.0) / 2.0;
                x[0].iter().map(|&x| if x > 0.0 { x } else { mean * x }).collect()
            })
        }))
        .without_golden("its slopes are random; the layer has values of inference"),
        Member::of::<SnakeOp>(learned(SnakeOp, |x| by_channel(x, snake))),
        Member::of::<SwishOp>(learned(SwishOp, |x| by_channel(x, |x, beta| x * sigmoid(beta * x)))),
    ]
}

/// Activations that read the input, the output, and both.
fn over_axes() -> Vec<OpCase> {
    let maxout = Maxout::new(3).expect("pieces");
    vec![
        op(OverAxisOp { activation: Glu, axis: 0 }, &[Spec::per_row([4, 3])], |x| {
            over_axis(4, 3, &x[0], |x| vec![x[0] * sigmoid(x[2]), x[1] * sigmoid(x[3])])
        }),
        op(OverAxisOp { activation: LogSoftmax, axis: 1 }, &[Spec::per_row([2, 4, 3])], |x| {
            over_axis(4, 3, &x[0], |x| softmax(x).into_iter().map(f64::ln).collect())
        }),
        op(OverAxisOp { activation: LogSoftmax, axis: 0 }, &[Spec::single([4, 3])], |x| {
            over_axis(4, 3, &x[0], |x| softmax(x).into_iter().map(f64::ln).collect())
        }),
        op(OverAxisOp { activation: maxout, axis: 0 }, &[Spec::per_row([3, 7])], |x| {
            over_axis(3, 7, &x[0], |x| vec![x.iter().copied().fold(f64::MIN, f64::max)])
        }),
    ]
}

/// An op with one parameter, with one a column, and with one a plane.
fn learned<O: AnyOp + Clone>(of: O, reference: fn(&[Vec<f64>]) -> Vec<f64>) -> Vec<OpCase> {
    let shapes = [
        (Spec::per_row([5]), 1),
        (Spec::per_row([19]), 19),
        (Spec::per_row([3, 7]), 3),
        (Spec::per_row([3, 40]), 1),
        (Spec::single([3, 7]), 3),
    ];
    let case = |(x, parameters): (Spec, usize)| {
        op(of.clone(), &[x, Spec::single([parameters])], reference)
    };
    shapes.into_iter().map(case).collect()
}

/// f of each number and its parameter; the shapes are known by their numbers, of three rows or one.
fn by_channel(x: &[Vec<f64>], f: fn(f64, f64) -> f64) -> Vec<f64> {
    let (x, p) = (&x[0], &x[1]);
    let inner = if p.len() == 3 { 7 } else { 1 };
    x.iter().enumerate().map(|(i, &x)| f(x, p[i / inner % p.len()])).collect()
}
