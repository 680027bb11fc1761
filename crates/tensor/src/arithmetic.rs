//! Element by element: `map`, `zip_with`, the operators, and comparison within a tolerance.
//!
//! Two operands broadcast by [`Shape::broadcast`](crate::Shape::broadcast). The operators panic if they do not fit, as an
//! index out of bounds does; the functions return an error.

use crate::layout::Offsets;
use crate::{ShapeError, Tensor, View};
use neuropil_simd::Float;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// Element by element.
impl<T: Float> View<'_, T> {
    /// `f` of each element.
    pub fn map(self, f: impl Fn(T) -> T) -> Tensor<T> {
        let mut result = self.to_tensor();
        result.map_in_place(f);
        result
    }

    /// `f` of each pair of elements.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let (x, limit) = (Tensor::from([[1.0_f32, 5.0], [7.0, 2.0]]), Tensor::from([3.0, 4.0]));
    /// assert_eq!(x.zip_with(&limit, f32::min)?, Tensor::from([[1.0, 4.0], [3.0, 2.0]]));
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Mismatch`] if the shapes do not broadcast.
    pub fn zip_with<'b>(
        self,
        other: impl Into<View<'b, T>>,
        f: impl Fn(T, T) -> T,
    ) -> Result<Tensor<T>, ShapeError> {
        self.zip_named("zip_with", other.into(), f)
    }

    fn zip_named(
        self,
        op: &'static str,
        other: View<'_, T>,
        f: impl Fn(T, T) -> T,
    ) -> Result<Tensor<T>, ShapeError> {
        let shape = self
            .shape()
            .broadcast(&other.shape())
            .ok_or_else(|| ShapeError::mismatch(op, self.shape(), other.shape()))?;
        let (x, y) = (self.broadcast_to(shape)?, other.broadcast_to(shape)?);
        let mut result = Tensor::zeros(shape);
        fill_zipped(result.as_mut_slice(), x, y, f);
        Ok(result)
    }

    /// Whether the shapes are equal and all elements are close: |x - y| <= `absolute` + `relative`
    /// |y| (NumPy's `allclose`). Equal infinities are close, NaN is close to nothing.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let x = Tensor::from([1.0_f64, 1000.0]);
    /// assert!(x.all_close(&Tensor::from([1.0001, 1000.1]), 1e-3, 0.0));
    /// assert!(!x.all_close(&Tensor::from([1.01, 1000.1]), 1e-3, 0.0));
    /// ```
    pub fn all_close<'b>(
        self,
        other: impl Into<View<'b, T>>,
        relative: f64,
        absolute: f64,
    ) -> bool {
        let other = other.into();
        self.shape() == other.shape()
            && self.iter().zip(other.iter()).all(|(&x, &y)| {
                let difference = (x.to_f64() - y.to_f64()).abs();
                x == y || difference <= absolute + relative * y.to_f64().abs() && y.is_finite()
            })
    }
}

/// Element by element.
impl<T: Float> Tensor<T> {
    /// `f` of each element.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let x = Tensor::from([1.0_f32, 4.0, 9.0]);
    /// assert_eq!(x.map(f32::sqrt), Tensor::from([1.0, 2.0, 3.0]));
    /// ```
    pub fn map(&self, f: impl Fn(T) -> T) -> Self {
        self.view().map(f)
    }

    /// Replaces each element by `f` of it.
    pub fn map_in_place(&mut self, f: impl Fn(T) -> T) {
        for x in self.iter_mut() {
            *x = f(*x);
        }
    }

    /// `f` of each pair of elements; see [`View::zip_with`].
    ///
    /// # Errors
    /// As there.
    pub fn zip_with<'b>(
        &self,
        other: impl Into<View<'b, T>>,
        f: impl Fn(T, T) -> T,
    ) -> Result<Self, ShapeError> {
        self.view().zip_with(other, f)
    }

    /// Replaces each element by `f` of it and the other tensor's, which broadcasts to this one's
    /// shape.
    ///
    /// # Errors
    /// [`ShapeError::Mismatch`] if it does not.
    pub fn zip_in_place<'b>(
        &mut self,
        other: impl Into<View<'b, T>>,
        f: impl Fn(T, T) -> T,
    ) -> Result<(), ShapeError> {
        self.zip_in_place_named("zip_in_place", other.into(), f)
    }

    fn zip_in_place_named(
        &mut self,
        op: &'static str,
        other: View<'_, T>,
        f: impl Fn(T, T) -> T,
    ) -> Result<(), ShapeError> {
        let shape = self.shape();
        let other = other
            .broadcast_to(shape)
            .map_err(|_| ShapeError::mismatch(op, shape, other.shape()))?;
        let (data, layout) = other.parts();
        let (width, stride) = layout.last_axis();
        let starts = Offsets::rows(shape, [layout]);
        for (row, [start]) in self.rows_mut().zip(starts) {
            if stride == 1 {
                for (x, &y) in row.iter_mut().zip(&data[start..start + width]) {
                    *x = f(*x, y);
                }
            } else {
                for (j, x) in row.iter_mut().enumerate() {
                    *x = f(*x, data[start + j * stride]);
                }
            }
        }
        Ok(())
    }

    /// Whether the shapes are equal and all elements are close; see [`View::all_close`].
    pub fn all_close<'b>(
        &self,
        other: impl Into<View<'b, T>>,
        relative: f64,
        absolute: f64,
    ) -> bool {
        self.view().all_close(other, relative, absolute)
    }
}

/// z = f(x, y), all of one shape.
fn fill_zipped<T: Float>(z: &mut [T], x: View<'_, T>, y: View<'_, T>, f: impl Fn(T, T) -> T) {
    let ((x, x_layout), (y, y_layout)) = (x.parts(), y.parts());
    let ((width, dx), (_, dy)) = (x_layout.last_axis(), y_layout.last_axis());
    let starts = Offsets::rows(x_layout.shape, [x_layout, y_layout]);
    for (row, [i, j]) in z.chunks_exact_mut(width.max(1)).zip(starts) {
        match (dx, dy) {
            (1, 1) => {
                let (x, y) = (&x[i..i + width], &y[j..j + width]);
                for ((z, &x), &y) in row.iter_mut().zip(x).zip(y) {
                    *z = f(x, y);
                }
            }
            (1, 0) => {
                for (z, &x) in row.iter_mut().zip(&x[i..i + width]) {
                    *z = f(x, y[j]);
                }
            }
            (0, 1) => {
                for (z, &y) in row.iter_mut().zip(&y[j..j + width]) {
                    *z = f(x[i], y);
                }
            }
            _ => {
                for (k, z) in row.iter_mut().enumerate() {
                    *z = f(x[i + k * dx], y[j + k * dy]);
                }
            }
        }
    }
}

/// The result, or a panic with the error's message at the caller's line.
#[track_caller]
fn fitting<T>(result: Result<T, ShapeError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// The operators of one name for all kinds of operands.
macro_rules! operator {
    ($Op:ident $op:ident, $OpAssign:ident $op_assign:ident, $try_op:ident, $symbol:tt, $name:literal) => {
        impl<T: Float> View<'_, T> {
            #[doc = concat!("x ", stringify!($symbol), " y for each pair of elements.")]
            ///
            /// # Errors
            /// [`ShapeError::Mismatch`] if the shapes do not broadcast.
            pub fn $try_op<'b>(self, other: impl Into<View<'b, T>>) -> Result<Tensor<T>, ShapeError> {
                self.zip_named($name, other.into(), |x, y| x $symbol y)
            }
        }

        impl<T: Float> Tensor<T> {
            #[doc = concat!("x ", stringify!($symbol), " y for each pair of elements.")]
            ///
            /// # Errors
            /// [`ShapeError::Mismatch`] if the shapes do not broadcast.
            pub fn $try_op<'b>(&self, other: impl Into<View<'b, T>>) -> Result<Self, ShapeError> {
                self.view().$try_op(other)
            }
        }

        operator!(@pair $Op $op $try_op, &Tensor<T>, &Tensor<T>, |x| x, |y| y);
        operator!(@pair $Op $op $try_op, &Tensor<T>, Tensor<T>, |x| x, |y| &y);
        operator!(@pair $Op $op $try_op, &Tensor<T>, View<'_, T>, |x| x, |y| y);
        operator!(@pair $Op $op $try_op, Tensor<T>, &Tensor<T>, |x| x, |y| y);
        operator!(@pair $Op $op $try_op, Tensor<T>, Tensor<T>, |x| x, |y| &y);
        operator!(@pair $Op $op $try_op, Tensor<T>, View<'_, T>, |x| x, |y| y);
        operator!(@pair $Op $op $try_op, View<'_, T>, &Tensor<T>, |x| x, |y| y);
        operator!(@pair $Op $op $try_op, View<'_, T>, Tensor<T>, |x| x, |y| &y);
        operator!(@pair $Op $op $try_op, View<'_, T>, View<'_, T>, |x| x, |y| y);

        operator!(@number $Op $op $symbol, &Tensor<T>);
        operator!(@number $Op $op $symbol, Tensor<T>);
        operator!(@number $Op $op $symbol, View<'_, T>);

        operator!(@left f32, $Op $op $symbol);
        operator!(@left f64, $Op $op $symbol);

        operator!(@assign $OpAssign $op_assign $symbol $name, &Tensor<T>, |y| y);
        operator!(@assign $OpAssign $op_assign $symbol $name, Tensor<T>, |y| &y);
        operator!(@assign $OpAssign $op_assign $symbol $name, View<'_, T>, |y| y);

        impl<T: Float> $OpAssign<T> for Tensor<T> {
            fn $op_assign(&mut self, y: T) {
                self.map_in_place(|x| x $symbol y);
            }
        }
    };
    (@pair $Op:ident $op:ident $try_op:ident, $Left:ty, $Right:ty, |$x:ident| $left:expr, |$y:ident| $right:expr) => {
        impl<T: Float> $Op<$Right> for $Left {
            type Output = Tensor<T>;

            /// # Panics
            /// If the shapes do not broadcast.
            #[track_caller]
            fn $op(self, $y: $Right) -> Tensor<T> {
                let $x = self;
                fitting($left.$try_op($right))
            }
        }
    };
    (@number $Op:ident $op:ident $symbol:tt, $Left:ty) => {
        impl<T: Float> $Op<T> for $Left {
            type Output = Tensor<T>;
            fn $op(self, y: T) -> Tensor<T> {
                self.map(|x| x $symbol y)
            }
        }
    };
    // A foreign type on the left cannot be generic.
    (@left $float:ident, $Op:ident $op:ident $symbol:tt) => {
        impl $Op<&Tensor<$float>> for $float {
            type Output = Tensor<$float>;
            fn $op(self, y: &Tensor<$float>) -> Tensor<$float> {
                y.map(|y| self $symbol y)
            }
        }
        impl $Op<Tensor<$float>> for $float {
            type Output = Tensor<$float>;
            fn $op(self, y: Tensor<$float>) -> Tensor<$float> {
                y.map(|y| self $symbol y)
            }
        }
        impl $Op<View<'_, $float>> for $float {
            type Output = Tensor<$float>;
            fn $op(self, y: View<'_, $float>) -> Tensor<$float> {
                y.map(|y| self $symbol y)
            }
        }
    };
    (@assign $OpAssign:ident $op_assign:ident $symbol:tt $name:literal, $Right:ty, |$y:ident| $right:expr) => {
        impl<T: Float> $OpAssign<$Right> for Tensor<T> {
            /// # Panics
            /// If the right shape does not broadcast to the left one.
            #[track_caller]
            fn $op_assign(&mut self, $y: $Right) {
                fitting(self.zip_in_place_named($name, View::from($right), |x, y| x $symbol y));
            }
        }
    };
}

operator!(Add add, AddAssign add_assign, try_add, +, "add");
operator!(Sub sub, SubAssign sub_assign, try_sub, -, "sub");
operator!(Mul mul, MulAssign mul_assign, try_mul, *, "mul");
operator!(Div div, DivAssign div_assign, try_div, /, "div");

impl<T: Float> Neg for &Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        self.map(|x| -x)
    }
}

impl<T: Float> Neg for Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        self.map(|x| -x)
    }
}

impl<T: Float> Neg for View<'_, T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        self.map(|x| -x)
    }
}
