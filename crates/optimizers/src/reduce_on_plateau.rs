//! A rate that falls when the training makes no progress.

use crate::{
    OptimizerError,
    error::{non_negative, within},
};

/// Reduces the rate when a number that is measured again and again, such as the validation cost of each
/// epoch, has not become better for a while.
///
/// A number m is better than the best so far if m < best · (1 − threshold); with
/// [`absolute`](Self::absolute), if m < best − threshold. After more than `patience` numbers in a row
/// that are not better, rate = max(rate · factor, floor). The next `cooldown` numbers are not counted
/// as bad.
///
/// It is no [`Schedule`](crate::Schedule), which would know no more than the step: what it remembers is a
/// [`Plateau`] of the caller's, and what it says is a factor for the rate of a schedule.
///
/// Defaults: a factor of 0.1, a patience of 10, a threshold of 10⁻⁴ of the best, no cooldown, a floor of
/// 0; small numbers are good. Keras's threshold is absolute.
///
/// Equals PyTorch's `ReduceLROnPlateau`, which also leaves the rate alone where it would change by no
/// more than 10⁻⁸: so does this one.
///
/// ```
/// use neuropil_optimizers::{Plateau, ReduceOnPlateau};
///
/// let reduce = ReduceOnPlateau::new().factor(0.5)?.patience(2);
/// let mut plateau = Plateau::new();
/// for (cost, rate) in [(9.0, 0.8), (8.0, 0.8), (8.0, 0.8), (8.1, 0.8), (8.0, 0.4), (7.0, 0.4)] {
///     reduce.step(cost, 0.8, &mut plateau); // 0.8 is the schedule's rate
///     assert_eq!(0.8 * plateau.scale, rate);
/// }
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    factor: f64,
    patience: u64,
    threshold: f64,
    is_absolute: bool,
    cooldown: u64,
    floor: f64,
    maximizes: bool,
}

/// What [`ReduceOnPlateau`] remembers: plain numbers, to be saved with the training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    /// The best number so far, if there was one.
    pub best: Option<f64>,
    /// Numbers in a row that were not better.
    pub bad: u64,
    /// Numbers that are not yet to be counted as bad.
    pub cooling: u64,
    /// What the rate is multiplied with.
    pub scale: f64,
}

/// A change of the rate that is not worth while.
const LEAST_CHANGE: f64 = 1e-8;

impl Plateau {
    /// Nothing measured yet, a factor of 1.
    #[must_use]
    pub const fn new() -> Self {
        Self { best: None, bad: 0, cooling: 0, scale: 1.0 }
    }
}

impl Default for Plateau {
    fn default() -> Self {
        Self::new()
    }
}

impl ReduceOnPlateau {
    /// A factor of 0.1, a patience of 10, a threshold of 10⁻⁴ of the best, no cooldown, a floor of 0.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            is_absolute: false,
            cooldown: 0,
            floor: 0.0,
            maximizes: false,
        }
    }

    /// What the rate is multiplied with each time.
    ///
    /// # Errors
    /// [`OptimizerError`] if `factor` lies outside [0, 1).
    pub fn factor(self, factor: f64) -> Result<Self, OptimizerError> {
        let name = ("ReduceOnPlateau", "factor");
        let passes = (0.0..1.0).contains(&factor);
        let factor = within(name, factor, "at least 0 and below 1", passes)?;
        Ok(Self { factor, ..self })
    }

    /// How many numbers in a row may be no better: one more reduces the rate.
    #[must_use]
    pub const fn patience(self, patience: u64) -> Self {
        Self { patience, ..self }
    }

    /// How much better a number must be, as a share of the best.
    ///
    /// # Errors
    /// [`OptimizerError`] if `threshold` is NaN, infinite or negative.
    pub fn threshold(self, threshold: f64) -> Result<Self, OptimizerError> {
        let threshold = non_negative("ReduceOnPlateau", "threshold", threshold)?;
        Ok(Self { threshold, ..self })
    }

    /// Makes the threshold a difference, and no share of the best.
    #[must_use]
    pub const fn absolute(self) -> Self {
        Self { is_absolute: true, ..self }
    }

    /// How many numbers after a reduction are not counted as bad.
    #[must_use]
    pub const fn cooldown(self, cooldown: u64) -> Self {
        Self { cooldown, ..self }
    }

    /// The smallest rate.
    ///
    /// # Errors
    /// [`OptimizerError`] if `floor` is NaN, infinite or negative.
    pub fn floor(self, floor: f64) -> Result<Self, OptimizerError> {
        let floor = non_negative("ReduceOnPlateau", "floor", floor)?;
        Ok(Self { floor, ..self })
    }

    /// Whether large numbers are good, as accuracies are, or small ones.
    #[must_use]
    pub const fn maximize(self, maximizes: bool) -> Self {
        Self { maximizes, ..self }
    }

    fn is_better(&self, number: f64, best: Option<f64>) -> bool {
        let worst = if self.maximizes { f64::NEG_INFINITY } else { f64::INFINITY };
        let best = best.unwrap_or(worst);
        match (self.maximizes, self.is_absolute) {
            (false, false) => number < best * (1.0 - self.threshold),
            (false, true) => number < best - self.threshold,
            (true, false) => number > best * (1.0 + self.threshold),
            (true, true) => number > best + self.threshold,
        }
    }

    /// Takes a number that was measured while the schedule gave this rate; says whether the rate is
    /// reduced. A NaN is never better.
    pub fn step(&self, number: f64, rate: f64, plateau: &mut Plateau) -> bool {
        if self.is_better(number, plateau.best) {
            plateau.best = Some(number);
            plateau.bad = 0;
        } else {
            plateau.bad += 1;
        }
        if plateau.cooling > 0 {
            plateau.cooling -= 1;
            plateau.bad = 0;
        }
        if plateau.bad <= self.patience {
            return false;
        }
        plateau.cooling = self.cooldown;
        plateau.bad = 0;
        let old = rate * plateau.scale;
        let new = (old * self.factor).max(self.floor);
        let is_worth_while = old - new > LEAST_CHANGE;
        if is_worth_while {
            plateau.scale = new / rate;
        }
        is_worth_while
    }
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        Self::new()
    }
}
