//! The lengths of a tensor's axes, without a heap.

use std::fmt;
use std::ops::Index;

/// The most axes that a [`Shape`] has.
pub const MAX_RANK: usize = 8;

/// The lengths of a tensor's axes, outermost first: `[rows, width]` for a matrix, `[]` for a
/// scalar.
///
/// It is `Copy` and lives on the stack. Whatever names axis lengths converts to it: an array, a
/// slice, a vector, one number for a vector's length.
///
/// ```
/// use neuropil_tensor::Shape;
///
/// let shape = Shape::from([64, 784]);
/// assert_eq!(shape.dims(), [64, 784]);
/// assert_eq!((shape.rank(), shape.len(), shape.width()), (2, 50_176, 784));
/// assert_eq!(shape.to_string(), "[64, 784]");
/// assert_eq!(Shape::default().len(), 1);
/// ```
#[derive(Copy, Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape {
    // Places behind the rank stay zero, so that the derived comparison and hash are right.
    dims: [usize; MAX_RANK],
    rank: usize,
}

impl Shape {
    /// A shape with these axis lengths.
    ///
    /// # Panics
    /// If there are more than [`MAX_RANK`] of them.
    pub fn new(dims: &[usize]) -> Self {
        let rank = dims.len();
        assert!(rank <= MAX_RANK, "a shape has at most {MAX_RANK} axes, got {rank}: {dims:?}");
        let mut shape = Self { dims: [0; MAX_RANK], rank };
        shape.dims[..rank].copy_from_slice(dims);
        shape
    }

    /// The lengths of the axes, outermost first.
    #[inline]
    pub fn dims(&self) -> &[usize] {
        &self.dims[..self.rank]
    }

    /// How many axes there are: 0 for a scalar.
    #[inline]
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// How many numbers a tensor of this shape holds: the product of the axis lengths, 1 for a
    /// scalar.
    ///
    /// # Panics
    /// If the product is more than a `usize` holds; see [`checked_len`](Self::checked_len).
    #[inline]
    pub fn len(&self) -> usize {
        match self.checked_len() {
            Some(len) => len,
            None => panic!("shape {self} has more elements than a usize counts"),
        }
    }

    /// [`len`](Self::len), or `None` if that is more than a `usize` holds: for shapes read from
    /// files.
    #[inline]
    pub fn checked_len(&self) -> Option<usize> {
        if self.is_empty() {
            return Some(0);
        }
        self.dims().iter().try_fold(1_usize, |len, &dim| len.checked_mul(dim))
    }

    /// Whether there are no elements, because an axis has length 0.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.dims().contains(&0)
    }

    /// The length of the last axis, along which a row lies; 1 for a scalar.
    #[inline]
    pub fn width(&self) -> usize {
        self.dims().last().copied().unwrap_or(1)
    }

    /// This shape with an axis of length `rows` in front: a batch of samples.
    ///
    /// ```
    /// use neuropil_tensor::Shape;
    /// assert_eq!(Shape::from([28, 28]).batch(64), Shape::from([64, 28, 28]));
    /// ```
    ///
    /// # Panics
    /// If the shape has [`MAX_RANK`] axes already.
    pub fn batch(&self, rows: usize) -> Self {
        let rank = self.rank;
        assert!(rank < MAX_RANK, "a shape has at most {MAX_RANK} axes: no batch axis for {self}");
        let mut shape = Self { dims: [0; MAX_RANK], rank: rank + 1 };
        shape.dims[0] = rows;
        shape.dims[1..=rank].copy_from_slice(self.dims());
        shape
    }

    /// The shape that this one and `other` broadcast to, by NumPy's rule: align the last axes; two
    /// lengths fit if they are equal or one of them is 1, and a missing axis counts as 1.
    ///
    /// `None` if they do not fit.
    ///
    /// ```
    /// use neuropil_tensor::Shape;
    /// let batch = Shape::from([64, 10]);
    /// assert_eq!(batch.broadcast(&Shape::from([10])), Some(batch));
    /// assert_eq!(batch.broadcast(&Shape::from([64, 1])), Some(batch));
    /// assert_eq!(batch.broadcast(&Shape::from([64])), None);
    /// ```
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let (long, short) = if self.rank >= other.rank { (self, other) } else { (other, self) };
        let mut shape = *long;
        let missing = long.rank - short.rank;
        for (dim, &other) in shape.dims[missing..].iter_mut().zip(short.dims()) {
            match (*dim, other) {
                (_, 1) => {}
                (1, _) => *dim = other,
                (left, right) if left == right => {}
                _ => return None,
            }
        }
        Some(shape)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    /// # Panics
    /// If `N` is more than [`MAX_RANK`].
    fn from(dims: [usize; N]) -> Self {
        Self::new(&dims)
    }
}

impl From<usize> for Shape {
    /// A vector's shape, `[len]`.
    fn from(len: usize) -> Self {
        Self::new(&[len])
    }
}

impl From<&[usize]> for Shape {
    /// # Panics
    /// If there are more than [`MAX_RANK`] lengths.
    fn from(dims: &[usize]) -> Self {
        Self::new(dims)
    }
}

impl From<Vec<usize>> for Shape {
    /// # Panics
    /// If there are more than [`MAX_RANK`] lengths.
    fn from(dims: Vec<usize>) -> Self {
        Self::new(&dims)
    }
}

impl FromIterator<usize> for Shape {
    /// # Panics
    /// If there are more than [`MAX_RANK`] lengths.
    fn from_iter<I: IntoIterator<Item = usize>>(dims: I) -> Self {
        let mut shape = Self::default();
        for dim in dims {
            assert!(
                shape.rank < MAX_RANK,
                "a shape has at most {MAX_RANK} axes, got more than {shape}"
            );
            shape.dims[shape.rank] = dim;
            shape.rank += 1;
        }
        shape
    }
}

impl Index<usize> for Shape {
    type Output = usize;

    /// The length of an axis.
    ///
    /// # Panics
    /// If there is no such axis.
    #[inline]
    fn index(&self, axis: usize) -> &usize {
        &self.dims()[axis]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (axis, dim) in self.dims().iter().enumerate() {
            if axis > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{dim}")?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn all_conversions_agree() {
        let shape = Shape::new(&[2, 3, 4]);
        assert_eq!(shape, Shape::from([2, 3, 4]));
        assert_eq!(shape, Shape::from(vec![2, 3, 4]));
        assert_eq!(shape, Shape::from(&[2, 3, 4][..]));
        assert_eq!(shape, (2..5).collect());
        assert_eq!(Shape::from(7), Shape::from([7]));
        assert_eq!(Shape::default(), Shape::from([]));
        assert_eq!(
            HashSet::from([shape, Shape::from([2, 3, 4]), Shape::from([2, 3, 4, 0])]).len(),
            2
        );
    }

    #[test]
    fn lengths() {
        assert_eq!(Shape::from([2, 3, 4]).len(), 24);
        assert_eq!(Shape::from([2, 0, 4]).len(), 0);
        assert!(Shape::from([2, 0]).is_empty() && !Shape::default().is_empty());
        assert_eq!((Shape::default().len(), Shape::default().width()), (1, 1));
        assert_eq!(Shape::from([usize::MAX, 2]).checked_len(), None);
        assert_eq!(Shape::from([usize::MAX, 2, 0]).checked_len(), Some(0));
        assert_eq!(Shape::from([5, 6])[1], 6);
    }

    #[test]
    #[should_panic(expected = "at most 8 axes, got 9")]
    fn too_many_axes() {
        Shape::new(&[1; 9]);
    }

    #[test]
    #[should_panic(expected = "at most 8 axes")]
    fn too_many_axes_iterated() {
        let _: Shape = std::iter::repeat_n(1, 9).collect();
    }

    #[test]
    #[should_panic(expected = "[18446744073709551615, 2]")]
    #[cfg(target_pointer_width = "64")]
    fn uncountable() {
        Shape::from([usize::MAX, 2]).len();
    }

    #[test]
    fn broadcasting() {
        let fits = |left: &[usize], right: &[usize]| Shape::new(left).broadcast(&Shape::new(right));
        assert_eq!(fits(&[], &[2, 3]), Some([2, 3].into()));
        assert_eq!(fits(&[2, 1], &[3]), Some([2, 3].into()));
        assert_eq!(fits(&[4, 1, 3], &[2, 1]), Some([4, 2, 3].into()));
        assert_eq!(fits(&[1], &[0]), Some([0].into()));
        assert_eq!(fits(&[2], &[0]), None);
        assert_eq!(fits(&[2, 3], &[2]), None);
    }
}
