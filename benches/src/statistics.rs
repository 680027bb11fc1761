//! The middle and the spread of repeated measurements.

/// The three numbers that cut ordered samples into four parts of equal size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// A quarter of the samples lies below.
    pub low: f64,
    /// Half of the samples lies below.
    pub median: f64,
    /// Three quarters of the samples lie below.
    pub high: f64,
}

impl Quartiles {
    /// The quartiles of samples in any order. One that falls between two samples is interpolated
    /// (type 7 of Hyndman and Fan, as in NumPy).
    ///
    /// # Panics
    /// If there is no sample, or one is NaN.
    pub fn of(samples: impl IntoIterator<Item = f64>) -> Self {
        let mut ordered: Vec<f64> = samples.into_iter().collect();
        assert!(!ordered.is_empty(), "quartiles of no samples");
        let nan = ordered.iter().position(|sample| sample.is_nan());
        assert!(nan.is_none(), "quartiles: sample {nan:?} is NaN");
        ordered.sort_by(f64::total_cmp);
        let [low, median, high] = [0.25, 0.5, 0.75].map(|share| quantile(&ordered, share));
        Self { low, median, high }
    }
}

/// The median of samples in any order.
///
/// # Panics
/// If there is no sample, or one is NaN.
pub fn median(samples: impl IntoIterator<Item = f64>) -> f64 {
    Quartiles::of(samples).median
}

/// The number below which this share of the ordered samples lies.
fn quantile(ordered: &[f64], share: f64) -> f64 {
    let place = share * (ordered.len() - 1) as f64;
    let below = place as usize;
    let above = (below + 1).min(ordered.len() - 1);
    ordered[below] + (place - below as f64) * (ordered[above] - ordered[below])
}

#[cfg(test)]
mod tests {
    use super::{Quartiles, median};

    #[test]
    fn the_order_of_samples_does_not_matter() {
        let quartiles = Quartiles::of([5.0, 1.0, 4.0, 2.0, 3.0]);
        let expected = Quartiles { low: 2.0, median: 3.0, high: 4.0 };
        assert_eq!(quartiles, expected);
    }

    #[test]
    fn between_two_samples_is_interpolated() {
        let quartiles = Quartiles::of([10.0, 20.0, 30.0, 40.0]);
        let expected = Quartiles { low: 17.5, median: 25.0, high: 32.5 };
        assert_eq!(quartiles, expected);
    }

    #[test]
    fn one_sample_is_all_three() {
        let expected = Quartiles { low: 7.0, median: 7.0, high: 7.0 };
        assert_eq!(Quartiles::of([7.0]), expected);
    }

    #[test]
    fn one_wild_sample_does_not_move_the_median() {
        assert_eq!(median([1.0, 1.0, 1e9]), 1.0);
    }

    #[test]
    #[should_panic(expected = "quartiles of no samples")]
    fn no_samples_panic() {
        median([]);
    }

    #[test]
    #[should_panic(expected = "sample Some(1) is NaN")]
    fn a_sample_that_is_nan_panics() {
        median([1.0, f64::NAN]);
    }
}
