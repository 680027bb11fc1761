//! What happens to the sums when they are finished.

use neuropil_simd::{Float, Kernel, Lanes};

/// Element-wise work on the finished sums.
///
/// [`Plain`], [`Bias`] and [`BiasRelu`] are done in registers, before the sums are stored for the
/// last time; any other epilogue on pieces of rows that are still in the first-level cache.
///
/// ```
/// use neuropil_simd::{Float, Lanes};
/// use neuropil_tensor::gemm::{Epilogue, Matrix, MatrixMut, gemm, scratch_len};
///
/// /// C = 2 A B
/// #[derive(Clone, Copy)]
/// struct Double;
///
/// impl<T: Float> Epilogue<T> for Double {
///     #[inline(always)]
///     fn apply<V: Lanes<T>>(&self, x: V, _column: usize, _lanes: usize) -> V {
///         x + x
///     }
/// }
///
/// let (a, b, mut c) = ([1.0_f32, 2.0], [3.0, 4.0], [0.0]);
/// let mut scratch = vec![0.0; scratch_len::<f32>(1, 1, 2)];
/// gemm(Matrix::new(&a, 1, 2), Matrix::new(&b, 2, 1), 0.0, MatrixMut::new(&mut c, 1, 1), Double, &mut scratch);
/// assert_eq!(c, [22.0]);
/// ```
pub trait Epilogue<T: Float>: Copy + Sync {
    /// The number of columns that it has data for, compared with those of C before anything is
    /// computed; `None` if it takes any.
    #[inline]
    fn columns(&self) -> Option<usize> {
        None
    }

    /// What can be done in registers; `None` for `apply` on what was stored.
    #[doc(hidden)]
    #[inline]
    fn fused(&self) -> Option<Fused<'_, T>> {
        None
    }

    /// The new value of the `lanes <= V::LEN` neighbours `x` of a row that begin at `column`;
    /// what the lanes behind them hold does not matter. Must be `#[inline(always)]`.
    fn apply<V: Lanes<T>>(&self, x: V, column: usize, lanes: usize) -> V;
}

/// C as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

/// C plus a bias, one number a column: `[cols]`.
#[derive(Clone, Copy, Debug)]
pub struct Bias<'a, T>(pub &'a [T]);

/// max(C + bias, 0), the bias one number a column: `[cols]`. NaN stays NaN.
#[derive(Clone, Copy, Debug)]
pub struct BiasRelu<'a, T>(pub &'a [T]);

/// The epilogues that the tile kernel has: a bias or none, then a rectifier or none.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Fused<'a, T> {
    pub(super) bias: Option<&'a [T]>,
    pub(super) relu: bool,
}

impl<T: Float> Fused<'_, T> {
    /// Leaves all as it is.
    pub(super) const NONE: Self = Self { bias: None, relu: false };
}

impl<T: Float> Epilogue<T> for Plain {
    #[inline]
    fn fused(&self) -> Option<Fused<'_, T>> {
        Some(Fused::NONE)
    }

    #[inline(always)]
    fn apply<V: Lanes<T>>(&self, x: V, _column: usize, _lanes: usize) -> V {
        x
    }
}

impl<T: Float> Epilogue<T> for Bias<'_, T> {
    #[inline]
    fn columns(&self) -> Option<usize> {
        Some(self.0.len())
    }

    #[inline]
    fn fused(&self) -> Option<Fused<'_, T>> {
        Some(Fused { bias: Some(self.0), relu: false })
    }

    #[inline(always)]
    fn apply<V: Lanes<T>>(&self, x: V, column: usize, lanes: usize) -> V {
        x + load(&self.0[column..column + lanes])
    }
}

impl<T: Float> Epilogue<T> for BiasRelu<'_, T> {
    #[inline]
    fn columns(&self) -> Option<usize> {
        Some(self.0.len())
    }

    #[inline]
    fn fused(&self) -> Option<Fused<'_, T>> {
        Some(Fused { bias: Some(self.0), relu: true })
    }

    #[inline(always)]
    fn apply<V: Lanes<T>>(&self, x: V, column: usize, lanes: usize) -> V {
        relu(Bias(self.0).apply(x, column, lanes))
    }
}

/// max(x, 0); NaN stays NaN, since `max` gives its right operand when one is NaN.
#[inline(always)]
pub(super) fn relu<T: Float, V: Lanes<T>>(x: V) -> V {
    V::splat(T::ZERO).max(x)
}

/// A full vector or a part of one.
#[inline(always)]
pub(super) fn load<T: Float, V: Lanes<T>>(x: &[T]) -> V {
    if x.len() < V::LEN { V::load_partial(x) } else { V::load(x) }
}

/// An epilogue on a piece of a row that begins at `column`.
pub(super) struct Apply<'a, T, E> {
    pub epilogue: E,
    pub piece: &'a mut [T],
    pub column: usize,
}

impl<T: Float, E: Epilogue<T>> Kernel<T> for Apply<'_, T, E> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let mut column = self.column;
        let mut pieces = self.piece.chunks_exact_mut(V::LEN);
        for piece in &mut pieces {
            self.epilogue.apply(V::load(piece), column, V::LEN).store(piece);
            column += V::LEN;
        }
        let rest = pieces.into_remainder();
        if !rest.is_empty() {
            self.epilogue.apply(V::load_partial(rest), column, rest.len()).store_partial(rest);
        }
    }
}
