//! Activations that bend.

use crate::cases::{ActivationCase, elementwise};
use crate::list::Member;
use crate::reference::{gelu, sigmoid};
use neuropil::activations::{
    BentIdentity, Celu, Elu, Exponential, Gaussian, Gelu, GeluTanh, Hardswish, LogSigmoid, Mish,
    ReluSquared, ScaledSoftplus, Selu, Sigmoid, Silu, Sine, Snake, Softplus, Softsign, SparsePlus,
    Squareplus, Swish, Tanh, Tanhshrink,
};

/// All of them.
pub fn all() -> Vec<Member<ActivationCase>> {
    let softplus = |beta| Softplus.beta(beta).expect("a β");
    let cut = softplus(2.0).threshold(4.0).expect("a threshold");
    let swish = |beta| Swish::new(beta).expect("a β");
    let sine = |omega| Sine::new().frequency(omega).expect("a frequency");
    let snake = Snake::new().frequency(2.0).expect("a frequency");
    vec![
        Member::of::<BentIdentity>([elementwise(BentIdentity, |x| {
            x + x * x / ((x * x + 1.0).sqrt() + 1.0) / 2.0
        })]),
        Member::of::<Celu>([
            elementwise(Celu::new(), |x| if x > 0.0 { x } else { x.exp_m1() }),
            elementwise(Celu::new().alpha(1.5).expect("an α"), |x| {
                if x > 0.0 { x } else { 1.5 * (x / 1.5).exp_m1() }
            }),
        ]),
        Member::of::<Elu>([
            elementwise(Elu::new(), |x| if x > 0.0 { x } else { x.exp_m1() }),
            elementwise(Elu::new().alpha(1.5).expect("an α"), |x| {
                if x > 0.0 { x } else { 1.5 * x.exp_m1() }
            }),
        ]),
        Member::of::<Exponential>([elementwise(Exponential, f64::exp)]),
        // The square of x is rounded, and with it the exponent.
        Member::of::<Gaussian>([elementwise(Gaussian, |x| (-x * x).exp()).exact_to(1.0)]),
        Member::of::<Gelu>([elementwise(Gelu, gelu).exact_to(0.25)]),
        Member::of::<GeluTanh>([elementwise(GeluTanh, |x| {
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            x * sigmoid(2.0 * u)
        })
        .exact_to(0.25)]),
        Member::of::<Hardswish>([elementwise(Hardswish, |x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0)
            .with_kinks(&[-3.0, 3.0])]),
        Member::of::<LogSigmoid>([elementwise(LogSigmoid, |x| -(-x).exp().ln_1p())]),
        Member::of::<Mish>([elementwise(Mish, |x| x * x.exp().ln_1p().tanh())]),
        Member::of::<ReluSquared>([elementwise(ReluSquared, |x| x.max(0.0).powi(2))]),
        // The product βx is exact for such a β.
        Member::of::<ScaledSoftplus>([
            elementwise(softplus(0.5), |x| (x / 2.0).exp().ln_1p() * 2.0),
            elementwise(cut, |x| if x > 2.0 { x } else { (x * 2.0).exp().ln_1p() / 2.0 })
                .with_kinks(&[2.0]),
        ]),
        Member::of::<Selu>([elementwise(Selu, |x| {
            let (alpha, scale) = (1.673_263_242_354_377_2, 1.050_700_987_355_480_5);
            if x > 0.0 { scale * x } else { scale * alpha * x.exp_m1() }
        })]),
        Member::of::<Sigmoid>([elementwise(Sigmoid, sigmoid)]),
        Member::of::<Silu>([elementwise(Silu, |x| x * sigmoid(x))]),
        // Differences know no more than a frequency of 4; golden values have the 30.
        Member::of::<Sine>([
            elementwise(sine(1.0), f64::sin),
            elementwise(sine(4.0), |x| (4.0 * x).sin()),
        ]),
        // The wave is taken from numbers of its size.
        Member::of::<Snake>([
            elementwise(Snake::new(), |x| x + x.sin().powi(2)).exact_to(1.0),
            elementwise(snake, |x| x + (2.0 * x).sin().powi(2) / 2.0).exact_to(1.0),
        ]),
        Member::of::<Softplus>([elementwise(Softplus, |x| x.exp().ln_1p())]),
        Member::of::<Softsign>([elementwise(Softsign, |x| x / (1.0 + x.abs()))]),
        Member::of::<SparsePlus>([elementwise(SparsePlus, |x| {
            if x >= 1.0 { x } else { (x + 1.0).max(0.0).powi(2) / 4.0 }
        })
        .with_kinks(&[-1.0, 1.0])]),
        Member::of::<Squareplus>([
            elementwise(Squareplus::new(), |x| squareplus(x, 4.0)),
            elementwise(Squareplus::new().b(0.25).expect("a b"), |x| squareplus(x, 0.25)),
        ]),
        // The product βx is rounded, and with it the exponent.
        Member::of::<Swish>([
            elementwise(swish(1.5), |x| x * sigmoid(1.5 * x)).exact_to(0.25),
            elementwise(swish(-0.5), |x| x * sigmoid(-0.5 * x)),
            elementwise(swish(0.0), |x| x / 2.0),
        ]),
        Member::of::<Tanh>([elementwise(Tanh, f64::tanh)]),
        Member::of::<Tanhshrink>([elementwise(Tanhshrink, |x| {
            // tanh x = x/(1 + c) with the continued fraction c = x²/(3 + x²/(5 + ..)).
            let z = x * x;
            let c = (1..60).rev().fold(0.0, |c, k| z / (f64::from(2 * k + 1) + c));
            x * c / (1.0 + c)
        })]),
    ]
}

/// (x + √(x² + b))/2, in the form in which nothing cancels.
fn squareplus(x: f64, b: f64) -> f64 {
    let root = (x * x + b).sqrt();
    if x < 0.0 { b / (2.0 * (root - x)) } else { (x + root) / 2.0 }
}
