//! Distributions with smoothing, weights of classes and ignored rows.

use super::rows::{Distance, Distribution};
use neuropil_simd::reduce::{self, Term, within};
use neuropil_simd::{Float, Lanes};

/// Labels with options: p_i = v_i (kept [i is the label] + spread), where v_i is the weight of the
/// class, 1 if there are none.
#[derive(Clone, Copy)]
pub(super) struct AnyLabels<'a, T> {
    labels: &'a [u32],
    ignored: Option<u32>,
    class_weights: Option<&'a [T]>,
    kept: T,
    spread: T,
    /// spread Σ v
    spread_in_all: T,
}

impl<'a, T: Float> AnyLabels<'a, T> {
    pub(super) fn new(
        labels: &'a [u32],
        ignored: Option<u32>,
        class_weights: Option<&'a [T]>,
        kept: T,
        spread: T,
        width: usize,
    ) -> Self {
        let sum = class_weights.map_or(T::of(width as f64), reduce::sum);
        Self { labels, ignored, class_weights, kept, spread, spread_in_all: spread * sum }
    }

    /// The label of a row, and what is kept of its p.
    #[inline(always)]
    fn kept(&self, row: usize) -> (usize, T) {
        let label = self.labels[row] as usize;
        (label, self.class_weights.map_or(self.kept, |weights| self.kept * weights[label]))
    }
}

impl<T: Float> Distribution<T> for AnyLabels<'_, T> {
    #[inline(always)]
    fn skips(&self, row: usize) -> bool {
        Some(self.labels[row]) == self.ignored
    }

    #[inline(always)]
    fn distance<V: Lanes<T>>(&self, row: usize, x: &[T], largest: T) -> (T, T) {
        let (label, kept) = self.kept(row);
        let mut distance = T::ZERO;
        if kept != T::ZERO {
            distance = kept * (largest - x[label]);
        }
        if self.spread != T::ZERO {
            let below = match self.class_weights {
                Some(weights) => within::sum_of::<T, V, _, 2>(Distance { largest }, [x, weights]),
                None => within::sum_of::<T, V, _, 1>(Distance { largest }, [x]),
            };
            distance += self.spread * below;
        }
        (kept + self.spread_in_all, distance)
    }

    #[inline(always)]
    fn scale_and_subtract<V: Lanes<T>>(&self, row: usize, dx: &mut [T], factor: T, w: T) {
        let (label, kept) = self.kept(row);
        // As a whole, so that it is rounded as the sum of all p.
        let weight = self.class_weights.map_or(T::ONE, |weights| weights[label]);
        let at_label = dx[label] * factor - w * (kept + self.spread * weight);
        let (factor, spread) = (V::splat(factor), V::splat(-w * self.spread));
        let mut i = 0;
        let mut vectors = dx.chunks_exact_mut(V::LEN);
        for dx in &mut vectors {
            let p = match self.class_weights {
                Some(weights) => V::load(&weights[i..]) * spread,
                None => spread,
            };
            V::load(dx).mul_add(factor, p).store(dx);
            i += V::LEN;
        }
        let rest = vectors.into_remainder();
        if !rest.is_empty() {
            let p = match self.class_weights {
                Some(weights) => V::load_partial(&weights[i..]) * spread,
                None => spread,
            };
            V::load_partial(rest).mul_add(factor, p).store_partial(rest);
        }
        dx[label] = at_label;
    }
}

/// Probabilities with options: p_i = v_i (kept p_i + spread).
#[derive(Clone, Copy)]
pub(super) struct AnyProbabilities<'a, T> {
    pub(super) p: &'a [T],
    pub(super) class_weights: Option<&'a [T]>,
    pub(super) kept: T,
    pub(super) spread: T,
}

impl<T: Float> AnyProbabilities<'_, T> {
    #[inline(always)]
    fn smoothed<V: Lanes<T>>(&self, p: V) -> V {
        p.mul_add(V::splat(self.kept), V::splat(self.spread))
    }
}

impl<T: Float> Distribution<T> for AnyProbabilities<'_, T> {
    #[inline(always)]
    fn distance<V: Lanes<T>>(&self, row: usize, x: &[T], largest: T) -> (T, T) {
        let p = &self.p[row * x.len()..][..x.len()];
        let (total, distance) = (Total(*self), DistanceOf(*self, Distance { largest }));
        match self.class_weights {
            Some(weights) => (
                within::sum_of::<T, V, _, 2>(total, [p, weights]),
                within::sum_of::<T, V, _, 3>(distance, [x, p, weights]),
            ),
            None => (
                within::sum_of::<T, V, _, 1>(total, [p]),
                within::sum_of::<T, V, _, 2>(distance, [x, p]),
            ),
        }
    }

    #[inline(always)]
    fn scale_and_subtract<V: Lanes<T>>(&self, row: usize, dx: &mut [T], factor: T, w: T) {
        let p = &self.p[row * dx.len()..][..dx.len()];
        let (factor, minus_w) = (V::splat(factor), V::splat(-w));
        let mut i = 0;
        let mut vectors = dx.chunks_exact_mut(V::LEN);
        for dx in &mut vectors {
            let mut p = self.smoothed(V::load(&p[i..]));
            if let Some(weights) = self.class_weights {
                p = p * V::load(&weights[i..]);
            }
            V::load(dx).mul_add(factor, p * minus_w).store(dx);
            i += V::LEN;
        }
        let dx = vectors.into_remainder();
        if !dx.is_empty() {
            let mut p = self.smoothed(V::load_partial(&p[i..]));
            if let Some(weights) = self.class_weights {
                p = p * V::load_partial(&weights[i..]);
            }
            V::load_partial(dx).mul_add(factor, p * minus_w).store_partial(dx);
        }
    }
}

/// The smoothed and weighted p.
#[derive(Clone, Copy)]
struct Total<'a, T>(AnyProbabilities<'a, T>);

impl<T: Float> Term<T, 1> for Total<'_, T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [p]: [V; 1]) -> V {
        self.0.smoothed(p)
    }
}

impl<T: Float> Term<T, 2> for Total<'_, T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [p, weight]: [V; 2]) -> V {
        self.0.smoothed(p) * weight
    }
}

/// The smoothed and weighted p times the distance of its x from the largest, where 0 · ∞ is 0.
#[derive(Clone, Copy)]
struct DistanceOf<'a, T>(AnyProbabilities<'a, T>, Distance<T>);

impl<T: Float> Term<T, 2> for DistanceOf<'_, T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x, p]: [V; 2]) -> V {
        self.1.term([x, self.0.smoothed(p)])
    }
}

impl<T: Float> Term<T, 3> for DistanceOf<'_, T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x, p, weight]: [V; 3]) -> V {
        self.1.term([x, self.0.smoothed(p) * weight])
    }
}

/// The distances alone.
impl<T: Float> Term<T, 1> for Distance<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        V::splat(self.largest) - x
    }
}
