//! What happens to the sums of a sweep when they are finished, and how they get to their places.

use crate::gemm::{load, store};
use neuropil_simd::{Float, Lanes};
use std::fmt;

/// A function of finished numbers, in place.
pub type Finish<'a, T> = &'a (dyn Fn(&mut [T]) + Sync);

/// What is done to the finished sums of a convolution, in this order.
///
/// y = f(relu((sum + bias) scale + shift)); what is not given is left out.
#[derive(Clone, Copy)]
pub struct After<'a, T> {
    /// A number for each output channel.
    pub bias: Option<&'a [T]>,
    /// A scale and a shift for each output channel: batch normalization in inference.
    pub affine: Option<(&'a [T], &'a [T])>,
    /// Whether max(y, 0) follows. NaN stays NaN.
    pub relu: bool,
    /// A function that gets each finished piece of a row while it is in the cache: any element-wise
    /// activation. The pieces are all of y, each number once, in no particular order and perhaps on
    /// several threads.
    pub finish: Option<Finish<'a, T>>,
}

impl<T> After<'_, T> {
    /// The sums as they are.
    pub const NOTHING: Self = Self { bias: None, affine: None, relu: false, finish: None };
}

impl<T: Float> After<'_, T> {
    pub(super) fn check(&self, channels: usize) {
        let (scale, shift) = self.affine.unzip();
        for (what, of) in [("bias", self.bias), ("scale", scale), ("shift", shift)] {
            if let Some(of) = of {
                let len = of.len();
                assert!(len == channels, "convolution: a {what} of {len} for {channels} channels");
            }
        }
    }

    /// What is done to one channel.
    #[inline(always)]
    pub(super) fn of_channel(&self, channel: usize) -> OfChannel<'_, T> {
        OfChannel {
            bias: self.bias.map(|bias| bias[channel]),
            affine: self.affine.map(|(scale, shift)| (scale[channel], shift[channel])),
            relu: self.relu,
            finish: self.finish,
        }
    }
}

impl<T> Default for After<'_, T> {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl<T: fmt::Debug> fmt::Debug for After<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("After")
            .field("bias", &self.bias)
            .field("affine", &self.affine)
            .field("relu", &self.relu)
            .field("finish", &self.finish.is_some())
            .finish()
    }
}

/// [`After`] for the numbers of one channel.
#[derive(Clone, Copy)]
pub(super) struct OfChannel<'a, T> {
    bias: Option<T>,
    affine: Option<(T, T)>,
    relu: bool,
    pub finish: Option<Finish<'a, T>>,
}

impl<T: Float> OfChannel<'_, T> {
    /// Whether sums stay as they are, but for the finish.
    pub fn is_plain(&self) -> bool {
        self.bias.is_none() && self.affine.is_none() && !self.relu
    }

    /// What is done to some sums.
    #[inline(always)]
    fn apply<V: Lanes<T>>(&self, mut x: V) -> V {
        if let Some(bias) = self.bias {
            x = x + V::splat(bias);
        }
        if let Some((scale, shift)) = self.affine {
            x = x.mul_add(V::splat(scale), V::splat(shift));
        }
        if self.relu {
            // NaN stays NaN, since `max` gives its right operand when one is NaN.
            x = V::splat(T::ZERO).max(x);
        }
        x
    }

    /// y = what becomes of the sums, in place.
    ///
    /// # Safety
    /// `y` is valid for reading and writing `len` numbers.
    #[inline(always)]
    pub unsafe fn in_place<V: Lanes<T>>(&self, y: *mut T, len: usize) {
        let mut at = 0;
        while at < len {
            let lanes = (len - at).min(V::LEN);
            let y = y.wrapping_add(at);
            // SAFETY: the lanes lie within the `len` numbers.
            unsafe { store::<T, V>(self.apply(load::<T, V>(y, lanes)), y, lanes) };
            at += V::LEN;
        }
    }

    /// y = (y) + what becomes of the sums.
    ///
    /// # Safety
    /// `sums` is valid for reading `len` numbers, rounded up to a whole vector; `y` for reading and
    /// writing `len`.
    #[inline(always)]
    pub unsafe fn copy<V: Lanes<T>>(&self, sums: *const T, y: *mut T, len: usize, adds: bool) {
        let mut at = 0;
        while at < len {
            let lanes = (len - at).min(V::LEN);
            let y = y.wrapping_add(at);
            // SAFETY: whole vectors of sums, and the lanes of y lie within the `len` numbers.
            unsafe {
                let mut x = self.apply(V::load_at(sums.wrapping_add(at)));
                if adds {
                    x = load::<T, V>(y, lanes) + x;
                }
                store::<T, V>(x, y, lanes);
            }
            at += V::LEN;
        }
    }

    /// The same to every `step`-th number of y.
    ///
    /// # Safety
    /// `sums` is valid for reading `len` numbers; `y` for reading and writing `len` numbers `step`
    /// apart.
    #[inline(always)]
    pub unsafe fn spread<V: Lanes<T>>(
        &self,
        sums: *mut T,
        y: *mut T,
        step: usize,
        len: usize,
        adds: bool,
    ) {
        if !self.is_plain() {
            // SAFETY: passed on to the caller.
            unsafe { self.in_place::<V>(sums, len) };
        }
        for i in 0..len {
            let y = y.wrapping_add(i * step);
            // SAFETY: one of the `len` numbers.
            unsafe {
                let sum = *sums.wrapping_add(i);
                *y = if adds { *y + sum } else { sum };
            }
        }
    }
}
