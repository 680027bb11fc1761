//! The gradient check can fail: each mistake that one can make in an op is refused, with the name
//! of the input and whether it happened in a fused run.

use neuropil_activations::Reads;
use neuropil_nn::gradcheck::{GradientError, check_op};
use neuropil_nn::{Backward, Forward, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = a b, with a mistake.
#[derive(Debug)]
struct Product(Mistake);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mistake {
    None,
    /// The second gradient has the wrong sign.
    Sign,
    /// The second gradient is left out.
    NoGradient,
    /// The second gradient lacks a factor.
    Factor,
    /// The second gradient is written over what stands there.
    ForgetsToAdd,
    /// The second gradient is added to what stands there, even if that is nothing.
    ForgetsToClear,
    /// The last element of the second gradient is not written.
    LeavesGradient,
    /// The last element of the output is not written.
    LeavesOutput,
}

impl<T: Float> Op<T> for Product {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(inputs[0])
    }

    fn forward(&self, step: Forward<'_, T>) {
        let len = step.y.len() - usize::from(self.0 == Mistake::LeavesOutput);
        let (a, b) = (step.x.get(0), step.x.get(1));
        for ((y, &a), &b) in step.y[..len].iter_mut().zip(a).zip(b) {
            *y = a * b;
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (a, b, dy) = (step.x.get(0), step.x.get(1), &*step.dy);
        if let Some(da) = step.dx.get(0) {
            for ((da, &b), &dy) in da.iter_mut().zip(b).zip(dy) {
                *da += b * dy;
            }
        }
        let sign = T::of(if self.0 == Mistake::Sign { -1.0 } else { 1.0 });
        let slope = |i: usize| match self.0 {
            Mistake::Factor => dy[i],
            _ => sign * a[i] * dy[i],
        };
        let Some(mut target) = step.dx.target(1) else {
            return;
        };
        match self.0 {
            Mistake::ForgetsToAdd => target.first = true,
            Mistake::ForgetsToClear => target.first = false,
            _ => {}
        }
        let first = target.first;
        let len = match self.0 {
            Mistake::NoGradient => 0,
            Mistake::LeavesGradient => a.len() - 1,
            _ => a.len(),
        };
        if self.0 == Mistake::NoGradient && first {
            target.values.fill(T::ZERO);
        }
        for (i, db) in target.values[..len].iter_mut().enumerate() {
            *db = if first { slope(i) } else { *db + slope(i) };
        }
    }
}

fn checked(mistake: Mistake, second: Spec) -> Result<(), GradientError> {
    let first = Spec { shape: second.shape, ..second };
    match check_op(Product(mistake), &[first, second], 1) {
        Ok(_) => Ok(()),
        Err(Error::Gradient(error)) => Err(error),
        Err(other) => panic!("{mistake:?}: {other}"),
    }
}

/// An input of the batch, and a weight.
fn specs() -> [Spec; 2] {
    [Spec::per_row([5]), Spec::single([5])]
}

#[test]
fn without_a_mistake_nothing_is_refused() -> Result<(), GradientError> {
    specs().into_iter().try_for_each(|spec| checked(Mistake::None, spec))
}

#[test]
fn a_wrong_gradient_is_refused_by_the_name_of_its_input() {
    for spec in specs() {
        for (mistake, expectation) in [
            (Mistake::Sign, "central difference"),
            (Mistake::NoGradient, "central difference"),
            (Mistake::Factor, "central difference"),
            (Mistake::ForgetsToAdd, "added to 0.75 and less 0.75"),
        ] {
            let error = checked(mistake, spec).expect_err("a mistake");
            assert_eq!(error.what, "input 1", "{mistake:?}: {error}");
            assert_eq!(error.expectation, expectation, "{mistake:?}: {error}");
            assert!(error.to_string().starts_with("input 1, element "), "{error}");
        }
    }
}

#[test]
fn a_number_that_is_not_written_is_refused() {
    for spec in specs() {
        for mistake in [Mistake::ForgetsToClear, Mistake::LeavesGradient] {
            let error = checked(mistake, spec).expect_err("a mistake");
            assert_eq!(error.what, "input 1", "{mistake:?}: {error}");
            assert!(error.gradient.is_nan(), "{mistake:?}: {error}");
        }
        let error = checked(Mistake::LeavesOutput, spec).expect_err("a mistake");
        assert!(error.expected.is_nan(), "{error}");
    }
}

/// y = 2x, wrong in one of its two ways back.
#[derive(Clone, Copy, Debug)]
struct Double {
    wrong_alone: bool,
    wrong_fused: bool,
}

impl Activation for Double {
    fn reads(&self) -> Reads {
        Reads::Nothing
    }

    fn forward<T: Float>(&self, _width: usize, x: &[T], y: &mut [T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = x + x;
        }
    }

    fn backward<T: Float>(&self, _width: usize, _x: &[T], _y: &[T], dy: &[T], dx: &mut [T]) {
        let slope = T::of(if self.wrong_alone { 3.0 } else { 2.0 });
        for (dx, &dy) in dx.iter_mut().zip(dy) {
            *dx += slope * dy;
        }
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn apply_in_place<T: Float>(&self, y: &mut [T]) {
        y.iter_mut().for_each(|y| *y += *y);
    }

    fn scale_by_slope<T: Float>(&self, _y: &[T], dy: &mut [T]) {
        let slope = T::of(if self.wrong_fused { 3.0 } else { 2.0 });
        dy.iter_mut().for_each(|dy| *dy *= slope);
    }
}

#[test]
fn both_ways_back_of_an_activation_are_checked() {
    for (wrong_alone, wrong_fused) in [(false, false), (true, false), (false, true)] {
        let double = Double { wrong_alone, wrong_fused };
        let layers = Sequential::new().then(Linear::new(3, 2)).then(double);
        match gradcheck(&layers, [3], 1) {
            Ok(_) => assert!(!wrong_alone && !wrong_fused, "{double:?} passed"),
            Err(Error::Gradient(error)) => {
                assert_eq!(error.fused, wrong_fused, "{error}");
                assert_eq!(error.to_string().ends_with(" (fused)"), wrong_fused);
                assert_eq!(error.what, "0.weight", "{error}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}
