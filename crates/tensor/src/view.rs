//! Borrowed numbers with a shape and strides: slicing, turning and repeating without a copy.

mod axes;

use crate::layout::{Layout, Offsets};
use crate::{Shape, ShapeError, Tensor};
use neuropil_simd::Float;
use std::borrow::Cow;
use std::ops::Index;

/// A borrowed tensor: a slice of numbers seen through a shape and strides.
///
/// It is `Copy`; [`slice`](Self::slice), [`transposed`](Self::transposed) and the like give another
/// view of the same numbers and copy none of them. Arithmetic, reductions, products and printing
/// are those of [`Tensor`]. Functions that take a second tensor take `impl Into<View>`: a view, or
/// a reference to a tensor.
///
/// ```
/// use neuropil_tensor::View;
///
/// let numbers = [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let x = View::new([2, 3], &numbers)?;
/// assert_eq!(x.transposed().to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// assert_eq!(x.slice(1, 1..)?.select(0, 0)?.to_vec(), [2.0, 3.0]);
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Copy)]
pub struct View<'a, T> {
    // Begins at the first element, and holds all places that the layout reaches.
    data: &'a [T],
    layout: Layout,
}

impl<'a, T: Float> View<'a, T> {
    /// Row-major numbers seen as a tensor.
    ///
    /// # Errors
    /// [`ShapeError::Length`] if the shape holds another number of them.
    pub fn new(shape: impl Into<Shape>, data: &'a [T]) -> Result<Self, ShapeError> {
        let shape = shape.into();
        if shape.checked_len() != Some(data.len()) {
            return Err(ShapeError::Length { shape, len: data.len() });
        }
        Ok(Self::row_major(shape, data))
    }

    /// As [`new`](Self::new), for a shape that is known to fit.
    pub(crate) fn row_major(shape: Shape, data: &'a [T]) -> Self {
        debug_assert_eq!(shape.len(), data.len());
        Self { data, layout: Layout::row_major(shape) }
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> Shape {
        self.layout.shape
    }

    /// How many places lie between neighbours along each axis; 0 where an axis
    /// repeats, or has no neighbours.
    pub fn strides(&self) -> &[usize] {
        &self.layout.strides[..self.rank()]
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.layout.shape.rank()
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.layout.shape.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.layout.shape.is_empty()
    }

    /// Where the elements are and how they lie, for the other files of this crate.
    pub(crate) fn parts(&self) -> (&'a [T], &Layout) {
        (self.data, &self.layout)
    }

    /// Where an element lies.
    pub(crate) fn offset(&self, index: &[usize]) -> Option<usize> {
        self.layout.offset(index)
    }

    /// The axes in another order; one that is left out must have length 1.
    pub(crate) fn reordered(self, axes: impl IntoIterator<Item = usize> + Clone) -> Self {
        Self { layout: self.layout.axes(axes), ..self }
    }

    /// The element at an index, or `None` if it lies outside or has another number of axes.
    pub fn get(&self, index: &[usize]) -> Option<&'a T> {
        Some(&self.data[self.offset(index)?])
    }

    /// The elements as a slice, if they lie side by side in row-major order.
    pub fn as_slice(&self) -> Option<&'a [T]> {
        self.layout.is_contiguous().then(|| &self.data[..self.len()])
    }

    /// The elements in row-major order: borrowed if they lie so, else copied.
    pub(crate) fn to_slice(self) -> Cow<'a, [T]> {
        match self.as_slice() {
            Some(slice) => Cow::Borrowed(slice),
            None => Cow::Owned(self.to_vec()),
        }
    }

    /// The elements in row-major order.
    pub fn iter(&self) -> Iter<'a, T> {
        Iter { data: self.data, offsets: Offsets::new(self.shape(), [&self.layout]) }
    }

    /// The elements in row-major order, copied.
    pub fn to_vec(self) -> Vec<T> {
        let mut copy = vec![T::ZERO; self.len()];
        self.copy_to(&mut copy);
        copy
    }

    /// An owned copy.
    pub fn to_tensor(self) -> Tensor<T> {
        let mut copy = Tensor::zeros(self.shape());
        self.copy_to(copy.as_mut_slice());
        copy
    }

    /// Writes the elements in row-major order.
    fn copy_to(&self, to: &mut [T]) {
        if let Some(slice) = self.as_slice() {
            to.copy_from_slice(slice);
            return;
        }
        // Not contiguous: neither empty nor a scalar.
        let Layout { shape, strides } = self.layout;
        let last = shape.rank() - 1;
        let fast = (0..last)
            .filter(|&axis| shape[axis] > 1 && strides[axis] > 0)
            .min_by_key(|&axis| strides[axis]);
        match fast {
            Some(fast) if strides[fast] < strides[last] => self.copy_turned(to, fast),
            _ => self.copy_rows(to),
        }
    }

    /// [`copy_to`](Self::copy_to) where neighbours are nearest along the last axis.
    fn copy_rows(&self, to: &mut [T]) {
        let (width, stride) = self.layout.last_axis();
        let starts = Offsets::rows(self.shape(), [&self.layout]);
        for (row, [start]) in to.chunks_exact_mut(width).zip(starts) {
            if stride == 1 {
                row.copy_from_slice(&self.data[start..start + width]);
            } else {
                for (j, to) in row.iter_mut().enumerate() {
                    *to = self.data[start + j * stride];
                }
            }
        }
    }

    /// [`copy_to`](Self::copy_to) where neighbours are nearest along another axis, `fast`: in tiles,
    /// so that each cache line is read once.
    fn copy_turned(&self, to: &mut [T], fast: usize) {
        const TILE: usize = 16;
        let from = &self.layout;
        let onto = Layout::row_major(from.shape);
        let last = from.shape.rank() - 1;
        let [m, n] = [from.shape[fast], from.shape[last]];
        let others = (0..last).filter(|&axis| axis != fast);
        let (from_others, onto_others) = (from.axes(others.clone()), onto.axes(others));
        for [source, target] in Offsets::new(from_others.shape, [&from_others, &onto_others]) {
            for i0 in (0..m).step_by(TILE) {
                for j0 in (0..n).step_by(TILE) {
                    let width = TILE.min(n - j0);
                    for i in i0..m.min(i0 + TILE) {
                        let first = source + i * from.strides[fast] + j0 * from.strides[last];
                        let row = &mut to[target + i * onto.strides[fast] + j0..][..width];
                        for (j, to) in row.iter_mut().enumerate() {
                            *to = self.data[first + j * from.strides[last]];
                        }
                    }
                }
            }
        }
    }
}

impl<'a, T: Float> From<&'a Tensor<T>> for View<'a, T> {
    fn from(tensor: &'a Tensor<T>) -> Self {
        tensor.view()
    }
}

impl<'a, T: Float> From<&'a [T]> for View<'a, T> {
    /// A vector, `[len]`.
    fn from(data: &'a [T]) -> Self {
        Self::row_major(data.len().into(), data)
    }
}

impl<T: Float, const N: usize> Index<[usize; N]> for View<'_, T> {
    type Output = T;

    /// # Panics
    /// If the index lies outside or has another number of axes.
    #[track_caller]
    fn index(&self, index: [usize; N]) -> &T {
        match self.get(&index) {
            Some(x) => x,
            None => panic!("index {index:?} is outside of shape {}", self.shape()),
        }
    }
}

/// Equal shapes and equal elements; NaN equals nothing.
impl<T: Float> PartialEq for View<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.shape() == other.shape() && self.iter().eq(other.iter())
    }
}

impl<'a, T: Float> IntoIterator for &View<'a, T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The elements of a [`View`] in row-major order.
#[derive(Clone, Debug)]
pub struct Iter<'a, T> {
    data: &'a [T],
    offsets: Offsets<1>,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let [at] = self.offsets.next()?;
        Some(&self.data[at])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.offsets.size_hint()
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
