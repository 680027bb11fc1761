//! The same numbers seen differently: axes turned, cut, dropped, added and repeated.

use super::View;
use crate::{Shape, ShapeError};
use neuropil_simd::Float;
use std::ops::{Bound, RangeBounds};

/// Other views of the same numbers.
impl<'a, T: Float> View<'a, T> {
    /// The same elements in row-major order, in another shape.
    ///
    /// # Errors
    /// [`ShapeError::Mismatch`] if the shapes hold different numbers of elements;
    /// [`ShapeError::Unsupported`] if the elements do not lie side by side, as in a transposed
    /// view: [`to_tensor`](Self::to_tensor) makes them.
    pub fn reshape(self, shape: impl Into<Shape>) -> Result<Self, ShapeError> {
        let shape = shape.into();
        if shape.checked_len() != Some(self.len()) {
            return Err(ShapeError::mismatch("reshape", self.shape(), shape));
        }
        match self.as_slice() {
            Some(data) => Ok(Self::row_major(shape, data)),
            None => Err(ShapeError::unsupported(
                format!("reshape to {shape}"),
                self.shape(),
                format!(
                    "contiguous elements, got strides {:?}: copy with to_tensor first",
                    self.strides()
                ),
            )),
        }
    }

    /// The last two axes swapped: the transpose of a matrix, or of each matrix of a batch
    /// (PyTorch's `mT`). Fewer than two axes stay as they are.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let x = Tensor::<f32>::zeros([8, 2, 3]);
    /// assert_eq!(x.transposed().shape().dims(), [8, 3, 2]);
    /// ```
    pub fn transposed(self) -> Self {
        let rank = self.rank();
        if rank < 2 {
            return self;
        }
        self.reordered((0..rank - 2).chain([rank - 1, rank - 2]))
    }

    /// The axes in another order: axis `i` of the result is axis `axes[i]` of this view.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let image = Tensor::<f32>::zeros([28, 32, 3]);
    /// assert_eq!(image.permuted(&[2, 0, 1])?.shape().dims(), [3, 28, 32]);
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Unsupported`] if `axes` does not name each axis once.
    pub fn permuted(self, axes: &[usize]) -> Result<Self, ShapeError> {
        let rank = self.rank();
        if axes.len() != rank || (0..rank).any(|axis| !axes.contains(&axis)) {
            let expected = format!("each of its {rank} axes once");
            return Err(ShapeError::unsupported(
                format!("permuted({axes:?})"),
                self.shape(),
                expected,
            ));
        }
        Ok(self.reordered(axes.iter().copied()))
    }

    /// A range of indices along an axis.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let x = Tensor::<f32>::arange(10);
    /// assert_eq!(x.slice(0, 2..5)?.to_vec(), [2.0, 3.0, 4.0]);
    /// assert_eq!(x.slice(0, 7..)?.to_vec(), [7.0, 8.0, 9.0]);
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Axis`] if there is no such axis, [`ShapeError::Unsupported`] if the range does
    /// not lie in it.
    pub fn slice(self, axis: usize, range: impl RangeBounds<usize>) -> Result<Self, ShapeError> {
        let shape = self.has_axis("slice", axis)?;
        let dim = shape[axis];
        let start = match range.start_bound() {
            Bound::Included(&start) => Some(start),
            Bound::Excluded(&before) => before.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.checked_add(1),
            Bound::Excluded(&end) => Some(end),
            Bound::Unbounded => Some(dim),
        };
        match (start, end) {
            (Some(start), Some(end)) if start <= end && end <= dim => {
                Ok(self.cut(axis, start, end - start, 1))
            }
            _ => {
                let (start, end) = (range.start_bound(), range.end_bound());
                let op = format!("slice(axis {axis}, from {start:?} to {end:?})");
                Err(ShapeError::unsupported(op, shape, format!("a range within 0..{dim}")))
            }
        }
    }

    /// Every `step`-th index along an axis, from the first.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let x = Tensor::<f32>::arange(10);
    /// assert_eq!(x.slice(0, 1..)?.step_by(0, 4)?.to_vec(), [1.0, 5.0, 9.0]);
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Axis`] if there is no such axis, [`ShapeError::Unsupported`] for a step of 0.
    pub fn step_by(self, axis: usize, step: usize) -> Result<Self, ShapeError> {
        let shape = self.has_axis("step_by", axis)?;
        if step == 0 {
            return Err(ShapeError::unsupported("step_by(step 0)", shape, "a step of at least 1"));
        }
        Ok(self.cut(axis, 0, shape[axis].div_ceil(step), step))
    }

    /// One index along an axis, which goes away: a row of a matrix is `select(0, row)`, a column
    /// `select(1, column)`.
    ///
    /// # Errors
    /// [`ShapeError::Axis`] if there is no such axis, [`ShapeError::Unsupported`] if the index lies
    /// outside.
    pub fn select(self, axis: usize, index: usize) -> Result<Self, ShapeError> {
        let shape = self.has_axis("select", axis)?;
        if index >= shape[axis] {
            let op = format!("select(axis {axis}, index {index})");
            return Err(ShapeError::unsupported(
                op,
                shape,
                format!("an index below {}", shape[axis]),
            ));
        }
        let others = (0..self.rank()).filter(|&other| other != axis);
        Ok(self.cut(axis, index, 1, 1).reordered(others))
    }

    /// A new axis of length 1 before `axis`, or behind all if `axis` is the rank (PyTorch's
    /// `unsqueeze`): `[3]` becomes `[1, 3]` for 0 and `[3, 1]` for 1.
    ///
    /// # Errors
    /// [`ShapeError::Axis`] if `axis` is above the rank, [`ShapeError::Unsupported`] if the view has
    /// [`MAX_RANK`](crate::MAX_RANK) axes already.
    pub fn insert_axis(self, axis: usize) -> Result<Self, ShapeError> {
        let (shape, rank) = (self.shape(), self.rank());
        if axis > rank {
            return Err(ShapeError::Axis { op: "insert_axis", axis, shape });
        }
        if rank == crate::MAX_RANK {
            let expected = format!("fewer than {rank} axes");
            return Err(ShapeError::unsupported("insert_axis", shape, expected));
        }
        let dims = shape.dims();
        let mut layout = self.layout;
        layout.shape = dims[..axis].iter().chain([&1]).chain(&dims[axis..]).copied().collect();
        layout.strides.copy_within(axis..rank, axis + 1);
        layout.strides[axis] = 0;
        Ok(Self { layout, ..self })
    }

    /// Repeats axes of length 1, and missing ones in front, up to a shape; nothing is copied.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let bias = Tensor::from([1.0_f32, 2.0]);
    /// assert_eq!(bias.view().broadcast_to([3, 2])?.to_vec(), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Mismatch`] if the shapes do not fit by the rule of [`Shape::broadcast`].
    pub fn broadcast_to(self, shape: impl Into<Shape>) -> Result<Self, ShapeError> {
        let shape = shape.into();
        match self.layout.broadcast(shape) {
            Some(layout) => Ok(Self { layout, ..self }),
            None => Err(ShapeError::mismatch("broadcast_to", self.shape(), shape)),
        }
    }

    /// The shape, if it has this axis.
    fn has_axis(&self, op: &'static str, axis: usize) -> Result<Shape, ShapeError> {
        let shape = self.shape();
        if axis < shape.rank() { Ok(shape) } else { Err(ShapeError::Axis { op, axis, shape }) }
    }

    /// `len` indices of an axis from `start`, `step` apart, which lie in it.
    fn cut(self, axis: usize, start: usize, len: usize, step: usize) -> Self {
        let mut layout = self.layout;
        layout.shape = (0..self.rank())
            .map(|other| if other == axis { len } else { self.layout.shape[other] })
            .collect();
        layout.strides[axis] = if len > 1 { layout.strides[axis].wrapping_mul(step) } else { 0 };
        // What is empty may begin behind the data.
        let data = if layout.shape.is_empty() {
            &[]
        } else {
            &self.data[start * self.layout.strides[axis]..]
        };
        Self { data, layout }
    }
}
