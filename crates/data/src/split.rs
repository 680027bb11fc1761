//! Parts of a dataset: random ones, ones with all classes, folds, chosen rows. None copies a sample.

use std::sync::Arc;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::permutation::{Purpose, permute};
use crate::rows::Rows;
use crate::targets::Targets;

impl<T: Copy> Dataset<T> {
    /// Two datasets without a row in common: a random `fraction` of the rows, rounded to the nearest whole row, and
    /// the others. Both are in random order and share this dataset's samples.
    ///
    /// The parts are a function of the number of rows, `fraction` and `seed`, and promised to stay what they are.
    ///
    /// ```
    /// # let data: neuropil_data::Dataset = neuropil_data::Dataset::labelled([1], vec![0.0; 60], vec![0; 60], 1)?;
    /// let (train, valid) = data.split(0.9, 42)?;
    /// assert_eq!((train.len(), valid.len()), (54, 6));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// - [`DataError::Fraction`]: `fraction` is not a number between 0 and 1.
    /// - [`DataError::EmptyPart`]: a part would have no row.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let first = first_part(self.len(), fraction)?;
        Ok(self.parts(self.random_order(seed), first))
    }

    /// As [`split`](Self::split), but both parts have each class in the same proportion: of a class of n rows the
    /// first part has `fraction * n`, rounded down or up. scikit-learn's `train_test_split(stratify=labels)`.
    ///
    /// The first part has as many rows as `split` gives it. What rounding leaves goes to the classes with the largest
    /// remainders, of equal ones to the lowest. The parts are promised to stay what they are.
    ///
    /// ```
    /// # use neuropil_data::Dataset;
    /// // One row in ten is of class 1.
    /// let labels = (0..100).map(|row| u32::from(row % 10 == 0)).collect();
    /// let data: Dataset = Dataset::labelled([1], vec![0.0; 100], labels, 2)?;
    /// let (train, valid) = data.split_stratified(0.8, 42)?;
    /// let rare = |part: &Dataset| (0..part.len()).filter(|&row| part.label(row) == Some(1)).count();
    /// assert_eq!((rare(&train), rare(&valid)), (8, 2));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`split`](Self::split), and [`DataError::NotOneLabel`] if the rows don't have one label each.
    pub fn split_stratified(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let counts = self.class_counts("split_stratified")?;
        let first = first_part(self.len(), fraction)?;
        let mut wanted = shares(&counts, fraction, first);
        let (mut left, mut right) = (Vec::with_capacity(first), Vec::new());
        for row in self.random_order(seed) {
            let label = self.label(row as usize).expect("checked: one label a row") as usize;
            if wanted[label] > 0 {
                wanted[label] -= 1;
                left.push(row);
            } else {
                right.push(row);
            }
        }
        left.append(&mut right);
        Ok(self.parts(left, first))
    }

    /// `k` pairs of (training, validation) for cross-validation: the rows in random order are cut into `k` pieces, as
    /// even as can be; each piece validates once what the others train. scikit-learn's `KFold(k, shuffle=True)`. The
    /// folds are promised to stay what they are.
    ///
    /// ```
    /// # let data: neuropil_data::Dataset = neuropil_data::Dataset::labelled([1], vec![0.0; 10], vec![0; 10], 1)?;
    /// let sizes: Vec<_> = data.folds(3, 42)?.iter().map(|(t, v)| (t.len(), v.len())).collect();
    /// assert_eq!(sizes, [(7, 3), (7, 3), (6, 4)]);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Folds`] if `k` is less than 2 or more than the rows.
    pub fn folds(&self, k: usize, seed: u64) -> Result<Vec<(Self, Self)>, DataError> {
        let rows = self.len();
        if k < 2 || k > rows {
            return Err(DataError::Folds { k, rows });
        }
        let order = self.random_order(seed);
        // Multiplied as u128, since rows * k can exceed a usize of 32 bits.
        let cut = |fold: usize| (rows as u128 * fold as u128 / k as u128) as usize;
        let pair = |fold| {
            let (from, to) = (cut(fold), cut(fold + 1));
            let train = [&order[..from], &order[to..], &order[from..to]].concat();
            self.parts(train, rows - (to - from))
        };
        Ok((0..k).map(pair).collect())
    }

    /// The rows of these numbers, in their order; a row may occur more than once.
    ///
    /// ```
    /// # let data: neuropil_data::Dataset =
    /// #     neuropil_data::Dataset::labelled([1], vec![0.0, 1.0, 2.0, 3.0], vec![0, 1, 0, 1], 2)?;
    /// let ones = data.select((0..data.len()).filter(|&row| data.label(row) == Some(1)))?;
    /// assert_eq!((ones.len(), ones.input(1)), (2, &[3.0][..]));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Row`] if a number is not below [`len`](Self::len), [`DataError::Empty`] if there are none,
    /// [`DataError::TooManyRows`] if there are more than `u32::MAX`.
    pub fn select(&self, rows: impl IntoIterator<Item = usize>) -> Result<Self, DataError> {
        let mut order = Vec::new();
        for row in rows {
            if row >= self.len() {
                return Err(DataError::Row { row, rows: self.len() });
            }
            order.push(row as u32);
        }
        match u32::try_from(order.len()) {
            Ok(0) => Err(DataError::Empty),
            Ok(_) => Ok(self.with_rows(self.rows.reordered(order))),
            Err(_) => Err(DataError::TooManyRows { rows: order.len() }),
        }
    }

    /// Two datasets: the first `fraction` of the rows in this dataset's order, rounded to the nearest whole row, and
    /// the others. For what has an order in time, where a random split would let the training look ahead.
    ///
    /// ```
    /// # let data: neuropil_data::Dataset =
    /// #     neuropil_data::Dataset::labelled([1], (0..10).map(|i| i as f32).collect(), vec![0; 10], 1)?;
    /// let (past, future) = data.split_at(0.8)?;
    /// assert_eq!((past.len(), future.input(0)), (8, &[8.0][..]));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`split`](Self::split).
    pub fn split_at(&self, fraction: f64) -> Result<(Self, Self), DataError> {
        let first = first_part(self.len(), fraction)?;
        let part = |from, len| self.with_rows(self.rows.part(from, len));
        Ok((part(0, first), part(first, self.len() - first)))
    }

    /// The first `n` rows in this dataset's order, or all of them if there are fewer. Zero rows are allowed and leave
    /// an empty dataset.
    ///
    /// ```
    /// # let data: neuropil_data::Dataset = neuropil_data::Dataset::labelled([1], vec![0.0; 60], vec![0; 60], 1)?;
    /// assert_eq!(data.take(10).len(), 10);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    #[must_use]
    pub fn take(&self, n: usize) -> Self {
        self.with_rows(self.rows.part(0, n.min(self.len())))
    }

    /// How many rows each class has, up to the last that any stored row has.
    pub(crate) fn class_counts(&self, what: &'static str) -> Result<Vec<usize>, DataError> {
        let Targets::Labels { labels, .. } = &self.storage.targets else {
            return Err(DataError::NotOneLabel { what, targets: self.target_kind().describe() });
        };
        if self.target_width() != 1 {
            return Err(DataError::NotOneLabel { what, targets: self.target_kind().describe() });
        }
        // As many as the labels need, not as there are said to be.
        let most = labels.iter().max().map_or(0, |&label| label as usize + 1);
        let mut counts = vec![0; most];
        for row in 0..self.len() {
            counts[labels[self.rows.stored(row)] as usize] += 1;
        }
        Ok(counts)
    }

    fn random_order(&self, seed: u64) -> Vec<u32> {
        let mut order = vec![0; self.len()];
        permute(&mut order, Purpose::Split, seed, 0);
        order
    }

    /// The first rows of an order, and the rest of it.
    fn parts(&self, order: Vec<u32>, first: usize) -> (Self, Self) {
        let rest = order.len() - first;
        let all = self.rows.reordered(order);
        (self.with_rows(all.part(0, first)), self.with_rows(all.part(first, rest)))
    }

    pub(crate) fn with_rows(&self, rows: Rows<T>) -> Self {
        Self { storage: Arc::clone(&self.storage), rows }
    }
}

/// The rows that a fraction stands for: at least one, and not all.
pub(crate) fn first_part(rows: usize, fraction: f64) -> Result<usize, DataError> {
    if !(0.0..=1.0).contains(&fraction) {
        return Err(DataError::Fraction { fraction });
    }
    let first = (fraction * rows as f64).round() as usize;
    if first == 0 || first >= rows {
        return Err(DataError::EmptyPart { fraction, rows, first });
    }
    Ok(first)
}

/// How many rows of each class the first part of `first` rows gets: `fraction * count` rounded down, and one more
/// where the remainder is largest until `first` is reached.
fn shares(counts: &[usize], fraction: f64, first: usize) -> Vec<usize> {
    let exact: Vec<f64> = counts.iter().map(|&count| fraction * count as f64).collect();
    let mut shares: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let mut missing = first.saturating_sub(shares.iter().sum());
    let mut classes: Vec<usize> = (0..counts.len()).collect();
    let remainder = |class: usize| exact[class].fract();
    classes.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)));
    // A second round only where rounding of the products themselves has lost a row.
    for class in classes.iter().chain(&classes).copied() {
        if missing > 0 && shares[class] < counts[class] {
            shares[class] += 1;
            missing -= 1;
        }
    }
    shares
}
