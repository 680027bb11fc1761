//! Infinities, saturation, tiny numbers, kinks, and settings that are refused.

use crate::members::{check_special, forward};
use neuropil_activations::{
    Activation, ActivationError, BentIdentity, Celu, Elementwise, Elu, Exponential, Gaussian,
    GeluTanh, GumbelSoftmax, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyRelu, LogSigmoid,
    Maxout, Mish, RRelu, Relu6, ReluSquared, Selu, SigmoidSurrogate, Sign, Sine, Snake, Softmax,
    SoftmaxPlusOne, Softmin, Softplus, Softshrink, Softsign, SparsePlus, SparseSigmoid, Sparsemax,
    Squareplus, Step, StraightThrough, Swish, Tanhshrink, Threshold, ThresholdedRelu,
};

const INFINITY: f64 = f64::INFINITY;

fn slopes<A: Activation>(f: &A, x: &[f64]) -> Vec<f64> {
    let (y, mut dx) = (forward(f, 1, x), vec![0.0; x.len()]);
    f.backward(1, x, &y, &vec![1.0; x.len()], &mut dx);
    dx
}

#[test]
fn special_numbers() -> Result<(), ActivationError> {
    let e = (-1_f64).exp();
    check_special(&Sign, [-1.0, -1.0, 0.0, 0.0, 1.0, 1.0]);
    check_special(&Step.straight_through(), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    check_special(&Sign.sigmoid_surrogate(2.0)?, [-1.0, -1.0, 0.0, 0.0, 1.0, 1.0]);
    check_special(&Threshold::new(0.0, 7.0)?, [7.0, 7.0, 7.0, 7.0, 1.0, INFINITY]);
    check_special(&ThresholdedRelu::new(), [0.0, 0.0, 0.0, 0.0, 0.0, INFINITY]);
    check_special(&Relu6, [0.0, 0.0, 0.0, 0.0, 1.0, 6.0]);
    check_special(&ReluSquared, [0.0, 0.0, 0.0, 0.0, 1.0, INFINITY]);
    check_special(&LeakyRelu::new(), [-INFINITY, -0.01, 0.0, 0.0, 1.0, INFINITY]);
    check_special(&Hardtanh::new().bounds(-0.5, 3.0)?, [-0.5, -0.5, 0.0, 0.0, 1.0, 3.0]);
    check_special(&Elu::new().alpha(2.0)?, [-2.0, 2.0 * (e - 1.0), 0.0, 0.0, 1.0, INFINITY]);
    check_special(
        &Celu::new().alpha(2.0)?,
        [-2.0, 2.0 * ((-0.5_f64).exp() - 1.0), 0.0, 0.0, 1.0, INFINITY],
    );
    let (scale, alpha) = (1.0507009873554805, 1.6732632423543772);
    let left = scale * alpha;
    check_special(&Selu, [-left, left * (e - 1.0), 0.0, 0.0, scale, INFINITY]);
    let right = 0.5 + 0.5 * ((2.0 / std::f64::consts::PI).sqrt() * 1.044715).tanh();
    check_special(&GeluTanh, [0.0, right - 1.0, 0.0, 0.0, right, INFINITY]);
    let s = 1.0 / (1.0 + 1_f64.exp());
    check_special(&Swish::new(1.0)?, [0.0, -s, 0.0, 0.0, 1.0 - s, INFINITY]);
    check_special(&Swish::new(-1.0)?, [-INFINITY, s - 1.0, 0.0, 0.0, s, 0.0]);
    check_special(&Swish::new(0.0)?, [-INFINITY, -0.5, 0.0, 0.0, 0.5, INFINITY]);
    let mish = |x: f64| x * x.exp().ln_1p().tanh();
    check_special(&Mish, [0.0, mish(-1.0), 0.0, 0.0, mish(1.0), INFINITY]);
    check_special(&Hardswish, [0.0, -1.0 / 3.0, 0.0, 0.0, 2.0 / 3.0, INFINITY]);
    check_special(&Hardsigmoid, [0.0, 1.0 / 3.0, 0.5, 0.5, 2.0 / 3.0, 1.0]);
    let ln = |x: f64| -x.exp().ln_1p();
    check_special(&LogSigmoid, [-INFINITY, ln(1.0), ln(0.0), ln(0.0), ln(-1.0), 0.0]);
    check_special(&Softsign, [-1.0, -0.5, 0.0, 0.0, 0.5, 1.0]);
    check_special(
        &Softplus.beta(2.0)?,
        [0.0, -ln(-2.0) / 2.0, -ln(0.0) / 2.0, -ln(0.0) / 2.0, -ln(2.0) / 2.0, INFINITY],
    );
    let t = 1.0 - 1_f64.tanh();
    check_special(&Tanhshrink, [-INFINITY, -t, 0.0, 0.0, t, INFINITY]);
    check_special(&Hardshrink::new(), [-INFINITY, -1.0, 0.0, 0.0, 1.0, INFINITY]);
    check_special(&Softshrink::new(), [-INFINITY, -0.5, 0.0, 0.0, 0.5, INFINITY]);
    let plus = |x: f64| f64::midpoint(x, (x * x + 4.0).sqrt());
    check_special(&Squareplus::new(), [0.0, plus(-1.0), 1.0, 1.0, plus(1.0), INFINITY]);
    check_special(&SparsePlus, [0.0, 0.0, 0.25, 0.25, 1.0, INFINITY]);
    check_special(&SparseSigmoid, [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]);
    check_special(&Exponential, [0.0, e, 1.0, 1.0, 1_f64.exp(), INFINITY]);
    check_special(&Gaussian, [0.0, e, 1.0, 1.0, e, 0.0]);
    let bent = (2_f64.sqrt() - 1.0) / 2.0;
    check_special(&BentIdentity, [-INFINITY, bent - 1.0, 0.0, 0.0, bent + 1.0, INFINITY]);
    let wave = 1_f64.sin().powi(2);
    check_special(&Snake::new(), [-INFINITY, wave - 1.0, 0.0, 0.0, wave + 1.0, INFINITY]);
    assert!(forward(&Sine::new(), 1, &[INFINITY, f64::NAN]).iter().all(|y| y.is_nan()));
    Ok(())
}

#[test]
fn slopes_have_their_limits_at_infinity() -> Result<(), ActivationError> {
    let ends = [-INFINITY, INFINITY];
    let check = |slopes: Vec<f64>, expected: [f64; 2]| assert_eq!(slopes, expected);
    check(slopes(&GeluTanh, &ends), [0.0, 1.0]);
    check(slopes(&Swish::new(1.5)?, &ends), [0.0, 1.0]);
    check(slopes(&Swish::new(-1.5)?, &ends), [1.0, 0.0]);
    check(slopes(&Mish, &ends), [0.0, 1.0]);
    check(slopes(&Hardswish, &ends), [0.0, 1.0]);
    check(slopes(&Softplus.beta(2.0)?, &ends), [0.0, 1.0]);
    check(slopes(&Squareplus::new(), &ends), [0.0, 1.0]);
    check(slopes(&SparsePlus, &ends), [0.0, 1.0]);
    check(slopes(&Elu::new(), &ends), [0.0, 1.0]);
    check(slopes(&Celu::new(), &ends), [0.0, 1.0]);
    check(slopes(&LogSigmoid, &ends), [1.0, 0.0]);
    check(slopes(&Softsign, &ends), [0.0, 0.0]);
    check(slopes(&Tanhshrink, &ends), [1.0, 1.0]);
    check(slopes(&Gaussian, &ends), [0.0, 0.0]);
    check(slopes(&BentIdentity, &ends), [0.5, 1.5]);
    check(slopes(&Step.sigmoid_surrogate(3.0)?, &ends), [0.0, 0.0]);
    Ok(())
}

/// In `f32`, whose squares end early.
#[test]
fn large_numbers_do_not_overflow_inside() {
    let x = [-3e38_f32, -1e20, 1e20, 3e38];
    assert_eq!(forward(&BentIdentity, 1, &x), [-1.5e38, -5e19, 1.5e20, INFINITY as f32]);
    let y = forward(&Squareplus::new(), 1, &x);
    assert_eq!(y[2..], [1e20, 3e38]);
    assert!(y[0] > 0.0 && y[0] < 1e-37 && (y[1] / 1e-20 - 1.0).abs() < 1e-6);
    assert_eq!(forward(&Mish, 1, &x), [0.0, 0.0, 1e20, 3e38]);
    assert_eq!(forward(&GeluTanh, 1, &x), [0.0, 0.0, 1e20, 3e38]);
}

#[test]
fn tiny_numbers_keep_their_digits() {
    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-15, "{found} for {expected}");
    }
    let x = 2_f64.powi(-40);
    near(forward(&Tanhshrink, 1, &[x])[0], x * x * x / 3.0);
    near(forward(&BentIdentity, 1, &[-x])[0], -x + x * x / 4.0);
    near(forward(&Elu::new(), 1, &[-x])[0], -x + x * x / 2.0);
    near(forward(&Mish, 1, &[x])[0], x * (0.6 + 0.32 * x));
    near(forward(&LogSigmoid, 1, &[500.0])[0], -(-500_f64).exp());
    near(forward(&Squareplus::new(), 1, &[-1e9])[0], 1e-9);
    near(slopes(&LogSigmoid, &[500.0])[0], (-500_f64).exp());
}

#[test]
fn slopes_at_kinks() -> Result<(), ActivationError> {
    assert_eq!(slopes(&Relu6, &[0.0, 6.0]), [0.0, 0.0]);
    assert_eq!(slopes(&Hardtanh::new(), &[-1.0, 1.0]), [0.0, 0.0]);
    assert_eq!(slopes(&Hardsigmoid, &[-3.0, 3.0]), [0.0, 0.0]);
    assert_eq!(slopes(&Hardswish, &[-3.0, 3.0]), [0.0, 1.0]);
    assert_eq!(slopes(&LeakyRelu::new(), &[0.0]), [0.01]);
    assert_eq!(slopes(&Elu::new().alpha(2.0)?, &[0.0]), [2.0]);
    assert_eq!(slopes(&Hardshrink::new(), &[-0.5, 0.5]), [0.0, 0.0]);
    assert_eq!(slopes(&Softshrink::new(), &[-0.5, 0.5]), [0.0, 0.0]);
    assert_eq!(slopes(&Sign.straight_through().clipped(1.0)?, &[-1.0, 1.5]), [1.0, 0.0]);
    Ok(())
}

#[test]
fn sparsemax_of_edges() {
    assert_eq!(forward(&Sparsemax, 1, &[-700.0]), [1.0]);
    assert_eq!(forward(&Sparsemax, 2, &[1e30, 1e30]), [0.5, 0.5]);
    assert_eq!(forward(&Sparsemax, 3, &[-INFINITY, 5.0, -INFINITY]), [0.0, 1.0, 0.0]);
    assert_eq!(forward(&Sparsemax, 2, &[1.0, 0.0]), [1.0, 0.0]); // at the border
    for row in [[-INFINITY, -INFINITY], [INFINITY, 0.0], [f64::NAN, 0.0], [0.0, f64::NAN]] {
        assert!(forward(&Sparsemax, 2, &row).iter().all(|y| y.is_nan()), "{row:?}");
    }
    // Very many equal numbers.
    let y = forward(&Sparsemax, 100_000, &vec![3.0_f32; 100_000]);
    assert!(y.iter().all(|&y| (y * 1e5 - 1.0).abs() < 1e-2), "{}", y[0]);
}

#[test]
fn other_rows_of_edges() {
    let low = -INFINITY;
    assert_eq!(forward(&SoftmaxPlusOne, 2, &[low, low, -800.0, low]), [0.0; 4]);
    assert_eq!(forward(&SoftmaxPlusOne, 2, &[1e30, 1e30]), [0.5, 0.5]);
    for row in [[INFINITY, 0.0], [f64::NAN, 0.0], [-1.0, f64::NAN]] {
        assert!(forward(&SoftmaxPlusOne, 2, &row).iter().all(|y| y.is_nan()), "{row:?}");
    }
    let x = [0.5, -2.0, 3.0];
    assert_eq!(forward(&Softmin, 3, &x), forward(&Softmax, 3, &x.map(|x| -x)));
    // A NaN on either side, and the first of equal pieces.
    let maxout = Maxout::new(2).expect("pieces");
    let y = forward(&maxout, 4, &[f64::NAN, 1.0, 0.0, f64::NAN]);
    assert!(y.iter().all(|y| y.is_nan()));
    let (x, mut dx) = ([2.0, f64::NAN, 2.0, 1.0], [0.0; 4]);
    maxout.backward(4, &x, &forward(&maxout, 4, &x), &[1.0, 1.0], &mut dx);
    assert_eq!(dx, [1.0, 1.0, 0.0, 0.0]);
}

#[test]
fn gumbel_noise_has_the_moments_of_its_law() {
    // At the middles of equal parts of (0, 1): mean 0.5772 (Euler), variance π²/6.
    let n = 4096;
    let mut g: Vec<f64> = (0..n).map(|i| (f64::from(i) + 0.5) / f64::from(n)).collect();
    GumbelSoftmax::noise(&mut g);
    let mean = g.iter().sum::<f64>() / f64::from(n);
    let variance = g.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / f64::from(n);
    assert!((mean - 0.577_215_664_9).abs() < 1e-3, "{mean}");
    assert!((variance - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-2, "{variance}");
}

#[test]
fn impossible_settings_are_refused_by_name_and_value() {
    fn says<A>(outcome: Result<A, ActivationError>, expected: &str) {
        let message = outcome.err().expect("it should be refused").to_string();
        assert_eq!(message, expected);
    }
    for bad in [f64::NAN, INFINITY, -INFINITY, 1e39] {
        assert!(Threshold::new(bad, 0.0).is_err() && Threshold::new(0.0, bad).is_err());
        assert!(Swish::new(bad).is_err() && Softplus.beta(bad).is_err());
        assert!(Elu::new().alpha(bad).is_err() && Celu::new().alpha(bad).is_err());
        assert!(LeakyRelu::new().negative_slope(bad).is_err());
        assert!(Hardtanh::new().bounds(-1.0, bad).is_err());
        assert!(Hardtanh::new().bounds(bad, 1.0).is_err());
        assert!(Hardshrink::new().lambda(bad).is_err() && Softshrink::new().lambda(bad).is_err());
        assert!(Squareplus::new().b(bad).is_err() && Snake::new().frequency(bad).is_err());
        assert!(Sine::new().frequency(bad).is_err() && ThresholdedRelu::new().theta(bad).is_err());
        assert!(GumbelSoftmax::new().tau(bad).is_err() && RRelu::new().bounds(0.1, bad).is_err());
        assert!(StraightThrough::new(Step).clipped(bad).is_err());
        assert!(SigmoidSurrogate::new(Step).steepness(bad).is_err());
        assert!(Softplus.beta(1.0).and_then(|softplus| softplus.threshold(bad)).is_err());
    }
    says(Swish::new(f64::NAN), "Swish: beta must be a finite number, but is NaN");
    says(
        LeakyRelu::new().negative_slope(-0.5),
        "LeakyRelu: negative_slope must be a finite number of at least 0, but is -0.5",
    );
    says(Celu::new().alpha(0.0), "Celu: alpha must be a positive finite number in f32, but is 0");
    says(
        GumbelSoftmax::new().tau(-1.0),
        "GumbelSoftmax: tau must be a positive finite number in f32, but is -1",
    );
    says(
        Hardtanh::new().bounds(1.0, 1.0),
        "Hardtanh: low must lie below high, but they are 1 and 1",
    );
    says(
        RRelu::new().bounds(0.5, 0.25),
        "RRelu: lower must lie below upper, but they are 0.5 and 0.25",
    );
    says(Maxout::new(0), "Maxout: pieces must be at least 1, but is 0");
}

/// Fused behind a product, so their slopes must be known from the output.
#[test]
fn common_ones_need_their_output_alone() {
    fn check<E: Elementwise>(f: E) {
        assert!(!E::READS.input(), "{f:?}");
    }
    check(LeakyRelu::new());
    check(Elu::new());
    check(Celu::new());
    check(Selu);
    check(Relu6);
    check(Hardtanh::new());
    check(Hardsigmoid);
    check(LogSigmoid);
    check(Softsign);
    check(ReluSquared);
    check(Squareplus::new());
}
