//! What is done to each number by itself, with numbers of its channel.

use neuropil_simd::{Float, Kernel, Lanes};
use std::ops::Range;

/// From so many numbers of a plane on, a plane is worked through by itself. Shorter ones would leave
/// lanes idle: their rows are worked through across channels.
pub(crate) const PLANE: usize = 32;

/// Numbers of a row that are worked through at a time where planes are short: 4 KB of `f64`.
pub(crate) const COLUMNS: usize = 512;

/// Room behind [`COLUMNS`], so that vectors may be stored beyond the end.
pub(crate) const MARGIN: usize = 16;

/// Which channels a vector holds numbers for.
#[derive(Clone, Copy)]
pub(crate) enum At {
    /// This one, in all lanes.
    Channel(usize),
    /// From this one on, a channel a lane.
    Channels(usize),
    /// So many from this one on, fewer than lanes.
    Few(usize, usize),
}

impl At {
    /// The channels' numbers.
    #[inline(always)]
    pub(crate) fn of<T: Float, V: Lanes<T>>(self, x: &[T]) -> V {
        match self {
            Self::Channel(c) => V::splat(x[c]),
            Self::Channels(c) => V::load(&x[c..]),
            Self::Few(c, n) => V::load_partial(&x[c..c + n]),
        }
    }
}

/// A function of the numbers of `N` tensors at one place and of `K` numbers of its channel.
pub(crate) trait Formula<T: Float, const N: usize, const K: usize>: Copy {
    /// The numbers of channels. Must be `#[inline(always)]`.
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; K];

    /// The function. Must be `#[inline(always)]`.
    fn value<V: Lanes<T>>(&self, x: [V; N], of_channel: [V; K]) -> V;
}

/// y = f(x, ...) for some channels of all rows, or y += f(x, ...) if `ADDS`.
pub(crate) struct Map<'a, T, F, const N: usize, const K: usize, const ADDS: bool> {
    pub shape: [usize; 3],
    pub channels: Range<usize>,
    pub formula: F,
    pub x: [&'a [T]; N],
    pub y: &'a mut [T],
}

impl<T: Float, F: Formula<T, N, K>, const N: usize, const K: usize, const ADDS: bool> Kernel<T>
    for Map<'_, T, F, N, K, ADDS>
{
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { shape: [rows, channels, inner], channels: chosen, formula, x, y } = self;
        let width = channels * inner;
        if inner == 1 {
            for row in 0..rows {
                let (start, end) = (row * width + chosen.start, row * width + chosen.end);
                let (x, y) = (cut(&x, start, end), &mut y[start..end]);
                let mut i = 0;
                while y.len() - i >= V::LEN {
                    let k = formula.of_channel::<V>(At::Channels(chosen.start + i));
                    put::<T, V, F, N, K, ADDS>(formula, &x, k, y, i);
                    i += V::LEN;
                }
                if i < y.len() {
                    let few = At::Few(chosen.start + i, y.len() - i);
                    let k = formula.of_channel::<V>(few);
                    put_few::<T, V, F, N, K, ADDS>(formula, &x, k, y, i);
                }
            }
        } else if inner >= PLANE {
            for row in 0..rows {
                for c in chosen.clone() {
                    let start = row * width + c * inner;
                    let (x, y) = (cut(&x, start, start + inner), &mut y[start..start + inner]);
                    let k = formula.of_channel::<V>(At::Channel(c));
                    let mut i = 0;
                    while inner - i >= V::LEN {
                        put::<T, V, F, N, K, ADDS>(formula, &x, k, y, i);
                        i += V::LEN;
                    }
                    if i < inner {
                        put_few::<T, V, F, N, K, ADDS>(formula, &x, k, y, i);
                    }
                }
            }
        } else {
            let mut of_column = [[T::ZERO; COLUMNS + MARGIN]; K];
            let mut first = chosen.start;
            while first < chosen.end {
                let next = chosen.end.min(first + COLUMNS / inner);
                for c in first..next {
                    for (k, column) in
                        formula.of_channel::<V>(At::Channel(c)).iter().zip(&mut of_column)
                    {
                        spread::<T, V>(*k, (c - first) * inner, inner, column);
                    }
                }
                for row in 0..rows {
                    let (start, end) = (row * width + first * inner, row * width + next * inner);
                    let (x, y) = (cut(&x, start, end), &mut y[start..end]);
                    let len = y.len();
                    let mut i = 0;
                    while len - i >= V::LEN {
                        let mut k = [V::splat(T::ZERO); K];
                        for (k, column) in k.iter_mut().zip(&of_column) {
                            *k = V::load(&column[i..]);
                        }
                        put::<T, V, F, N, K, ADDS>(formula, &x, k, y, i);
                        i += V::LEN;
                    }
                    if i < len {
                        let mut k = [V::splat(T::ZERO); K];
                        for (k, column) in k.iter_mut().zip(&of_column) {
                            *k = V::load(&column[i..]);
                        }
                        put_few::<T, V, F, N, K, ADDS>(formula, &x, k, y, i);
                    }
                }
                first = next;
            }
        }
    }
}

/// A channel's number for each of its columns; what stands behind them is overwritten later.
#[inline(always)]
pub(crate) fn spread<T: Float, V: Lanes<T>>(k: V, start: usize, inner: usize, columns: &mut [T]) {
    let mut i = 0;
    while i < inner {
        k.store(&mut columns[start + i..]);
        i += V::LEN;
    }
}

/// The same piece of each slice.
#[inline(always)]
pub(crate) fn cut<'a, T, const N: usize>(
    x: &[&'a [T]; N],
    start: usize,
    end: usize,
) -> [&'a [T]; N] {
    let mut piece: [&[T]; N] = [&[]; N];
    for (piece, x) in piece.iter_mut().zip(x) {
        *piece = &x[start..end];
    }
    piece
}

/// A vector of y, from place `i` on.
#[inline(always)]
fn put<
    T: Float,
    V: Lanes<T>,
    F: Formula<T, N, K>,
    const N: usize,
    const K: usize,
    const ADDS: bool,
>(
    formula: F,
    x: &[&[T]; N],
    k: [V; K],
    y: &mut [T],
    i: usize,
) {
    let mut lanes = [V::splat(T::ZERO); N];
    for (lanes, x) in lanes.iter_mut().zip(x) {
        *lanes = V::load(&x[i..]);
    }
    let value = formula.value(lanes, k);
    let value = if ADDS { V::load(&y[i..]) + value } else { value };
    value.store(&mut y[i..]);
}

/// What is left of y from place `i` on, fewer numbers than lanes.
#[inline(always)]
fn put_few<
    T: Float,
    V: Lanes<T>,
    F: Formula<T, N, K>,
    const N: usize,
    const K: usize,
    const ADDS: bool,
>(
    formula: F,
    x: &[&[T]; N],
    k: [V; K],
    y: &mut [T],
    i: usize,
) {
    let mut lanes = [V::splat(T::ZERO); N];
    for (lanes, x) in lanes.iter_mut().zip(x) {
        *lanes = V::load_partial(&x[i..]);
    }
    let y = &mut y[i..];
    let value = formula.value(lanes, k);
    let value = if ADDS { V::load_partial(y) + value } else { value };
    value.store_partial(y);
}
