//! What the gradient of each row is multiplied with.

use neuropil_simd::{Float, Lanes};

/// What each row's gradient is multiplied with: one factor for all, times a weight per row if there
/// are any.
///
/// ```
/// use neuropil_losses::Weights;
///
/// assert_eq!(Weights::uniform(0.5_f32).of(7), 0.5);
/// assert_eq!(Weights::per_row(0.5_f32, &[1.0, 6.0]).of(1), 3.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a, T> {
    factor: T,
    rows: Option<&'a [T]>,
}

impl<'a, T: Float> Weights<'a, T> {
    /// `factor` for each row.
    pub fn uniform(factor: T) -> Self {
        Self { factor, rows: None }
    }

    /// `factor * weights[row]`.
    pub fn per_row(factor: T, weights: &'a [T]) -> Self {
        Self { factor, rows: Some(weights) }
    }

    /// What the gradient of `row` is multiplied with.
    ///
    /// # Panics
    /// If there are weights per row, but not for this one.
    #[inline(always)]
    pub fn of(&self, row: usize) -> T {
        match self.rows {
            Some(weights) => self.factor * weights[row],
            None => self.factor,
        }
    }

    /// What the gradients of the `count` rows from `row` on are multiplied with, in the first lanes.
    #[inline(always)]
    pub(crate) fn vector<V: Lanes<T>>(&self, row: usize, count: usize) -> V {
        let factor = V::splat(self.factor);
        match self.rows {
            None => factor,
            Some(weights) if count == V::LEN => factor * V::load(&weights[row..]),
            Some(weights) => factor * V::load_partial(&weights[row..row + count]),
        }
    }

    /// The rows that there are weights for; `None` if they would do for any number.
    #[inline(always)]
    pub(crate) fn len(&self) -> Option<usize> {
        self.rows.map(<[T]>::len)
    }

    /// The weights of the rows from `start` to `end`.
    ///
    /// # Panics
    /// If there are weights per row, but fewer.
    pub fn rows(self, start: usize, end: usize) -> Self {
        Self { rows: self.rows.map(|weights| &weights[start..end]), ..self }
    }
}
