//! All ops.

mod activation;
mod convolution;
mod embedding;
mod losses;
mod noise;
mod normalization;
mod pooling;
mod recurrent;

use super::Member;
use crate::cases::{OpCase, op};
use crate::reference::{cross_entropy, product, softmax};
use neuropil::Spec;
use neuropil::losses::{CrossEntropy, Target};
use neuropil::ops::{Activate, Add, BilinearOp, Copy, LinearOp, LossOp, Multiply, PenaltyOp};
use neuropil::ops::{
    AdaptiveAvgPoolOp, AdaptiveMaxPoolOp, AvgPoolOp, ChannelsLastOp, ConvOp, ConvTransposeOp,
    LpPoolOp, MaxPoolOp, PadOp, UpsampleOp,
};
use neuropil::prelude::{Relu, Softmax, Tanh};
use neuropil::regularizers::L2;
use neuropil::tensor::Shape;

/// All of them.
pub fn all() -> Vec<Member<OpCase>> {
    let (row, number) = (Spec::per_row([5]), Spec::per_row([]));
    let (rows_in_row, matrix, bias) =
        (Spec::per_row([2, 5]), Spec::single([5, 3]), Spec::single([3]));
    let any = [row, matrix, number];
    let members = vec![
        Member::of::<AdaptiveAvgPoolOp>(pooling::adaptive_average()),
        Member::of::<AdaptiveMaxPoolOp>(pooling::adaptive_max()),
        Member::of::<AvgPoolOp>(pooling::average()),
        Member::of::<ChannelsLastOp>(pooling::channels_last_op()),
        Member::of::<ConvOp>(convolution::forward()),
        Member::of::<ConvTransposeOp>(convolution::transposed()),
        Member::of::<LpPoolOp>(pooling::norm()),
        Member::of::<MaxPoolOp>(pooling::max()),
        Member::of::<PadOp>(convolution::pad()),
        Member::of::<UpsampleOp>(pooling::upsample()),
        Member::of::<Activate<Tanh>>(
            any.into_iter()
                .flat_map(|x| {
                    [
                        op(Activate(Tanh), &[x], |x| x[0].iter().map(|x| x.tanh()).collect()),
                        op(Activate(Relu), &[x], |x| x[0].iter().map(|x| x.max(0.0)).collect()),
                    ]
                })
                .chain([op(Activate(Softmax), &[row], |x| {
                    x[0].chunks(5).flat_map(softmax).collect()
                })]),
        ),
        Member::of::<Add>(any.map(|x| op(Add, &[x, x], |x| pairs(x, |a, b| a + b)))),
        Member::of::<BilinearOp>(
            [Spec::per_row([4]), Spec::single([4]), Spec::per_row([2, 4])].into_iter().flat_map(
                |a| {
                    let outer = &a.shape.dims()[..a.shape.rank() - 1];
                    let b = a.with_shape(outer.iter().copied().chain([5]).collect::<Shape>());
                    let w = Spec::single([3, 4, 5]);
                    [
                        op(BilinearOp, &[a, b, w], |x| bilinear(x, &[0.0; 3])),
                        op(BilinearOp, &[a, b, w, bias], |x| bilinear(x, &x[3])),
                    ]
                },
            ),
        ),
        Member::of::<Copy>([row, matrix].map(|x| op(Copy, &[x], |x| x[0].clone()))),
        Member::of::<LinearOp>([row, rows_in_row, Spec::single([4, 5])].into_iter().flat_map(
            |x| {
                [
                    op(LinearOp, &[x, matrix], |x| product(&x[0], &x[1], &[0.0; 3])),
                    op(LinearOp, &[x, matrix, bias], |x| product(&x[0], &x[1], &x[2])),
                ]
            },
        )),
        // With labels; targets and weights of numbers are data, whose gradients losses don't have.
        Member::of::<LossOp<CrossEntropy>>([
            op(LossOp::new(CrossEntropy::new()), &[row, Spec::indices([])], mean_cost),
            op(LossOp::new(CrossEntropy::new()), &[rows_in_row, Spec::indices([2])], mean_cost),
        ]),
        Member::of::<PenaltyOp<L2>>([
            op(PenaltyOp(L2::new(0.5).expect("a strength")), &[row], |x| price(&x[0], 3)),
            op(PenaltyOp(L2::new(0.5).expect("a strength")), &[rows_in_row], |x| price(&x[0], 3)),
        ]),
        Member::of::<Multiply>(any.map(|x| op(Multiply, &[x, x], |x| pairs(x, |a, b| a * b)))),
    ];
    let others = [
        activation::all(),
        embedding::all(),
        losses::all(),
        noise::all(),
        normalization::all(),
        recurrent::all(),
    ];
    members.into_iter().chain(others.into_iter().flatten()).collect()
}

/// The penalty of all rows, over their number.
fn price(x: &[f64], rows: usize) -> Vec<f64> {
    vec![x.iter().map(|x| 0.25 * x * x).sum::<f64>() / rows as f64]
}

fn pairs(x: &[Vec<f64>], f: fn(f64, f64) -> f64) -> Vec<f64> {
    x[0].iter().zip(&x[1]).map(|(&a, &b)| f(a, b)).collect()
}

/// Of inputs [.., 4] and [.., 5] to 3 numbers.
fn bilinear(x: &[Vec<f64>], bias: &[f64]) -> Vec<f64> {
    let rows = x[0].chunks(4).zip(x[1].chunks(5));
    let of_row = |(a, b): (&[f64], &[f64])| -> Vec<f64> {
        let y = |k: usize| (0..20).map(|i| a[i / 5] * x[2][20 * k + i] * b[i % 5]).sum::<f64>();
        (0..3).map(|k| bias[k] + y(k)).collect()
    };
    rows.flat_map(of_row).collect()
}

fn mean_cost(x: &[Vec<f64>]) -> Vec<f64> {
    let cost = |(x, &label): (&[f64], &f64)| cross_entropy(x, Target::Labels(&[label as u32]));
    let costs: Vec<f64> = x[0].chunks(5).zip(&x[1]).map(cost).collect();
    vec![costs.iter().sum::<f64>() / costs.len() as f64]
}
