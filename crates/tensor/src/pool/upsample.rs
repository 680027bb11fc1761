//! More numbers than there were: each output lies somewhere on the input's axes.

use super::planes::{Planes, axes, by, three};
use super::share::{Parts, share};
use crate::{Shape, ShapeError};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// What an output is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interpolation {
    /// Output i is input ⌊i in/out⌋. PyTorch's `nearest`, but for its rounding of in/out to `f32`.
    Nearest,
    /// The neighbours on each axis, weighted by how near they are: PyTorch's `linear`, `bilinear`
    /// and `trilinear`.
    ///
    /// Output i lies at i (in - 1)/(out - 1) if the corners are aligned, else at
    /// (i + 1/2) in/out - 1/2, from 0 to in - 1.
    Linear {
        /// Whether the first and last numbers of both lie at one place.
        align_corners: bool,
    },
}

/// y = x at more, or fewer, places: Σ w x over the neighbours of a place, and dx += w dy, the
/// transposed sum. PyTorch's `interpolate`.
///
/// ```
/// use neuropil_tensor::pool::{Interpolation, Upsampling};
///
/// let nearest = Upsampling::new([1, 2], [4], Interpolation::Nearest)?;
/// let mut y = [0.0; 4];
/// nearest.forward(&[1.0_f32, 2.0], &mut y);
/// assert_eq!(y, [1.0, 1.0, 2.0, 2.0]);
///
/// let linear = Upsampling::new([1, 2], [4], Interpolation::Linear { align_corners: false })?;
/// linear.forward(&[1.0_f32, 2.0], &mut y);
/// assert_eq!(y, [1.0, 1.25, 1.75, 2.0]);
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Upsampling {
    planes: Planes,
    linear: bool,
    /// For each axis, where each place of y lies.
    places: [Vec<Place>; 3],
}

/// Between two neighbours.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    low: u32,
    high: u32,
    /// The weight of the higher one.
    share: f64,
}

impl Place {
    /// The neighbours with their weights; one alone if they are the same.
    #[inline(always)]
    fn neighbours(self) -> ([(usize, f64); 2], usize) {
        let Self { low, high, share } = self;
        if low == high {
            return ([(low as usize, 1.0); 2], 1);
        }
        ([(low as usize, 1.0 - share), (high as usize, share)], 2)
    }
}

impl Upsampling {
    /// From rows of shape `input`, channels first, to `output` numbers on the other axes.
    ///
    /// # Errors
    /// If the rank is not `N + 1`, an axis is empty, or `output` has a 0.
    pub fn new<const N: usize>(
        input: impl Into<Shape>,
        output: [usize; N],
        interpolation: Interpolation,
    ) -> Result<Self, ShapeError> {
        let input = input.into();
        let kind = match interpolation {
            Interpolation::Nearest => "nearest",
            Interpolation::Linear { align_corners: false } => "linear",
            Interpolation::Linear { align_corners: true } => "linear, corners aligned,",
        };
        let name = format!("Upsample{N}d({kind} to {})", by(output));
        let lengths: [usize; N] = axes(&name, input)?;
        if output.contains(&0) {
            return Err(ShapeError::unsupported(name, input, "an output of at least 1 each way"));
        }
        let planes = Planes::new(input, output);
        if planes.output_shape.checked_len().is_none_or(|len| len > u32::MAX as usize) {
            return Err(ShapeError::unsupported(name, input, "an output of fewer numbers"));
        }
        let lengths = three(lengths, 1).into_iter().zip(three(output, 1));
        let mut places = lengths.map(|(input, output)| places(input, output, interpolation));
        let places = std::array::from_fn(|_| places.next().unwrap_or_default());
        Ok(Self { planes, linear: interpolation != Interpolation::Nearest, places })
    }

    /// The shape of a row of x.
    pub fn input(&self) -> Shape {
        self.planes.input_shape
    }

    /// The shape of a row of y.
    pub fn output(&self) -> Shape {
        self.planes.output_shape
    }

    /// y for any count of rows.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn forward<T: Float>(&self, x: &[T], y: &mut [T]) {
        self.planes.check("Upsample", x.len(), y.len());
        let (from, to) = (self.planes.input_len(), self.planes.output_len());
        share(
            Parts { all: y, each: to },
            Parts::none(),
            self.cost(),
            &|first, y: &mut [T], _: &mut [()]| {
                let x = &x[first * from..][..y.len() / to * from];
                dispatch(Forward { plan: self, x, y });
            },
        );
    }

    /// dx += w dy for each neighbour of each place.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn backward<T: Float>(&self, dy: &[T], dx: &mut [T]) {
        self.planes.check("Upsample", dx.len(), dy.len());
        let (from, to) = (self.planes.input_len(), self.planes.output_len());
        share(
            Parts { all: dx, each: from },
            Parts::none(),
            self.cost(),
            &|first, dx: &mut [T], _: &mut [()]| {
                let dy = &dy[first * to..][..dx.len() / from * to];
                dispatch(Backward { plan: self, dy, dx });
            },
        );
    }

    /// Steps that a channel takes.
    fn cost(&self) -> usize {
        self.planes.output_len() * if self.linear { 4 } else { 1 }
    }

    /// The places of the i-th row of y on the axes before the last.
    #[inline(always)]
    fn row(&self, i: usize) -> [Place; 2] {
        let height = self.planes.output[1];
        [self.places[0][i / height], self.places[1][i % height]]
    }

    /// Where a row of x begins in its channel.
    #[inline(always)]
    fn start(&self, depth: usize, row: usize) -> usize {
        (depth * self.planes.input[1] + row) * self.planes.input[2]
    }
}

fn places(input: usize, output: usize, interpolation: Interpolation) -> Vec<Place> {
    let of = |i: usize| {
        let at = match interpolation {
            Interpolation::Nearest => {
                let low = (i * input / output) as u32;
                return Place { low, high: low, share: 0.0 };
            }
            // As PyTorch rounds: the scale first.
            Interpolation::Linear { align_corners: true } => {
                let scale = if output > 1 { (input - 1) as f64 / (output - 1) as f64 } else { 0.0 };
                scale * i as f64
            }
            Interpolation::Linear { align_corners: false } => {
                let scale = input as f64 / output as f64;
                (scale * (i as f64 + 0.5) - 0.5).max(0.0)
            }
        };
        let low = (at as usize).min(input - 1);
        let high = (low + 1).min(input - 1);
        let share = (at - low as f64).clamp(0.0, 1.0);
        Place { low: low as u32, high: high as u32, share }
    };
    (0..output).map(of).collect()
}

struct Forward<'a, T> {
    plan: &'a Upsampling,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { plan, x, y } = self;
        let (from, to) = (plan.planes.input_len(), plan.planes.output_len());
        for (x, y) in x.chunks_exact(from).zip(y.chunks_exact_mut(to)) {
            if plan.linear {
                linear(plan, x, y);
            } else {
                nearest(plan, x, y);
            }
        }
    }
}

#[inline(always)]
fn nearest<T: Float>(plan: &Upsampling, x: &[T], y: &mut [T]) {
    let width = plan.planes.output[2];
    let mut before = None;
    for i in 0..y.len() / width {
        let [depth, row] = plan.row(i);
        let at = plan.start(depth.low as usize, row.low as usize);
        // The same row again.
        if before.replace(at) == Some(at) {
            y.copy_within((i - 1) * width..i * width, i * width);
            continue;
        }
        let x = &x[at..at + plan.planes.input[2]];
        let y = &mut y[i * width..(i + 1) * width];
        if width == 2 * x.len() {
            for (y, &x) in y.chunks_exact_mut(2).zip(x) {
                (y[0], y[1]) = (x, x);
            }
            continue;
        }
        for (y, place) in y.iter_mut().zip(&plan.places[2]) {
            *y = x[place.low as usize];
        }
    }
}

#[inline(always)]
fn linear<T: Float>(plan: &Upsampling, x: &[T], y: &mut [T]) {
    let (input_width, width) = (plan.planes.input[2], plan.planes.output[2]);
    for (i, y) in y.chunks_exact_mut(width).enumerate() {
        let [depth, row] = plan.row(i);
        let ((depths, depth_count), (rows, row_count)) = (depth.neighbours(), row.neighbours());
        for (d, &(depth, depth_weight)) in depths[..depth_count].iter().enumerate() {
            for (r, &(row, row_weight)) in rows[..row_count].iter().enumerate() {
                let x = &x[plan.start(depth, row)..][..input_width];
                let weight = T::of(depth_weight * row_weight);
                for (y, place) in y.iter_mut().zip(&plan.places[2]) {
                    let (low, high) = (x[place.low as usize], x[place.high as usize]);
                    let share = T::of(place.share);
                    let term = weight * ((T::ONE - share) * low + share * high);
                    *y = if d + r == 0 { term } else { *y + term };
                }
            }
        }
    }
}

struct Backward<'a, T> {
    plan: &'a Upsampling,
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { plan, dy, dx } = self;
        let (from, to) = (plan.planes.input_len(), plan.planes.output_len());
        for (dx, dy) in dx.chunks_exact_mut(from).zip(dy.chunks_exact(to)) {
            if plan.linear {
                lead_back_linear(plan, dy, dx);
            } else {
                lead_back_nearest(plan, dy, dx);
            }
        }
    }
}

#[inline(always)]
fn lead_back_nearest<T: Float>(plan: &Upsampling, dy: &[T], dx: &mut [T]) {
    let (input_width, width) = (plan.planes.input[2], plan.planes.output[2]);
    for (i, dy) in dy.chunks_exact(width).enumerate() {
        let [depth, row] = plan.row(i);
        let dx = &mut dx[plan.start(depth.low as usize, row.low as usize)..][..input_width];
        if width == 2 * input_width {
            for (dx, dy) in dx.iter_mut().zip(dy.chunks_exact(2)) {
                *dx += dy[0] + dy[1];
            }
            continue;
        }
        for (&dy, place) in dy.iter().zip(&plan.places[2]) {
            dx[place.low as usize] += dy;
        }
    }
}

#[inline(always)]
fn lead_back_linear<T: Float>(plan: &Upsampling, dy: &[T], dx: &mut [T]) {
    let (input_width, width) = (plan.planes.input[2], plan.planes.output[2]);
    for (i, dy) in dy.chunks_exact(width).enumerate() {
        let [depth, row] = plan.row(i);
        let ((depths, depth_count), (rows, row_count)) = (depth.neighbours(), row.neighbours());
        for &(depth, depth_weight) in &depths[..depth_count] {
            for &(row, row_weight) in &rows[..row_count] {
                let dx = &mut dx[plan.start(depth, row)..][..input_width];
                let weight = T::of(depth_weight * row_weight);
                for (&dy, place) in dy.iter().zip(&plan.places[2]) {
                    let (share, dy) = (T::of(place.share), weight * dy);
                    dx[place.low as usize] += (T::ONE - share) * dy;
                    dx[place.high as usize] += share * dy;
                }
            }
        }
    }
}
