//! What the features of a dataset are like: mean, deviation, least and greatest, without missing numbers.

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::number::Number;
use crate::targets::TargetKind;

/// One feature over many rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub mean: f64,
    /// √(Σ (x - mean)² / n); 0 exactly if all are equal.
    pub deviation: f64,
    pub least: f64,
    pub greatest: f64,
}

/// The features of the inputs, of which there are `period`: number i of a row is of feature i mod `period`. Padding of
/// rows that have lengths is left out. `what` asks, for an error.
pub(crate) fn feature_summaries<T: Number>(
    what: &'static str,
    data: &Dataset<T>,
    period: usize,
) -> Result<Vec<Summary>, DataError> {
    data.check_numbers(what)?;
    let step = data.width() / data.shape().first().unwrap_or(&1);
    summaries("inputs", data.len(), period, |row| {
        let numbers = data.length(row).map_or(data.width(), |length| length as usize * step);
        &data.input(row)[..numbers]
    })
}

/// The numbers of the targets, each for itself.
pub(crate) fn target_summaries<T: Number>(data: &Dataset<T>) -> Result<Vec<Summary>, DataError> {
    if let TargetKind::Labels { .. } = data.target_kind() {
        return Err(DataError::NotValues { targets: data.target_kind().describe() });
    }
    summaries("targets", data.len(), data.target_width(), |row| {
        data.target_values(row).unwrap_or_default()
    })
}

/// Two sweeps: the means, then the squares of the distances from them, which loses nothing to cancellation.
fn summaries<'d, T: Number>(
    what: &'static str,
    rows: usize,
    period: usize,
    numbers: impl Fn(usize) -> &'d [T],
) -> Result<Vec<Summary>, DataError> {
    if rows == 0 {
        return Err(DataError::Empty);
    }
    let empty =
        Summary { mean: 0.0, deviation: 0.0, least: f64::INFINITY, greatest: f64::NEG_INFINITY };
    let mut features = vec![empty; period];
    let mut counts = vec![0_u64; period];
    for row in 0..rows {
        for (place, number) in numbers(row).iter().enumerate() {
            let (feature, x) = (place % period, number.to_f64());
            if x.is_nan() {
                continue;
            }
            if x.is_infinite() {
                return Err(DataError::NotFinite { what, row, place, number: x });
            }
            let summary = &mut features[feature];
            summary.mean += x;
            summary.least = summary.least.min(x);
            summary.greatest = summary.greatest.max(x);
            counts[feature] += 1;
        }
    }
    if let Some(feature) = counts.iter().position(|&count| count == 0) {
        return Err(DataError::AllMissing { what, feature });
    }
    for (summary, &count) in features.iter_mut().zip(&counts) {
        summary.mean /= count as f64;
        // Rounding may put the mean of equal numbers beside them.
        summary.mean = summary.mean.clamp(summary.least, summary.greatest);
    }
    for row in 0..rows {
        for (place, number) in numbers(row).iter().enumerate() {
            let summary = &mut features[place % period];
            let distance = number.to_f64() - summary.mean;
            if !distance.is_nan() {
                summary.deviation += distance * distance;
            }
        }
    }
    for (summary, &count) in features.iter_mut().zip(&counts) {
        summary.deviation = (summary.deviation / count as f64).sqrt();
    }
    Ok(features)
}
