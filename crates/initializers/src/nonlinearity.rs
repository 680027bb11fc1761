//! What an activation takes from the signal, and the gain that gives it back.

/// The activation that follows a weight, for its [`gain`](Self::gain).
///
/// ```
/// use neuropil_initializers::Nonlinearity;
///
/// assert_eq!(Nonlinearity::Relu.gain(), 2.0_f64.sqrt());
/// assert_eq!(Nonlinearity::LeakyRelu(0.0).gain(), Nonlinearity::Relu.gain());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nonlinearity {
    /// No activation, or one that keeps the signal's size near zero: 1.
    Linear,
    /// The logistic function: 1.
    Sigmoid,
    /// The hyperbolic tangent: 5/3.
    Tanh,
    /// max(x, 0), which lets half of the power through: √2.
    Relu,
    /// x for x > 0, `slope · x` else: √(2/(1 + slope²)).
    LeakyRelu(f64),
    /// The scaled exponential linear unit: 3/4.
    Selu,
}

impl Nonlinearity {
    /// The number that the standard deviation of the weights is multiplied by, so that the signal
    /// keeps its size through this activation.
    ///
    /// | activation | gain |
    /// | --- | --- |
    /// | linear, sigmoid | 1 |
    /// | tanh | 5/3 |
    /// | ReLU | √2 |
    /// | leaky ReLU of slope s | √(2/(1 + s²)) |
    /// | SELU | 3/4 |
    ///
    /// Equals PyTorch's `init.calculate_gain`. The values for the ReLU family are derived in He and
    /// others, "Delving Deep into Rectifiers" (2015), equation 15; those for tanh and SELU are
    /// PyTorch's choice from experience.
    #[must_use]
    pub fn gain(self) -> f64 {
        match self {
            Self::Linear | Self::Sigmoid => 1.0,
            Self::Tanh => 5.0 / 3.0,
            Self::Relu => 2.0_f64.sqrt(),
            Self::LeakyRelu(slope) => (2.0 / (1.0 + slope * slope)).sqrt(),
            Self::Selu => 0.75,
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::Nonlinearity::{LeakyRelu, Linear, Relu, Selu, Sigmoid, Tanh};

    /// PyTorch's table, the leaky slope 0.01 worked out in decimals.
    #[test]
    fn gains_are_those_of_pytorch() {
        assert_eq!(Linear.gain(), 1.0);
        assert_eq!(Sigmoid.gain(), 1.0);
        assert_relative_eq!(Tanh.gain(), 1.666_666_666_666_666_7);
        assert_relative_eq!(Relu.gain(), std::f64::consts::SQRT_2);
        assert_relative_eq!(LeakyRelu(0.01).gain(), 1.414_142_856_997_835_4);
        assert_relative_eq!(LeakyRelu(1.0).gain(), 1.0);
        assert_eq!(Selu.gain(), 0.75);
    }
}
