//! Windows over what runs in time: pieces of a text or a series with what follows them.

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::inputs::Inputs;
use crate::number::Number;
use crate::targets::Targets;

/// How windows are cut: each of `time` steps, one every `stride` steps, with what comes `ahead`.
///
/// The windows are copied out, so that their rows can be shuffled: of n steps there are about n / stride windows of
/// `time` numbers each. Cut what runs in time before you make windows of the parts: windows that overlap would show
/// the training what the validation asks.
///
/// ```
/// use neuropil_data::{Dataset, Windows};
///
/// let series = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let data: Dataset = Windows::new(3).ahead(2).forecast(&series)?;
/// assert_eq!((data.len(), data.shape()), (2, &[3, 1][..]));
/// assert_eq!((data.input(1), data.target_values(1)), (&[2.0, 3.0, 4.0][..], Some(&[5.0, 6.0][..])));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Windows {
    time: usize,
    stride: Option<usize>,
    ahead: usize,
    streams: Option<usize>,
}

impl Windows {
    /// Windows of `time` steps, one step ahead.
    pub fn new(time: usize) -> Self {
        Self { time, stride: None, ahead: 1, streams: None }
    }

    /// The steps from the start of a window to the start of the next. Default: `time` for tokens, so that each token
    /// is predicted once; 1 for a series.
    pub fn stride(mut self, steps: usize) -> Self {
        self.stride = Some(steps);
        self
    }

    /// How many numbers after the window a forecast has to give. Default: 1.
    pub fn ahead(mut self, steps: usize) -> Self {
        self.ahead = steps;
        self
    }

    /// Cuts what runs in time into so many streams of one length, and orders the windows so that unshuffled batches
    /// of `streams` rows run through all of them side by side: row b of each batch continues row b of the one before,
    /// with windows that follow each other without a gap. For training that carries state from batch to batch. What
    /// does not fill a window of every stream is dropped at the end.
    ///
    /// ```
    /// use neuropil_data::{Dataset, Windows};
    ///
    /// let text: Vec<u32> = (0..14).collect();
    /// let data: Dataset = Windows::new(3).streams(2).next_tokens(&text, 14)?;
    /// let rows: Vec<_> = (0..data.len()).filter_map(|row| data.input_indices(row)).collect();
    /// // Two batches of two rows; 12 is a label alone, and 13 is dropped.
    /// assert_eq!(rows, [[0, 1, 2], [6, 7, 8], [3, 4, 5], [9, 10, 11]]);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    pub fn streams(mut self, streams: usize) -> Self {
        self.streams = Some(streams);
        self
    }

    /// A dataset for predicting the next token at every step: the inputs are indices `[time]`, the labels `[time]` the
    /// tokens that follow each of them; `limit` is the size of the vocabulary.
    ///
    /// ```
    /// use neuropil_data::{Dataset, Windows};
    ///
    /// let data: Dataset = Windows::new(2).next_tokens(&[5, 6, 7, 8, 9], 10)?;
    /// assert_eq!((data.input_indices(1), data.labels(1)), (Some(&[7, 8][..]), Some(&[8, 9][..])));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// - [`DataError::Window`]: `time`, `stride` or `streams` is zero.
    /// - [`DataError::Streams`]: a stride other than `time` along with `streams`.
    /// - [`DataError::TooShort`]: fewer than `time + 1` tokens, or than `streams` windows need.
    /// - [`DataError::Index`]: a token that is not below `limit`.
    pub fn next_tokens<T: Copy>(
        &self,
        tokens: &[u32],
        limit: usize,
    ) -> Result<Dataset<T>, DataError> {
        let (mut indices, mut labels) = (Vec::new(), Vec::new());
        for start in self.starts(tokens.len(), 1, self.time)? {
            indices.extend_from_slice(&tokens[start..start + self.time]);
            labels.extend_from_slice(&tokens[start + 1..start + 1 + self.time]);
        }
        let shape = vec![self.time];
        let targets = Targets::Labels { labels, classes: limit, shape: shape.clone() };
        match Dataset::new(shape, Inputs::Indices { indices, limit }, targets) {
            // The last token of all is a label alone; it is called what it is in the text.
            Err(DataError::Label { row, label, classes }) => {
                Err(DataError::Index { row, index: label, limit: classes })
            }
            made => made,
        }
    }

    /// A dataset for forecasting: the inputs are `[time, 1]`, the targets the `[ahead]` numbers that follow.
    ///
    /// # Errors
    /// - [`DataError::Window`]: `time`, `stride`, `ahead` or `streams` is zero.
    /// - [`DataError::Streams`]: a stride other than `time` along with `streams`.
    /// - [`DataError::TooShort`]: fewer than `time + ahead` numbers, or than `streams` windows need.
    /// - [`DataError::NotFinite`]: a number is infinite or missing (NaN); see [`interpolate`].
    pub fn forecast<T: Number>(&self, series: &[T]) -> Result<Dataset<T>, DataError> {
        if let Some(place) = series.iter().position(|number| !number.to_f64().is_finite()) {
            let number = series[place].to_f64();
            return Err(DataError::NotFinite { what: "series", row: 0, place, number });
        }
        let (mut inputs, mut values) = (Vec::new(), Vec::new());
        for start in self.starts(series.len(), self.ahead, 1)? {
            let end = start + self.time;
            inputs.extend_from_slice(&series[start..end]);
            values.extend_from_slice(&series[end..end + self.ahead]);
        }
        Dataset::with_values([self.time, 1], inputs, [self.ahead], values)
    }

    /// Where windows start that have `after` steps behind them, in the order of the rows.
    fn starts(
        &self,
        found: usize,
        after: usize,
        stride: usize,
    ) -> Result<impl Iterator<Item = usize> + use<>, DataError> {
        let time = self.time;
        // Streams have no gaps.
        let stride = self.stride.unwrap_or(if self.streams.is_some() { time } else { stride });
        let streams = self.streams.unwrap_or(1);
        let all = [("time", time), ("stride", stride), ("ahead", after), ("streams", streams)];
        for (what, steps) in all {
            if steps == 0 {
                return Err(DataError::Window { what });
            }
        }
        if self.streams.is_some() && stride != time {
            return Err(DataError::Streams { stride, time });
        }
        let expected = time.saturating_mul(streams).saturating_add(after);
        if found < expected {
            return Err(DataError::TooShort { expected, found });
        }
        let windows = ((found - time - after) / stride + 1) / streams;
        // Window k of all streams, then window k + 1: for one stream the windows in order.
        let start = move |row| (row % streams * windows + row / streams) * stride;
        Ok((0..windows * streams).map(start))
    }
}

/// Fills missing numbers (NaN) of a series on a straight line between their neighbours; at the ends with the nearest.
///
/// ```
/// let mut series = [f32::NAN, 1.0, f32::NAN, f32::NAN, 4.0];
/// neuropil_data::interpolate(&mut series)?;
/// assert_eq!(series, [1.0, 1.0, 2.0, 3.0, 4.0]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NoNumber`] if there is no number at all.
pub fn interpolate<T: Number>(series: &mut [T]) -> Result<(), DataError> {
    let missing = |number: &T| number.to_f64().is_nan();
    let Some(first) = series.iter().position(|number| !missing(number)) else {
        return Err(DataError::NoNumber { steps: series.len() });
    };
    let nearest = series[first];
    series[..first].fill(nearest);
    let mut last = first;
    for place in first + 1..series.len() {
        if missing(&series[place]) {
            continue;
        }
        let (from, to) = (series[last].to_f64(), series[place].to_f64());
        let steps = (place - last) as f64;
        for (step, number) in series[last + 1..place].iter_mut().enumerate() {
            let share = (step + 1) as f64 / steps;
            *number = T::from_f64(from * (1.0 - share) + to * share);
        }
        last = place;
    }
    let nearest = series[last];
    series[last..].fill(nearest);
    Ok(())
}
