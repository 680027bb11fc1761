//! How many numbers flow into and out of the units that a weight connects.

/// Fan-in and fan-out of a weight: how many inputs feed one output, and how many outputs one input
/// feeds.
///
/// A sum of `input` independent terms has `input` times the variance of one term, so the fan
/// decides how small a weight must be for the signal to keep its size. A layer passes the fan of
/// its weight for its bias too.
///
/// ```
/// use neuropil_initializers::Fan;
///
/// assert_eq!(Fan::matrix(784, 128), Fan { input: 784, output: 128 });
/// assert_eq!(Fan::of(&[784, 128]), Fan::matrix(784, 128));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Fan {
    /// How many inputs feed one output.
    pub input: usize,
    /// How many outputs one input feeds.
    pub output: usize,
}

impl Fan {
    /// The fan of a weight matrix `[inputs, outputs]`.
    #[must_use]
    pub const fn matrix(inputs: usize, outputs: usize) -> Self {
        Self { input: inputs, output: outputs }
    }

    /// The fan of a convolution from so many channels to so many, with a window of so many taps.
    ///
    /// Fan-in is inputs/groups · taps, fan-out outputs · taps, which does not know of the groups: as
    /// in PyTorch, which computes them from the weight `[outputs, inputs/groups, ..window]`. A
    /// transposed convolution's weight is `[inputs, outputs/groups, ..window]`, so PyTorch takes its
    /// inputs for outputs; a layer does the same with `Fan::convolution(outputs, inputs, ..)`.
    ///
    /// ```
    /// use neuropil_initializers::Fan;
    ///
    /// assert_eq!(Fan::convolution(16, 32, 9, 1), Fan { input: 144, output: 288 });
    /// assert_eq!(Fan::convolution(16, 32, 9, 4), Fan { input: 36, output: 288 });
    /// ```
    ///
    /// # Panics
    /// If there are no groups.
    #[must_use]
    pub const fn convolution(inputs: usize, outputs: usize, taps: usize, groups: usize) -> Self {
        assert!(groups > 0, "a convolution has at least one group");
        Self { input: inputs / groups * taps, output: outputs * taps }
    }

    /// The fan that a shape suggests when no layer says better.
    ///
    /// | shape | fan-in | fan-out |
    /// | --- | --- | --- |
    /// | `[]` | 1 | 1 |
    /// | `[n]` | n | n |
    /// | `[in, out]` | in | out |
    /// | `[.., in, out]` | field · in | field · out, where field is the product of the leading axes |
    ///
    /// Equals Keras's `compute_fans`. A layer whose weight means something else (an embedding, a
    /// convolution that keeps its outputs first) passes a `Fan` of its own.
    ///
    /// ```
    /// use neuropil_initializers::Fan;
    ///
    /// assert_eq!(Fan::of(&[5]), Fan::matrix(5, 5));
    /// assert_eq!(Fan::of(&[3, 3, 16, 32]), Fan::matrix(144, 288));
    /// ```
    #[must_use]
    pub fn of(shape: &[usize]) -> Self {
        match *shape {
            [] => Self::matrix(1, 1),
            [n] => Self::matrix(n, n),
            [ref field @ .., input, output] => {
                let field: usize = field.iter().product();
                Self::matrix(field * input, field * output)
            }
        }
    }

    /// The number that `mode` picks, as a divisor: an empty layer's 0 counts as 1, so that its
    /// formulas stay finite.
    pub(crate) fn pick(self, mode: FanMode) -> f64 {
        let fan = match mode {
            FanMode::Input => self.input as f64,
            FanMode::Output => self.output as f64,
            FanMode::Average => (self.input as f64 + self.output as f64) / 2.0,
        };
        fan.max(1.0)
    }

    /// Fan-in plus fan-out as a divisor, 1 if both are 0.
    pub(crate) fn sum(self) -> f64 {
        (self.input + self.output).max(1) as f64
    }
}

/// Which direction keeps its variance.
///
/// PyTorch's `mode="fan_in"` and `mode="fan_out"`, Keras's `"fan_avg"`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum FanMode {
    /// The signal on its way forward: divide by fan-in. The default.
    #[default]
    Input,
    /// The gradients on their way back: divide by fan-out.
    Output,
    /// Neither whole, both half: divide by the mean of the two.
    Average,
}

#[cfg(test)]
mod tests {
    use super::{Fan, FanMode};

    #[test]
    fn a_scalar_is_fed_by_one_input_and_feeds_one_output() {
        assert_eq!(Fan::of(&[]), Fan::matrix(1, 1));
    }

    #[test]
    fn mode_picks_its_side() {
        let fan = Fan::matrix(3, 5);
        assert_eq!(fan.pick(FanMode::Input), 3.0);
        assert_eq!(fan.pick(FanMode::Output), 5.0);
        assert_eq!(fan.pick(FanMode::Average), 4.0);
        assert_eq!(fan.sum(), 8.0);
    }

    #[test]
    fn an_empty_layer_divides_by_one() {
        let fan = Fan::matrix(0, 0);
        assert_eq!(fan.pick(FanMode::Input), 1.0);
        assert_eq!(fan.pick(FanMode::Output), 1.0);
        assert_eq!(fan.pick(FanMode::Average), 1.0);
        assert_eq!(fan.sum(), 1.0);
    }
}
