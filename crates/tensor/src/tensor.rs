//! The owned tensor: aligned numbers with a shape, row-major.

use crate::{Shape, ShapeError, View};
use neuropil_simd::{AlignedVec, Float};
use std::ops::{Index, IndexMut, RangeBounds};

/// Numbers with a shape, owned, in row-major order without gaps, aligned to a cache line.
///
/// A tensor is for data and for learning: building inputs, looking at results, checking a formula.
/// Training runs on plain slices, which [`as_slice`](Self::as_slice) lends. Slicing and turning
/// give a [`View`], which borrows; arithmetic gives a new tensor.
///
/// ```
/// use neuropil_tensor::Tensor;
///
/// let x = Tensor::from([[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let mean = x.over([0])?.mean();
/// assert_eq!(mean, Tensor::from([2.5, 3.5, 4.5]));
/// assert_eq!((&x - &mean).to_vec(), [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5]);
/// assert_eq!(x[[1, 0]], 4.0);
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
///
/// A layer of four inputs and five neurons, then one of three, for one sample: a row times a
/// matrix is a row.
///
/// ```
/// use neuropil_tensor::Tensor;
///
/// let x = Tensor::from([[1.0_f32, 2.0, 3.0, 4.0]]);
/// let (hidden, output) = (Tensor::full([4, 5], 0.1), Tensor::full([5, 3], 0.5));
/// let h = x.matmul(&hidden)?; // [1, 4] times [4, 5] is [1, 5]
/// assert_eq!(h.shape().dims(), [1, 5]);
/// assert!(h.all_close(&Tensor::full([1, 5], 1.0), 1e-6, 0.0));
/// let y = h.matmul(&output)?; // [1, 5] times [5, 3] is [1, 3]
/// assert_eq!(y.shape().dims(), [1, 3]);
/// assert!(y.all_close(&Tensor::full([1, 3], 2.5), 1e-6, 0.0));
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone)]
pub struct Tensor<T> {
    data: AlignedVec<T>,
    shape: Shape,
}

/// Making tensors.
///
/// Shapes are anything that converts to [`Shape`]: `[2, 3]`, `5`, a slice.
///
/// # Panics
/// If a shape has more elements than memory holds.
impl<T: Float> Tensor<T> {
    /// A copy of row-major numbers.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let x = Tensor::new([2, 2], [1.0_f32, 2.0, 3.0, 4.0])?;
    /// let y = Tensor::new([2, 2], vec![1.0_f32, 2.0, 3.0, 4.0])?;
    /// assert_eq!(x, y);
    /// let error = Tensor::new([2, 2], [1.0_f32]).unwrap_err();
    /// assert_eq!(error.to_string(), "shape [2, 2] does not hold 1 numbers");
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Length`] if the shape holds another number of them.
    pub fn new(shape: impl Into<Shape>, data: impl AsRef<[T]>) -> Result<Self, ShapeError> {
        Ok(View::new(shape, data.as_ref())?.to_tensor())
    }

    /// The numbers that a function gives for each index.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let x = Tensor::from_fn([2, 3], |[i, j]| (10 * i + j) as f32);
    /// assert_eq!(x.as_slice(), [0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
    /// ```
    pub fn from_fn<const N: usize>(shape: [usize; N], mut f: impl FnMut([usize; N]) -> T) -> Self {
        let mut tensor = Self::zeros(shape);
        let mut index = [0; N];
        for x in tensor.as_mut_slice() {
            *x = f(index);
            for (i, dim) in index.iter_mut().zip(shape).rev() {
                *i += 1;
                if *i < dim {
                    break;
                }
                *i = 0;
            }
        }
        tensor
    }

    /// All 0.
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Self { data: AlignedVec::zeros(shape.len()), shape }
    }

    /// All 1.
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::ONE)
    }

    /// All `x`.
    pub fn full(shape: impl Into<Shape>, x: T) -> Self {
        let mut tensor = Self::zeros(shape);
        tensor.fill(x);
        tensor
    }

    /// The identity matrix, `[n, n]`.
    pub fn eye(n: usize) -> Self {
        Self::from_fn([n, n], |[i, j]| if i == j { T::ONE } else { T::ZERO })
    }

    /// 0, 1, 2, ..., `count - 1`.
    pub fn arange(count: usize) -> Self {
        Self::from_fn([count], |[i]| T::of(i as f64))
    }

    /// `count` numbers from `start` to `end`, both included, equally far apart; `start` alone for a
    /// count of 1.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// assert_eq!(Tensor::linspace(-1.0_f32, 1.0, 5).as_slice(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    /// ```
    pub fn linspace(start: T, end: T, count: usize) -> Self {
        let last = count.saturating_sub(1).max(1) as f64;
        let (start, end) = (start.to_f64(), end.to_f64());
        // This form meets both ends exactly.
        Self::from_fn([count], |[i]| {
            T::of(start * ((last - i as f64) / last) + end * (i as f64 / last))
        })
    }
}

impl<T: Float> Tensor<T> {
    /// The lengths of the axes.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The whole tensor as a view.
    pub fn view(&self) -> View<'_, T> {
        View::row_major(self.shape, &self.data)
    }

    /// The elements in row-major order.
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// The elements in row-major order, to change.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The elements in row-major order, copied.
    pub fn to_vec(&self) -> Vec<T> {
        self.data.to_vec()
    }

    /// The elements in row-major order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.data.iter()
    }

    /// The elements in row-major order, to change.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.data.iter_mut()
    }

    /// The rows, along the last axis, as slices; a scalar is one row. None if they are empty.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, T> {
        self.data.chunks_exact(self.shape.width().max(1))
    }

    /// The rows, along the last axis, to change.
    pub fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        let width = self.shape.width().max(1);
        self.data.chunks_exact_mut(width)
    }

    /// The element at an index, or `None` if it lies outside or has another number of axes.
    pub fn get(&self, index: &[usize]) -> Option<&T> {
        self.view().get(index)
    }

    /// Sets all elements to `x`.
    pub fn fill(&mut self, x: T) {
        self.data.fill(x);
    }

    /// The same numbers in another shape; nothing is copied.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let x = Tensor::<f32>::arange(6).reshape([2, 3])?;
    /// assert_eq!(x[[1, 2]], 5.0);
    /// let error = x.reshape([4]).unwrap_err();
    /// assert_eq!(error.to_string(), "reshape: shapes [2, 3] and [4] do not fit");
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Mismatch`] if the shapes hold different numbers of elements.
    pub fn reshape(self, shape: impl Into<Shape>) -> Result<Self, ShapeError> {
        let shape = shape.into();
        if shape.checked_len() != Some(self.len()) {
            return Err(ShapeError::mismatch("reshape", self.shape, shape));
        }
        Ok(Self { shape, ..self })
    }

    /// The last two axes swapped, as a view; see [`View::transposed`].
    pub fn transposed(&self) -> View<'_, T> {
        self.view().transposed()
    }

    /// The axes in another order, as a view; see [`View::permuted`].
    ///
    /// # Errors
    /// As there.
    pub fn permuted(&self, axes: &[usize]) -> Result<View<'_, T>, ShapeError> {
        self.view().permuted(axes)
    }

    /// A range of indices along an axis, as a view; see [`View::slice`].
    ///
    /// # Errors
    /// As there.
    pub fn slice(
        &self,
        axis: usize,
        range: impl RangeBounds<usize>,
    ) -> Result<View<'_, T>, ShapeError> {
        self.view().slice(axis, range)
    }

    /// One index along an axis, as a view without that axis; see [`View::select`].
    ///
    /// # Errors
    /// As there.
    pub fn select(&self, axis: usize, index: usize) -> Result<View<'_, T>, ShapeError> {
        self.view().select(axis, index)
    }
}

impl<T: Float> From<T> for Tensor<T> {
    /// A scalar, `[]`.
    fn from(x: T) -> Self {
        Self::full([], x)
    }
}

impl<T: Float> From<&[T]> for Tensor<T> {
    /// A vector, `[len]`.
    fn from(x: &[T]) -> Self {
        View::from(x).to_tensor()
    }
}

impl<T: Float> From<Vec<T>> for Tensor<T> {
    /// A vector, `[len]`.
    fn from(x: Vec<T>) -> Self {
        Self::from(&x[..])
    }
}

impl<T: Float, const N: usize> From<[T; N]> for Tensor<T> {
    /// A vector, `[N]`.
    fn from(x: [T; N]) -> Self {
        Self::from(&x[..])
    }
}

impl<T: Float, const M: usize, const N: usize> From<[[T; N]; M]> for Tensor<T> {
    /// A matrix, `[M, N]`.
    fn from(x: [[T; N]; M]) -> Self {
        Self { data: x.as_flattened().into(), shape: [M, N].into() }
    }
}

impl<T: Float, const L: usize, const M: usize, const N: usize> From<[[[T; N]; M]; L]>
    for Tensor<T>
{
    /// Matrices, `[L, M, N]`.
    fn from(x: [[[T; N]; M]; L]) -> Self {
        Self { data: x.as_flattened().as_flattened().into(), shape: [L, M, N].into() }
    }
}

impl<T: Float> From<View<'_, T>> for Tensor<T> {
    fn from(view: View<'_, T>) -> Self {
        view.to_tensor()
    }
}

impl<T: Float> From<Tensor<T>> for Vec<T> {
    /// The elements in row-major order.
    fn from(tensor: Tensor<T>) -> Self {
        tensor.to_vec()
    }
}

impl<T: Float> FromIterator<T> for Tensor<T> {
    /// A vector of what the iterator gives.
    fn from_iter<I: IntoIterator<Item = T>>(numbers: I) -> Self {
        numbers.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T> AsRef<[T]> for Tensor<T>
where
    T: Float,
{
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Float, const N: usize> Index<[usize; N]> for Tensor<T> {
    type Output = T;

    /// # Panics
    /// If the index lies outside or has another number of axes.
    #[track_caller]
    fn index(&self, index: [usize; N]) -> &T {
        match self.get(&index) {
            Some(x) => x,
            None => panic!("index {index:?} is outside of shape {}", self.shape),
        }
    }
}

impl<T: Float, const N: usize> IndexMut<[usize; N]> for Tensor<T> {
    /// # Panics
    /// If the index lies outside or has another number of axes.
    #[track_caller]
    fn index_mut(&mut self, index: [usize; N]) -> &mut T {
        match self.view().offset(&index) {
            Some(at) => &mut self.data[at],
            None => panic!("index {index:?} is outside of shape {}", self.shape),
        }
    }
}

/// Equal shapes and equal elements; NaN equals nothing.
impl<T: Float> PartialEq for Tensor<T> {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.data == other.data
    }
}

impl<T: Float> PartialEq<View<'_, T>> for Tensor<T> {
    fn eq(&self, other: &View<'_, T>) -> bool {
        self.view() == *other
    }
}

impl<T: Float> PartialEq<Tensor<T>> for View<'_, T> {
    fn eq(&self, other: &Tensor<T>) -> bool {
        *self == other.view()
    }
}

impl<'a, T: Float> IntoIterator for &'a Tensor<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
