//! The tally of all metrics that are a mean.

/// A weighted mean: Σ w x / Σ w, summed in `f64`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    pub(crate) sum: f64,
    pub(crate) weights: f64,
}

impl Mean {
    /// Adds a number that counts as often as its weight says. One of weight zero does not count at
    /// all, be it NaN.
    pub fn add(&mut self, x: f64, weight: f64) {
        if weight != 0.0 {
            self.sum += weight * x;
            self.weights += weight;
        }
    }

    /// The mean; NaN if nothing counts.
    pub fn value(&self) -> f64 {
        self.sum / self.weights
    }
}
