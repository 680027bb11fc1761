//! The tile kernel of a sweep: a few channels and vectors of places, held in registers over all
//! terms of their sums.

use crate::gemm::{load, store, tile_vectors};
use neuropil_simd::{Float, Lanes};

/// One term of every sum: how far the number of the source and the weight lie behind the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// From a place to the number of the source that it reads.
    pub source: u32,
    /// From the first weight of a channel to the one that the number is multiplied with.
    pub weight: u32,
}

/// Channels of a tile at most.
pub(super) const TILE_ROWS: usize = 6;

/// Vectors of a tile of so many channels: enough sums for the latency of a multiply-add not to
/// show, and no more than the registers hold.
#[inline(always)]
pub(super) const fn widest<T: Float, V: Lanes<T>>(rows: usize) -> usize {
    match (tile_vectors::<T, V>(), rows) {
        (2 | 4, 1) => 8,
        (2 | 4, 2) => 4,
        (vectors, _) => vectors,
    }
}

/// Some channels over a run of places: y[i][p] = (y[i][p]) + Σ w[i, t] x[p + t].
#[derive(Clone, Copy)]
pub(super) struct Strip<'a, T> {
    pub terms: &'a [Term],
    /// The number of the source that place 0 with an offset of 0 reads.
    pub x: *const T,
    /// The first channel's weights, and from a channel to the next.
    pub w: *const T,
    pub w_row: usize,
    /// Place 0 of the first channel, and from a channel to the next.
    pub y: *mut T,
    pub y_row: usize,
    /// How many channels, at most [`TILE_ROWS`], and places.
    pub rows: usize,
    pub places: usize,
    /// Whether the sums begin with what stands in y, else with zero.
    pub adds: bool,
}

impl<T: Float> Strip<'_, T> {
    /// Computes all places, tile by tile.
    ///
    /// # Safety
    /// For all terms, the weights of all channels are valid for reading, and the source is for all
    /// places, their number rounded up to a whole vector. All channels of y are valid for writing,
    /// and reading if `adds`, over the places, and nobody else has access to them.
    #[inline(always)]
    pub unsafe fn run<V: Lanes<T>>(self) {
        // Tiles as equal as can be: none is so narrow that latency shows.
        let mut vectors = self.places.div_ceil(V::LEN);
        let mut tiles = vectors.div_ceil(widest::<T, V>(self.rows));
        let mut place = 0;
        while tiles > 0 {
            let width = vectors.div_ceil(tiles);
            // SAFETY: passed on to the caller; the tile lies within the places.
            unsafe { self.tile_of::<V>(width, place) };
            vectors -= width;
            tiles -= 1;
            place += width * V::LEN;
        }
    }

    /// [`tile`](Self::tile) for a number of channels and vectors known only now.
    ///
    /// # Safety
    /// That of [`run`](Self::run), and the tile lies within the places.
    #[inline(always)]
    unsafe fn tile_of<V: Lanes<T>>(self, vectors: usize, place: usize) {
        macro_rules! rows {
            ($vectors:literal) => {
                match self.rows {
                    1 => self.tile::<V, 1, $vectors>(place),
                    2 => self.tile::<V, 2, $vectors>(place),
                    3 => self.tile::<V, 3, $vectors>(place),
                    4 => self.tile::<V, 4, $vectors>(place),
                    5 => self.tile::<V, 5, $vectors>(place),
                    _ => self.tile::<V, 6, $vectors>(place),
                }
            };
        }
        // SAFETY: passed on to the caller.
        unsafe {
            match (tile_vectors::<T, V>(), vectors) {
                (_, 1) => rows!(1),
                (2 | 4, 2) => rows!(2),
                (4, 3) => rows!(3),
                (4, 4) => rows!(4),
                (2, 3) if self.rows == 1 => self.tile::<V, 1, 3>(place),
                (2, 3) => self.tile::<V, 2, 3>(place),
                (2, 4) if self.rows == 1 => self.tile::<V, 1, 4>(place),
                (2, 4) => self.tile::<V, 2, 4>(place),
                (_, 5) => self.tile::<V, 1, 5>(place),
                (_, 6) => self.tile::<V, 1, 6>(place),
                (_, 7) => self.tile::<V, 1, 7>(place),
                (_, _) => self.tile::<V, 1, 8>(place),
            }
        }
    }

    /// `ROWS` channels of `VECTORS` vectors from a place on.
    ///
    /// # Safety
    /// As for [`tile_of`](Self::tile_of).
    #[inline(always)]
    unsafe fn tile<V: Lanes<T>, const ROWS: usize, const VECTORS: usize>(self, place: usize) {
        let y = self.y.wrapping_add(place);
        // Lanes of the last vector that are places.
        let last = (self.places - place - (VECTORS - 1) * V::LEN).min(V::LEN);
        let mut sums = [[V::splat(T::ZERO); VECTORS]; ROWS];
        if self.adds {
            for (i, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    let y = y.wrapping_add(i * self.y_row + v * V::LEN);
                    let lanes = if v + 1 == VECTORS { last } else { V::LEN };
                    // SAFETY: the caller guarantees that these places may be read.
                    *sum = unsafe { load::<T, V>(y, lanes) };
                }
            }
        }
        let x = self.x.wrapping_add(place);
        for term in self.terms {
            let x = x.wrapping_add(term.source as usize);
            let w = self.w.wrapping_add(term.weight as usize);
            let mut row = [V::splat(T::ZERO); VECTORS];
            for (v, x_v) in row.iter_mut().enumerate() {
                // SAFETY: the caller guarantees whole vectors of the source.
                *x_v = unsafe { V::load_at(x.wrapping_add(v * V::LEN)) };
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: the caller guarantees this term's weight of each channel.
                let w = V::splat(unsafe { *w.wrapping_add(i * self.w_row) });
                for (sum, &x) in sums.iter_mut().zip(&row) {
                    *sum = w.mul_add(x, *sum);
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            for (v, &sum) in sums.iter().enumerate() {
                let y = y.wrapping_add(i * self.y_row + v * V::LEN);
                let lanes = if v + 1 == VECTORS { last } else { V::LEN };
                // SAFETY: the caller guarantees that these places may be written.
                unsafe { store::<T, V>(sum, y, lanes) }
            }
        }
    }
}
