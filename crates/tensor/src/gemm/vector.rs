//! One row through layer after layer: what a network does with a single sample, without what a
//! product of many rows sets up.
//!
//! A row is one sum a column. As many columns as the registers hold sums for are a group; a group
//! is gone through over all rows of the matrix and finished before it is stored. A small layer
//! takes less time than the way into it, hence what does not depend on the numbers is settled when
//! the layers are put together, and all groups of all layers run as one kernel.

use super::blocks::{block_len, tile_vectors, tile_width};
use super::epilogue::relu;
use super::packed::Packed;
use crate::grain;
use neuropil_simd::{ALIGNMENT, Float, Kernel, Lanes, Level, at};
use std::ops::Range;

/// The most numbers of a matrix in a task's share: few enough for the threads to end together.
const SHARE: usize = grain::ROW / 4;

/// One layer of [`RowLayers`]: y = x W + bias, and perhaps a rectifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLayer {
    /// Which of the matrices is W, `[k, n]`.
    pub weight: usize,
    /// Where the bias, `[n]`, begins among the biases, if there is one.
    pub bias: Option<usize>,
    /// Whether y is max(x W + bias, 0). NaN stays NaN.
    pub relu: bool,
    /// Where x, `[k]`, begins among the values.
    pub x: usize,
    /// Where y, `[n]`, begins among the values.
    pub y: usize,
}

/// Layers for one row, each reading its x from a buffer of values and writing its y there.
///
/// The bits are those of [`gemm`](super::gemm) with beta 0 and the epilogue
/// [`Bias`](super::Bias), [`BiasRelu`](super::BiasRelu) or [`Plain`](super::Plain). Called inside a
/// pool, large matrices are shared by columns among its threads.
///
/// For speed y and bias are written and read in whole cache lines: what stands behind y, up to a
/// multiple of 64 bytes from its begin, is overwritten with unspecified numbers.
///
/// ```
/// use neuropil_tensor::gemm::{Matrix, Packed, RowLayer, RowLayers};
///
/// let weights = [
///     Packed::new(Matrix::new(&[1.0_f32, -1.0, 2.0, -2.0], 2, 2)), // [2, 2]
///     Packed::new(Matrix::new(&[3.0, 5.0], 2, 1)),
/// ];
/// let layers = RowLayers::new(
///     &[
///         RowLayer { weight: 0, bias: Some(0), relu: true, x: 0, y: 16 },
///         RowLayer { weight: 1, bias: Some(16), relu: false, x: 16, y: 32 },
///     ],
///     &weights,
/// );
///
/// let mut biases = [0.0; 32]; // each bias and each vector begins a line
/// biases[0] = 0.5;
/// let mut values = [0.0; 48];
/// values[..2].copy_from_slice(&[1.0, 1.0]);
/// layers.run(&weights, &biases, &mut values);
/// assert_eq!(values[16..18], [3.5, 0.0]); // max([1 + 2 + 0.5, -1 - 2], 0)
/// assert_eq!(values[32], 10.5);
/// ```
#[derive(Clone, Debug)]
pub struct RowLayers {
    layers: Vec<Fitted>,
    groups: Vec<Group>,
    level: Level,
    /// The bytes of a number.
    size: usize,
    /// How many values and biases there must be.
    values: usize,
    biases: usize,
    /// Whether a matrix is worth several threads.
    large: bool,
}

/// The matrix that a layer was made for, and its groups.
#[derive(Clone, Debug)]
struct Fitted {
    weight: usize,
    k: usize,
    n: usize,
    groups: Range<usize>,
}

impl Fitted {
    /// Whether it is worth several threads.
    fn is_large(&self) -> bool {
        self.k * self.n >= grain::ROW
    }
}

/// Some vectors of a layer's y over a block of the sum.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// Which of the matrices, and where the first number lies in it.
    weight: usize,
    w: usize,
    /// Where the terms begin among the values, and how many there are.
    x: usize,
    terms: usize,
    /// Where the sums go among the values.
    y: usize,
    /// The bias with which the sums end, or `NO_BIAS`.
    bias: usize,
    vectors: u8,
    /// Whether the sums begin with zero; else with what the block before has left in y.
    begins: bool,
    relu: bool,
}

/// In place of where a bias begins.
const NO_BIAS: usize = usize::MAX;

/// Numbers to a cache line.
const fn line<T>() -> usize {
    ALIGNMENT / size_of::<T>()
}

impl RowLayers {
    /// Layers over matrices of these shapes.
    ///
    /// # Panics
    /// If a layer names a matrix that there is not, if its x and y, with the rest of y's last
    /// line, overlap, or if the matrices were packed for different levels.
    pub fn new<T: Float>(layers: &[RowLayer], weights: &[Packed<T>]) -> Self {
        let level = layers.first().map_or(Level::current(), |first| weights[first.weight].level);
        let mut all = Self {
            layers: Vec::with_capacity(layers.len()),
            groups: Vec::new(),
            level,
            size: size_of::<T>(),
            values: 0,
            biases: 0,
            large: false,
        };
        for &layer in layers {
            let RowLayer { weight, bias, x, y, .. } = layer;
            let Packed { rows: k, cols: n, level, .. } = &weights[weight];
            let lines = n.next_multiple_of(line::<T>());
            let (x_end, y_end) = (x.saturating_add(*k), y.saturating_add(lines));
            assert!(
                x_end <= y || y_end <= x,
                "RowLayers: x of {k} numbers at {x} overlaps y of {lines} at {y}"
            );
            assert!(
                all.level == *level,
                "RowLayers: matrices packed for {} and for {level}",
                all.level
            );
            all.values = all.values.max(x_end).max(y_end);
            all.biases = all.biases.max(bias.map_or(0, |bias| bias.saturating_add(lines)));
            let first = all.groups.len();
            at::<T, _>(*level, Cut { layer, k: *k, n: *n, groups: &mut all.groups });
            let groups = first..all.groups.len();
            let fitted = Fitted { weight, k: *k, n: *n, groups };
            all.large |= fitted.is_large();
            all.layers.push(fitted);
        }
        all
    }

    /// Runs all layers in order. Of the values, each x that is no layer's y must have been set.
    ///
    /// # Panics
    /// If there are fewer matrices, or of another type, other shapes or another level than those
    /// that the layers were made for, or if a bias, x or y with the rest of its last line lies
    /// outside the numbers given.
    #[inline]
    pub fn run<T: Float>(&self, weights: &[Packed<T>], biases: &[T], values: &mut [T]) {
        assert!(
            values.len() >= self.values && biases.len() >= self.biases,
            "RowLayers: {} values and {} biases where {} and {} are needed",
            values.len(),
            biases.len(),
            self.values,
            self.biases
        );
        assert!(
            size_of::<T>() == self.size,
            "RowLayers: {} where numbers of {} bytes were",
            T::NAME,
            self.size
        );
        for fitted in &self.layers {
            let Packed { rows, cols, level, .. } = &weights[fitted.weight];
            if *rows != fitted.k || *cols != fitted.n || *level != self.level {
                self.refuse(fitted, (*rows, *cols, *level));
            }
        }
        let buffers = Buffers { weights, biases, values: values.as_mut_ptr() };
        let mut done = 0;
        // From outside the pool the way into it would take as long as a layer.
        if self.large && rayon::current_thread_index().is_some() && rayon::current_num_threads() > 1
        {
            for fitted in self.layers.iter().filter(|fitted| fitted.is_large()) {
                let Range { start, end } = fitted.groups;
                // SAFETY: checked above, and `values` is a unique borrow.
                at(self.level, unsafe { Through::new(&self.groups[done..start], buffers) });
                // SAFETY: as above; the groups are those of one layer.
                unsafe { share(self.level, &self.groups[start..end], buffers) };
                done = end;
            }
        }
        // SAFETY: as above.
        at(self.level, unsafe { Through::new(&self.groups[done..], buffers) });
    }

    #[cold]
    fn refuse(&self, Fitted { k, n, .. }: &Fitted, (rows, cols, level): (usize, usize, Level)) {
        panic!(
            "RowLayers: a matrix of {rows} rows and {cols} columns packed for {level} where one of \
             {k} and {n} for {} was",
            self.level
        );
    }
}

/// Cuts a layer into groups.
struct Cut<'a> {
    layer: RowLayer,
    k: usize,
    n: usize,
    groups: &'a mut Vec<Group>,
}

impl<T: Float> Kernel<T> for Cut<'_> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { layer, k, n, groups } = self;
        let RowLayer { weight, bias, relu, x, y } = layer;
        let width = tile_width::<T, V>();
        let padded = n.next_multiple_of(width);
        let block = block_len(k);
        // From the most vectors to the fewest, so that a group begins a panel or lies within one.
        let mut column = 0;
        let mut vectors = if tile_vectors::<T, V>() == 1 { 4 } else { 8 };
        while column < n {
            // The last vector holds a column.
            while column + (vectors - 1) * V::LEN >= n {
                vectors /= 2;
            }
            let within = column % width;
            let mut term = 0;
            loop {
                let terms = block.min(k - term);
                let last = term + terms == k;
                groups.push(Group {
                    weight,
                    w: term * padded + (column - within) * terms + within,
                    x: x + term,
                    terms,
                    y: y + column,
                    bias: bias.filter(|_| last).map_or(NO_BIAS, |bias| bias + column),
                    vectors: vectors as u8,
                    begins: term == 0,
                    relu: relu && last,
                });
                term += terms;
                if last {
                    break;
                }
            }
            column += vectors * V::LEN;
        }
    }
}

/// What the groups read and write.
struct Buffers<'a, T> {
    weights: &'a [Packed<T>],
    biases: &'a [T],
    values: *mut T,
}

impl<T> Clone for Buffers<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Buffers<'_, T> {}

// SAFETY: threads use the pointer only in `Through`, for groups that do not overlap.
unsafe impl<T: Send + Sync> Send for Buffers<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Buffers<'_, T> {}

/// Computes the groups of a layer, halving them until a share is small enough.
///
/// # Safety
/// That of [`Through::new`]; the groups are those of one layer, or some of them.
unsafe fn share<T: Float>(level: Level, groups: &[Group], buffers: Buffers<'_, T>) {
    let numbers = |group: &Group| group.terms * usize::from(group.vectors);
    let all: usize = groups.iter().map(numbers).sum();
    // All vectors have the length of a line or less.
    let mut half = groups.len() / 2;
    while half < groups.len() && !groups[half].begins {
        half += 1;
    }
    if all * line::<T>() <= SHARE || half == 0 || half == groups.len() {
        // SAFETY: passed on to the caller.
        return at(level, unsafe { Through::new(groups, buffers) });
    }
    let (left, right) = groups.split_at(half);
    rayon::join(
        // SAFETY: passed on to the caller; the sums of a column all lie in one half, and no group
        // of the layer writes what another reads.
        || unsafe { share(level, left, buffers) },
        // SAFETY: as above.
        || unsafe { share(level, right, buffers) },
    );
}

/// Groups to be computed in order.
struct Through<'a, T> {
    groups: &'a [Group],
    buffers: Buffers<'a, T>,
}

impl<'a, T: Float> Through<'a, T> {
    /// # Safety
    /// The groups were cut for the level at which this runs and for matrices of the shapes and
    /// level of the buffers' ones; the buffers are as long as [`RowLayers`] says; and nobody else
    /// has access to the values that the groups write, nor writes those that they read.
    unsafe fn new(groups: &'a [Group], buffers: Buffers<'a, T>) -> Self {
        Self { groups, buffers }
    }
}

impl<T: Float> Kernel<T> for Through<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for group in self.groups {
            // SAFETY: that of `new`.
            unsafe {
                match group.vectors {
                    1 => group.run::<T, V, 1>(&self.buffers),
                    2 => group.run::<T, V, 2>(&self.buffers),
                    4 => group.run::<T, V, 4>(&self.buffers),
                    _ => group.run::<T, V, 8>(&self.buffers),
                }
            }
        }
    }
}

impl Group {
    /// # Safety
    /// That of [`Through::new`], and the group has `VECTORS` vectors.
    #[inline(always)]
    unsafe fn run<T: Float, V: Lanes<T>, const VECTORS: usize>(&self, buffers: &Buffers<'_, T>) {
        let (width, vectors) = (tile_width::<T, V>(), tile_vectors::<T, V>());
        let y = buffers.values.wrapping_add(self.y);
        let mut sums = [V::splat(T::ZERO); VECTORS];
        if !self.begins {
            for (v, sum) in sums.iter_mut().enumerate() {
                // SAFETY: all vectors lie within the lines of y.
                *sum = unsafe { V::load_at(y.add(v * V::LEN)) };
            }
        }
        let panel = width * self.terms;
        let mut w = buffers.weights[self.weight].data.as_ptr().wrapping_add(self.w);
        let mut x = buffers.values.wrapping_add(self.x).cast_const();
        macro_rules! step {
            () => {
                // SAFETY: one of `terms` values that nobody writes meanwhile.
                let a = V::splat(unsafe { *x });
                for (v, sum) in sums.iter_mut().enumerate() {
                    let w = w.wrapping_add(v / vectors * panel + v % vectors * V::LEN);
                    // SAFETY: a row of this vector's panel, which the matrix has.
                    *sum = a.mul_add(unsafe { V::load_at(w) }, *sum);
                }
                x = x.wrapping_add(1);
                w = w.wrapping_add(width);
            };
        }
        for _ in 0..self.terms / 4 {
            step!();
            step!();
            step!();
            step!();
        }
        for _ in 0..self.terms % 4 {
            step!();
        }
        if self.bias != NO_BIAS {
            let bias = buffers.biases.as_ptr().wrapping_add(self.bias);
            for (v, sum) in sums.iter_mut().enumerate() {
                // SAFETY: all vectors lie within the lines of the bias.
                *sum = *sum + unsafe { V::load_at(bias.add(v * V::LEN)) };
            }
        }
        if self.relu {
            for sum in &mut sums {
                *sum = relu(*sum);
            }
        }
        for (v, sum) in sums.iter().enumerate() {
            // SAFETY: all vectors lie within the lines of y.
            unsafe { sum.store_at(y.add(v * V::LEN)) };
        }
    }
}
