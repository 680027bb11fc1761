//! Units kept or dropped by chance: the kernels of every dropout.

use crate::{RegularizerError, random};
use neuropil_simd::{Float, Kernel, Lanes};

/// What becomes of a number.
pub(crate) trait Outcome<T>: Copy {
    /// Where its unit stays. Must be `#[inline(always)]`.
    fn kept(&self, x: T) -> T;

    /// Where it does not.
    fn dropped(&self) -> T;
}

/// x scale, or 0.
#[derive(Clone, Copy)]
pub(crate) struct Scaled<T> {
    pub scale: T,
}

impl<T: Float> Outcome<T> for Scaled<T> {
    #[inline(always)]
    fn kept(&self, x: T) -> T {
        x * self.scale
    }

    #[inline(always)]
    fn dropped(&self) -> T {
        T::ZERO
    }
}

/// x scale + shift, or floor.
#[derive(Clone, Copy)]
pub(crate) struct Shifted<T> {
    pub scale: T,
    pub shift: T,
    pub floor: T,
}

impl<T: Float> Outcome<T> for Shifted<T> {
    #[inline(always)]
    fn kept(&self, x: T) -> T {
        x * self.scale + self.shift
    }

    #[inline(always)]
    fn dropped(&self) -> T {
        self.floor
    }
}

/// A probability, if it is one.
pub(crate) fn probability(regularizer: &'static str, rate: f64) -> Result<f64, RegularizerError> {
    if (0.0..=1.0).contains(&rate) {
        return Ok(rate);
    }
    Err(RegularizerError::NotProbability { regularizer, setting: "rate", value: rate })
}

/// The draws below it drop their unit; `None` if all 2^32 do.
pub(crate) fn threshold(rate: f64) -> Option<u32> {
    let dropping = (rate * 2.0_f64.powi(32)).round() as u64;
    u32::try_from(dropping).ok()
}

/// Units that are drawn for at once: whole vectors at every level, and little to throw away after a
/// short slice.
const BLOCK: usize = 64;

/// y becomes its outcome, or y += its outcome if `ADD`, where every number is a unit.
///
/// No vector type appears: these are loops over arrays of fixed length, which the compiler turns
/// into the vectors of the level that the kernel is compiled for.
pub(crate) struct Masked<'a, T, F, const ADD: bool> {
    pub stream: u64,
    pub offset: u64,
    pub threshold: u32,
    pub outcome: F,
    pub x: &'a [T],
    pub y: &'a mut [T],
}

impl<T: Float, F: Outcome<T>, const ADD: bool> Kernel<T> for Masked<'_, T, F, ADD> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { stream, offset, threshold, outcome, x, y } = self;
        let mut draws = [0; BLOCK];

        // The two units of a pair share a draw: one that has lost its first unit stands apart.
        let mut pair = offset / 2;
        let odd = usize::from(offset % 2 == 1).min(x.len());
        let (x_odd, x) = x.split_at(odd);
        let (y_odd, y) = y.split_at_mut(odd);
        if odd == 1 {
            draws[1] = (random::bits(stream, pair) >> 32) as u32;
            apply::<T, F, ADD>(&draws[1..2], threshold, outcome, x_odd, y_odd);
            pair = pair.wrapping_add(1);
        }

        let mut x = x.chunks_exact(BLOCK);
        let mut y = y.chunks_exact_mut(BLOCK);
        for (x, y) in (&mut x).zip(&mut y) {
            draw(stream, pair, &mut draws);
            apply::<T, F, ADD>(&draws, threshold, outcome, x, y);
            pair = pair.wrapping_add(BLOCK as u64 / 2);
        }
        let (x, y) = (x.remainder(), y.into_remainder());
        if !x.is_empty() {
            draw(stream, pair, &mut draws);
            apply::<T, F, ADD>(&draws[..x.len()], threshold, outcome, x, y);
        }
    }
}

/// Thirty-two bits a unit: the lower half of each draw, then the upper one.
#[inline(always)]
fn draw(stream: u64, pair: u64, draws: &mut [u32; BLOCK]) {
    for i in 0..BLOCK / 2 {
        let bits = random::bits(stream, pair.wrapping_add(i as u64));
        draws[2 * i] = bits as u32;
        draws[2 * i + 1] = (bits >> 32) as u32;
    }
}

#[inline(always)]
fn apply<T: Float, F: Outcome<T>, const ADD: bool>(
    draws: &[u32],
    threshold: u32,
    outcome: F,
    x: &[T],
    y: &mut [T],
) {
    let dropped = outcome.dropped();
    for ((y, &x), &draw) in y.iter_mut().zip(x).zip(draws) {
        // Chosen, not multiplied: NaN times zero would be NaN. And scaled before the choice, else
        // the portable level gets a branch, which random numbers mispredict: three times as slow.
        let kept = outcome.kept(x);
        let value = if draw < threshold { dropped } else { kept };
        *y = if ADD { *y + value } else { value };
    }
}

/// The same where `width` numbers side by side are one unit.
pub(crate) struct MaskedUnits<'a, T, F, const ADD: bool> {
    pub stream: u64,
    pub offset: u64,
    pub threshold: u32,
    pub width: usize,
    pub outcome: F,
    pub x: &'a [T],
    pub y: &'a mut [T],
}

impl<T: Float, F: Outcome<T>, const ADD: bool> Kernel<T> for MaskedUnits<'_, T, F, ADD> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { stream, offset, threshold, width, outcome, x, y } = self;
        let units = x.chunks_exact(width).zip(y.chunks_exact_mut(width));
        for (i, (x, y)) in units.enumerate() {
            let index = offset.wrapping_add(i as u64);
            let pair = random::bits(stream, index / 2);
            let draw = (pair >> (32 * (index % 2))) as u32;
            if draw >= threshold {
                for (y, &x) in y.iter_mut().zip(x) {
                    let kept = outcome.kept(x);
                    *y = if ADD { *y + kept } else { kept };
                }
            } else if !ADD {
                y.fill(outcome.dropped());
            }
        }
    }
}

/// Whether both are whole units, equally many.
pub(crate) fn check_units(rule: &str, width: usize, x: usize, y: usize) {
    assert!(y == x, "{rule}: the output has {y} numbers, but the input has {x}");
    let is_whole = width > 0 && x.is_multiple_of(width);
    assert!(is_whole, "{rule}: {x} numbers are no units of {width}");
}
