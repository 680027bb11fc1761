//! Windows, bins and neighbours, place by place.

/// Windows, alike on all axes but for their size.
#[derive(Clone, Copy)]
pub struct Windows {
    /// The axes of a channel.
    pub input: &'static [usize],
    pub kernel: &'static [usize],
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
    /// Whether a last window may reach beyond the padding.
    pub beyond: bool,
}

/// Of a window: the places in the channel that it sees, and how many it has on the axes and in the
/// padding.
type Seen = (Vec<usize>, usize);

impl Windows {
    fn all(&self) -> Vec<Seen> {
        let mut all: Vec<Seen> = vec![(vec![0], 1)];
        for (&length, &kernel) in self.input.iter().zip(self.kernel) {
            let of_axis = self.axis(length as isize, kernel as isize);
            let end = (length + self.padding) as isize;
            let mut longer = Vec::new();
            for (outer, outer_count) in &all {
                for window in &of_axis {
                    let on_axis = window.iter().filter(|&&at| at >= 0 && at < length as isize);
                    let places = outer
                        .iter()
                        .flat_map(|outer| {
                            on_axis.clone().map(move |&at| outer * length + at as usize)
                        })
                        .collect();
                    let count = window.iter().filter(|&&at| at < end).count();
                    longer.push((places, outer_count * count));
                }
            }
            all = longer;
        }
        all
    }

    fn axis(&self, length: isize, kernel: isize) -> Vec<Vec<isize>> {
        let (padding, dilation) = (self.padding as isize, self.dilation as isize);
        let window =
            |start: isize| -> Vec<isize> { (0..kernel).map(|k| start + k * dilation).collect() };
        let fits = |start: &isize| {
            let last = start + (kernel - 1) * dilation;
            let room = if self.beyond { self.stride as isize - 1 } else { 0 };
            last < length + padding + room && (!self.beyond || *start < length)
        };
        (-padding..length + padding).step_by(self.stride).filter(fits).map(window).collect()
    }

    /// What `f` makes of the numbers that each window sees and of its count of places, for all
    /// channels.
    pub fn map(&self, x: &[f64], f: impl Fn(&[f64], f64) -> f64) -> Vec<f64> {
        let all = self.all();
        let of_channel = |x: &[f64]| -> Vec<f64> {
            let y = |(places, count): &Seen| {
                f(&places.iter().map(|&at| x[at]).collect::<Vec<f64>>(), *count as f64)
            };
            all.iter().map(y).collect()
        };
        x.chunks(self.input.iter().product()).flat_map(of_channel).collect()
    }
}

/// The largest.
pub fn largest(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The mean.
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// What `f` makes of each of so many bins of channels `[height, width]`.
pub fn bins(
    x: &[f64],
    input: [usize; 2],
    output: [usize; 2],
    f: impl Fn(&[f64]) -> f64,
) -> Vec<f64> {
    let bin = |axis: usize, i: usize| {
        let size = input[axis] as f64 / output[axis] as f64;
        (i as f64 * size).floor() as usize..((i + 1) as f64 * size).ceil() as usize
    };
    let mut y = Vec::new();
    for x in x.chunks(input[0] * input[1]) {
        for row in 0..output[0] {
            for column in 0..output[1] {
                let rows = bin(0, row);
                let places = rows.flat_map(|r| bin(1, column).map(move |c| r * input[1] + c));
                y.push(f(&places.map(|at| x[at]).collect::<Vec<f64>>()));
            }
        }
    }
    y
}

/// Channels `[height, width]` at the places that `row` and `column` give for each output.
pub fn resample(
    x: &[f64],
    input: [usize; 2],
    output: [usize; 2],
    place: fn(usize, usize, usize) -> f64,
) -> Vec<f64> {
    let mut y = Vec::new();
    for x in x.chunks(input[0] * input[1]) {
        for row in 0..output[0] {
            for column in 0..output[1] {
                let at = [place(row, input[0], output[0]), place(column, input[1], output[1])];
                let weight = |at: f64, i: usize| (1.0 - (at - i as f64).abs()).max(0.0);
                let terms = x
                    .iter()
                    .enumerate()
                    .map(|(i, x)| weight(at[0], i / input[1]) * weight(at[1], i % input[1]) * x);
                y.push(terms.sum());
            }
        }
    }
    y
}

/// ⌊i in/out⌋
pub fn nearest(i: usize, input: usize, output: usize) -> f64 {
    (i * input / output) as f64
}

/// (i + 1/2) in/out - 1/2 within the axis
pub fn between(i: usize, input: usize, output: usize) -> f64 {
    let at = (i as f64 + 0.5) * input as f64 / output as f64 - 0.5;
    at.clamp(0.0, (input - 1) as f64)
}

/// i (in - 1)/(out - 1)
pub fn between_corners(i: usize, input: usize, output: usize) -> f64 {
    (i * (input - 1)) as f64 / (output - 1) as f64
}

/// y[p, c] = x[c, p]
pub fn channels_last(x: &[f64], channels: usize) -> Vec<f64> {
    let places = x.len() / channels;
    (0..x.len()).map(|i| x[i % channels * places + i / channels]).collect()
}
