//! What an op is to those who look at a network as a whole.

use neuropil_activations::Activation;
use neuropil_losses::Prediction;

/// What an op is, as far as rules about networks speak of it: see [`Op::role`](crate::Op::role).
///
/// An activation need not say it: it is tried. An op of your own that is a function of each number
/// alone does the same in a line, and reports of saturated and dead units count it in:
///
/// ```
/// use neuropil_nn::inspect::{Curve, Role};
/// use neuropil_nn::{Backward, Forward, Op, Spec, prelude::*};
/// use neuropil_simd::Float;
/// use neuropil_tensor::ShapeError;
///
/// /// y = x/(1 + |x|)
/// #[derive(Clone, Copy, Debug)]
/// struct Softsign;
///
/// impl<T: Float> Op<T> for Softsign {
///     fn role(&self) -> Role {
///         let curve = Curve::of(|x| x / (1.0 + x.abs()), |x| 1.0 / (1.0 + x.abs()).powi(2));
///         curve.map_or(Role::Unknown, Role::Curve)
///     }
///     fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
///         Ok(inputs[0])
///     }
///     fn forward(&self, step: Forward<'_, T>) {
///         for (y, &x) in step.y.iter_mut().zip(step.x.get(0)) {
///             *y = x / (T::ONE + x.abs());
///         }
///     }
///     fn backward(&self, mut step: Backward<'_, T>) {
///         let x = step.x.get(0);
///         if let Some(dx) = step.dx.get(0) {
///             for ((dx, &x), &dy) in dx.iter_mut().zip(x).zip(&*step.dy) {
///                 let one = T::ONE + x.abs();
///                 *dx += dy / (one * one);
///             }
///         }
///     }
/// }
///
/// // A start for ReLU in front of it is found, as in front of Tanh.
/// let graph = Graph::new();
/// let hidden = Linear::new(32, 64).init(KaimingNormal::new());
/// let y = graph.input("x", [32]).named("0", &hidden)?.op(Softsign)?;
/// let lint = Plan::<f32>::inference(&graph, &[y])?.lint();
/// assert!(lint.to_string().starts_with("initialization (0.weight): KaimingNormal"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Role {
    /// Nothing that a rule speaks of.
    #[default]
    Unknown,
    /// Input 0 handed on unchanged.
    Identity,
    /// Linear in input 0: a product with a weight, and a bias added to each output.
    Linear {
        /// Which input is the weight.
        weight: usize,
        /// Which input is the bias; an op without such an input has none.
        bias: usize,
    },
    /// A function of each number alone.
    Curve(Curve),
    /// Each row of the output is a distribution: no number negative, their sum 1.
    Distribution,
    /// Input 0 less a mean, over a deviation; further inputs scale and shift it.
    Normalization {
        /// Whether each feature has a mean over the rows of the batch, so that a constant added to
        /// a feature is lost: batch normalization, not layer normalization.
        over_rows: bool,
    },
    /// Numbers of input 0 that are silenced at random.
    Dropout,
    /// The cost of the prediction, input 0.
    Loss(Prediction),
}

/// What can be seen of a function of one number by trying it: how it ends on both sides, and
/// whether it is flat.
///
/// ```
/// use neuropil_nn::inspect::Curve;
///
/// let tanh = Curve::of(f64::tanh, |x| 1.0 - x.tanh().powi(2)).expect("it ends on both sides");
/// assert_eq!((tanh.left, tanh.right, tanh.slope), (-1.0, 1.0, 1.0));
/// assert!(tanh.saturates() && !tanh.rectifies);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Curve {
    /// Where f(x) goes as x goes to -∞; -∞ or ∞ if it has no bound.
    pub left: f64,
    /// Where f(x) goes as x goes to ∞.
    pub right: f64,
    /// The slope at 0.
    pub slope: f64,
    /// Whether f is one constant for all x < 0 and rises above 0, as ReLU.
    pub rectifies: bool,
    /// Whether the slope is 0 wherever it was tried, as that of a step: no gradient gets through.
    pub blocks: bool,
    /// Whether f jumps at 0, as a step, whatever slope is lent to it.
    pub jumps: bool,
}

impl Curve {
    /// What is seen of `value`, with the derivative `slope`, at some points up to ±10⁸; `None` if
    /// it goes nowhere (a sine) or is NaN there.
    pub fn of(value: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> Option<Self> {
        const TRIED: [f64; 10] = [-30.0, -3.0, -1.0, -0.3, -0.01, 0.01, 0.3, 1.0, 3.0, 30.0];
        let end = |sign: f64| {
            let [near, far, farthest] = [1e4, 1e6, 1e8].map(|x| value(sign * x));
            if near.is_nan() || far.is_nan() || farthest.is_nan() {
                None
            } else if farthest.abs() > 1e3 {
                Some(f64::INFINITY.copysign(farthest))
            } else {
                let settles = (farthest - far).abs() < 1e-3 && (far - near).abs() < 1e-2;
                settles.then_some(farthest)
            }
        };
        let (left, right) = (end(-1.0)?, end(1.0)?);
        let flat_left = [-10.0, -1.0, -1e-3].iter().all(|&x| value(x) == left);
        Some(Self {
            left,
            right,
            slope: slope(0.0),
            rectifies: flat_left && value(1.0) > value(0.25) && value(0.25) >= left,
            blocks: TRIED.iter().all(|&x| slope(x) == 0.0),
            jumps: (value(1e-9) - value(-1e-9)).abs() > 1e-3,
        })
    }

    /// Whether it is bounded on both sides and bends smoothly between, as sigmoid and tanh do.
    pub fn saturates(&self) -> bool {
        let bounded = self.left.is_finite() && self.right.is_finite() && self.left < self.right;
        bounded && !self.rectifies && !self.blocks && !self.jumps
    }

    /// Whether its values lie between 0 and 1, as those of a sigmoid.
    pub fn is_probability(&self) -> bool {
        self.saturates() && self.left.abs() < 1e-6 && (self.right - 1.0).abs() < 1e-6
    }
}

impl Role {
    /// The role of an activation, by trying it: nobody has to declare one.
    pub(crate) fn of_activation(activation: &impl Activation) -> Self {
        let forward = |width: usize, x: &[f64]| {
            let mut y = vec![0.0; x.len()];
            activation.forward(width, x, &mut y);
            y
        };
        if activation.is_elementwise() {
            let value = |x: f64| forward(1, &[x])[0];
            let slope = |x: f64| {
                let mut dx = [0.0];
                activation.backward(1, &[x], &[value(x)], &[1.0], &mut dx);
                dx[0]
            };
            // Near 0, too, where what shrinks or has a threshold differs.
            let tried = [-1e4, -3.0, -0.5, -0.03, -1e-3, 1e-3, 0.01, 0.25, 2.0, 1e4];
            if tried.iter().all(|&x| value(x) == x) {
                return Self::Identity;
            }
            return Curve::of(value, slope).map_or(Self::Unknown, Self::Curve);
        }
        let rows = [0.3, -1.2, 2.0, 5.0, 5.0, -40.0];
        if activation.output_width(3) == Some(3)
            && forward(3, &rows).chunks_exact(3).all(|row| {
                row.iter().all(|y| (0.0..=1.0).contains(y))
                    && (row.iter().sum::<f64>() - 1.0).abs() < 1e-9
            })
        {
            return Self::Distribution;
        }
        Self::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::{Curve, Role};
    use neuropil_activations::{
        Elu, Exponential, Gaussian, Gelu, Glu, Hardshrink, Hardsigmoid, Hardswish, Hardtanh,
        Identity, LeakyRelu, LogSigmoid, Maxout, Mish, Relu, Relu6, ReluSquared, Selu, Sigmoid,
        Sign, Sine, Snake, Softmax, SoftmaxPlusOne, Softmin, Softplus, Softshrink, Softsign,
        SparsePlus, SparseSigmoid, Sparsemax, Squareplus, Step, Tanh, Tanhshrink, ThresholdedRelu,
    };

    fn curve(role: Role) -> Curve {
        match role {
            Role::Curve(curve) => curve,
            other => panic!("{other:?} is no curve"),
        }
    }

    #[test]
    fn activations_are_known_by_trying_them() {
        let relu = curve(Role::of_activation(&Relu));
        assert!(relu.rectifies && !relu.blocks && !relu.saturates());
        assert_eq!((relu.left, relu.right), (0.0, f64::INFINITY));
        let sigmoid = curve(Role::of_activation(&Sigmoid));
        assert!(sigmoid.saturates() && sigmoid.is_probability());
        assert!((sigmoid.slope - 0.25).abs() < 1e-12);
        let tanh = curve(Role::of_activation(&Tanh));
        assert!(tanh.saturates() && !tanh.is_probability());
        let step = curve(Role::of_activation(&Step));
        assert!(step.blocks && !step.rectifies && !step.saturates());
        assert_eq!(Role::of_activation(&Identity), Role::Identity);
        assert_eq!(Role::of_activation(&Softmax), Role::Distribution);
        assert_eq!(Role::of_activation(&Glu), Role::Unknown);
    }

    #[test]
    fn no_activation_is_taken_for_another_kind() {
        for rectifier in [
            Role::of_activation(&Relu6),
            Role::of_activation(&ReluSquared),
            Role::of_activation(&ThresholdedRelu::new().theta(0.0).expect("a threshold")),
        ] {
            assert!(curve(rectifier).rectifies, "{rectifier:?}");
        }
        for sigmoid in [Role::of_activation(&Hardsigmoid), Role::of_activation(&SparseSigmoid)] {
            assert!(curve(sigmoid).is_probability(), "{sigmoid:?}");
        }
        for bounded in [Role::of_activation(&Hardtanh::new()), Role::of_activation(&Softsign)] {
            assert!(curve(bounded).saturates() && !curve(bounded).is_probability(), "{bounded:?}");
        }
        let shrink = Hardshrink::new().lambda(0.02).expect("a threshold");
        for unbounded in [
            Role::of_activation(&Elu::new()),
            Role::of_activation(&Exponential),
            Role::of_activation(&Gaussian),
            Role::of_activation(&Gelu),
            Role::of_activation(&Hardshrink::new()),
            Role::of_activation(&shrink),
            Role::of_activation(&Hardswish),
            Role::of_activation(&LeakyRelu::new()),
            Role::of_activation(&LogSigmoid),
            Role::of_activation(&Mish),
            Role::of_activation(&Selu),
            Role::of_activation(&Snake::new()),
            Role::of_activation(&Softplus),
            Role::of_activation(&Softshrink::new()),
            Role::of_activation(&SparsePlus),
            Role::of_activation(&Squareplus::new()),
            Role::of_activation(&Tanhshrink),
        ] {
            let curve = curve(unbounded);
            assert!(!curve.saturates() && !curve.rectifies && !curve.blocks, "{unbounded:?}");
        }
        assert_eq!(Role::of_activation(&Sine::new()), Role::Unknown);
        // Each row of these sums to 1; a quiet softmax to less.
        assert_eq!(Role::of_activation(&Softmin), Role::Distribution);
        assert_eq!(Role::of_activation(&Sparsemax), Role::Distribution);
        assert_eq!(Role::of_activation(&SoftmaxPlusOne), Role::Unknown);
        assert_eq!(Role::of_activation(&Maxout::new(3).expect("pieces")), Role::Unknown);
    }

    #[test]
    fn steps_that_learn_neither_block_nor_saturate() {
        let steep = Step.sigmoid_surrogate(2.0).expect("a steepness");
        for lent in [
            Role::of_activation(&Step.straight_through()),
            Role::of_activation(&Sign.straight_through()),
            Role::of_activation(&steep),
        ] {
            let curve = curve(lent);
            assert!(!curve.blocks && !curve.saturates() && !curve.is_probability(), "{lent:?}");
        }
        assert!(curve(Role::of_activation(&Sign)).blocks);
    }

    #[test]
    fn other_curves() {
        let of = |f: fn(f64) -> f64, slope: fn(f64) -> f64| Curve::of(f, slope);
        assert_eq!(of(f64::sin, f64::cos), None);
        // Softplus, ELU and a leaky ReLU are no rectifiers: something is left of zero.
        let softplus = of(|x| x.max(0.0) + (-x.abs()).exp().ln_1p(), |x| 1.0 / (1.0 + (-x).exp()));
        assert!(softplus.is_some_and(|curve| !curve.rectifies && curve.left == 0.0));
        let leaky = of(|x| x.max(0.01 * x), |x| if x > 0.0 { 1.0 } else { 0.01 });
        assert!(leaky.is_some_and(|curve| !curve.rectifies && curve.left == f64::NEG_INFINITY));
        // ReLU6 has a bound on both sides, and is a rectifier all the same.
        let relu6 = of(|x| x.clamp(0.0, 6.0), |x| f64::from(u8::from(x > 0.0 && x < 6.0)));
        assert!(relu6.is_some_and(|curve| curve.rectifies && !curve.saturates()));
        // A step with a slope lent to it lets gradients through.
        let straight = of(|x| f64::from(u8::from(x > 0.0)), |_| 1.0);
        assert!(straight.is_some_and(|curve| !curve.blocks && !curve.rectifies));
    }
}
