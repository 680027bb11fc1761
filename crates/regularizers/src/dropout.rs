//! Dropout: units silenced at random.

use neuropil_simd::{Float, Kernel, Lanes, dispatch};

use crate::{RegularizerError, random};

/// Dropout: in training each unit is dropped with probability `rate`, and those that stay are scaled
/// so that the expectation remains.
///
/// y = x · mask / (1 − rate), with the gradient dx = dy · mask / (1 − rate)
///
/// where mask is 1 with probability 1 − rate, independently for each unit, else 0. In inference
/// leave it out: y = x. A dropped unit is 0 whatever it was, NaN and infinity too. A rate of 0 keeps
/// all, a rate of 1 drops all. The default is 0.5.
///
/// # Where the mask comes from
///
/// The unit of index i in the stream takes 32 of the 64 bits of
/// [`random::bits`]`(stream, i / 2)`, the lower ones if i is even, and is dropped if they, as a
/// number, lie below rate · 2³². So the probability is the rate rounded to a multiple of 2⁻³², the
/// mask is the same for `f32` and `f64`, on every machine and at every level of instructions, and
/// nothing is saved for the way back: the mask is computed again.
///
/// A slice may be worked on in pieces: a piece that begins at `x[n]` has the `offset` n larger.
///
/// Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting"
/// (2014), section 10, the "inverted" form. Equals PyTorch's `nn.Dropout(p = rate)`.
///
/// # The classic form
///
/// The paper's first form drops without scaling and multiplies by 1 − rate in the test instead. Both
/// carry the same in expectation: of 100 units of value 1, at a rate of one half, 50.
///
/// ```
/// use neuropil_regularizers::{Dropout, random};
///
/// let dropout = Dropout::new(0.5)?;
/// let kept = 1.0 - dropout.rate();
/// let x = [1.0_f64; 100];
/// let (mut y, mut classic, mut inverted) = ([0.0; 100], 0.0, 0.0);
/// let trials = 10_000;
/// for trial in 0..trials {
///     dropout.forward(random::key(&[42, trial]), 0, &x, &mut y);
///     let sum = y.iter().sum::<f64>();
///     inverted += sum / trials as f64;
///     classic += kept * sum / trials as f64; // undoes the scaling
/// }
/// let classic_test = kept * x.iter().sum::<f64>();
/// assert_eq!(classic_test, 50.0);
/// assert!((classic - classic_test).abs() < 0.2); // four standard deviations of the mean
/// let inverted_test = x.iter().sum::<f64>();
/// assert!((inverted - inverted_test).abs() < 0.4);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    rate: f64,
}

impl Dropout {
    /// Drops with this probability.
    ///
    /// # Errors
    /// [`RegularizerError`] if `rate` is NaN or lies outside [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        if (0.0..=1.0).contains(&rate) {
            Ok(Self { rate })
        } else {
            Err(RegularizerError::NotProbability {
                regularizer: "Dropout",
                setting: "rate",
                value: rate,
            })
        }
    }

    /// The probability with which a unit is dropped.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// y = x · mask / (1 − rate), with the mask of `stream` from index `offset` on.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]) {
        assert!(y.len() == x.len(), "y has {} numbers, but x has {}", y.len(), x.len());
        match self.threshold() {
            Some(threshold) => dispatch(Masked::<T, false> {
                stream,
                offset,
                threshold,
                scale: self.scale(),
                x,
                y,
            }),
            None => y.fill(T::ZERO),
        }
    }

    /// dx += dy · mask / (1 − rate), with the mask that [`forward`](Self::forward) took from the
    /// same `stream` and `offset`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn backward<T: Float>(&self, stream: u64, offset: u64, dy: &[T], dx: &mut [T]) {
        assert!(dx.len() == dy.len(), "dx has {} numbers, but dy has {}", dx.len(), dy.len());
        if let Some(threshold) = self.threshold() {
            dispatch(Masked::<T, true> {
                stream,
                offset,
                threshold,
                scale: self.scale(),
                x: dy,
                y: dx,
            });
        }
    }

    /// The draws below it drop their unit; `None` if all 2^32 do.
    fn threshold(&self) -> Option<u32> {
        let dropping = (self.rate * 2.0_f64.powi(32)).round() as u64;
        u32::try_from(dropping).ok()
    }

    fn scale<T: Float>(&self) -> T {
        T::of(1.0 / (1.0 - self.rate))
    }
}

impl Default for Dropout {
    fn default() -> Self {
        Self { rate: 0.5 }
    }
}

/// Units that are drawn for at once: whole vectors at every level, and little to throw away after a
/// short slice.
const BLOCK: usize = 64;

/// y = x mask scale, or y += x mask scale if `ADD`.
///
/// No vector type appears: these are loops over arrays of fixed length, which the compiler turns
/// into the vectors of the level that the kernel is compiled for.
struct Masked<'a, T, const ADD: bool> {
    stream: u64,
    offset: u64,
    threshold: u32,
    scale: T,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float, const ADD: bool> Kernel<T> for Masked<'_, T, ADD> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { stream, offset, threshold, scale, x, y } = self;
        let mut draws = [0; BLOCK];

        // The two units of a pair share a draw: one that has lost its first unit stands apart.
        let mut pair = offset / 2;
        let odd = usize::from(offset % 2 == 1).min(x.len());
        let (x_odd, x) = x.split_at(odd);
        let (y_odd, y) = y.split_at_mut(odd);
        if odd == 1 {
            draws[1] = (random::bits(stream, pair) >> 32) as u32;
            apply::<T, ADD>(&draws[1..2], threshold, scale, x_odd, y_odd);
            pair = pair.wrapping_add(1);
        }

        let mut x = x.chunks_exact(BLOCK);
        let mut y = y.chunks_exact_mut(BLOCK);
        for (x, y) in (&mut x).zip(&mut y) {
            draw(stream, pair, &mut draws);
            apply::<T, ADD>(&draws, threshold, scale, x, y);
            pair = pair.wrapping_add(BLOCK as u64 / 2);
        }
        let (x, y) = (x.remainder(), y.into_remainder());
        if !x.is_empty() {
            draw(stream, pair, &mut draws);
            apply::<T, ADD>(&draws[..x.len()], threshold, scale, x, y);
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
fn apply<T: Float, const ADD: bool>(draws: &[u32], threshold: u32, scale: T, x: &[T], y: &mut [T]) {
    for ((y, &x), &draw) in y.iter_mut().zip(x).zip(draws) {
        // Chosen, not multiplied: NaN times zero would be NaN. And scaled before the choice, else
        // the portable level gets a branch, which random numbers mispredict: three times as slow.
        let scaled = x * scale;
        let kept = if draw < threshold { T::ZERO } else { scaled };
        *y = if ADD { *y + kept } else { kept };
    }
}
