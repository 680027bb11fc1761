//! A vector of numbers that begins on a cache line.

use crate::Float;
use std::fmt;
use std::ops::{Deref, DerefMut};
use wide::f32x16;

/// Bytes to which an [`AlignedVec`] is aligned: a cache line, and an AVX-512 vector.
pub const ALIGNMENT: usize = 64;

/// A fixed number of zero-initialized numbers, aligned to [`ALIGNMENT`] bytes.
///
/// ```
/// let mut x = neuropil_simd::AlignedVec::<f32>::zeros(3);
/// x[1] = 2.0;
/// assert_eq!(&x[..], &[0.0, 2.0, 0.0]);
/// assert_eq!(x.as_ptr() as usize % 64, 0);
/// ```
#[derive(Clone)]
pub struct AlignedVec<T> {
    // A vector of 64-byte blocks is aligned without any unsafe code; bytemuck views its bytes.
    blocks: Vec<f32x16>,
    len: usize,
    number: std::marker::PhantomData<T>,
}

impl<T: Float> AlignedVec<T> {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let blocks = vec![f32x16::splat(0.0); (len * size_of::<T>()).div_ceil(ALIGNMENT)];
        Self { blocks, len, number: std::marker::PhantomData }
    }

    /// Makes the vector at least `len` long; the old numbers stay, new ones are zero.
    pub fn grow(&mut self, len: usize) {
        if len > self.len {
            self.blocks.resize((len * size_of::<T>()).div_ceil(ALIGNMENT), f32x16::splat(0.0));
            self.len = len;
        }
    }
}

impl<T: Float> From<&[T]> for AlignedVec<T> {
    fn from(x: &[T]) -> Self {
        let mut copy = Self::zeros(x.len());
        copy.copy_from_slice(x);
        copy
    }
}

impl<T> Default for AlignedVec<T> {
    fn default() -> Self {
        Self { blocks: Vec::new(), len: 0, number: std::marker::PhantomData }
    }
}

impl<T: Float> Deref for AlignedVec<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.blocks)[..self.len]
    }
}

impl<T: Float> DerefMut for AlignedVec<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.blocks)[..self.len]
    }
}

impl<T: Float> fmt::Debug for AlignedVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self[..].fmt(f)
    }
}

impl<T: Float> PartialEq for AlignedVec<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}
