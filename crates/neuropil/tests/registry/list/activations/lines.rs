//! Activations of straight lines, and those that lend them a slope.

use crate::cases::{ActivationCase, elementwise};
use crate::list::Member;
use crate::reference::sigmoid;
use neuropil::activations::{
    Hardshrink, Hardsigmoid, Hardtanh, Identity, LeakyRelu, Relu, Relu6, SigmoidSurrogate, Sign,
    Softshrink, SparseSigmoid, Step, StraightThrough, Threshold, ThresholdedRelu,
};

/// All of them.
pub fn all() -> Vec<Member<ActivationCase>> {
    let hardtanh = Hardtanh::new().bounds(-0.25, 2.0).expect("bounds");
    let leaky = |a| LeakyRelu::new().negative_slope(a).expect("a slope");
    let thresholded = ThresholdedRelu::new().theta(0.25).expect("a threshold");
    let hardshrink = Hardshrink::new().lambda(1.5).expect("a threshold");
    let softshrink = Softshrink::new().lambda(1.5).expect("a threshold");
    let clipped = Sign.straight_through().clipped(1.0).expect("a bound");
    let steep = Step.sigmoid_surrogate(3.0).expect("a steepness");
    vec![
        Member::of::<Hardshrink>([
            elementwise(Hardshrink::new(), |x| if x.abs() > 0.5 { x } else { 0.0 })
                .with_kinks(&[-0.5, 0.5]),
            elementwise(hardshrink, |x| if x.abs() > 1.5 { x } else { 0.0 })
                .with_kinks(&[-1.5, 1.5]),
        ]),
        Member::of::<Hardsigmoid>([elementwise(Hardsigmoid, |x| {
            ((x + 3.0) / 6.0).clamp(0.0, 1.0)
        })
        .with_kinks(&[-3.0, 3.0])]),
        Member::of::<Hardtanh>([
            elementwise(Hardtanh::new(), |x| x.clamp(-1.0, 1.0)).with_kinks(&[-1.0, 1.0]),
            elementwise(hardtanh, |x| x.clamp(-0.25, 2.0)).with_kinks(&[-0.25, 2.0]),
        ]),
        Member::of::<Identity>([elementwise(Identity, |x| x)]),
        Member::of::<LeakyRelu>([
            elementwise(LeakyRelu::new(), |x| if x > 0.0 { x } else { 0.01 * x }),
            elementwise(leaky(0.25), |x| if x > 0.0 { x } else { 0.25 * x }),
            elementwise(leaky(0.0), |x| x.max(0.0)),
            elementwise(leaky(2.0), |x| if x > 0.0 { x } else { 2.0 * x }),
        ]),
        Member::of::<Relu>([elementwise(Relu, |x| if x > 0.0 { x } else { 0.0 })]),
        Member::of::<Relu6>([elementwise(Relu6, |x| x.clamp(0.0, 6.0)).with_kinks(&[0.0, 6.0])]),
        Member::of::<Sign>([elementwise(Sign, f64::signum)]),
        Member::of::<SigmoidSurrogate<Step>>([
            elementwise(steep, step).learning_as(|x| sigmoid(3.0 * x)),
            elementwise(SigmoidSurrogate::new(Sign), f64::signum).learning_as(sigmoid),
        ]),
        Member::of::<Softshrink>([
            elementwise(Softshrink::new(), |x| x - x.clamp(-0.5, 0.5)).with_kinks(&[-0.5, 0.5]),
            elementwise(softshrink, |x| x - x.clamp(-1.5, 1.5)).with_kinks(&[-1.5, 1.5]),
        ]),
        Member::of::<SparseSigmoid>([elementwise(SparseSigmoid, |x| {
            ((x + 1.0) / 2.0).clamp(0.0, 1.0)
        })
        .with_kinks(&[-1.0, 1.0])]),
        Member::of::<Step>([elementwise(Step, step)]),
        Member::of::<StraightThrough<Step>>([
            elementwise(Step.straight_through(), step).learning_as(|x| x),
            elementwise(clipped, f64::signum)
                .with_kinks(&[-1.0, 0.0, 1.0])
                .learning_as(|x| x.clamp(-1.0, 1.0)),
        ]),
        Member::of::<Threshold>([elementwise(Threshold::new(0.5, -2.0).expect("numbers"), |x| {
            if x > 0.5 { x } else { -2.0 }
        })
        .with_kinks(&[0.5])]),
        Member::of::<ThresholdedRelu>([
            elementwise(ThresholdedRelu::new(), |x| if x > 1.0 { x } else { 0.0 })
                .with_kinks(&[1.0]),
            elementwise(thresholded, |x| if x > 0.25 { x } else { 0.0 }).with_kinks(&[0.25]),
        ]),
    ]
}

fn step(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { 1.0 }
}
