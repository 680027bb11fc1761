//! What is true of one activation and not of the others.

use crate::inputs::{bits, numbers};
use neuropil_activations::{
    Activation, Elementwise, Float, Gelu, Glu, Identity, Lanes, Reads, Relu, Sigmoid, Silu,
    Softmax, Softplus, Step, Tanh,
};

const INFINITY: f64 = f64::INFINITY;

pub fn forward<T: Float, A: Activation>(f: &A, width: usize, x: &[T]) -> Vec<T> {
    let mut y = vec![T::NAN; x.len() / width * f.output_width(width).unwrap()];
    f.forward(width, x, &mut y);
    y
}

/// f at -∞, -1, -0, 0, 1, ∞ in both types, and NaN in the lanes and in the tail.
pub fn check_special<A: Activation>(f: &A, expected: [f64; 6]) {
    fn check<T: Float, A: Activation>(f: &A, expected: [f64; 6]) {
        let x = [-INFINITY, -1.0, -0.0, 0.0, 1.0, INFINITY].map(T::of);
        let expected = expected.map(T::of);
        for (y, expected) in forward(f, 1, &x).into_iter().zip(expected) {
            let tolerance = T::EPSILON + T::EPSILON;
            assert!(
                y == expected || (y - expected).abs() <= tolerance,
                "{f:?}: {y} for {expected}"
            );
        }
        for len in [1, 17] {
            assert!(forward(f, 1, &vec![T::NAN; len]).iter().all(|y| y.is_nan()), "{f:?}");
        }
    }
    check::<f32, A>(f, expected);
    check::<f64, A>(f, expected);
}

#[test]
fn special_numbers() {
    let s = 1.0 / (1.0 + 1_f64.exp());
    check_special(&Identity, [-INFINITY, -1.0, 0.0, 0.0, 1.0, INFINITY]);
    let [left, right] = [1.0 - 0.841_344_746_068_542_9, 0.841_344_746_068_542_9];
    check_special(&Gelu, [0.0, -left, 0.0, 0.0, right, INFINITY]);
    check_special(&Silu, [0.0, -s, 0.0, 0.0, 1.0 - s, INFINITY]);
    let ln2 = std::f64::consts::LN_2;
    let softplus = |x: f64| x.exp().ln_1p();
    check_special(&Softplus, [0.0, softplus(-1.0), ln2, ln2, softplus(1.0), INFINITY]);
    check_special(&Step, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    check_special(&Relu, [0.0, 0.0, 0.0, 0.0, 1.0, INFINITY]);
    check_special(&Sigmoid, [0.0, s, 0.5, 0.5, 1.0 - s, 1.0]);
    check_special(&Tanh, [-1.0, -(1_f64.tanh()), 0.0, 0.0, 1_f64.tanh(), 1.0]);
}

#[test]
fn slopes_have_their_limits_at_infinity() {
    fn check<T: Float, A: Activation>(f: &A) {
        let x = [T::ZERO - T::INFINITY, T::INFINITY];
        let (y, mut dx) = (forward(f, 1, &x), [T::ZERO; 2]);
        f.backward(1, &x, &y, &[T::ONE; 2], &mut dx);
        assert_eq!(dx, [T::ZERO, T::ONE], "{f:?}");
    }
    check::<f32, _>(&Gelu);
    check::<f64, _>(&Gelu);
    check::<f32, _>(&Silu);
    check::<f64, _>(&Silu);
    check::<f32, _>(&Softplus);
    check::<f64, _>(&Softplus);
}

#[test]
fn signed_zeros_stay_where_they_should() {
    for f in [forward::<f64, _>(&Identity, 1, &[-0.0]), forward(&Tanh, 1, &[-0.0])] {
        assert_eq!(bits(&f), bits(&[-0.0]));
    }
}

#[test]
fn relu_at_its_kink() {
    let x = [-1.0_f32, -0.0, 0.0, f32::MIN_POSITIVE, f32::from_bits(1)];
    let y = forward(&Relu, 5, &x);
    let mut dx = [0.0; 5];
    Relu.backward(5, &[], &y, &[1.0; 5], &mut dx);
    assert_eq!(dx, [0.0, 0.0, 0.0, 1.0, 1.0]);
    assert!(Relu.is_relu() && !Identity.is_relu() && !Softmax.is_relu());
}

#[test]
fn slopes_where_sigmoid_and_tanh_saturate() {
    // Far out the derivative falls as e^-2|x| and must not vanish early.
    let x = [12.0_f64, -12.0, 17.0];
    let y = forward(&Tanh, 3, &x);
    let mut dx = [0.0; 3];
    Tanh.backward(3, &[], &y, &[1.0; 3], &mut dx);
    for (dx, x) in dx.into_iter().zip(x) {
        let exact = 1.0 / (x.cosh() * x.cosh());
        // y itself is rounded, by up to half of EPSILON near 1.
        assert!((dx - exact).abs() <= 4.0 * f64::EPSILON, "{dx} for {exact} at {x}");
        assert!(dx > 0.0);
    }
}

#[test]
fn sigmoid_and_tanh_are_symmetric() {
    let x = numbers::<f64>(100, 10.0, 5);
    let minus_x = x.iter().map(|x| -x).collect::<Vec<_>>();
    let (y, z) = (forward(&Tanh, 1, &x), forward(&Tanh, 1, &minus_x));
    assert!(y.iter().zip(z).all(|(y, z)| *y == -z));
    let (y, z) = (forward(&Sigmoid, 1, &x), forward(&Sigmoid, 1, &minus_x));
    assert!(y.iter().zip(z).all(|(y, z)| (y + z - 1.0).abs() <= 2.0 * f64::EPSILON));
}

#[test]
fn softmax_rows_are_distributions() {
    fn check<T: Float>() {
        for width in (1..=70).chain([1000, 10_001]) {
            let x = numbers::<T>(3 * width, 20.0, width as u64);
            let y = forward(&Softmax, width, &x);
            for row in y.chunks(width) {
                let sum = row.iter().map(|y| y.to_f64()).sum::<f64>();
                let tolerance = T::EPSILON.to_f64() * (8.0 + width as f64 / 16.0);
                assert!((sum - 1.0).abs() <= tolerance, "{}: width {width}: {sum}", T::NAME);
                assert!(row.iter().all(|&y| y >= T::ZERO && y <= T::ONE));
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn softmax_depends_on_differences_alone() {
    // Sums with 64 are exact for multiples of 1/1024, so even the bits agree.
    let x = numbers::<f32>(90, 8.0, 3)
        .iter()
        .map(|x| (x * 1024.0).round() / 1024.0)
        .collect::<Vec<_>>();
    let shifted = x.iter().map(|x| x + 64.0).collect::<Vec<_>>();
    for width in [1, 9, 30, 90] {
        assert_eq!(forward(&Softmax, width, &x), forward(&Softmax, width, &shifted));
    }
}

#[test]
fn softmax_of_huge_and_infinite_logits() {
    let low = f32::NEG_INFINITY;
    assert_eq!(forward(&Softmax, 3, &[1e30_f32, 1e30, -1e30]), [0.5, 0.5, 0.0]);
    assert_eq!(forward(&Softmax, 3, &[-1e30_f32, -3e38, -3e38]), [1.0, 0.0, 0.0]);
    assert_eq!(forward(&Softmax, 3, &[low, 5.0, low]), [0.0, 1.0, 0.0]);
    assert_eq!(forward(&Softmax, 1, &[-700.0_f32]), [1.0]);
    for row in [[low, low], [f32::INFINITY, 0.0], [f32::NAN, 0.0], [0.0, f32::NAN]] {
        let y = forward(&Softmax, 2, &row);
        assert!(y.iter().all(|y| y.is_nan()), "{row:?}: {y:?}");
    }
}

#[test]
fn a_nan_stays_in_its_row() {
    for width in [2, 10, 40] {
        let mut x = numbers::<f32>(3 * width, 3.0, 8);
        x[width + width / 2] = f32::NAN;
        let y = forward(&Softmax, width, &x);
        for (row, y) in y.chunks(width).enumerate() {
            assert!(y.iter().all(|y| y.is_nan() == (row == 1)), "width {width}, row {row}");
        }
        let y = forward(&Glu, width, &x); // a number of b: one number of y
        assert_eq!(y.iter().filter(|y| y.is_nan()).count(), 1);
        assert!(y[width / 2].is_nan());
    }
}

#[test]
fn softmax_of_two_is_the_sigmoid_of_their_difference() {
    let x = numbers::<f64>(200, 6.0, 4);
    let y = forward(&Softmax, 2, &x);
    for (x, y) in x.chunks(2).zip(y.chunks(2)) {
        let s = forward(&Sigmoid, 1, &[x[0] - x[1]])[0];
        assert!((y[0] - s).abs() <= 4.0 * f64::EPSILON, "{} for {s}", y[0]);
    }
}

#[test]
fn glu_takes_even_widths_only() {
    assert_eq!(Glu.output_width(0), Some(0));
    assert_eq!(Glu.output_width(6), Some(3));
    assert_eq!(Glu.output_width(7), None);
}

#[test]
#[should_panic(expected = "Glu: rows of 7 numbers have no halves")]
fn glu_refuses_odd_widths() {
    forward_odd();
}

fn forward_odd() {
    Glu.forward(7, &[0.0_f32; 14], &mut [0.0; 7]);
}

#[test]
fn glu_gates() {
    let (low, high) = (f32::NEG_INFINITY, f32::INFINITY);
    let x = [2.0_f32, 4.0, 8.0, low, 0.0, high];
    assert_eq!(forward(&Glu, 6, &x), [0.0, 2.0, 8.0]);
}

#[test]
fn element_wise_ones_take_any_width() {
    fn check<E: Elementwise>(f: &E) {
        assert_eq!(f.output_width(7), Some(7));
        assert_eq!(f.reads(), E::READS);
    }
    check(&Identity);
    check(&Relu);
}

/// A type with fields and parameters is still called by its name alone.
#[test]
fn a_name_has_neither_fields_nor_parameters() {
    #[derive(Clone, Debug)]
    struct Scaled<A> {
        #[allow(dead_code)]
        by: A,
    }
    impl Elementwise for Scaled<f64> {
        const READS: Reads = Reads::Nothing;
        #[inline(always)]
        fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
            x * V::of(self.by)
        }
        #[inline(always)]
        fn slope<T: Float, V: Lanes<T>>(&self, _x: V, _y: V) -> V {
            V::of(self.by)
        }
    }
    assert_eq!(Scaled { by: 2.0 }.name(), "Scaled");
    let mut dy = [1.0_f32, 3.0];
    Scaled { by: 2.0 }.scale_by_slope(&[], &mut dy);
    assert_eq!(dy, [2.0, 6.0]);
}
