//! Training on a whole data set at once, by an optimizer that asks for the cost where it likes.

use super::Trainer;
use crate::error::Error;
use crate::parallel;
use crate::real::Real;
use neuropil_data::{Batch, Dataset};
use neuropil_optimizers::{Lbfgs, LbfgsSpace, Minimum};

impl<T: Real> Trainer<'_, T> {
    /// Minimizes the mean cost of all rows of `data`, penalties included, with [`Lbfgs`] in the place of the
    /// trainer's optimizer: for small networks and data sets, where it finds digits that no optimizer of
    /// batches does. Frozen weights stay. The trainer's own optimizer, its state and the counters are
    /// left as they are.
    ///
    /// The cost must be a function of the weights: dropout is the same in each evaluation, and batch
    /// normalization moves its running statistics with each. Gradients in the network are those of the
    /// last place that was tried.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_optimizers::Lbfgs;
    ///
    /// let x = vec![-1.0_f32, 0.0, 1.0, 2.0];
    /// let data = Dataset::with_values([1], x, [1], vec![-1.0, 1.0, 3.0, 5.0])?;
    /// let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    /// let found = trainer.minimize(&data, &Lbfgs::new())?;
    /// assert!(found.cost < 1e-8, "{found:?}");
    /// assert!((net.params().get("weight")?[0] - 2.0).abs() < 1e-3);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the trainer has proximal steps or constraints, carries state, or the network lays a price on
    /// its activations ([`ActivityPenalty`](crate::ActivityPenalty)): the search would not see them.
    /// As [`gradients`](Trainer::gradients); the weights are then those of the last iteration. Where a
    /// place that is tried has a cost that is not finite, the search goes back; where the first has, it
    /// ends there.
    pub fn minimize(&mut self, data: &Dataset<T>, lbfgs: &Lbfgs) -> Result<Minimum, Error> {
        if data.is_empty() {
            return Err(Error::Empty { what: "the data to minimize the cost of".into() });
        }
        let place = self.plan(self.aim(data))?;
        let unseen = [
            (!self.rules.is_empty(), "proximal steps or constraints"),
            (self.carry.is_some(), "carried state"),
            (self.plans[place].is_priced, "a price on activations"),
        ];
        if let Some((_, what)) = unseen.into_iter().find(|&(is_there, _)| is_there) {
            let expected = "a training without it, whose cost is a function of the weights alone";
            return Err(Error::Setting {
                name: "minimize",
                value: format!("given {what}"),
                expected,
            });
        }
        let rows: Vec<u32> = (0..data.len() as u32).collect();
        let mut x = self.net.params.weights().to_vec();
        let mut space = LbfgsSpace::new();
        let progress = self.past.progress;
        let found = parallel::run(|| {
            lbfgs.minimize_in(&mut space, &mut x, |w, dw| {
                self.net.params.weights_mut().copy_from_slice(w);
                // Each evaluation draws what the first has drawn.
                self.past.progress = progress;
                let cost = match self.gradients(Batch { data, rows: &rows }) {
                    Ok(cost) => cost,
                    Err(Error::NotFinite { value, .. }) => value,
                    Err(error) => return Err(error),
                };
                dw.copy_from_slice(self.net.params.gradients());
                Ok(cost + self.penalty_value())
            })
        });
        self.past.progress = progress;
        self.net.params.weights_mut().copy_from_slice(&x);
        found
    }
}
