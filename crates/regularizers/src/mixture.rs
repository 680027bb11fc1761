//! Batches whose samples are mixed with each other.

use crate::{RegularizerError, random};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};
use std::fmt::Debug;
use std::ops::Range;

/// How each sample of a batch is mixed with a partner of the same batch, and their targets with them.
///
/// What is drawn is a function of a stream ([`random::key`] of a seed and a step): [`draw`] gives the
/// same mix again and again, in `f32` and in `f64`, and nothing has to be saved.
///
/// ```
/// use neuropil_regularizers::{Mixture, Mixup, partners, random};
///
/// let stream = random::key(&[42, 7]); // seed and step
/// let mix = Mixup::new(0.2)?.draw(stream, &[3]);
/// let mut partner = [0; 4];
/// partners(stream, &mut partner); // row i is mixed with row partner[i]
/// let (mut x, other) = ([0.0_f32; 3], [1.0; 3]);
/// mix.inputs(&mut x, &other);
/// assert_eq!(x, [1.0 - mix.share() as f32; 3]);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
///
/// [`draw`]: Mixture::draw
pub trait Mixture: Debug + Send + Sync + 'static {
    /// The type's name with its settings, for messages.
    fn name(&self) -> String;

    /// Whether samples of this shape can be mixed.
    ///
    /// # Errors
    /// [`RegularizerError`] if they cannot.
    fn check(&self, sample: &[usize]) -> Result<(), RegularizerError>;

    /// Whether parts of a sample are wholly its partner's, so that a target for each place of it would not
    /// be the mean of two; by default not.
    fn cuts(&self) -> bool {
        false
    }

    /// What a stream gives for samples of this shape: one mix for the whole batch.
    ///
    /// # Panics
    /// The mixtures of this crate panic if [`check`](Self::check) refuses the shape.
    fn draw(&self, stream: u64, sample: &[usize]) -> Mix;
}

/// What is done to each sample of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    share: f64,
    /// The places of an image that are the partner's; without, all are mixed.
    cut: Option<Cut>,
}

/// A rectangle of images of this height and width.
#[derive(Clone, Debug, PartialEq)]
struct Cut {
    rows: Range<usize>,
    columns: Range<usize>,
    image: [usize; 2],
}

impl Mix {
    /// All numbers are mixed: x λ + partner (1 − λ).
    #[must_use]
    pub const fn of_all(share: f64) -> Self {
        Self { share, cut: None }
    }

    /// A rectangle of images of this height and width becomes the partner's; λ is the share of the
    /// rest.
    ///
    /// # Panics
    /// If the rectangle is not within the image.
    #[must_use]
    pub fn of_rectangle(rows: Range<usize>, columns: Range<usize>, image: [usize; 2]) -> Self {
        let is_within = rows.start <= rows.end
            && columns.start <= columns.end
            && rows.end <= image[0]
            && columns.end <= image[1];
        assert!(is_within, "rows {rows:?} and columns {columns:?} of an image {image:?}");
        let area = (rows.len() * columns.len()) as f64;
        let share = 1.0 - area / ((image[0] * image[1]).max(1) as f64);
        Self { share, cut: Some(Cut { rows, columns, image }) }
    }

    /// λ, the share of a sample's own target.
    #[must_use]
    pub const fn share(&self) -> f64 {
        self.share
    }

    /// The rows and columns that become the partner's, if it is a rectangle.
    #[must_use]
    pub fn rectangle(&self) -> Option<(Range<usize>, Range<usize>)> {
        self.cut.as_ref().map(|cut| (cut.rows.clone(), cut.columns.clone()))
    }

    /// Mixes samples, one after the other, with those of their partners.
    ///
    /// # Panics
    /// If the lengths differ, or, with a rectangle, are not those of whole images.
    pub fn inputs<T: Float>(&self, x: &mut [T], partner: &[T]) {
        let Some(Cut { rows, columns, image: [height, width] }) = &self.cut else {
            return self.targets(x, partner);
        };
        assert!(x.len() == partner.len(), "{} numbers and {}", x.len(), partner.len());
        let plane = height * width;
        assert!(x.len().is_multiple_of(plane.max(1)), "{} numbers, images of {plane}", x.len());
        for (x, partner) in x.chunks_exact_mut(plane.max(1)).zip(partner.chunks_exact(plane.max(1)))
        {
            for row in rows.clone() {
                let places = row * width + columns.start..row * width + columns.end;
                x[places.clone()].copy_from_slice(&partner[places]);
            }
        }
    }

    /// y = y λ + partner (1 − λ): mixes numbers that say what is wanted, probabilities or values.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn targets<T: Float>(&self, y: &mut [T], partner: &[T]) {
        assert!(y.len() == partner.len(), "{} numbers and {}", y.len(), partner.len());
        let share = T::of(self.share);
        dispatch(Blend { share, rest: T::ONE - share, y, partner });
    }

    /// The probabilities of a class and of the partner's, the others 0: `p[class] = λ`, `p[partner] = 1 − λ`,
    /// or 1 where the two are one. They add up to 1.
    ///
    /// # Panics
    /// If a class is not below `p.len()`.
    pub fn classes<T: Float>(&self, class: u32, partner: u32, p: &mut [T]) {
        let share = T::of(self.share);
        p.fill(T::ZERO);
        if class == partner {
            p[class as usize] = T::ONE;
        } else {
            p[class as usize] = share;
            p[partner as usize] = T::ONE - share;
        }
    }
}

struct Blend<'a, T> {
    share: T,
    rest: T,
    y: &'a mut [T],
    partner: &'a [T],
}

impl<T: Float> Kernel<T> for Blend<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (share, rest) = (V::splat(self.share), V::splat(self.rest));
        let mut y = self.y.chunks_exact_mut(V::LEN);
        let mut partner = self.partner.chunks_exact(V::LEN);
        for (y, partner) in (&mut y).zip(&mut partner) {
            share.mul_add(V::load(y), rest * V::load(partner)).store(y);
        }
        let (y, partner) = (y.into_remainder(), partner.remainder());
        share.mul_add(V::load_partial(y), rest * V::load_partial(partner)).store_partial(y);
    }
}

/// A random order of the rows of a batch: each is mixed with the row that stands in its place. Some may
/// be mixed with themselves. PyTorch's `randperm`, from the draws of a stream.
///
/// ```
/// use neuropil_regularizers::{partners, random};
///
/// let mut partner = [0; 5];
/// partners(random::key(&[42]), &mut partner);
/// let mut sorted = partner;
/// sorted.sort_unstable();
/// assert_eq!(sorted, [0, 1, 2, 3, 4]);
/// ```
pub fn partners(stream: u64, partner: &mut [u32]) {
    let stream = random::key(&[stream, ORDER]);
    for i in 0..partner.len() {
        // Fisher and Yates, from the left: place i gets what stands at j, and j gets i.
        let j = below(random::bits(stream, i as u64), i as u64 + 1) as usize;
        partner[i] = partner[j];
        partner[j] = i as u32;
    }
}

/// Streams within that of a batch.
const ORDER: u64 = 1;
pub(crate) const PLACE: u64 = 2;
const SHARE: u64 = 3;

/// A number below `end` from 64 bits: the high half of their product.
pub(crate) fn below(bits: u64, end: u64) -> u64 {
    ((u128::from(bits) * u128::from(end)) >> 64) as u64
}

/// A number in (0, 1), never at an end.
fn unit(stream: u64, index: u64) -> f64 {
    ((random::bits(stream, index) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// λ ~ Beta(α, α).
///
/// Above α = 1/2 by Ulrich's formula, 1/2 + 1/2 √(1 − U^(2/(2α − 1))) cos 2πV, else by Jöhnk's
/// rejection of U^(1/α) + V^(1/α) > 1, in logarithms, since the powers vanish for a small α.
pub(crate) fn beta(alpha: f64, stream: u64) -> f64 {
    let stream = random::key(&[stream, SHARE]);
    if alpha > 0.5 {
        let (u, v) = (unit(stream, 0), unit(stream, 1));
        let radius = -f64::exp_m1(2.0 / (2.0 * alpha - 1.0) * u.ln());
        return 0.5 + 0.5 * radius.sqrt() * (std::f64::consts::TAU * v).cos();
    }
    // One of two is accepted at least, and nearly all for a small α.
    for i in 0.. {
        let (a, b) = (unit(stream, 2 * i).ln() / alpha, unit(stream, 2 * i + 1).ln() / alpha);
        let largest = a.max(b);
        let sum = (a - largest).exp() + (b - largest).exp();
        if largest + sum.ln() <= 0.0 {
            return (a - largest).exp() / sum;
        }
    }
    unreachable!("the loop returns")
}
