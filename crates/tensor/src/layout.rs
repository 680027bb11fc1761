//! Where the elements of a view lie: a shape with a stride for each axis, and the walk over them.

use crate::{MAX_RANK, Shape};

/// A shape with the distance in memory between neighbours along each axis.
///
/// Strides are never negative; a broadcast axis has stride 0. Strides behind the rank are 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) shape: Shape,
    pub(crate) strides: [usize; MAX_RANK],
}

impl Layout {
    /// Row-major without gaps: the last axis has stride 1.
    pub(crate) fn row_major(shape: Shape) -> Self {
        let mut strides = [0; MAX_RANK];
        let mut stride = 1;
        for axis in (0..shape.rank()).rev() {
            strides[axis] = stride;
            // Only an empty shape can overflow, and its strides are never used.
            stride = usize::wrapping_mul(stride, shape[axis]);
        }
        Self { shape, strides }
    }

    /// These axes, in this order.
    pub(crate) fn axes(&self, axes: impl IntoIterator<Item = usize> + Clone) -> Self {
        let mut strides = [0; MAX_RANK];
        for (stride, axis) in strides.iter_mut().zip(axes.clone()) {
            *stride = self.strides[axis];
        }
        Self { shape: axes.into_iter().map(|axis| self.shape[axis]).collect(), strides }
    }

    /// Repeats axes of length 1, and missing ones in front, up to `shape`; `None` if it cannot.
    pub(crate) fn broadcast(&self, shape: Shape) -> Option<Self> {
        let fits = self.shape.broadcast(&shape) == Some(shape) && shape.checked_len().is_some();
        if !fits {
            return None;
        }
        let mut strides = [0; MAX_RANK];
        let missing = shape.rank() - self.shape.rank();
        for (axis, &dim) in self.shape.dims().iter().enumerate() {
            strides[missing + axis] = if dim == 1 { 0 } else { self.strides[axis] };
        }
        Some(Self { shape, strides })
    }

    /// Whether the elements lie side by side in row-major order.
    pub(crate) fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        for axis in (0..self.shape.rank()).rev() {
            let dim = self.shape[axis];
            if dim != 1 && self.strides[axis] != expected {
                return self.shape.is_empty();
            }
            expected = usize::wrapping_mul(expected, dim);
        }
        true
    }

    /// Where an element lies; `None` if the index has another rank or is out of bounds.
    pub(crate) fn offset(&self, index: &[usize]) -> Option<usize> {
        let dims = self.shape.dims();
        if index.len() != dims.len() || index.iter().zip(dims).any(|(index, dim)| index >= dim) {
            return None;
        }
        Some(index.iter().zip(self.strides).map(|(index, stride)| index * stride).sum())
    }

    /// Length and stride of the last axis, (1, 0) for a scalar.
    pub(crate) fn last_axis(&self) -> (usize, usize) {
        match self.shape.rank() {
            0 => (1, 0),
            rank => (self.shape[rank - 1], self.strides[rank - 1]),
        }
    }
}

/// The places of the elements in row-major order, for `N` layouts of one shape at once.
#[derive(Clone, Debug)]
pub(crate) struct Offsets<const N: usize> {
    shape: Shape,
    strides: [[usize; MAX_RANK]; N],
    index: [usize; MAX_RANK],
    at: [usize; N],
    left: usize,
}

impl<const N: usize> Offsets<N> {
    /// Over the elements.
    pub(crate) fn new(shape: Shape, layouts: [&Layout; N]) -> Self {
        let strides = layouts.map(|layout| layout.strides);
        Self { shape, strides, index: [0; MAX_RANK], at: [0; N], left: shape.len() }
    }

    /// Over the first elements of the rows, along the last axis; a scalar is one row. No rows if
    /// they are empty.
    pub(crate) fn rows(shape: Shape, layouts: [&Layout; N]) -> Self {
        let outer = Shape::new(&shape.dims()[..shape.rank().saturating_sub(1)]);
        let left = if shape.is_empty() { 0 } else { outer.len() };
        Self { left, ..Self::new(outer, layouts) }
    }
}

impl<const N: usize> Iterator for Offsets<N> {
    type Item = [usize; N];

    fn next(&mut self) -> Option<[usize; N]> {
        self.left = self.left.checked_sub(1)?;
        let at = self.at;
        for axis in (0..self.shape.rank()).rev() {
            self.index[axis] += 1;
            for (at, strides) in self.at.iter_mut().zip(&self.strides) {
                *at += strides[axis];
            }
            if self.index[axis] < self.shape[axis] {
                break;
            }
            self.index[axis] = 0;
            for (at, strides) in self.at.iter_mut().zip(&self.strides) {
                *at -= strides[axis] * self.shape[axis];
            }
        }
        Some(at)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<const N: usize> ExactSizeIterator for Offsets<N> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn strides(layout: &Layout) -> &[usize] {
        &layout.strides[..layout.shape.rank()]
    }

    #[test]
    fn row_major_strides() {
        assert_eq!(strides(&Layout::row_major([2, 3, 4].into())), [12, 4, 1]);
        assert_eq!(strides(&Layout::row_major(Shape::default())), []);
    }

    #[test]
    fn broadcast_strides() {
        let layout = Layout::row_major([3, 1].into()).broadcast([2, 3, 4].into()).unwrap();
        assert_eq!(strides(&layout), [0, 1, 0]);
        assert!(Layout::row_major([2].into()).broadcast([1].into()).is_none(), "it never shrinks");
    }

    #[test]
    fn contiguity_ignores_axes_of_length_one() {
        let layout = Layout::row_major([2, 3].into());
        assert!(layout.is_contiguous());
        assert!(!layout.axes([1, 0]).is_contiguous());
        let one = Layout { shape: [1, 3].into(), strides: [7, 1, 0, 0, 0, 0, 0, 0] };
        assert!(one.is_contiguous());
        let repeated = Layout::row_major([1].into()).broadcast([3].into()).unwrap();
        assert!(!repeated.is_contiguous());
    }

    #[test]
    fn offsets_walk_row_major() {
        let layout = Layout::row_major([2, 3].into());
        let turned = layout.axes([1, 0]);
        let places: Vec<_> = Offsets::new(turned.shape, [&turned]).map(|[at]| at).collect();
        assert_eq!(places, [0, 3, 1, 4, 2, 5]);
        let rows: Vec<_> = Offsets::rows(turned.shape, [&turned]).map(|[at]| at).collect();
        assert_eq!(rows, [0, 1, 2]);
        let scalar = Layout::row_major(Shape::default());
        assert_eq!(Offsets::new(scalar.shape, [&scalar]).count(), 1);
        assert_eq!(Offsets::rows(scalar.shape, [&scalar]).count(), 1);
        let empty = Layout::row_major([3, 0].into());
        assert_eq!(Offsets::new(empty.shape, [&empty]).count(), 0);
        assert_eq!(Offsets::rows(empty.shape, [&empty]).count(), 0);
    }
}
