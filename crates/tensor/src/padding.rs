//! Images made larger on all sides: by zeros, or by what stands inside.

use crate::{Shape, ShapeError};
use neuropil_simd::Float;
use std::fmt;

/// What stands beyond the border. For an axis `a b c d`, two places on each side:
///
/// | | |
/// | --- | --- |
/// | `Zeros` | `0 0 a b c d 0 0` |
/// | `Reflect` | `c b a b c d c b` |
/// | `Replicate` | `a a a b c d d d` |
/// | `Circular` | `c d a b c d a b` |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PaddingMode {
    /// Zeros.
    #[default]
    Zeros,
    /// The numbers from the border inwards, without the border itself.
    Reflect,
    /// The border itself.
    Replicate,
    /// What stands at the other end.
    Circular,
}

impl fmt::Display for PaddingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zeros => "zeros",
            Self::Reflect => "reflect",
            Self::Replicate => "replicate",
            Self::Circular => "circular",
        })
    }
}

impl PaddingMode {
    /// The place of an axis of `len` that is shown at `place`, counted from its first; `None` for a
    /// zero.
    fn shown(self, place: isize, len: usize) -> Option<usize> {
        let last = len as isize - 1;
        let shown = match self {
            _ if (0..=last).contains(&place) => place,
            Self::Zeros => return None,
            Self::Reflect if place < 0 => -place,
            Self::Reflect => 2 * last - place,
            Self::Replicate => place.clamp(0, last),
            Self::Circular => place.rem_euclid(len as isize),
        };
        Some(shown as usize)
    }

    /// The most places on a side of an axis of `len`.
    fn most(self, len: usize) -> usize {
        match self {
            Self::Zeros | Self::Replicate => usize::MAX,
            Self::Reflect => len - 1,
            Self::Circular => len,
        }
    }
}

/// Padding of one shape: which number each place of the result shows.
///
/// y[c, i, j] = x[c, i', j'], the place that the mode shows there, or 0; dx adds up the dy of all
/// places that show it. PyTorch's `functional.pad`.
///
/// ```
/// use neuropil_tensor::padding::{Padded, PaddingMode};
///
/// let padded = Padded::new([1, 4], &[(2, 1)], PaddingMode::Reflect)?;
/// let mut y = [0.0; 7];
/// padded.forward(&[1.0, 2.0, 3.0, 4.0], &mut y);
/// assert_eq!(y, [3.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0]);
///
/// let mut dx = [0.0; 4];
/// padded.backward(&[1.0; 7], &mut dx);
/// assert_eq!(dx, [1.0, 2.0, 3.0, 1.0]);
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Padded {
    mode: PaddingMode,
    input: Shape,
    output: Shape,
    /// For each axis of three, what each place shows.
    shown: [Vec<Option<usize>>; 3],
    /// Lengths of x along the axes.
    lengths: [usize; 3],
}

impl Padded {
    /// Images of shape `[channels, ..]` with one to three further axes, each with so many places in
    /// front of it and behind it.
    ///
    /// # Errors
    /// If the shape has another number of axes, or a length of 0, or if more places are to be shown
    /// than there are: for `Reflect` an axis must be longer than the padding, for `Circular` as long.
    pub fn new(
        input: impl Into<Shape>,
        sides: &[(usize, usize)],
        mode: PaddingMode,
    ) -> Result<Self, ShapeError> {
        let input = input.into();
        let op = || format!("Pad{}d({mode}, {sides:?})", sides.len());
        let refuse = |expected: String| Err(ShapeError::unsupported(op(), input, expected));
        if !(1..=3).contains(&sides.len()) || input.rank() != sides.len() + 1 {
            return refuse(format!("channels and {} further axes", sides.len()));
        }
        if input.is_empty() {
            return refuse("axes of at least 1".into());
        }
        let mut shown = [const { Vec::new() }; 3];
        let mut lengths = [1; 3];
        let from = 3 - sides.len();
        shown[..from].fill(vec![Some(0)]);
        let mut output = input.dims().to_vec();
        for (axis, &(before, after)) in sides.iter().enumerate() {
            let len = input[axis + 1];
            let most = before.max(after);
            if most > mode.most(len) {
                return refuse(format!(
                    "axis {} of more than {}",
                    axis + 1,
                    most - usize::from(mode == PaddingMode::Circular)
                ));
            }
            output[axis + 1] = before + len + after;
            lengths[from + axis] = len;
            let places = -(before as isize)..(len + after) as isize;
            shown[from + axis] = places.map(|place| mode.shown(place, len)).collect();
        }
        Ok(Self { mode, input, output: output.into(), shown, lengths })
    }

    /// The shape before.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The shape after.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// What stands beyond the border.
    pub fn mode(&self) -> PaddingMode {
        self.mode
    }

    /// y for any number of channels, of whatever images.
    ///
    /// # Panics
    /// If x and y are not equally many whole channels.
    pub fn forward<T: Float>(&self, x: &[T], y: &mut [T]) {
        let x_len = self.check(x.len(), y.len());
        let [depth, height, width] = &self.shown;
        let mut rows = y.chunks_exact_mut(width.len());
        for x in x.chunks_exact(x_len) {
            for d in depth {
                for h in height {
                    let Some(y) = rows.next() else { return };
                    let Some((d, h)) = d.zip(*h) else {
                        y.fill(T::ZERO);
                        continue;
                    };
                    let x = &x[(d * self.lengths[1] + h) * self.lengths[2]..][..self.lengths[2]];
                    for (y, w) in y.iter_mut().zip(width) {
                        *y = w.map_or(T::ZERO, |w| x[w]);
                    }
                }
            }
        }
    }

    /// dx += what the places of dy have shown, for any number of channels.
    ///
    /// # Panics
    /// If dy and dx are not equally many whole channels.
    pub fn backward<T: Float>(&self, dy: &[T], dx: &mut [T]) {
        let x_len = self.check(dx.len(), dy.len());
        let [depth, height, width] = &self.shown;
        let mut rows = dy.chunks_exact(width.len());
        for dx in dx.chunks_exact_mut(x_len) {
            for d in depth {
                for h in height {
                    let Some(dy) = rows.next() else { return };
                    let Some((d, h)) = d.zip(*h) else { continue };
                    let dx =
                        &mut dx[(d * self.lengths[1] + h) * self.lengths[2]..][..self.lengths[2]];
                    for (&dy, w) in dy.iter().zip(width) {
                        if let Some(w) = *w {
                            dx[w] += dy;
                        }
                    }
                }
            }
        }
    }

    /// The length of a channel of x.
    #[track_caller]
    fn check(&self, x: usize, y: usize) -> usize {
        let x_len: usize = self.lengths.iter().product();
        let y_len: usize = self.shown.iter().map(Vec::len).product();
        assert!(
            x.is_multiple_of(x_len) && x / x_len * y_len == y,
            "padding: {x} numbers of x and {y} of y, where a channel has {x_len} and {y_len}"
        );
        x_len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_modes_of_an_image() {
        let x: Vec<f64> = (0..6).map(f64::from).collect(); // [[0, 1, 2], [3, 4, 5]]
        for (mode, expected) in [
            (PaddingMode::Zeros, [[0.0; 5], [0.0, 0.0, 1.0, 2.0, 0.0], [0.0, 3.0, 4.0, 5.0, 0.0]]),
            (
                PaddingMode::Reflect,
                [[4.0, 3.0, 4.0, 5.0, 4.0], [1.0, 0.0, 1.0, 2.0, 1.0], [4.0, 3.0, 4.0, 5.0, 4.0]],
            ),
            (
                PaddingMode::Replicate,
                [[0.0, 0.0, 1.0, 2.0, 2.0], [0.0, 0.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 5.0, 5.0]],
            ),
            (
                PaddingMode::Circular,
                [[5.0, 3.0, 4.0, 5.0, 3.0], [2.0, 0.0, 1.0, 2.0, 0.0], [5.0, 3.0, 4.0, 5.0, 3.0]],
            ),
        ] {
            let padded = Padded::new([1, 2, 3], &[(1, 0), (1, 1)], mode).expect("it fits");
            let mut y = [f64::NAN; 15];
            padded.forward(&x, &mut y);
            assert_eq!(y, *expected.as_flattened(), "{mode}");
            // The gradient is the transposed matrix.
            let dy: Vec<f64> = (0..15).map(|i| f64::from(i * i)).collect();
            let mut dx = [1.0; 6];
            padded.backward(&dy, &mut dx);
            for (i, dx) in dx.iter().enumerate() {
                let mut one = [0.0; 6];
                one[i] = 1.0;
                padded.forward(&one, &mut y);
                let expected: f64 = y.iter().zip(&dy).map(|(y, dy)| y * dy).sum();
                assert_eq!(*dx, 1.0 + expected, "{mode}");
            }
        }
    }

    #[test]
    fn no_more_is_shown_than_there_is() {
        let error = |mode, side| Padded::new([2, 3], &[(0, side)], mode).unwrap_err().to_string();
        assert_eq!(
            error(PaddingMode::Reflect, 3),
            "Pad1d(reflect, [(0, 3)]): input shape [2, 3], expected axis 1 of more than 3"
        );
        assert_eq!(
            error(PaddingMode::Circular, 4),
            "Pad1d(circular, [(0, 4)]): input shape [2, 3], expected axis 1 of more than 3"
        );
        assert!(Padded::new([2, 3], &[(2, 2)], PaddingMode::Reflect).is_ok());
        assert!(Padded::new([2, 3], &[(3, 3)], PaddingMode::Circular).is_ok());
        assert!(Padded::new([2, 3], &[(9, 9)], PaddingMode::Replicate).is_ok());
        assert!(Padded::new([2, 3], &[(1, 1), (1, 1)], PaddingMode::Zeros).is_err());
        assert!(Padded::new([0, 3], &[(1, 1)], PaddingMode::Zeros).is_err());
    }
}
