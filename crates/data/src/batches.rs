//! Mini-batches: a dataset's rows in an order of their own, cut into pieces of one size.

use std::fmt;
use std::slice::Chunks;

use crate::dataset::Dataset;
use crate::permutation::{Purpose, permute};

/// A dataset cut into mini-batches, made by [`Dataset::batches`].
///
/// Every row is in exactly one batch. All batches have `size` rows but the last, which has what is left. The rows are
/// in the dataset's order until [`shuffle`](Self::shuffle) gives them another. Neither shuffling nor iterating
/// allocates.
///
/// ```
/// # let data: neuropil_data::Dataset = neuropil_data::Dataset::labelled([1], vec![0.0; 10], vec![0; 10], 1)?;
/// let mut batches = data.batches(4);
/// assert_eq!(batches.len(), 3);
/// for epoch in 0..2 {
///     batches.shuffle(42, epoch);
///     let sizes: Vec<usize> = batches.iter().map(|batch| batch.len()).collect();
///     assert_eq!(sizes, [4, 4, 2]);
/// }
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone)]
pub struct Batches<'a, T = f32> {
    data: &'a Dataset<T>,
    order: Vec<u32>,
    size: usize,
}

impl<'a, T> Batches<'a, T> {
    pub(crate) fn new(data: &'a Dataset<T>, size: usize) -> Self {
        assert!(size > 0, "batches: the size of a batch must be at least 1, found {size}");
        // A dataset has at most u32::MAX rows.
        let order = (0..data.len() as u32).collect();
        Self { data, order, size }
    }

    /// Puts the rows into a random order, each equally likely, which depends on `seed`, `epoch` and the number of rows
    /// alone: not on earlier shuffles. Epoch 7 is therefore the same whether or not epochs 0 to 6 came before it.
    ///
    /// The order is promised: a later version gives the same. It is the shuffle of Fisher and Yates with draws of
    /// ChaCha8, whose key is `seed` and `epoch`.
    pub fn shuffle(&mut self, seed: u64, epoch: u64) {
        permute(&mut self.order, Purpose::Shuffle, seed, epoch);
    }

    /// The number of batches: rows / size, rounded up.
    pub fn len(&self) -> usize {
        self.order.len().div_ceil(self.size)
    }

    /// Whether there are no batches: only of an empty dataset.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The rows of every batch but the last.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The dataset whose rows these are.
    pub fn data(&self) -> &'a Dataset<T> {
        self.data
    }

    /// The batches, first to last. [`nth`](Iterator::nth) and [`skip`](Iterator::skip) take no time, so that a run can
    /// resume within an epoch.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { data: self.data, rows: self.order.chunks(self.size) }
    }
}

impl<T> fmt::Debug for Batches<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("data", &self.data)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl<'b, T> IntoIterator for &'b Batches<'_, T> {
    type Item = Batch<'b, T>;
    type IntoIter = Iter<'b, T>;

    fn into_iter(self) -> Iter<'b, T> {
        self.iter()
    }
}

/// The batches of an epoch, first to last: made by [`Batches::iter`].
#[derive(Clone, Debug)]
pub struct Iter<'b, T = f32> {
    data: &'b Dataset<T>,
    rows: Chunks<'b, u32>,
}

impl<'b, T> Iterator for Iter<'b, T> {
    type Item = Batch<'b, T>;

    fn next(&mut self) -> Option<Batch<'b, T>> {
        self.nth(0)
    }

    fn nth(&mut self, n: usize) -> Option<Batch<'b, T>> {
        let data = self.data;
        self.rows.nth(n).map(|rows| Batch { data, rows })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

/// Some rows of a dataset: what one training step reads.
///
/// [`Batches`] makes them, and so can you, of any rows of a dataset:
///
/// ```
/// # let data: neuropil_data::Dataset =
/// #     neuropil_data::Dataset::labelled([2], (0..20).map(|i| i as f32).collect(), vec![0; 10], 1)?;
/// use neuropil_data::Batch;
///
/// let batch = Batch { data: &data, rows: &[3, 1] };
/// let mut x = [0.0; 4];
/// batch.gather_inputs(&mut x);
/// assert_eq!(x, [6.0, 7.0, 2.0, 3.0]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct Batch<'a, T = f32> {
    /// The dataset.
    pub data: &'a Dataset<T>,
    /// Its rows in this batch, each below `data.len()`.
    pub rows: &'a [u32],
}

impl<T> Batch<'_, T> {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows, which is true of no batch that [`Batches`] makes.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<T: Copy> Batch<'_, T> {
    /// Copies the inputs into `out`, `[rows, width]`: [`Dataset::gather_inputs`].
    ///
    /// # Panics
    /// If `out` is not `len * width` long, a row is not below `data.len()`, or the inputs are indices.
    pub fn gather_inputs(&self, out: &mut [T]) {
        self.data.gather_inputs(self.rows, out);
    }

    /// Copies the input indices into `out`, `[rows, width]`: [`Dataset::gather_indices`].
    ///
    /// # Panics
    /// If `out` is not `len * width` long, a row is not below `data.len()`, or the inputs are numbers.
    pub fn gather_indices(&self, out: &mut [u32]) {
        self.data.gather_indices(self.rows, out);
    }

    /// Copies the weights into `out`, `[rows]`: [`Dataset::gather_weights`].
    ///
    /// # Panics
    /// If `out` is not `len` long, a row is not below `data.len()`, or the dataset has no weights.
    pub fn gather_weights(&self, out: &mut [T]) {
        self.data.gather_weights(self.rows, out);
    }

    /// Copies the lengths into `out`, `[rows]`: [`Dataset::gather_lengths`].
    ///
    /// # Panics
    /// If `out` is not `len` long, a row is not below `data.len()`, or the dataset has no lengths.
    pub fn gather_lengths(&self, out: &mut [u32]) {
        self.data.gather_lengths(self.rows, out);
    }

    /// Copies the labels into `out`, `[rows, target_width]`: [`Dataset::gather_labels`].
    ///
    /// # Panics
    /// If `out` is not `len * target_width` long, a row is not below `data.len()`, or the targets are numbers.
    pub fn gather_labels(&self, out: &mut [u32]) {
        self.data.gather_labels(self.rows, out);
    }

    /// Copies the target numbers into `out`, `[rows, target_width]`: [`Dataset::gather_values`].
    ///
    /// # Panics
    /// If `out` is not `len * target_width` long, a row is not below `data.len()`, or the targets are labels.
    pub fn gather_values(&self, out: &mut [T]) {
        self.data.gather_values(self.rows, out);
    }
}

// Not derived: a batch is two references, so it is Copy whatever T is.
impl<T> Clone for Batch<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Batch<'_, T> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(rows: usize) -> Dataset {
        let numbers = (0..rows).map(|row| row as f32);
        Dataset::labelled([1], numbers.collect(), (0..rows as u32).collect(), rows).unwrap()
    }

    #[test]
    fn unshuffled_batches_are_in_order() {
        let data = data(5);
        let batches = data.batches(2);
        let rows: Vec<&[u32]> = batches.iter().map(|batch| batch.rows).collect();
        assert_eq!(rows, [&[0, 1][..], &[2, 3], &[4]]);
        assert_eq!((batches.len(), batches.size()), (3, 2));
    }

    #[test]
    fn an_empty_dataset_has_no_batches() {
        let none = data(5).take(0);
        let mut batches = none.batches(2);
        batches.shuffle(1, 0);
        assert!(batches.is_empty());
        assert_eq!((batches.len(), batches.iter().count()), (0, 0));
    }

    #[test]
    fn iterators_know_their_length_and_skip() {
        let data = data(10);
        let batches = data.batches(3);
        let mut iter = batches.iter();
        assert_eq!(iter.len(), 4);
        assert_eq!(iter.nth(2).unwrap().rows, [6, 7, 8]);
        assert_eq!(iter.len(), 1);
        assert_eq!(iter.next().unwrap().rows, [9]);
        assert!(iter.next().is_none());
    }

    #[test]
    fn gathering_goes_through_the_order_of_a_split() {
        let (part, _) = data(10).split(0.5, 9).unwrap();
        let mut batches = part.batches(5);
        batches.shuffle(1, 1);
        let batch = batches.iter().next().unwrap();
        let (mut x, mut labels) = ([0.0; 5], [0; 5]);
        batch.gather_inputs(&mut x);
        batch.gather_labels(&mut labels);
        for place in 0..5 {
            let row = batch.rows[place] as usize;
            assert_eq!(x[place], part.input(row)[0]);
            assert_eq!(x[place], labels[place] as f32);
        }
    }

    #[test]
    #[should_panic(expected = "batches: the size of a batch must be at least 1, found 0")]
    fn batches_of_no_rows_panic() {
        data(5).batches(0);
    }
}
