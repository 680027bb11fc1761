//! The tile kernel: a few rows and vectors of C, held in registers over a block of the sum.

use super::blocks::tile_vectors;
use super::epilogue::{Fused, load as load_slice, relu};
use neuropil_simd::{Float, Lanes};

/// The terms of a tile's sums: rows of A and columns of B, wherever they lie.
///
/// Number (i, p) of A is `a[i * a_row + p * a_step]`. Row p of B begins at `b[p * b_step]`, and
/// each following panel of it `b_panel` further.
#[derive(Clone, Copy)]
pub(super) struct Terms<T> {
    /// Terms of each sum.
    pub len: usize,
    /// How many rows of B, from the first, may be read over the whole width of the tile, even
    /// where C is narrower.
    pub full: usize,
    pub a: *const T,
    pub a_row: usize,
    pub a_step: usize,
    pub b: *const T,
    pub b_step: usize,
    pub b_panel: usize,
}

/// Where a tile's sums go: row i at `c[i * c_row]`, `width` numbers of it.
#[derive(Clone, Copy)]
pub(super) struct Place<T> {
    pub c: *mut T,
    pub c_row: usize,
    pub width: usize,
    /// The column of the whole C at which the tile begins.
    pub column: usize,
}

/// What a sum begins with and ends in.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a, T> {
    /// The factor of C with which the sum begins; `None` leaves C unread and begins with zero.
    pub beta: Option<T>,
    /// The epilogue, if the sum ends here.
    pub epilogue: Option<Fused<'a, T>>,
}

impl<'a, T: Float> Ends<'a, T> {
    /// Those of a block of the sum that is the first, the last, both or neither.
    #[inline(always)]
    pub fn new(beta: T, epilogue: Fused<'a, T>, first: bool, last: bool) -> Self {
        let beta = match first {
            false => Some(T::ONE),
            true if beta == T::ZERO => None,
            true => Some(beta),
        };
        Self { beta, epilogue: last.then_some(epilogue) }
    }
}

/// C = beta C + A B over `ROWS` rows and `VECTORS` vectors, then the epilogue.
///
/// # Safety
/// For all rows and columns below `ROWS` and `place.width`, and all terms below `terms.len`,
/// the numbers of A and B are valid for reading and those of C for reading and writing, and
/// nobody else has access to those of C. The first `terms.full <= terms.len` rows of B are valid
/// for reading over `VECTORS` whole vectors. `place.width` is positive and at most `VECTORS`
/// vectors.
#[inline(always)]
pub(super) unsafe fn tile<T, V, const ROWS: usize, const VECTORS: usize>(
    terms: Terms<T>,
    place: Place<T>,
    ends: Ends<'_, T>,
) where
    T: Float,
    V: Lanes<T>,
{
    let mut sums = [[V::splat(T::ZERO); VECTORS]; ROWS];
    let whole = place.width == VECTORS * V::LEN;

    if let Some(beta) = ends.beta {
        let beta = V::splat(beta);
        for (i, sums) in sums.iter_mut().enumerate() {
            for (v, sum) in sums.iter_mut().enumerate() {
                let c = place.c.wrapping_add(i * place.c_row + v * V::LEN);
                let lanes = if whole { V::LEN } else { lanes::<T, V>(place.width, v) };
                // SAFETY: the caller guarantees `width` readable numbers in row `i`.
                *sum = unsafe { load::<T, V>(c, lanes) } * beta;
            }
        }
    }

    // Wrapping, since behind the last term the pointers may leave their slices.
    let (mut a, mut b) = (terms.a, terms.b);
    for _ in 0..terms.full / 4 {
        for _ in 0..4 {
            // SAFETY: the caller guarantees `full` rows of B over the whole width, and A with it.
            unsafe { step::<T, V, ROWS, VECTORS, true>(&mut sums, a, b, terms, place.width) };
            a = a.wrapping_add(terms.a_step);
            b = b.wrapping_add(terms.b_step);
        }
    }
    for _ in 0..terms.full % 4 {
        // SAFETY: as above.
        unsafe { step::<T, V, ROWS, VECTORS, true>(&mut sums, a, b, terms, place.width) };
        a = a.wrapping_add(terms.a_step);
        b = b.wrapping_add(terms.b_step);
    }
    for _ in terms.full..terms.len {
        // SAFETY: the caller guarantees `width` readable numbers in the rows behind.
        unsafe { step::<T, V, ROWS, VECTORS, false>(&mut sums, a, b, terms, place.width) };
        a = a.wrapping_add(terms.a_step);
        b = b.wrapping_add(terms.b_step);
    }

    if let Some(Fused { bias, relu: rectify }) = ends.epilogue {
        if let Some(bias) = bias {
            let bias = &bias[place.column..place.column + place.width];
            for v in 0..VECTORS {
                let from = (v * V::LEN).min(bias.len());
                let bias = load_slice::<T, V>(&bias[from..bias.len().min(from + V::LEN)]);
                for sums in &mut sums {
                    sums[v] = sums[v] + bias;
                }
            }
        }
        if rectify {
            for sums in &mut sums {
                for sum in sums {
                    *sum = relu(*sum);
                }
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            let c = place.c.wrapping_add(i * place.c_row + v * V::LEN);
            let lanes = if whole { V::LEN } else { lanes::<T, V>(place.width, v) };
            // SAFETY: the caller guarantees `width` writable numbers in row `i`.
            unsafe { store(*sum, c, lanes) };
        }
    }
}

/// Adds one term to each sum.
///
/// # Safety
/// As for [`tile`]; `WHOLE` only where a row of B may be read over the whole width.
#[inline(always)]
unsafe fn step<T, V, const ROWS: usize, const VECTORS: usize, const WHOLE: bool>(
    sums: &mut [[V; VECTORS]; ROWS],
    a: *const T,
    b: *const T,
    terms: Terms<T>,
    width: usize,
) where
    T: Float,
    V: Lanes<T>,
{
    let mut row = [V::splat(T::ZERO); VECTORS];
    for (v, y) in row.iter_mut().enumerate() {
        let panel = v / tile_vectors::<T, V>();
        let b = b.wrapping_add(panel * terms.b_panel + v % tile_vectors::<T, V>() * V::LEN);
        let lanes = if WHOLE { V::LEN } else { lanes::<T, V>(width, v) };
        // SAFETY: the caller guarantees that these lanes are readable.
        *y = unsafe { load(b, lanes) };
    }
    for (i, sums) in sums.iter_mut().enumerate() {
        // SAFETY: the caller guarantees that A has this row and this term.
        let x = V::splat(unsafe { *a.wrapping_add(i * terms.a_row) });
        for (sum, y) in sums.iter_mut().zip(row) {
            *sum = x.mul_add(y, *sum);
        }
    }
}

/// How many lanes of vector `v` lie within the width.
#[inline(always)]
fn lanes<T: Float, V: Lanes<T>>(width: usize, v: usize) -> usize {
    width.saturating_sub(v * V::LEN).min(V::LEN)
}

/// # Safety
/// `x` is valid for reading `lanes <= V::LEN` numbers.
#[inline(always)]
pub(crate) unsafe fn load<T: Float, V: Lanes<T>>(x: *const T, lanes: usize) -> V {
    // SAFETY: passed on to the caller.
    unsafe { if lanes == V::LEN { V::load_at(x) } else { V::load_first(x, lanes) } }
}

/// # Safety
/// `y` is valid for writing `lanes <= V::LEN` numbers.
#[inline(always)]
pub(crate) unsafe fn store<T: Float, V: Lanes<T>>(x: V, y: *mut T, lanes: usize) {
    // SAFETY: passed on to the caller.
    unsafe { if lanes == V::LEN { x.store_at(y) } else { x.store_first(y, lanes) } }
}
