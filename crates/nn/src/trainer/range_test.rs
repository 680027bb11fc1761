//! Finding a learning rate by trying them all.

use super::{Best, Pass, Trainer};
use crate::error::Error;
use crate::real::Real;
use neuropil_data::Dataset;
use neuropil_optimizers::Schedule;
use std::fmt;

/// How [`Trainer::range_test`] tries learning rates: from 10⁻⁷ to 10 in 100 updates, batches of 32.
#[derive(Clone, Copy, Debug)]
pub struct RangeTest {
    from: f64,
    to: f64,
    updates: u64,
    batch_size: usize,
}

impl Default for RangeTest {
    fn default() -> Self {
        Self { from: 1e-7, to: 10.0, updates: 100, batch_size: 32 }
    }
}

impl RangeTest {
    /// From 10⁻⁷ to 10 in 100 updates, batches of 32.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tries rates in this range.
    ///
    /// # Errors
    /// Unless 0 < `from` < `to`, both finite.
    pub fn range(mut self, from: f64, to: f64) -> Result<Self, Error> {
        if !(from > 0.0 && from < to && to.is_finite()) {
            let (value, expected) = (format!("{from} to {to}"), "0 < from < to");
            return Err(Error::Setting { name: "the range of rates", value, expected });
        }
        (self.from, self.to) = (from, to);
        Ok(self)
    }

    /// Makes so many updates.
    ///
    /// # Errors
    /// If there are fewer than 2.
    pub fn updates(mut self, updates: u64) -> Result<Self, Error> {
        if updates < 2 {
            let (value, expected) = (updates.to_string(), "at least 2");
            return Err(Error::Setting { name: "the updates of a range test", value, expected });
        }
        self.updates = updates;
        Ok(self)
    }

    /// Rows in a batch.
    ///
    /// # Errors
    /// If there are none.
    pub fn batch_size(mut self, rows: usize) -> Result<Self, Error> {
        if rows == 0 {
            let (value, expected) = ("0".into(), "at least 1");
            return Err(Error::Setting { name: "the batch size", value, expected });
        }
        self.batch_size = rows;
        Ok(self)
    }

    fn schedule(self) -> Geometric {
        Geometric { from: self.from, ratio: self.to / self.from, last: self.updates - 1 }
    }
}

/// from · ratio^(step / last)
#[derive(Clone, Copy, Debug)]
struct Geometric {
    from: f64,
    ratio: f64,
    last: u64,
}

impl Schedule for Geometric {
    fn rate(&self, step: u64) -> f64 {
        self.from * self.ratio.powf(step as f64 / self.last as f64)
    }
}

/// What came of a [`RangeTest`]: the cost at each rate. `Display` prints a table.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeTestCurve {
    /// Rates, rising, with the cost of the batch at each, smoothed over some batches.
    pub points: Vec<(f64, f64)>,
    /// Whether the test ended before its last rate, since the cost had left all bounds.
    pub diverged: bool,
}

impl RangeTestCurve {
    /// The rate at which the cost falls fastest (against the logarithm of the rate, over a tenth of
    /// the points, so that one lucky batch decides nothing): a good first guess. `None` if it falls
    /// nowhere.
    pub fn steepest(&self) -> Option<f64> {
        let width = (self.points.len() / 10).max(1);
        let falls = self.points.windows(width + 1).map(|part| {
            let ((first, before), (last, after)) = (part[0], part[width]);
            ((first * last).sqrt(), before - after)
        });
        let falls = falls.filter(|&(_, fall)| fall > 0.0);
        falls.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(rate, _)| rate)
    }
}

impl fmt::Display for RangeTestCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>10}  {:>10}", "rate", "cost")?;
        for (rate, cost) in &self.points {
            writeln!(f, "{rate:>10.2e}  {cost:>10.4}")?;
        }
        match self.steepest() {
            Some(rate) => write!(f, "the cost falls fastest at {rate:.2e}"),
            None => write!(f, "the cost falls nowhere"),
        }
    }
}

/// How much the smoothed cost keeps of what it was.
const SMOOTHING: f64 = 0.9;

/// The test ends when the cost is so many times the smallest.
const DIVERGED: f64 = 4.0;

impl<T: Real> Trainer<'_, T> {
    /// The learning-rate range test: trains with rates that rise from one update to the next, and
    /// shows the cost at each. Afterwards weights, states, optimizer and counters are as before.
    /// It starts from the present weights with a fresh optimizer; groups with an optimizer of their
    /// own keep their rate, and nothing is clipped.
    ///
    /// Source: Smith, "Cyclical Learning Rates for Training Neural Networks" (2015), section 3.3.
    ///
    /// ```
    /// use neuropil_nn::{RangeTest, prelude::*};
    ///
    /// let x: Vec<f32> = (0..64).map(|i| i as f32 / 64.0).collect();
    /// let y = x.iter().map(|x| 3.0 * x - 1.0).collect();
    /// let data = Dataset::with_values([1], x, [1], y)?;
    /// let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    /// let curve = trainer.range_test(&data, RangeTest::new())?;
    /// println!("{curve}");
    /// let rate = curve.steepest().expect("a cost that falls");
    /// assert!(rate > 1e-3 && rate < 10.0);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the data is empty or does not fit, or if it or the first cost is not finite.
    pub fn range_test(
        &mut self,
        data: &Dataset<T>,
        test: RangeTest,
    ) -> Result<RangeTestCurve, Error> {
        if data.is_empty() {
            return Err(Error::Empty { what: "the data of the range test".into() });
        }
        self.net.sample.check_data("the data of the range test", data)?;
        let before = Best::of(&self.net.params, 0);
        let slots = self.updates.slots().to_vec();
        let progress = self.past.progress;
        let carry = self.carry.clone();
        let schedule = self.updates.swap_schedule(Box::new(test.schedule()));
        let scale = std::mem::replace(&mut self.updates.scale, 1.0);

        let curve = crate::parallel::run(|| self.rising(data, test));

        self.updates.swap_schedule(schedule);
        self.updates.scale = scale;
        self.past.progress = progress;
        self.carry = carry;
        self.updates.slots_mut().copy_from_slice(&slots);
        self.net.params.weights_mut().copy_from_slice(&before.weights);
        self.net.params.state.copy_from_slice(&before.state);
        curve
    }

    /// Trains with the rates of the test.
    fn rising(&mut self, data: &Dataset<T>, test: RangeTest) -> Result<RangeTestCurve, Error> {
        let mut curve = RangeTestCurve { points: Vec::new(), diverged: false };
        let mut batches = data.batches(test.batch_size);
        let (mut sum, mut weight) = (0.0, 0.0);
        let mut smallest = f64::INFINITY;
        self.past.progress = Default::default();
        // Moments of before would count as if they were of the first updates.
        self.updates.slots_mut().fill(T::ZERO);
        for update in 0..test.updates {
            let in_epoch = update % batches.len() as u64;
            if in_epoch == 0 {
                match self.carry {
                    Some(_) => self.reset_state(),
                    None => batches.shuffle(self.net.seed, update / batches.len() as u64),
                }
            }
            let Some(batch) = batches.iter().nth(in_epoch as usize) else { break };
            let pass = Pass { adding: false, factor: 1.0, mixes: false };
            let cost = match self.pass(batch, pass, &mut |_, _, _| Ok(())) {
                Ok(cost) => cost,
                // Not where the data is to blame.
                Err(Error::NotFinite { first, .. })
                    if update > 0
                        && !first.as_ref().is_some_and(|f| f.starts_with("the input")) =>
                {
                    curve.diverged = true;
                    break;
                }
                Err(error) => return Err(error),
            };
            // A mean that forgets, begun without a bias.
            sum = SMOOTHING * sum + (1.0 - SMOOTHING) * cost;
            weight = SMOOTHING * weight + (1.0 - SMOOTHING);
            let cost = sum / weight;
            curve.points.push((self.updates.rate(update), cost));
            smallest = smallest.min(cost);
            if cost > DIVERGED * smallest {
                curve.diverged = true;
                break;
            }
            self.try_update();
        }
        Ok(curve)
    }
}
