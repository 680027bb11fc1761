//! Datasets made of datasets, with other numbers: mapped, padded, with labels as one-hot numbers.

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::inputs::{InputKind, Inputs};
use crate::number::Number;
use crate::targets::{TargetKind, Targets};

impl<T: Number> Dataset<T> {
    /// The same rows, each label as `classes` numbers, 1 at the class and 0 elsewhere: targets of shape
    /// `[shape..., classes]`, for a loss that takes numbers. PyTorch's `one_hot`.
    ///
    /// ```
    /// # use neuropil_data::Dataset;
    /// let data: Dataset = Dataset::labelled([1], vec![0.0, 1.0], vec![2, 0], 3)?;
    /// assert_eq!(data.one_hot()?.target_values(0), Some(&[0.0, 0.0, 1.0][..]));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::NotLabels`] if the targets are numbers, [`DataError::Empty`] if there are no rows.
    pub fn one_hot(&self) -> Result<Self, DataError> {
        let TargetKind::Labels { classes, shape } = self.target_kind() else {
            return Err(DataError::NotLabels { targets: self.target_kind().describe() });
        };
        let mut values = Vec::new();
        for row in 0..self.len() {
            for &label in self.labels(row).into_iter().flatten() {
                let start = values.len();
                values.resize(start + classes, T::default());
                values[start + label as usize] = T::from_f64(1.0);
            }
        }
        let shape = [shape, &[classes]].concat();
        self.remade(self.shape(), self.own_inputs(), Targets::Values { values, shape })
    }

    /// The same sequences, padded with zeros at the end to `time` steps. A dataset without lengths gets them.
    ///
    /// ```
    /// # use neuropil_data::Dataset;
    /// let data: Dataset = Dataset::labelled([2, 1], vec![1.0, 2.0, 3.0, 4.0], vec![0, 0], 1)?;
    /// let longer = data.padded(3)?;
    /// assert_eq!((longer.input(1), longer.length(1)), (&[3.0, 4.0, 0.0][..], Some(2)));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::NoTime`] if a sample is a single number, [`DataError::Time`] if a row has more steps than `time`,
    /// [`DataError::NotNumbers`] if the inputs are indices, [`DataError::Empty`] if there are no rows.
    pub fn padded(&self, time: usize) -> Result<Self, DataError> {
        self.check_numbers("padded")?;
        let Some((&steps, features)) = self.shape().split_first() else {
            return Err(DataError::NoTime);
        };
        if time < steps {
            return Err(DataError::Time { time, steps });
        }
        let width = time * (self.width() / steps);
        let mut inputs = Vec::new();
        for row in 0..self.len() {
            inputs.extend_from_slice(self.input(row));
            inputs.resize((row + 1) * width, T::default());
        }
        let shape = [&[time], features].concat();
        let padded = self.remade(&shape, Inputs::Numbers(inputs), self.own_targets())?;
        let lengths = (0..self.len()).map(|row| self.length(row).unwrap_or(steps as u32));
        padded.with_lengths(lengths.collect())
    }

    /// The same rows with their numbers (inputs, targets, weights) in another type, in memory of its own: what the
    /// loaders read as `f32` for a network in `f64`. Numbers are rounded to the nearest.
    ///
    /// ```
    /// # use neuropil_data::Dataset;
    /// let data: Dataset<f32> = Dataset::labelled([1], vec![0.5], vec![0], 1)?;
    /// let data: Dataset<f64> = data.cast()?;
    /// assert_eq!(data.input(0), [0.5_f64]);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Empty`] if there are no rows.
    pub fn cast<U: Number>(&self) -> Result<Dataset<U>, DataError> {
        let numbers = |from: Vec<T>| -> Vec<U> {
            from.into_iter().map(|number| U::from_f64(number.to_f64())).collect()
        };
        let inputs = match self.own_inputs() {
            Inputs::Numbers(own) => Inputs::Numbers(numbers(own)),
            Inputs::Indices { indices, limit } => Inputs::Indices { indices, limit },
        };
        let targets = match self.own_targets() {
            Targets::Values { values, shape } => Targets::Values { values: numbers(values), shape },
            Targets::Labels { labels, classes, shape } => {
                Targets::Labels { labels, classes, shape }
            }
        };
        let mut data = Dataset::new(self.shape(), inputs, targets)?;
        if let Some(weights) = self.own_weights() {
            data.rows = data.rows.weighing(numbers(weights));
        }
        if let Some(lengths) = self.own_lengths() {
            data.rows = data.rows.lasting(lengths);
        }
        Ok(data)
    }

    /// The same dataset with other input numbers, `[rows, shape...]`, in memory of its own.
    pub(crate) fn with_numbers(&self, shape: &[usize], inputs: Vec<T>) -> Result<Self, DataError> {
        self.remade(shape, Inputs::Numbers(inputs), self.own_targets())
    }

    /// The same dataset with other target numbers, `[rows, target_shape...]`, in memory of its own.
    pub(crate) fn with_targets(&self, values: Vec<T>) -> Result<Self, DataError> {
        let TargetKind::Values { shape } = self.target_kind() else {
            return Err(DataError::NotValues { targets: self.target_kind().describe() });
        };
        let shape = shape.to_vec();
        self.remade(self.shape(), self.own_inputs(), Targets::Values { values, shape })
    }

    pub(crate) fn check_numbers(&self, what: &'static str) -> Result<(), DataError> {
        match self.input_kind() {
            InputKind::Numbers => Ok(()),
            kind => Err(DataError::NotNumbers { what, inputs: kind.describe() }),
        }
    }

    /// A dataset of these inputs and targets, with this one's weights and lengths.
    fn remade(
        &self,
        shape: &[usize],
        inputs: Inputs<T>,
        targets: Targets<T>,
    ) -> Result<Self, DataError> {
        let mut data = Self::new(shape, inputs, targets)?;
        if let Some(weights) = self.own_weights() {
            // A part of a weighted dataset may have no weight at all: not an error of this call.
            data.rows = data.rows.weighing(weights);
        }
        if let Some(lengths) = self.own_lengths() {
            data.rows = data.rows.lasting(lengths);
        }
        Ok(data)
    }

    fn own_weights(&self) -> Option<Vec<T>> {
        (0..self.len()).map(|row| self.weight(row)).collect()
    }

    fn own_lengths(&self) -> Option<Vec<u32>> {
        (0..self.len()).map(|row| self.length(row)).collect()
    }

    /// The inputs of these rows alone, in their order.
    fn own_inputs(&self) -> Inputs<T> {
        let rows = 0..self.len();
        match self.input_kind() {
            InputKind::Numbers => {
                Inputs::Numbers(rows.flat_map(|row| self.input(row)).copied().collect())
            }
            InputKind::Indices { limit } => {
                let indices = rows.filter_map(|row| self.input_indices(row)).flatten().copied();
                Inputs::Indices { indices: indices.collect(), limit }
            }
        }
    }

    /// The targets of these rows alone, in their order.
    fn own_targets(&self) -> Targets<T> {
        let rows = 0..self.len();
        match self.target_kind() {
            TargetKind::Labels { classes, shape } => {
                let labels = rows.filter_map(|row| self.labels(row)).flatten().copied().collect();
                Targets::Labels { labels, classes, shape: shape.to_vec() }
            }
            TargetKind::Values { shape } => {
                let values = rows.filter_map(|row| self.target_values(row)).flatten().copied();
                Targets::Values { values: values.collect(), shape: shape.to_vec() }
            }
        }
    }
}
