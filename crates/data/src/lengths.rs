//! Sequences of different lengths: padded at the end to one length, each row with a length of its own.

use crate::dataset::{Dataset, check_gather, width_of};
use crate::error::DataError;
use crate::inputs::Inputs;
use crate::number::Number;
use crate::targets::Targets;

impl<T: Copy> Dataset<T> {
    /// The same rows, each with a length: how many of its time steps are data, from the first on; what follows is
    /// padding. A row is `[time, features...]`, and `lengths` is `[rows]` in this dataset's order. Lengths that were
    /// there before are replaced.
    ///
    /// ```
    /// # use neuropil_data::Dataset;
    /// // Two sequences of at most three steps; the second has two, and a zero to fill.
    /// let data = Dataset::labelled([3, 1], vec![1.0, 2.0, 3.0, 4.0, 5.0, 0.0], vec![0, 1], 2)?;
    /// let data = data.with_lengths(vec![3, 2])?;
    /// assert_eq!(data.length(1), Some(2));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// - [`DataError::NoTime`]: a sample is a single number and has no time steps.
    /// - [`DataError::LengthCount`]: not one length for each row.
    /// - [`DataError::Length`]: a length that is not in `1..=time`.
    pub fn with_lengths(&self, lengths: Vec<u32>) -> Result<Self, DataError> {
        let Some(&time) = self.shape().first() else {
            return Err(DataError::NoTime);
        };
        let rows = self.len();
        if lengths.len() != rows {
            return Err(DataError::LengthCount { rows, found: lengths.len() });
        }
        let sound = |&length: &u32| length >= 1 && length as usize <= time;
        if let Some(row) = lengths.iter().position(|length| !sound(length)) {
            return Err(DataError::Length { row, length: lengths[row], time });
        }
        Ok(self.with_rows(self.rows.lasting(lengths)))
    }

    /// The time steps of a row, or `None` if the dataset has no lengths: then all of `shape[0]` are data.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn length(&self, row: usize) -> Option<u32> {
        self.check_row(row);
        self.rows.lengths.get(row)
    }

    /// Whether each row has a length of its own.
    pub fn has_lengths(&self) -> bool {
        self.rows.lengths.exists()
    }

    /// Copies the lengths of `rows` into `out`, `[rows]`.
    ///
    /// # Panics
    /// If `out` is not as long as `rows`, a row is not below [`len`](Self::len), or the dataset has no lengths
    /// ([`has_lengths`](Self::has_lengths)).
    pub fn gather_lengths(&self, rows: &[u32], out: &mut [u32]) {
        check_gather("gather_lengths", rows.len(), 1, out.len());
        assert!(self.has_lengths(), "gather_lengths: the dataset has no lengths");
        for (&row, length) in rows.iter().zip(out) {
            self.check_row(row as usize);
            *length = self.rows.lengths.get(row as usize).expect("checked: there are lengths");
        }
    }
}

impl<T: Number> Dataset<T> {
    /// A dataset of sequences of different lengths: each is `[its length, features...]`, row-major. All are padded
    /// with zeros at the end to the longest, so that a row is `[time, features...]`.
    ///
    /// ```
    /// use neuropil_data::{Dataset, Targets};
    ///
    /// // Three and one steps of two features.
    /// let sequences = [vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![7.0, 8.0]];
    /// let targets = Targets::Labels { labels: vec![0, 1], classes: 2, shape: vec![] };
    /// let data = Dataset::<f32>::sequences([2], &sequences, targets)?;
    /// assert_eq!((data.shape(), data.length(1)), (&[3, 2][..], Some(1)));
    /// assert_eq!(data.input(1), [7.0, 8.0, 0.0, 0.0, 0.0, 0.0]);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// - [`DataError::Shape`]: a dimension of `features` is zero, or memory cannot hold the padded data.
    /// - [`DataError::Sequence`]: a sequence is empty or does not divide into steps of `features`.
    /// - As [`new`](Self::new) for the targets.
    pub fn sequences<S: AsRef<[T]>>(
        features: impl Into<Vec<usize>>,
        sequences: &[S],
        targets: Targets<T>,
    ) -> Result<Self, DataError> {
        let features = features.into();
        let width = width_of("features", &features)?;
        if sequences.is_empty() {
            return Err(DataError::Empty);
        }
        let (mut time, mut lengths) = (0, Vec::with_capacity(sequences.len()));
        for (row, sequence) in sequences.iter().enumerate() {
            let found = sequence.as_ref().len();
            let steps = found / width;
            match u32::try_from(steps) {
                Ok(length) if steps > 0 && steps * width == found => lengths.push(length),
                _ => return Err(DataError::Sequence { row, found, width }),
            }
            time = time.max(steps);
        }
        let shape = [&[time], &features[..]].concat();
        let padded = time * width;
        let total = padded.saturating_mul(sequences.len());
        let mut numbers = Vec::new();
        if numbers.try_reserve_exact(total).is_err() {
            let problem = "is more than memory can hold for all sequences";
            return Err(DataError::Shape { what: "inputs", shape, problem });
        }
        for sequence in sequences {
            numbers.extend_from_slice(sequence.as_ref());
            numbers.resize(numbers.len().next_multiple_of(padded), T::default());
        }
        Self::new(shape, Inputs::Numbers(numbers), targets)?.with_lengths(lengths)
    }
}

/// Sequences that stand step by step, `[steps, rows, ..]`, one after the other, `[rows, steps, ..]`, as data sets
/// have them: what other libraries call time first, made batch first.
///
/// ```
/// // Three steps of two sequences.
/// let steps = [1, 10, 2, 20, 3, 30];
/// assert_eq!(neuropil_data::rows_first(&steps, 3, 2)?, [1, 2, 3, 10, 20, 30]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Shape`]: the numbers are none, or do not divide into so many steps of so many rows.
pub fn rows_first<T: Copy>(numbers: &[T], steps: usize, rows: usize) -> Result<Vec<T>, DataError> {
    let places = steps.saturating_mul(rows);
    if numbers.is_empty() || places == 0 || !numbers.len().is_multiple_of(places) {
        let problem = "does not divide the numbers";
        return Err(DataError::Shape { what: "steps and rows", shape: vec![steps, rows], problem });
    }
    let width = numbers.len() / places;
    let mut turned = Vec::with_capacity(numbers.len());
    for row in 0..rows {
        for step in 0..steps {
            turned.extend_from_slice(&numbers[(step * rows + row) * width..][..width]);
        }
    }
    Ok(turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_several_numbers_stay_together() {
        let numbers: Vec<u32> = (0..12).collect();
        let turned = rows_first(&numbers, 3, 2).expect("they divide");
        assert_eq!(turned, [0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11]);
        assert_eq!(rows_first(&turned, 2, 3).expect("they divide"), numbers);
    }

    #[test]
    fn what_does_not_divide_is_an_error() {
        for (numbers, steps, rows) in [(&[1, 2, 3][..], 2, 1), (&[], 1, 1), (&[1], 0, 1)] {
            let error = rows_first(numbers, steps, rows).expect_err("an error").to_string();
            assert!(error.contains(&format!("[{steps}, {rows}]")), "{error}");
        }
    }
}
