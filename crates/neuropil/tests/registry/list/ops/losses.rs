//! Ops of losses of several inputs.

use crate::cases::{OpCase, op};
use crate::list::Member;
use crate::reference::product;
use neuropil::Spec;
use neuropil::losses::{Ctc, TripletMargin};
use neuropil::ops::{CtcOp, JointLossOp, LinearCrossEntropyOp};

pub fn all() -> Vec<Member<OpCase>> {
    vec![
        Member::of::<CtcOp>(ctc()),
        Member::of::<JointLossOp<TripletMargin, 3>>([
            op(JointLossOp::new(TripletMargin::new()), &[Spec::per_row([5]); 3], |x| {
                mean(triplets(x))
            }),
            op(JointLossOp::new(TripletMargin::new().sum()), &[Spec::per_row([2, 5]); 3], |x| {
                vec![triplets(x).iter().sum()]
            }),
        ]),
        Member::of::<LinearCrossEntropyOp>(linear_cross_entropy()),
    ]
}

fn mean(costs: Vec<f64>) -> Vec<f64> {
    vec![costs.iter().sum::<f64>() / costs.len() as f64]
}

fn triplets(x: &[Vec<f64>]) -> Vec<f64> {
    let distance = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b + 1e-6).powi(2)).sum::<f64>().sqrt()
    };
    let rows = x[0].chunks(5).zip(x[1].chunks(5)).zip(x[2].chunks(5));
    rows.map(|((a, p), n)| (distance(a, p) - distance(a, n) + 1.0).max(0.0)).collect()
}

/// Steps, classes and labels of the cases of CTC.
const TIME: usize = 5;
const CLASSES: usize = 3;
const LONGEST: usize = 2;

fn ctc() -> Vec<OpCase> {
    let x = [Spec::per_row([TIME, CLASSES]), Spec::indices([LONGEST]), Spec::indices([])];
    let with_steps = [&x[..], &[Spec::indices([])]].concat();
    // Labels that don't fit in the steps cost nothing.
    let fits = Ctc::new().zero_infinity(true);
    vec![
        op(CtcOp::new(fits), &x, |x| {
            let of_row = |(cost, count): (f64, &f64)| cost / count.max(1.0);
            mean(paths(x).into_iter().zip(&x[2]).map(of_row).collect())
        })
        .with_indices(1..3),
        op(CtcOp::new(fits.sum()), &x, |x| vec![paths(x).iter().sum()]).with_indices(1..3),
        op(CtcOp::new(fits.sum()), &with_steps, |x| vec![paths(x).iter().sum()]).with_indices(1..3),
    ]
}

/// The loss of each row, path by path.
fn paths(x: &[Vec<f64>]) -> Vec<f64> {
    let rows = x[0].chunks(TIME * CLASSES).enumerate();
    let of_row = |(row, logs): (usize, &[f64])| {
        let labels = &x[1][row * LONGEST..][..x[2][row] as usize];
        let steps = x.get(3).map_or(TIME, |steps| steps[row] as usize);
        let mut sum = 0.0;
        for path in 0..CLASSES.pow(steps as u32) {
            let class = |t: usize| path / CLASSES.pow(t as u32) % CLASSES;
            let mut said: Vec<usize> = (0..steps).map(class).collect();
            said.dedup();
            said.retain(|&class| class != 0);
            if said.iter().map(|&class| class as f64).eq(labels.iter().copied()) {
                sum += (0..steps).map(|t| logs[t * CLASSES + class(t)]).sum::<f64>().exp();
            }
        }
        if sum == 0.0 { 0.0 } else { -sum.ln() }
    };
    rows.map(of_row).collect()
}

fn linear_cross_entropy() -> Vec<OpCase> {
    const FEATURES: usize = 5;
    let of = LinearCrossEntropyOp::new;
    let (row, label) = (Spec::per_row([FEATURES]), Spec::indices([]));
    let (w, b) = (Spec::single([FEATURES, 3]), Spec::single([3]));
    let (wide, wide_b) = (Spec::single([FEATURES, 1030]), Spec::single([1030]));
    let smooth = of().label_smoothing(0.25).expect("a share");
    let (rows, labels) = (Spec::per_row([2, FEATURES]), Spec::indices([2]));
    vec![
        op(of(), &[row, w, b, label], |x| mean(costs(x, 0.0))),
        op(of().without_bias(), &[row, w, label], |x| {
            let zeros = vec![0.0; 3];
            mean(costs(&[x[0].clone(), x[1].clone(), zeros, x[2].clone()], 0.0))
        }),
        op(smooth, &[rows, w, b, labels], |x| mean(costs(x, 0.25))),
        op(of().sum(), &[rows, w, b, labels], |x| vec![costs(x, 0.0).iter().sum()]),
        op(of().ignore_index(1), &[rows, w, b, labels], |x| {
            let all = costs(x, 0.0);
            mean(all.iter().zip(&x[3]).filter(|(_, l)| **l != 1.0).map(|(c, _)| *c).collect())
        }),
        // More classes than stand in a block.
        op(smooth, &[row, wide, wide_b, label], |x| mean(costs(x, 0.25))),
    ]
}

/// The cost of each row.
fn costs(x: &[Vec<f64>], smoothing: f64) -> Vec<f64> {
    let classes = x[2].len();
    let logits = product(&x[0], &x[1], &x[2]);
    let cost = |(z, &label): (&[f64], &f64)| {
        let ln_sum = z.iter().map(|z| z.exp()).sum::<f64>().ln();
        let spread = z.iter().map(|z| ln_sum - z).sum::<f64>() / classes as f64;
        (1.0 - smoothing) * (ln_sum - z[label as usize]) + smoothing * spread
    };
    logits.chunks(classes).zip(&x[3]).map(cost).collect()
}
