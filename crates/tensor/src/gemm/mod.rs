//! Matrix products, C = beta C + A B, the same to the bit however they are computed.
//!
//! ```
//! use neuropil_tensor::gemm::{BiasRelu, Matrix, MatrixMut, gemm, scratch_len};
//!
//! // A layer of a network on two samples: max(x w + bias, 0).
//! let x = [1.0_f32, 2.0, 3.0, -1.0, 0.0, 1.0]; // [2, 3]
//! let w = [1.0, -1.0, 2.0, 0.5, 0.0, 1.0]; // [3, 2]
//! let bias = [0.5, -4.0];
//! let mut y = [f32::NAN; 4]; // [2, 2]; with beta 0 it is not read
//!
//! let mut scratch = vec![0.0; scratch_len::<f32>(2, 2, 3)];
//! let (a, b) = (Matrix::new(&x, 2, 3), Matrix::new(&w, 3, 2));
//! gemm(a, b, 0.0, MatrixMut::new(&mut y, 2, 2), BiasRelu(&bias), &mut scratch);
//! assert_eq!(y, [5.5, 0.0, 0.0, 0.0]);
//!
//! // The gradient of the weights, x^T dy, added to what is there.
//! let (dy, mut dw) = ([1.0, 0.0, 0.0, 1.0], [10.0; 6]);
//! let c = MatrixMut::new(&mut dw, 3, 2);
//! let dy = Matrix::new(&dy, 2, 2);
//! gemm(a.transposed(), dy, 1.0, c, neuropil_tensor::gemm::Plain, &mut scratch);
//! assert_eq!(dw, [11.0, 9.0, 12.0, 10.0, 13.0, 11.0]);
//! ```
//!
//! # The promise about bits
//! Element (i, j) is one chain of multiply-adds in ascending k that begins with beta C(i, j):
//!
//! ```text
//! x = beta = 0 ? 0 : beta * c[i][j]
//! for p in 0..k { x = a[i][p] * b[p][j] + x }   rounded once where the level fuses, else twice
//! c[i][j] = epilogue(x)
//! ```
//!
//! Nothing else enters: not the other rows (a sample gives the same bits alone and in any batch),
//! not the strides, not whether an operand is packed, not the number of threads. Levels that fuse,
//! AVX2 and AVX-512, give equal bits. Zeros are not skipped, so infinities and NaN show wherever
//! arithmetic says so. With beta = 0, C is not read and may hold anything.
//!
//! # How it goes
//! A tile of C, six rows by two to four vectors, stays in registers while a block of the sum, up
//! to 384 terms, is added to it (`tile`). For each panel of B as wide as a tile, which stays in
//! the first-level cache, all rows of a block of A, which stays in the second, are gone through
//! (`drive`). Between blocks of the sum C waits in memory, which rounds nothing.
//!
//! Both operands are read where they lie, whatever their strides, unless a copy pays (`blocks`
//! says when, `pack` makes it): B if its rows are not contiguous, if their distance makes them
//! compete for the same cache lines, or if it is large and met by many rows; A for the like. A B
//! that many products share can be packed once, as [`Packed`].
//!
//! Products of at least twice [`grain::PRODUCT`](crate::grain::PRODUCT) multiplications are spread over the threads of
//! the rayon pool they are called in, by a grid over C and never over the sum (`parallel`); smaller
//! ones never touch the pool. From outside a pool it takes four times as many.
//!
//! A single row that goes through several matrices, a sample through a network, has a kernel of its
//! own with the same bits, [`RowLayers`] (`vector`).
//!
//! Nothing is allocated: copies go to the scratch that the caller lends, [`scratch_len`] numbers.

mod blocks;
mod drive;
mod epilogue;
mod matrix;
mod operand;
mod pack;
mod packed;
mod parallel;
mod tile;
mod vector;

pub use epilogue::{Bias, BiasRelu, Epilogue, Plain};
pub use matrix::{Matrix, MatrixMut};
pub use packed::{Packed, Right};
pub use vector::{RowLayer, RowLayers};

pub(crate) use blocks::tile_vectors;
pub(crate) use drive::Part;
pub(crate) use pack::PackRight;
pub(crate) use tile::{load, store};

use drive::{Finish, Product, Target};
use epilogue::{Apply, Fused};
use neuropil_simd::{Float, Level, at};

/// The numbers of scratch that any product of `[m, k]` and `[k, n]` may need on the threads of
/// the present pool: a function of these alone.
///
/// In a pool of fewer threads it is enough, too; in one of more, fewer threads are used.
///
/// ```
/// use neuropil_tensor::gemm::scratch_len;
/// assert!(scratch_len::<f32>(64, 128, 784) < 100_000);
/// ```
pub fn scratch_len<T: Float>(m: usize, n: usize, k: usize) -> usize {
    parallel::scratch_len::<T>(m, n, k)
}

/// The scratch that any product of at most so many rows, columns and terms needs on one thread.
pub(crate) fn alone_scratch_len<T: Float>(m: usize, n: usize, k: usize) -> usize {
    parallel::alone_scratch_len::<T>(m, n, k)
}

/// The scratch that a product needs on the threads of the present pool, and that suffices for any
/// smaller one.
pub(crate) fn most_scratch_len<T: Float>(m: usize, n: usize, k: usize) -> usize {
    scratch_len::<T>(m, n, k).max(alone_scratch_len::<T>(m, n, k))
}

/// C = beta C + A B, or + bias, on the calling thread: for callers that share out what is around it.
#[inline]
#[track_caller]
pub(crate) fn alone<T: Float>(
    level: Level,
    a: Matrix<'_, T>,
    b: Right<'_, T>,
    beta: T,
    c: MatrixMut<'_, T>,
    bias: Option<&[T]>,
    scratch: &mut [T],
) {
    let epilogue = Fused { bias, relu: false };
    run(level, a, b, beta, c, epilogue, None, scratch, true);
}

/// C = beta C + A B, then the epilogue: A is `[m, k]`, B `[k, n]`, C `[m, n]`.
///
/// A transposed operand is a [`Matrix`] with its strides exchanged, [`Matrix::transposed`]. With
/// `beta` zero C is not read. With k zero C = beta C, then the epilogue. What the scratch holds
/// does not matter. See the [module](self) for an example and for what the bits depend on.
///
/// # Panics
/// If the shapes do not fit each other, if the epilogue has data for another number of columns,
/// if B was packed for another level than [`Level::current`], or if the scratch is shorter than
/// [`scratch_len`] says for one thread.
#[inline]
#[track_caller]
pub fn gemm<'a, T: Float, E: Epilogue<T>>(
    a: Matrix<'_, T>,
    b: impl Into<Right<'a, T>>,
    beta: T,
    c: MatrixMut<'_, T>,
    epilogue: E,
    scratch: &mut [T],
) {
    product(Level::current(), a, b.into(), beta, c, epilogue, None, scratch);
}

/// [`gemm`] with a function that gets each finished piece of a row of C while it is in the cache,
/// after the epilogue: any element-wise activation.
///
/// The pieces are up to some hundred numbers long; together they are all of C, each number once,
/// in no particular order and perhaps on several threads.
///
/// ```
/// use neuropil_tensor::gemm::{Bias, Matrix, MatrixMut, gemm_finish, scratch_len};
///
/// let (x, w, bias, mut y) = ([1.0_f64, 2.0], [3.0, -4.0], [5.0], [0.0]);
/// let mut scratch = vec![0.0; scratch_len::<f64>(1, 1, 2)];
/// let square = |piece: &mut [f64]| piece.iter_mut().for_each(|y| *y *= *y);
/// let (a, b) = (Matrix::new(&x, 1, 2), Matrix::new(&w, 2, 1));
/// gemm_finish(a, b, 0.0, MatrixMut::new(&mut y, 1, 1), Bias(&bias), &square, &mut scratch);
/// assert_eq!(y, [0.0]);
/// ```
///
/// # Panics
/// As [`gemm`].
#[inline]
#[track_caller]
pub fn gemm_finish<'a, T: Float, E: Epilogue<T>>(
    a: Matrix<'_, T>,
    b: impl Into<Right<'a, T>>,
    beta: T,
    c: MatrixMut<'_, T>,
    epilogue: E,
    finish: &(dyn Fn(&mut [T]) + Sync),
    scratch: &mut [T],
) {
    product(Level::current(), a, b.into(), beta, c, epilogue, Some(finish), scratch);
}

/// [`gemm`] at a chosen level, for tests and benchmarks.
///
/// # Panics
/// As [`gemm`], and if this machine lacks the level.
#[inline]
#[track_caller]
pub fn gemm_at<'a, T: Float, E: Epilogue<T>>(
    level: Level,
    a: Matrix<'_, T>,
    b: impl Into<Right<'a, T>>,
    beta: T,
    c: MatrixMut<'_, T>,
    epilogue: E,
    scratch: &mut [T],
) {
    product(level, a, b.into(), beta, c, epilogue, None, scratch);
}

/// What [`gemm_finish`] takes.
type Pieces<'a, T> = &'a (dyn Fn(&mut [T]) + Sync);

/// Any epilogue and any function for finished pieces.
#[allow(clippy::too_many_arguments)] // The union of those of the public functions.
#[inline]
#[track_caller]
fn product<T: Float, E: Epilogue<T>>(
    level: Level,
    a: Matrix<'_, T>,
    b: Right<'_, T>,
    beta: T,
    c: MatrixMut<'_, T>,
    epilogue: E,
    finish: Option<Pieces<'_, T>>,
    scratch: &mut [T],
) {
    if let Some(columns) = epilogue.columns() {
        assert!(
            columns == c.cols,
            "gemm: an epilogue for {columns} columns where C has {}",
            c.cols
        );
    }
    match (epilogue.fused(), finish) {
        (Some(fused), None) => run(level, a, b, beta, c, fused, None, scratch, false),
        (Some(fused), Some(finish)) => {
            run(level, a, b, beta, c, fused, Some(&|piece, _| finish(piece)), scratch, false)
        }
        (None, finish) => {
            let both = |piece: &mut [T], column: usize| {
                at(level, Apply { epilogue, piece: &mut *piece, column });
                if let Some(finish) = finish {
                    finish(piece);
                }
            };
            run(level, a, b, beta, c, Fused::NONE, Some(&both), scratch, false)
        }
    }
}

#[allow(clippy::too_many_arguments)] // As above.
#[track_caller]
fn run<T: Float>(
    level: Level,
    a: Matrix<'_, T>,
    b: Right<'_, T>,
    beta: T,
    c: MatrixMut<'_, T>,
    epilogue: Fused<'_, T>,
    finish: Option<Finish<'_, T>>,
    scratch: &mut [T],
    alone: bool,
) {
    let (m, n, k) = (c.rows, c.cols, a.cols);
    assert!(
        a.rows == m && b.rows() == k && b.cols() == n,
        "gemm: [{}, {k}] times [{}, {}] into [{m}, {n}]",
        a.rows,
        b.rows(),
        b.cols(),
    );
    if let Right::Packed(packed) = b {
        assert!(
            packed.level == level,
            "gemm: B was packed for {}, the product runs at {level}",
            packed.level
        );
    }
    if m == 0 || n == 0 {
        return;
    }
    let c = Target { data: c.data.as_mut_ptr(), row_stride: c.row_stride };
    let product = Product { a, b, beta, c, epilogue, finish };
    // SAFETY: C was a unique borrow, and has these rows and columns.
    unsafe { parallel::run(level, &product, m, n, scratch, alone) }
}
