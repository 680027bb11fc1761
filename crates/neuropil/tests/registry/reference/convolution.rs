//! Convolution, its transpose and padding, number by number.

use neuropil::Params;
use neuropil::tensor::padding::PaddingMode;

/// What is settled of a convolution; for each axis of a channel a number, and more do not matter.
#[derive(Clone, Copy)]
pub struct Windows {
    pub channels: usize,
    /// The axes of a channel.
    pub input: &'static [usize],
    pub kernel: &'static [usize],
    pub stride: &'static [usize],
    pub dilation: &'static [usize],
    pub before: &'static [usize],
    pub after: &'static [usize],
    pub groups: usize,
    pub mode: PaddingMode,
}

impl Windows {
    /// Neighbours at every place, without padding.
    pub const fn new(channels: usize, input: &'static [usize], kernel: &'static [usize]) -> Self {
        let (ones, none): (&[usize], &[usize]) = (&[1; 3], &[0; 3]);
        Self {
            channels,
            input,
            kernel,
            stride: ones,
            dilation: ones,
            before: none,
            after: none,
            groups: 1,
            mode: PaddingMode::Zeros,
        }
    }

    /// As much padding on both sides.
    pub const fn padding(self, each: &'static [usize]) -> Self {
        Self { before: each, after: each, ..self }
    }

    fn taps(&self) -> usize {
        self.kernel.iter().product()
    }

    /// y for all images, given as many outputs as there are weights for.
    pub fn convolve(&self, w: &[f64], b: Option<&[f64]>, x: &[f64]) -> Vec<f64> {
        let (channels, taps) = (self.channels / self.groups, self.taps());
        let outputs = w.len() / (channels * taps);
        let output: Vec<usize> = (0..self.input.len())
            .map(|axis| {
                let padded = self.input[axis] + self.before[axis] + self.after[axis];
                let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
                (padded - reach) / self.stride[axis] + 1
            })
            .collect();
        let plane: usize = self.input.iter().product();
        let mut y = Vec::new();
        for x in x.chunks(self.channels * plane) {
            for o in 0..outputs {
                let first = o / (outputs / self.groups) * channels;
                for place in places(&output) {
                    let mut sum = b.map_or(0.0, |b| b[o]);
                    for c in 0..channels {
                        for (k, tap) in places(self.kernel).iter().enumerate() {
                            let at = |axis: usize| {
                                (place[axis] * self.stride[axis] + tap[axis] * self.dilation[axis])
                                    as isize
                                    - self.before[axis] as isize
                            };
                            let at: Vec<isize> = (0..place.len()).map(at).collect();
                            let x = &x[(first + c) * plane..][..plane];
                            sum += w[(o * channels + c) * taps + k]
                                * shown(x, self.input, &at, self.mode);
                        }
                    }
                    y.push(sum);
                }
            }
        }
        y
    }

    /// The transpose: each number of x adds the window to y, which has `more` places behind.
    pub fn transpose(&self, w: &[f64], b: Option<&[f64]>, more: &[usize], x: &[f64]) -> Vec<f64> {
        let (channels, taps) = (self.channels / self.groups, self.taps());
        let of_group = w.len() / (self.channels * taps);
        let output: Vec<usize> = (0..self.input.len())
            .map(|axis| {
                (self.input[axis] - 1) * self.stride[axis]
                    + self.dilation[axis] * (self.kernel[axis] - 1)
                    + 1
                    + more[axis]
                    - 2 * self.before[axis]
            })
            .collect();
        let (plane, y_plane): (usize, usize) =
            (self.input.iter().product(), output.iter().product());
        let mut all = Vec::new();
        for x in x.chunks(self.channels * plane) {
            let mut y = vec![0.0; of_group * self.groups * y_plane];
            for (o, y) in y.chunks_mut(y_plane).enumerate() {
                y.fill(b.map_or(0.0, |b| b[o]));
            }
            for c in 0..self.channels {
                for (i, place) in places(self.input).iter().enumerate() {
                    for (k, tap) in places(self.kernel).iter().enumerate() {
                        let mut at = Some(0);
                        for axis in 0..output.len() {
                            let along =
                                place[axis] * self.stride[axis] + tap[axis] * self.dilation[axis];
                            let along = along.checked_sub(self.before[axis]);
                            let along = along.filter(|&along| along < output[axis]);
                            at = at.zip(along).map(|(at, along)| at * output[axis] + along);
                        }
                        let Some(at) = at else { continue };
                        for o in 0..of_group {
                            let to = (c / channels * of_group + o) * y_plane + at;
                            y[to] += w[(c * of_group + o) * taps + k] * x[c * plane + i];
                        }
                    }
                }
            }
            all.extend(y);
        }
        all
    }

    /// [`convolve`](Self::convolve) with the weights of a layer.
    pub fn layer(&self, params: &Params<f64>, x: &[f64]) -> Vec<f64> {
        self.convolve(params.get("weight").expect("a weight"), params.get("bias").ok(), x)
    }

    /// [`transpose`](Self::transpose) with the weights of a layer.
    pub fn transposed(&self, params: &Params<f64>, more: &[usize], x: &[f64]) -> Vec<f64> {
        self.transpose(params.get("weight").expect("a weight"), params.get("bias").ok(), more, x)
    }

    /// All channels with the padding.
    pub fn pad(&self, x: &[f64]) -> Vec<f64> {
        let output: Vec<usize> = (0..self.input.len())
            .map(|axis| self.before[axis] + self.input[axis] + self.after[axis])
            .collect();
        let mut y = Vec::new();
        for x in x.chunks(self.input.iter().product()) {
            for place in places(&output) {
                let at = |axis: usize| place[axis] as isize - self.before[axis] as isize;
                let at: Vec<isize> = (0..place.len()).map(at).collect();
                y.push(shown(x, self.input, &at, self.mode));
            }
        }
        y
    }
}

/// All places of these axes, the last one fastest.
fn places(axes: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &len in axes {
        all =
            all.iter().flat_map(|outer| (0..len).map(|at| [&outer[..], &[at]].concat())).collect();
    }
    all
}

/// The number of a channel that a mode shows at a place, inside or beyond the border.
fn shown(x: &[f64], axes: &[usize], at: &[isize], mode: PaddingMode) -> f64 {
    let mut index = 0;
    for (&len, &at) in axes.iter().zip(at) {
        let len = len as isize;
        let inside = match mode {
            _ if (0..len).contains(&at) => at,
            PaddingMode::Zeros => return 0.0,
            PaddingMode::Reflect => (len - 1) - ((len - 1) - at.abs()).abs(),
            PaddingMode::Replicate => at.max(0).min(len - 1),
            PaddingMode::Circular => (at + len) % len,
        };
        index = index * len + inside;
    }
    x[index as usize]
}
