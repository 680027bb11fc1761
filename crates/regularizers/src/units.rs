//! Which numbers of a weight belong to one unit, and what rules on units have in common.

use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// How a weight is divided into units: it is an array `[outer, count, inner]`, whose middle axis
/// counts the units, and a unit has the `outer · inner` numbers of its place there.
///
/// A rule on units sees, for each, the weights that lead into it. Keras says it by the axis that is
/// summed over: for a kernel `[inputs, outputs]`, its `axis=0`, the units are columns here.
///
/// ```
/// use neuropil_regularizers::Units;
///
/// let matrix = [2, 3]; // two inputs, three outputs
/// assert_eq!(Units::of_axis(&matrix, 1), Units::columns(2, 3)); // a unit is an output
/// assert_eq!(Units::of_axis(&matrix, 0), Units::rows(2, 3)); // a unit is a row
/// assert_eq!(Units::of_axis(&[6, 1, 5, 5], 0), Units::rows(6, 25)); // filters
/// assert_eq!(Units::of_axis(&[4], 0), Units::whole(4)); // a bias is one vector
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Units {
    /// The product of the axes before that of the units.
    pub outer: usize,
    /// How many units there are.
    pub count: usize,
    /// The product of the axes behind.
    pub inner: usize,
}

impl Units {
    /// One unit, which has all numbers.
    #[must_use]
    pub const fn whole(len: usize) -> Self {
        Self { outer: 1, count: 1, inner: len }
    }

    /// Units that are the rows of a matrix `[count, width]`.
    #[must_use]
    pub const fn rows(count: usize, width: usize) -> Self {
        Self { outer: 1, count, inner: width }
    }

    /// Units that are the columns of a matrix `[height, count]`.
    #[must_use]
    pub const fn columns(height: usize, count: usize) -> Self {
        Self { outer: height, count, inner: 1 }
    }

    /// Units along an axis of a shape. A shape of one axis or none is one unit: the vector.
    ///
    /// # Panics
    /// If the shape has several axes, and not this one.
    #[must_use]
    pub fn of_axis(shape: &[usize], axis: usize) -> Self {
        if shape.len() < 2 {
            return Self::whole(shape.iter().product());
        }
        let axes = shape.len();
        assert!(axis < axes, "axis {axis} of a weight that has {axes} axes");
        let product = |axes: &[usize]| axes.iter().product();
        let (outer, inner) = (product(&shape[..axis]), product(&shape[axis + 1..]));
        Self { outer, count: shape[axis], inner }
    }

    /// All numbers.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.outer * self.count * self.inner
    }

    /// Whether there is no number.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of a unit.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.outer * self.inner
    }

    pub(crate) fn check(&self, len: usize) {
        let Self { outer, count, inner } = *self;
        assert!(len == self.len(), "w has {len} numbers, but units [{outer}, {count}, {inner}]");
    }

    /// The numbers of unit `u`, in order.
    pub(crate) fn of<T: Copy>(self, u: usize, w: &[T]) -> impl Iterator<Item = T> {
        (0..self.outer).flat_map(move |o| {
            let start = (o * self.count + u) * self.inner;
            w[start..start + self.inner].iter().copied()
        })
    }
}

/// Units that are worked on at once: whole vectors at every level.
const BLOCK: usize = 16;

/// The Euclidean norms of the units from `first` on, up to [`BLOCK`] of them.
fn norms<T: Float>(units: Units, first: usize, w: &[T]) -> [f64; BLOCK] {
    let sums = dispatch(Squares { units, first, w });
    let mut norms = [0.0; BLOCK];
    for (i, norm) in norms.iter_mut().enumerate().take(units.count - first) {
        let sum = sums[i];
        // Below, squares have lost digits or vanished; above, they have overflowed.
        let is_sound = sum > T::MIN_POSITIVE / T::EPSILON && sum <= T::MAX;
        *norm = if is_sound { sum.to_f64().sqrt() } else { slow_norm(units, first + i, w) };
    }
    norms
}

/// A norm whose squares leave the range of T: over the largest number, in `f64`.
fn slow_norm<T: Float>(units: Units, u: usize, w: &[T]) -> f64 {
    let mut largest = 0.0_f64;
    for x in units.of(u, w) {
        let x = x.to_f64().abs();
        largest = if x > largest || x.is_nan() { x } else { largest };
    }
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let squares = units.of(u, w).map(|x| x.to_f64() / largest);
    largest * squares.map(|x| x * x).sum::<f64>().sqrt()
}

/// Calls `f` with the norm of each unit, in order.
pub(crate) fn each_norm<T: Float>(units: Units, w: &[T], mut f: impl FnMut(f64)) {
    units.check(w.len());
    for first in (0..units.count).step_by(BLOCK) {
        let norms = norms(units, first, w);
        norms.iter().take(units.count - first).for_each(|&norm| f(norm));
    }
}

/// w = w · factor(‖w‖) for each unit; where the factor is 1, nothing is touched.
pub(crate) fn scale<T: Float>(units: Units, w: &mut [T], factor: impl Fn(f64) -> f64) {
    units.check(w.len());
    for first in (0..units.count).step_by(BLOCK) {
        let factors = norms(units, first, w).map(&factor);
        if factors.iter().take(units.count - first).any(|&factor| factor != 1.0) {
            dispatch(Scale { units, first, factors: factors.map(T::of), w });
        }
    }
}

/// dw += w · factor(‖w‖) for each unit.
pub(crate) fn add<T: Float>(units: Units, w: &[T], dw: &mut [T], factor: impl Fn(f64) -> f64) {
    assert!(dw.len() == w.len(), "dw has {} numbers, but w has {}", dw.len(), w.len());
    units.check(w.len());
    for first in (0..units.count).step_by(BLOCK) {
        let factors = norms(units, first, w).map(&factor).map(T::of);
        dispatch(Add { units, first, factors, w, dw });
    }
}

/// The sums of squares of a block of units.
struct Squares<'a, T> {
    units: Units,
    first: usize,
    w: &'a [T],
}

impl<T: Float> Kernel<T> for Squares<'_, T> {
    type Out = [T; BLOCK];

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> [T; BLOCK] {
        let Self { units: Units { outer, count, inner }, first, w } = self;
        let mut sums = [T::ZERO; BLOCK];
        let block = BLOCK.min(count - first);
        if inner == 1 && outer > 1 {
            // Columns stand side by side: a lane sums up one from above.
            for start in (0..block).step_by(V::LEN) {
                let wide = V::LEN.min(block - start);
                let mut sum = V::splat(T::ZERO);
                for row in w.chunks_exact(count) {
                    let x = &row[first + start..first + start + wide];
                    let x = if wide == V::LEN { V::load(x) } else { V::load_partial(x) };
                    sum = x.mul_add(x, sum);
                }
                sum.store(&mut sums[start..start + V::LEN]);
            }
            return sums;
        }
        for (u, sum) in sums.iter_mut().enumerate().take(block) {
            for o in 0..outer {
                let start = (o * count + first + u) * inner;
                *sum += within::sum_of_squares::<T, V>(&w[start..start + inner]);
            }
        }
        sums
    }
}

/// w *= factor, in a block of units.
struct Scale<'a, T> {
    units: Units,
    first: usize,
    factors: [T; BLOCK],
    w: &'a mut [T],
}

impl<T: Float> Kernel<T> for Scale<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { units: Units { count, inner, .. }, first, factors, w } = self;
        let block = BLOCK.min(count - first);
        // Plain loops, which the compiler turns into the vectors of the level.
        for w in w.chunks_exact_mut((count * inner).max(1)) {
            let w = &mut w[first * inner..(first + block) * inner];
            for (w, &factor) in w.chunks_exact_mut(inner.max(1)).zip(&factors) {
                w.iter_mut().for_each(|w| *w *= factor);
            }
        }
    }
}

/// dw += w factor, in a block of units.
struct Add<'a, T> {
    units: Units,
    first: usize,
    factors: [T; BLOCK],
    w: &'a [T],
    dw: &'a mut [T],
}

impl<T: Float> Kernel<T> for Add<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { units: Units { count, inner, .. }, first, factors, w, dw } = self;
        let block = BLOCK.min(count - first);
        let row = (count * inner).max(1);
        for (w, dw) in w.chunks_exact(row).zip(dw.chunks_exact_mut(row)) {
            let range = first * inner..(first + block) * inner;
            let (w, dw) = (&w[range.clone()], &mut dw[range]);
            let units = w.chunks_exact(inner.max(1)).zip(dw.chunks_exact_mut(inner.max(1)));
            for ((w, dw), &factor) in units.zip(&factors) {
                for (&w, dw) in w.iter().zip(dw) {
                    *dw += w * factor;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Units, add, each_norm, scale, slow_norm};

    /// Every layout, around the borders of blocks and vectors.
    fn layouts() -> impl Iterator<Item = Units> {
        let counts = [1, 2, 7, 15, 16, 17, 33, 50];
        counts.into_iter().flat_map(|count| {
            [(1, 1), (1, 5), (5, 1), (3, 4), (1, 70), (70, 1)].map(|(outer, inner)| Units {
                outer,
                count,
                inner,
            })
        })
    }

    fn numbers(len: usize) -> Vec<f64> {
        (0..len).map(|i| ((i * 37 % 101) as f64 - 50.0) / 16.0).collect()
    }

    #[test]
    fn norms_and_factors_are_those_of_each_unit() {
        for units in layouts() {
            let w = numbers(units.len());
            let expected: Vec<f64> = (0..units.count).map(|u| slow_norm(units, u, &w)).collect();
            let mut found = Vec::new();
            each_norm(units, &w, |norm| found.push(norm));
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-14 * expected, "{units:?}");
            }
            assert_eq!(found.len(), expected.len());
            let (mut scaled, mut added) = (w.clone(), vec![1.0; w.len()]);
            scale(units, &mut scaled, |norm| norm + 1.0);
            add(units, &w, &mut added, |norm| norm);
            for i in 0..w.len() {
                let norm = expected[i / units.inner % units.count];
                assert!((scaled[i] - w[i] * (norm + 1.0)).abs() < 1e-12, "{units:?}");
                assert!((added[i] - 1.0 - w[i] * norm).abs() < 1e-12, "{units:?}");
            }
        }
    }

    #[test]
    fn norms_beyond_the_range_of_squares_are_norms() {
        let (mut norms, units) = (Vec::new(), Units::rows(4, 2));
        let w = [3e30_f32, 4e30, 3e-30, 4e-30, 0.0, -0.0, f32::NAN, 1.0];
        each_norm(units, &w, |norm| norms.push(norm));
        assert!((norms[0] / 5e30 - 1.0).abs() < 1e-6 && (norms[1] / 5e-30 - 1.0).abs() < 1e-6);
        assert!(norms[2] == 0.0 && norms[3].is_nan());
    }
}
