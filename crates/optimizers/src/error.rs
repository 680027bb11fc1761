//! What a constructor of an optimizer or a schedule says to a setting that can't be.

use thiserror::Error;

/// A setting out of its range: names the optimizer or schedule, the setting and the value.
///
/// ```
/// use neuropil_optimizers::Sgd;
///
/// let error = Sgd::new().momentum(1.5).unwrap_err();
/// assert_eq!(error.to_string(), "Sgd: momentum must be at least 0 and below 1, but is 1.5");
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum OptimizerError {
    /// A rate, decay or epsilon is NaN, infinite or below zero.
    #[error("{of}: {setting} must be a finite number of at least 0, but is {value}")]
    NotFiniteNonNegative {
        /// The optimizer's or schedule's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// The factor of a running mean lies outside [0, 1).
    #[error("{of}: {setting} must be at least 0 and below 1, but is {value}")]
    NotBelowOne {
        /// The optimizer's or schedule's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// Nesterov's form looks ahead along the momentum, so there must be some, undampened.
    #[error(
        "Sgd: nesterov needs a momentum above 0 and a dampening of 0, but momentum is {momentum} and dampening is {dampening}"
    )]
    Nesterov {
        /// The momentum that was set.
        momentum: f64,
        /// The dampening that was set.
        dampening: f64,
    },
    /// A setting lies outside of its own range.
    #[error("{of}: {setting} must be {expected}, but is {value}")]
    OutOfRange {
        /// The optimizer's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
        /// What can be.
        expected: &'static str,
    },
    /// The optimizer is made for matrices, and a tensor is none.
    #[error(
        "{of}: takes matrices alone, but a tensor has {axes} axes: leave it to another optimizer"
    )]
    NoMatrix {
        /// The optimizer's type.
        of: &'static str,
        /// How many axes the tensor has.
        axes: usize,
    },
    /// A schedule of no steps.
    #[error("{of}: steps must be at least 1, but is 0")]
    NoSteps {
        /// The schedule's type.
        of: &'static str,
    },
    /// A schedule that should fall, but whose floor lies above its start.
    #[error("{of}: floor must not lie above rate, but floor is {floor} and rate is {rate}")]
    FloorAboveRate {
        /// The schedule's type.
        of: &'static str,
        /// The rate at the end.
        floor: f64,
        /// The rate at the start.
        rate: f64,
    },
    /// A count of steps, or another one, is 0.
    #[error("{of}: {setting} must be at least 1, but is 0")]
    Zero {
        /// The schedule's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
    },
    /// A divisor or a factor is NaN, infinite, zero or below.
    #[error("{of}: {setting} must be a finite number above 0, but is {value}")]
    NotPositive {
        /// The schedule's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// What should be left of a rate, or a share of steps, lies outside [0, 1].
    #[error("{of}: {setting} must be at least 0 and at most 1, but is {value}")]
    NotShare {
        /// The schedule's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// A schedule that goes up and down, but whose base lies above its peak.
    #[error("{of}: base must not lie above peak, but base is {base} and peak is {peak}")]
    BaseAbovePeak {
        /// The schedule's type.
        of: &'static str,
        /// The lower rate.
        base: f64,
        /// The higher rate.
        peak: f64,
    },
    /// Milestones that do not rise.
    #[error("{of}: milestones must rise, but {next} follows {milestone}")]
    NotRising {
        /// The schedule's type.
        of: &'static str,
        /// A milestone.
        milestone: u64,
        /// The one behind it.
        next: u64,
    },
}

/// The value, if it is finite and zero or more: a rate, a decay, an epsilon.
pub(crate) fn non_negative(
    of: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, OptimizerError> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(OptimizerError::NotFiniteNonNegative { of, setting, value })
    }
}

/// The value, if it lies in [0, 1): the factor of a running mean.
pub(crate) fn below_one(
    of: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, OptimizerError> {
    if (0.0..1.0).contains(&value) {
        Ok(value)
    } else {
        Err(OptimizerError::NotBelowOne { of, setting, value })
    }
}

/// The value, if it is finite and passes.
pub(crate) fn within(
    (of, setting): (&'static str, &'static str),
    value: f64,
    expected: &'static str,
    passes: bool,
) -> Result<f64, OptimizerError> {
    if value.is_finite() && passes {
        Ok(value)
    } else {
        Err(OptimizerError::OutOfRange { of, setting, value, expected })
    }
}

/// The value, if it is finite and above zero: a divisor, a factor.
pub(crate) fn positive(
    of: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, OptimizerError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(OptimizerError::NotPositive { of, setting, value })
    }
}

/// The value, if it lies in [0, 1]: what is left of a rate, a share of steps.
pub(crate) fn share(
    of: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, OptimizerError> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(OptimizerError::NotShare { of, setting, value })
    }
}

/// The count, if it is not 0.
pub(crate) fn some(
    of: &'static str,
    setting: &'static str,
    count: u64,
) -> Result<u64, OptimizerError> {
    if count > 0 { Ok(count) } else { Err(OptimizerError::Zero { of, setting }) }
}

/// Nothing, if each milestone is larger than the one before.
pub(crate) fn rising(of: &'static str, milestones: &[u64]) -> Result<(), OptimizerError> {
    match milestones.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(OptimizerError::NotRising { of, milestone: pair[0], next: pair[1] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Chained, CosineRestarts, Cyclic, ExponentialDecay, InverseTimeDecay, Lambda, LinearRamp,
        MultiStepDecay, Multiplicative, Noam, OneCycle, PolynomialDecay, Sequence, StepDecay,
        SwaRate, Warmup, WarmupStableDecay,
    };

    /// Every way to make a schedule of a setting that can't be, with what is said to it.
    #[test]
    fn schedules_refuse_what_cannot_be_and_say_why() {
        let nan = f64::NAN;
        let said = [
            (
                LinearRamp::new(nan).err(),
                "LinearRamp: rate must be a finite number of at least 0, but is NaN",
            ),
            (
                LinearRamp::new(1.0).and_then(|s| s.factors(-1.0, 1.0)).err(),
                "LinearRamp: start must be a finite number of at least 0, but is -1",
            ),
            (
                LinearRamp::new(1.0).and_then(|s| s.factors(1.0, nan)).err(),
                "LinearRamp: end must be a finite number of at least 0, but is NaN",
            ),
            (
                LinearRamp::new(1.0).and_then(|s| s.steps(0)).err(),
                "LinearRamp: steps must be at least 1, but is 0",
            ),
            (
                StepDecay::new(-1.0, 1).err(),
                "StepDecay: rate must be a finite number of at least 0, but is -1",
            ),
            (StepDecay::new(1.0, 0).err(), "StepDecay: period must be at least 1, but is 0"),
            (
                StepDecay::new(1.0, 1).and_then(|s| s.gamma(1.5)).err(),
                "StepDecay: gamma must be at least 0 and at most 1, but is 1.5",
            ),
            (
                MultiStepDecay::new(nan, &[]).err(),
                "MultiStepDecay: rate must be a finite number of at least 0, but is NaN",
            ),
            (
                MultiStepDecay::new(1.0, &[3, 3]).err(),
                "MultiStepDecay: milestones must rise, but 3 follows 3",
            ),
            (
                MultiStepDecay::new(1.0, &[3]).and_then(|s| s.gamma(nan)).err(),
                "MultiStepDecay: gamma must be at least 0 and at most 1, but is NaN",
            ),
            (
                ExponentialDecay::new(nan, 0.5).err(),
                "ExponentialDecay: rate must be a finite number of at least 0, but is NaN",
            ),
            (
                ExponentialDecay::new(1.0, 2.0).err(),
                "ExponentialDecay: gamma must be at least 0 and at most 1, but is 2",
            ),
            (
                PolynomialDecay::new(1.0, 0).err(),
                "PolynomialDecay: steps must be at least 1, but is 0",
            ),
            (
                PolynomialDecay::new(1.0, 9).and_then(|s| s.power(-1.0)).err(),
                "PolynomialDecay: power must be a finite number of at least 0, but is -1",
            ),
            (
                PolynomialDecay::new(1.0, 9).and_then(|s| s.floor(2.0)).err(),
                "PolynomialDecay: floor must not lie above rate, but floor is 2 and rate is 1",
            ),
            (
                CosineRestarts::new(1.0, 0).err(),
                "CosineRestarts: period must be at least 1, but is 0",
            ),
            (
                CosineRestarts::new(1.0, 9).and_then(|s| s.growth(0)).err(),
                "CosineRestarts: growth must be at least 1, but is 0",
            ),
            (
                CosineRestarts::new(1.0, 9).and_then(|s| s.floor(2.0)).err(),
                "CosineRestarts: floor must not lie above rate, but floor is 2 and rate is 1",
            ),
            (
                Cyclic::new(nan, 1.0).err(),
                "Cyclic: base must be a finite number of at least 0, but is NaN",
            ),
            (
                Cyclic::new(1.0, nan).err(),
                "Cyclic: peak must be a finite number of at least 0, but is NaN",
            ),
            (
                Cyclic::new(2.0, 1.0).err(),
                "Cyclic: base must not lie above peak, but base is 2 and peak is 1",
            ),
            (
                Cyclic::new(1.0, 2.0).and_then(|s| s.steps(0, 1)).err(),
                "Cyclic: up must be at least 1, but is 0",
            ),
            (
                Cyclic::new(1.0, 2.0).and_then(|s| s.steps(1, 0)).err(),
                "Cyclic: down must be at least 1, but is 0",
            ),
            (
                Cyclic::new(1.0, 2.0).and_then(|s| s.decaying(-0.5)).err(),
                "Cyclic: gamma must be at least 0 and at most 1, but is -0.5",
            ),
            (
                OneCycle::new(nan, 9).err(),
                "OneCycle: peak must be a finite number of at least 0, but is NaN",
            ),
            (OneCycle::new(1.0, 0).err(), "OneCycle: steps must be at least 1, but is 0"),
            (
                OneCycle::new(1.0, 9).and_then(|s| s.warm_up(1.5)).err(),
                "OneCycle: warm_up must be at least 0 and at most 1, but is 1.5",
            ),
            (
                OneCycle::new(1.0, 9).and_then(|s| s.divisors(0.0, 1.0)).err(),
                "OneCycle: div must be a finite number above 0, but is 0",
            ),
            (
                OneCycle::new(1.0, 9).and_then(|s| s.divisors(1.0, nan)).err(),
                "OneCycle: final_div must be a finite number above 0, but is NaN",
            ),
            (
                Lambda::new(nan, |_| 1.0).err(),
                "Lambda: rate must be a finite number of at least 0, but is NaN",
            ),
            (
                Multiplicative::new(1.0, 9, |_| -0.5).err(),
                "Multiplicative: rate must be a finite number of at least 0, but is -0.5",
            ),
            (
                Chained::new(-1.0).err(),
                "Chained: rate must be a finite number of at least 0, but is -1",
            ),
            (
                Sequence::new(1.0).then(5, 0.5).and_then(|s| s.then(4, 0.1)).err(),
                "Sequence: milestones must rise, but 4 follows 5",
            ),
            (
                SwaRate::new(1.0, 9, nan).err(),
                "SwaRate: rate must be a finite number of at least 0, but is NaN",
            ),
            (
                SwaRate::new(1.0, 9, 0.5).and_then(|s| s.steps(0)).err(),
                "SwaRate: steps must be at least 1, but is 0",
            ),
            (Noam::new(0, 9).err(), "Noam: width must be at least 1, but is 0"),
            (Noam::new(9, 0).err(), "Noam: warm_up must be at least 1, but is 0"),
            (
                Noam::new(9, 9).and_then(|s| s.factor(0.0)).err(),
                "Noam: factor must be a finite number above 0, but is 0",
            ),
            (
                InverseTimeDecay::new(1.0, nan, 9).err(),
                "InverseTimeDecay: decay must be a finite number of at least 0, but is NaN",
            ),
            (
                InverseTimeDecay::new(1.0, 1.0, 0).err(),
                "InverseTimeDecay: steps must be at least 1, but is 0",
            ),
            (Warmup::new(0, 1.0).err(), "Warmup: steps must be at least 1, but is 0"),
            (
                Warmup::new(9, 1.0).and_then(|s| s.start(2.0)).err(),
                "Warmup: start must be at least 0 and at most 1, but is 2",
            ),
            (
                WarmupStableDecay::new(1.0, 0, 0, 0).err(),
                "WarmupStableDecay: decay must be at least 1, but is 0",
            ),
            (
                WarmupStableDecay::new(1.0, 1, 1, 1).and_then(|s| s.floor(2.0)).err(),
                "WarmupStableDecay: floor must not lie above rate, but floor is 2 and rate is 1",
            ),
        ];
        for (error, expected) in said {
            assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(expected));
        }
    }
}
