//! Rprop: a step size for each weight, and the sign of its gradient.

use neuropil_simd::{Float, Lanes};

use crate::{Optimizer, OptimizerError, Rule, Step, error::within, sign::sign, sweep};

/// Resilient propagation: each weight has a step size, which grows while the sign of its gradient stays
/// and shrinks when it changes. For whole data sets, not for batches, whose gradients change sign by
/// chance.
///
/// With the last gradient g′ and a step size s, which begins at the rate:
///
/// s = clamp(s · (η⁺ where g g′ > 0, η⁻ where g g′ < 0, else 1), smallest, largest)
/// g = 0 where g g′ < 0
/// w −= sign(g) · s
///
/// Defaults: η⁻ = 0.5, η⁺ = 1.2, step sizes from 10⁻⁶ to 50, and a rate of 10⁻². The rate counts in a
/// weight's first step alone. There is no weight decay.
///
/// Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
/// algorithm" (1993). Equals PyTorch's `torch.optim.Rprop`; only the step size of a weight that has never
/// had a gradient is 0 here, and begins at the rate of the first step in which it has one.
///
/// ```
/// use neuropil_optimizers::{Optimizer, Rprop, Step};
///
/// let (mut w, mut last, mut size) = ([1.0_f64], [0.0], [0.0]);
/// for (count, dw) in [(1, 0.1), (2, 70.0), (3, -3.0)] {
///     let at = Step { rate: 0.5, count, shape: &[1] };
///     Rprop::new().step(at, &mut w, &[dw], &mut [&mut last, &mut size]);
/// }
/// assert!((w[0] - (1.0 - 0.5 - 0.6)).abs() < 1e-15); // back over the minimum: no step
/// assert!((size[0] - 0.3).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rprop {
    shrink: f64,
    grow: f64,
    smallest: f64,
    largest: f64,
}

impl Rprop {
    /// η⁻ = 0.5, η⁺ = 1.2, step sizes from 10⁻⁶ to 50.
    #[must_use]
    pub const fn new() -> Self {
        Self { shrink: 0.5, grow: 1.2, smallest: 1e-6, largest: 50.0 }
    }

    /// The factors η⁻ and η⁺ of a step size whose gradient changes its sign, and keeps it.
    ///
    /// # Errors
    /// [`OptimizerError`] unless 0 < `shrink` < 1 < `grow`, both finite.
    pub fn etas(self, shrink: f64, grow: f64) -> Result<Self, OptimizerError> {
        let passes = 0.0 < shrink && shrink < 1.0;
        let shrink = within(("Rprop", "shrink"), shrink, "above 0 and below 1", passes)?;
        let grow = within(("Rprop", "grow"), grow, "finite and above 1", grow > 1.0)?;
        Ok(Self { shrink, grow, ..self })
    }

    /// The bounds of step sizes.
    ///
    /// # Errors
    /// [`OptimizerError`] unless 0 < `smallest` ≤ `largest`, both finite.
    pub fn step_sizes(self, smallest: f64, largest: f64) -> Result<Self, OptimizerError> {
        let name = ("Rprop", "smallest");
        let smallest = within(name, smallest, "finite and above 0", smallest > 0.0)?;
        let name = ("Rprop", "largest");
        let expected = "finite and not below the smallest step size";
        let largest = within(name, largest, expected, largest >= smallest)?;
        Ok(Self { smallest, largest, ..self })
    }
}

impl Default for Rprop {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Rprop {
    fn name(&self) -> &'static str {
        "Rprop"
    }

    fn default_rate(&self) -> f64 {
        1e-2
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["prev", "step_size"]
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        sweep(Update { rate: at.rate, of: *self }, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    rate: f64,
    of: Rprop,
}

impl Rule<2> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [last, size]: &mut [V; 2]) -> V {
        let zero = V::of(0.0);
        let product = dw * *last;
        let turns = product.lt(zero);
        let factor = V::select(turns, V::of(self.of.shrink), V::of(1.0));
        let factor = V::select(zero.lt(product), V::of(self.of.grow), factor);
        // Step sizes are above 0: this one has not begun, and begins with the first gradient.
        let start = V::select(dw.eq(zero), zero, V::of(self.rate));
        let begun = V::select(size.eq(zero), start, *size);
        // A NaN stands second, and stays.
        let bounded = V::of(self.of.smallest).max(begun * factor);
        let bounded = V::of(self.of.largest).min(bounded);
        *size = V::select(begun.eq(zero) & dw.eq(zero), begun, bounded);
        *last = V::select(turns, zero, dw);
        w - sign(*last) * *size
    }
}
