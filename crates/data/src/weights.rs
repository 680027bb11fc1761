//! How much each row counts: given, by class, or so that all classes count the same.

use crate::dataset::{Dataset, check_gather};
use crate::error::DataError;
use crate::number::Number;
use crate::targets::TargetKind;

impl<T: Number> Dataset<T> {
    /// The same rows, each with a weight, `[rows]` in this dataset's order. A weighted mean of losses is
    /// Σ w loss / Σ w. Weights that were there before are replaced.
    ///
    /// ```
    /// # use neuropil_data::Dataset;
    /// let data = Dataset::labelled([1], vec![0.0, 1.0, 2.0], vec![0, 1, 1], 2)?;
    /// assert_eq!(data.weight(0), None);
    /// let data = data.weighted(vec![1.0, 0.5, 0.0])?;
    /// assert_eq!(data.weight(1), Some(0.5));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// - [`DataError::WeightCount`]: not one weight for each row.
    /// - [`DataError::Weight`]: a weight that is negative, infinite or NaN.
    /// - [`DataError::NoWeight`]: all weights are zero. [`DataError::Empty`]: there are no rows.
    pub fn weighted(&self, weights: Vec<T>) -> Result<Self, DataError> {
        let rows = self.len();
        if weights.len() != rows {
            return Err(DataError::WeightCount {
                what: "rows",
                expected: rows,
                found: weights.len(),
            });
        }
        if rows == 0 {
            return Err(DataError::Empty);
        }
        let sound = |weight: &T| weight.to_f64().is_finite() && weight.to_f64() >= 0.0;
        if let Some(row) = weights.iter().position(|weight| !sound(weight)) {
            return Err(DataError::Weight {
                what: "row",
                place: row,
                weight: weights[row].to_f64(),
            });
        }
        if weights.iter().all(|weight| weight.to_f64() == 0.0) {
            return Err(DataError::NoWeight { rows });
        }
        Ok(self.with_rows(self.rows.weighing(weights)))
    }

    /// The same rows, each with the weight of its class; `weights` is `[classes]`. With it, the mean of cross entropy
    /// is that of PyTorch's `CrossEntropyLoss(weight=weights)`. Weights that were there before are replaced.
    ///
    /// ```
    /// # use neuropil_data::Dataset;
    /// let data: Dataset = Dataset::labelled([1], vec![0.0, 1.0, 2.0], vec![0, 1, 1], 2)?;
    /// let data = data.weighted_by_class(&[3.0, 1.0])?;
    /// assert_eq!((data.weight(0), data.weight(1)), (Some(3.0), Some(1.0)));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// - [`DataError::NotOneLabel`]: the rows don't have one label each.
    /// - [`DataError::WeightCount`]: not one weight for each class.
    /// - [`DataError::Weight`]: a weight that is negative, infinite or NaN as `T`.
    /// - [`DataError::NoWeight`]: the weights of all rows are zero. [`DataError::Empty`]: there are no rows.
    pub fn weighted_by_class(&self, weights: &[f64]) -> Result<Self, DataError> {
        self.class_counts("weighted_by_class")?;
        if let TargetKind::Labels { classes, .. } = self.target_kind()
            && weights.len() != classes
        {
            return Err(DataError::WeightCount {
                what: "classes",
                expected: classes,
                found: weights.len(),
            });
        }
        let sound = |&weight: &f64| T::from_f64(weight).to_f64().is_finite() && weight >= 0.0;
        if let Some(class) = weights.iter().position(|weight| !sound(weight)) {
            let weight = weights[class];
            return Err(DataError::Weight { what: "class", place: class, weight });
        }
        self.weighted_by_label(weights)
    }

    /// The same rows, weighted so that each class that occurs counts the same: of a class with `count` rows each
    /// weighs n / (classes * count), where n is the number of rows and `classes` how many classes occur. The weights
    /// add up to n. scikit-learn's `class_weight="balanced"`. Weights that were there before are replaced.
    ///
    /// ```
    /// # use neuropil_data::Dataset;
    /// let data: Dataset = Dataset::labelled([1], vec![0.0; 4], vec![0, 1, 1, 1], 2)?;
    /// let data = data.balanced()?;
    /// assert_eq!((data.weight(0), data.weight(1)), (Some(2.0), Some(2.0 / 3.0)));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::NotOneLabel`] if the rows don't have one label each, [`DataError::Empty`] if there are no rows.
    pub fn balanced(&self) -> Result<Self, DataError> {
        let counts = self.class_counts("balanced")?;
        let occurring = counts.iter().filter(|&&count| count > 0).count() as f64;
        let weight = |&count: &usize| match count {
            0 => 0.0,
            _ => self.len() as f64 / (occurring * count as f64),
        };
        self.weighted_by_label(&counts.iter().map(weight).collect::<Vec<_>>())
    }

    fn weighted_by_label(&self, weights: &[f64]) -> Result<Self, DataError> {
        let weight = |row| {
            let label = self.label(row).expect("checked: one label a row");
            T::from_f64(weights[label as usize])
        };
        self.weighted((0..self.len()).map(weight).collect())
    }
}

impl<T: Copy> Dataset<T> {
    /// The weight of a row, or `None` if the dataset has no weights.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn weight(&self, row: usize) -> Option<T> {
        self.check_row(row);
        self.rows.weights.get(row)
    }

    /// Whether each row has a weight.
    pub fn is_weighted(&self) -> bool {
        self.rows.weights.exists()
    }

    /// Copies the weights of `rows` into `out`, `[rows]`.
    ///
    /// # Panics
    /// If `out` is not as long as `rows`, a row is not below [`len`](Self::len), or the dataset has no weights
    /// ([`is_weighted`](Self::is_weighted)).
    pub fn gather_weights(&self, rows: &[u32], out: &mut [T]) {
        check_gather("gather_weights", rows.len(), 1, out.len());
        assert!(self.is_weighted(), "gather_weights: the dataset has no weights");
        for (&row, weight) in rows.iter().zip(out) {
            self.check_row(row as usize);
            *weight = self.rows.weights.get(row as usize).expect("checked: there are weights");
        }
    }
}
