//! CutMix.

use crate::mixture::{PLACE, below, beta};
use crate::{Mix, Mixture, RegularizerError, random};

/// CutMix: a rectangle of each image is that of another one, and so much of the target, too.
///
/// x_i = x_j within the rectangle, x_i outside; t_i = λ t_i + (1 − λ) t_j
///
/// Images are `[channels, height, width]`. λ ~ Beta(α, α) is drawn once a batch, with α = 1 by default,
/// and the middle (r, c) of the rectangle uniformly among all places. With half the side lengths
/// h = ⌊height √(1 − λ)/2⌋ and w = ⌊width √(1 − λ)/2⌋ it has the rows r − h up to r + h and the columns
/// c − w up to c + w, cut at the border. Then λ is put right: the share of the places outside.
///
/// Source: Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable
/// Features" (2019). torchvision's `v2.CutMix(alpha=1.0)` beside PyTorch, whose rounding is taken here.
///
/// ```
/// use neuropil_regularizers::{CutMix, Mixture, random};
///
/// let mix = CutMix::default().draw(random::key(&[42, 7]), &[3, 32, 32]);
/// let (rows, columns) = mix.rectangle().expect("it is one");
/// assert_eq!(mix.share(), 1.0 - (rows.len() * columns.len()) as f64 / 1024.0);
///
/// let (mut x, partner) = (vec![0.0_f32; 3 * 1024], vec![1.0; 3 * 1024]);
/// mix.inputs(&mut x, &partner);
/// assert_eq!(x.iter().sum::<f32>(), 3.0 * (rows.len() * columns.len()) as f32);
///
/// let error = CutMix::default().check(&[784]).unwrap_err().to_string();
/// assert_eq!(
///     error,
///     "CutMix needs samples of shape [channels, height, width], but they have 1 axes"
/// );
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutMix {
    alpha: f64,
}

impl CutMix {
    /// With this α.
    ///
    /// # Errors
    /// [`RegularizerError`] if `alpha` is no positive finite number in `f32`.
    pub fn new(alpha: f64) -> Result<Self, RegularizerError> {
        Ok(Self { alpha: RegularizerError::positive("CutMix", "alpha", alpha)? })
    }

    /// The rectangle for a drawn λ and middle, of images of this height and width.
    ///
    /// ```
    /// use neuropil_regularizers::CutMix;
    ///
    /// let mix = CutMix::rectangle(0.75, [1, 5], [8, 8]); // sides of half the image
    /// assert_eq!(mix.rectangle(), Some((0..3, 3..7)));
    /// assert_eq!(mix.share(), 1.0 - 12.0 / 64.0); // a row was cut off
    /// ```
    #[must_use]
    pub fn rectangle(share: f64, middle: [usize; 2], image: [usize; 2]) -> Mix {
        let ratio = 0.5 * (1.0 - share).sqrt();
        let [rows, columns] = [0, 1].map(|axis| {
            let half = (ratio * image[axis] as f64) as usize;
            middle[axis].saturating_sub(half)..(middle[axis] + half).min(image[axis])
        });
        Mix::of_rectangle(rows, columns, image)
    }
}

impl Default for CutMix {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Mixture for CutMix {
    fn name(&self) -> String {
        format!("CutMix({})", self.alpha)
    }

    fn check(&self, sample: &[usize]) -> Result<(), RegularizerError> {
        match sample {
            [_, _, _] => Ok(()),
            _ => Err(RegularizerError::NotImage { regularizer: "CutMix", axes: sample.len() }),
        }
    }

    fn cuts(&self) -> bool {
        true
    }

    fn draw(&self, stream: u64, sample: &[usize]) -> Mix {
        let &[_, height, width] = sample else {
            panic!("CutMix: samples have {} axes, but images have 3", sample.len())
        };
        let place = random::key(&[stream, PLACE]);
        let middle = [(0, height), (1, width)]
            .map(|(draw, end)| below(random::bits(place, draw), end as u64) as usize);
        Self::rectangle(beta(self.alpha, stream), middle, [height, width])
    }
}
