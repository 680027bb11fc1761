//! One update of a whole training, from one batch or several.

use super::cost_plan::counting;
use super::fit::{Clip, Fit};
use super::{Pass, Trainer};
use crate::error::Error;
use crate::metrics::{Accuracy, Mean, Metric};
use crate::real::Real;
use neuropil_data::Batches;
use neuropil_losses::Weighted;
use std::ops::Range;

impl<T: Real> Trainer<'_, T> {
    /// One update from some batches; returns their mean cost, or `None` if none of their rows
    /// counts and no update was made. An error leaves all as it was but for the gradients.
    pub(super) fn step(
        &mut self,
        batches: &Batches<'_, T>,
        range: Range<usize>,
        fit: &Fit<'_, T>,
        measures_accuracy: bool,
    ) -> Result<Option<f64>, Error> {
        self.state_of_update.copy_from_slice(&self.net.params.state);
        if let Some(carry) = &mut self.carry {
            carry.keep();
        }
        let before = self.past.progress;
        let cost = self.gradients_of(batches, range, measures_accuracy).and_then(|cost| {
            if cost.is_some() {
                self.check_rate()?;
                self.clip(fit)?;
            }
            Ok(cost)
        });
        match cost {
            Ok(Some(_)) => {
                self.update();
                // From here on the network has other weights than the best.
                if let Some(best) = &mut self.past.best {
                    best.restored = false;
                }
            }
            Ok(None) => {}
            Err(_) => {
                self.past.progress = before;
                self.net.params.state.copy_from_slice(&self.state_of_update);
                if let Some(carry) = &mut self.carry {
                    carry.go_back();
                }
            }
        }
        cost
    }

    /// The gradients of the mean cost of some batches.
    fn gradients_of(
        &mut self,
        batches: &Batches<'_, T>,
        range: Range<usize>,
        measures_accuracy: bool,
    ) -> Result<Option<f64>, Error> {
        let batches = || batches.iter().skip(range.start).take(range.len());
        let total: f64 = batches().map(|batch| self.total(batch, true)).sum();
        let numbers = self.loss.numbers(self.net.output.width()) as f64;
        let ignored = self.loss.ignored_label();
        let mut mean = Mean::default();
        let mut partial = self.past.progress.partial;
        let mut adding = false;
        for batch in batches() {
            let weight = self.total(batch, true);
            if weight == 0.0 {
                // Each batch has a random stream of its own, whether or not it counts.
                self.past.progress.batches += 1;
                continue;
            }
            let mut seen = |width: usize, y: &[T], target: Weighted<'_, T>| {
                if !measures_accuracy {
                    return Ok(());
                }
                counting(ignored, width, y, target, |y, target| {
                    Ok(Accuracy.add(&mut partial.accuracy, width, y, target)?)
                })
            };
            // Sums of costs add up as they are, means by their shares of the whole.
            let is_mean = self.loss.is_mean();
            let factor = if is_mean { weight / total } else { 1.0 };
            let cost = self.pass(batch, Pass { adding, factor, mixes: true }, &mut seen)?;
            let per_row = if is_mean { cost } else { cost / weight / numbers };
            mean.add(per_row, weight);
            partial.cost.add(per_row, weight);
            adding = true;
        }
        self.past.progress.partial = partial;
        Ok(adding.then(|| mean.value()))
    }

    fn clip(&mut self, fit: &Fit<'_, T>) -> Result<(), Error> {
        for &clip in &fit.clips {
            let is_finite = match clip {
                Clip::Value(max) => {
                    self.clip_value(max);
                    self.net.params.gradients.iter().all(|g| !g.is_nan())
                }
                Clip::Norm(max) => self.clip_norm(max).is_finite(),
                Clip::GlobalNorm(max) => self.clip_global_norm(max).is_finite(),
            };
            if !is_finite {
                let step = self.past.progress.updates;
                let path = self.net.params.first_gradient_not_finite();
                return Err(Error::NotFiniteGradient { step, path });
            }
        }
        Ok(())
    }

    /// Whether the next update has a rate for all weights.
    fn check_rate(&self) -> Result<(), Error> {
        let updates = self.past.progress.updates;
        let wrong = self.updates.rates(updates).find(|rate| !(rate.is_finite() && *rate >= 0.0));
        wrong.map_or(Ok(()), |rate| {
            let value = format!("{rate} at update {updates}");
            let expected = "a finite number of at least 0";
            Err(Error::Setting { name: "the learning rate", value, expected })
        })
    }

    /// Whether all weights and states are numbers.
    pub(crate) fn check_weights(&self) -> Result<(), Error> {
        match self.net.params.first_not_finite() {
            None => Ok(()),
            Some(path) => Err(Error::NotFiniteWeight { step: self.past.progress.updates, path }),
        }
    }
}
