//! Sums, means and extremes of all elements or along some axes.
//!
//! The elements are always taken in row-major order of the axes that go away, and added in the
//! canonical order of [`neuropil_simd::reduce::sum`]: a sum's bits depend on the elements and the
//! shape, never on strides. Where the axes do not lie side by side, this costs a copy.

use crate::{MAX_RANK, Shape, ShapeError, Tensor, View};
use neuropil_simd::{Float, reduce};

/// Some axes of a view, about to be reduced to one number for each place along the others.
///
/// Made by [`Tensor::over`] and [`View::over`]. The axes go away, or stay with length 1 after
/// [`keep_dims`](Self::keep_dims).
///
/// ```
/// use neuropil_tensor::Tensor;
///
/// let x = Tensor::from([[1.0_f32, 5.0, 3.0], [4.0, 2.0, 6.0]]);
/// assert_eq!(x.over([0])?.sum(), Tensor::from([5.0, 7.0, 9.0]));
/// assert_eq!(x.over([1])?.keep_dims().max()?, Tensor::from([[5.0], [6.0]]));
/// assert_eq!(x.over([1])?.argmax()?, [1, 2]);
/// assert_eq!(x.over([0, 1])?.mean(), Tensor::from(3.5));
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Over<'a, T: Float> {
    view: View<'a, T>,
    reduced: [bool; MAX_RANK],
    keep_dims: bool,
}

impl<T: Float> Over<'_, T> {
    /// Keeps the reduced axes, with length 1, so that the result broadcasts against the input.
    pub fn keep_dims(self) -> Self {
        Self { keep_dims: true, ..self }
    }

    /// The sums; 0 of no elements.
    pub fn sum(self) -> Tensor<T> {
        self.each(reduce::sum)
    }

    /// The means: the sum divided by the number of elements; NaN of none.
    pub fn mean(self) -> Tensor<T> {
        self.each(mean)
    }

    /// The largest elements; NaN where one is NaN.
    ///
    /// # Errors
    /// [`ShapeError::Unsupported`] if the axes have no elements.
    pub fn max(self) -> Result<Tensor<T>, ShapeError> {
        self.some("max")?;
        Ok(self.each(|x| x[argmax(x)]))
    }

    /// The smallest elements; NaN where one is NaN.
    ///
    /// # Errors
    /// [`ShapeError::Unsupported`] if the axes have no elements.
    pub fn min(self) -> Result<Tensor<T>, ShapeError> {
        self.some("min")?;
        Ok(self.each(|x| x[argmin(x)]))
    }

    /// Where the largest elements are: for each place along the other axes, in row-major order, the
    /// index along the reduced axis; along several, the row-major index over them. The first of
    /// equals; a NaN counts as largest. The predicted class of each row of `[batch, classes]` is
    /// `over([1])?.argmax()?`.
    ///
    /// # Errors
    /// [`ShapeError::Unsupported`] if the axes have no elements.
    pub fn argmax(self) -> Result<Vec<usize>, ShapeError> {
        self.some("argmax")?;
        let mut places = Vec::with_capacity(self.shape().len());
        self.for_each(|x| places.push(argmax(x)));
        Ok(places)
    }

    /// Where the smallest elements are; see [`argmax`](Self::argmax). A NaN counts as smallest.
    ///
    /// # Errors
    /// [`ShapeError::Unsupported`] if the axes have no elements.
    pub fn argmin(self) -> Result<Vec<usize>, ShapeError> {
        self.some("argmin")?;
        let mut places = Vec::with_capacity(self.shape().len());
        self.for_each(|x| places.push(argmin(x)));
        Ok(places)
    }

    /// The axes that stay, or those that go.
    fn axes(&self, reduced: bool) -> impl Iterator<Item = usize> + Clone {
        let flags = self.reduced;
        (0..self.view.rank()).filter(move |&axis| flags[axis] == reduced)
    }

    /// How many elements become one.
    fn count(&self) -> usize {
        self.axes(true).map(|axis| self.view.shape()[axis]).product()
    }

    /// The shape of the result.
    fn shape(&self) -> Shape {
        let dims = (0..self.view.rank()).map(|axis| (self.reduced[axis], self.view.shape()[axis]));
        if self.keep_dims {
            dims.map(|(reduced, dim)| if reduced { 1 } else { dim }).collect()
        } else {
            dims.filter(|(reduced, _)| !reduced).map(|(_, dim)| dim).collect()
        }
    }

    fn some(&self, op: &str) -> Result<(), ShapeError> {
        if self.count() > 0 {
            return Ok(());
        }
        let op = format!("{op} over axes {:?}", self.axes(true).collect::<Vec<_>>());
        Err(ShapeError::unsupported(op, self.view.shape(), "at least one element along them"))
    }

    fn each(self, f: impl Fn(&[T]) -> T) -> Tensor<T> {
        let mut result = Tensor::zeros(self.shape());
        let mut places = result.iter_mut();
        self.for_each(|x| {
            if let Some(y) = places.next() {
                *y = f(x);
            }
        });
        result
    }

    /// Hands out the elements that become one, for each place along the axes that stay.
    fn for_each(self, mut f: impl FnMut(&[T])) {
        let elements = self.view.reordered(self.axes(false).chain(self.axes(true))).to_slice();
        let count = self.count();
        for place in 0..self.shape().len() {
            f(&elements[place * count..][..count]);
        }
    }
}

/// Reductions.
impl<'a, T: Float> View<'a, T> {
    /// Axes to reduce: `over([0])?.sum()`; see [`Over`].
    ///
    /// # Errors
    /// [`ShapeError::Axis`] if there is no such axis, [`ShapeError::Unsupported`] if one is named
    /// twice.
    pub fn over(self, axes: impl AsRef<[usize]>) -> Result<Over<'a, T>, ShapeError> {
        let shape = self.shape();
        let mut reduced = [false; MAX_RANK];
        for &axis in axes.as_ref() {
            if axis >= shape.rank() {
                return Err(ShapeError::Axis { op: "over", axis, shape });
            }
            if reduced[axis] {
                let op = format!("over({:?})", axes.as_ref());
                return Err(ShapeError::unsupported(op, shape, "each axis at most once"));
            }
            reduced[axis] = true;
        }
        Ok(Over { view: self, reduced, keep_dims: false })
    }

    /// The sum of all elements; 0 if there are none.
    pub fn sum(self) -> T {
        reduce::sum(&self.to_slice())
    }

    /// The mean of all elements; NaN if there are none.
    pub fn mean(self) -> T {
        mean(&self.to_slice())
    }

    /// The largest element, NaN if one is NaN; `None` if there are none.
    pub fn max(self) -> Option<T> {
        let elements = self.to_slice();
        (!elements.is_empty()).then(|| elements[argmax(&elements)])
    }

    /// The smallest element, NaN if one is NaN; `None` if there are none.
    pub fn min(self) -> Option<T> {
        let elements = self.to_slice();
        (!elements.is_empty()).then(|| elements[argmin(&elements)])
    }
}

/// Reductions.
impl<T: Float> Tensor<T> {
    /// Axes to reduce: `over([0])?.sum()`; see [`Over`].
    ///
    /// # Errors
    /// [`ShapeError::Axis`] if there is no such axis, [`ShapeError::Unsupported`] if one is named
    /// twice.
    pub fn over(&self, axes: impl AsRef<[usize]>) -> Result<Over<'_, T>, ShapeError> {
        self.view().over(axes)
    }

    /// The sum of all elements; 0 if there are none.
    pub fn sum(&self) -> T {
        self.view().sum()
    }

    /// The mean of all elements; NaN if there are none.
    pub fn mean(&self) -> T {
        self.view().mean()
    }

    /// The largest element, NaN if one is NaN; `None` if there are none.
    pub fn max(&self) -> Option<T> {
        self.view().max()
    }

    /// The smallest element, NaN if one is NaN; `None` if there are none.
    pub fn min(&self) -> Option<T> {
        self.view().min()
    }
}

fn mean<T: Float>(x: &[T]) -> T {
    reduce::sum(x) / T::of(x.len() as f64)
}

fn argmax<T: Float>(x: &[T]) -> usize {
    first(x, |x, best| x > best)
}

fn argmin<T: Float>(x: &[T]) -> usize {
    first(x, |x, best| x < best)
}

/// The first element that none beats, or the first NaN.
fn first<T: Float>(x: &[T], beats: impl Fn(T, T) -> bool) -> usize {
    let mut best = 0;
    for (i, &candidate) in x.iter().enumerate() {
        if candidate.is_nan() {
            return i;
        }
        if beats(candidate, x[best]) {
            best = i;
        }
    }
    best
}
