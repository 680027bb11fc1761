//! Rows and targets to try, the same in every run.

use neuropil_losses::{Float, Loss, Target, TargetKind, Weighted};

/// Both kinds of target.
pub const KINDS: [TargetKind; 2] = [TargetKind::Values, TargetKind::Labels];

/// `len` numbers in [0, 1), the same for both types.
pub fn units<T: Float>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        T::of(((z ^ (z >> 31)) >> 40) as f64 / (1_u64 << 24) as f64)
    };
    (0..len).map(|_| next()).collect()
}

/// `len` numbers in [-range, range).
pub fn numbers<T: Float>(len: usize, range: f64, seed: u64) -> Vec<T> {
    units::<T>(len, seed).into_iter().map(|u| (u + u - T::ONE) * T::of(range)).collect()
}

/// Rows with targets of one kind, weighted or not.
#[derive(Clone, Debug)]
pub struct Case<T> {
    pub rows: usize,
    pub width: usize,
    pub x: Vec<T>,
    values: Vec<T>,
    labels: Option<Vec<u32>>,
    weights: Option<Vec<T>>,
}

impl<T: Float> Case<T> {
    /// `None` if the loss takes no such targets.
    pub fn new<L: Loss>(
        loss: &L,
        kind: TargetKind,
        (rows, width): (usize, usize),
        weighted: bool,
        seed: u64,
    ) -> Option<Self> {
        let classes = loss.classes(width);
        let labels = units::<f64>(rows, seed + 1).into_iter().map(|u| (u * classes as f64) as u32);
        loss.accepts(kind).then(|| Self {
            rows,
            width,
            x: numbers(rows * width, 4.0, seed),
            // Not distributions: what holds, holds for all values.
            values: units(rows * loss.target_width(width), seed + 2),
            labels: (kind == TargetKind::Labels).then(|| labels.collect()),
            weights: weighted.then(|| units(rows, seed + 3)),
        })
    }

    /// The target with its weights.
    pub fn target(&self) -> Weighted<'_, T> {
        Weighted { target: self.plain(), weights: self.weights.as_deref() }
    }

    /// The target without weights.
    pub fn plain(&self) -> Target<'_, T> {
        match &self.labels {
            Some(labels) => Target::Labels(labels),
            None => Target::Values(&self.values),
        }
    }

    /// The numbers or labels of the target.
    pub fn target_len(&self) -> usize {
        self.labels.as_ref().map_or(self.values.len(), Vec::len)
    }

    /// Multiplies all weights.
    pub fn scale_weights(&mut self, factor: T) {
        for weight in self.weights.as_mut().expect("weights") {
            *weight *= factor;
        }
    }

    /// The same numbers in the other type.
    pub fn to<U: Float>(&self) -> Case<U> {
        let convert = |numbers: &[T]| numbers.iter().map(|x| U::of(x.to_f64())).collect::<Vec<_>>();
        Case {
            rows: self.rows,
            width: self.width,
            x: convert(&self.x),
            values: convert(&self.values),
            labels: self.labels.clone(),
            weights: self.weights.as_deref().map(convert),
        }
    }
}

/// The bits, for comparisons that tell 0 from -0 and a NaN equal to itself.
pub fn bits<T: Float>(numbers: &[T]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_f64().to_bits()).collect()
}
