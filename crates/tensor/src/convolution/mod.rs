//! Convolutions of images, signals and volumes: forward, the gradient of the input, and that of the
//! weights.
//!
//! For an image x `[channels, ..]`, weights w `[outputs, channels / groups, ..]` and windows of
//! kernel K, stride s, dilation d and padding p along each axis:
//!
//! ```text
//! y[o, i, j]  = Σ_c Σ_k Σ_l w[o, c, k, l] x[c, s i + d k - p, s j + d l - p]     zero outside x
//! dx[c, ..]   = the transposed sum: each y gives dy w to the x that it has read
//! dw[o, c, k, l] = Σ_images Σ_i Σ_j dy[o, i, j] x[c, s i + d k - p, s j + d l - p]
//! ```
//!
//! PyTorch's `conv1d`, `conv2d` and `conv3d`; what it calls a transposed convolution is the gradient
//! of the input, taken as a function.
//!
//! ```
//! use neuropil_tensor::Window;
//! use neuropil_tensor::convolution::{After, Convolution};
//!
//! // Two images of one channel, three by three numbers; a window of two by two that sums them.
//! let conv = Convolution::new([1, 3, 3], 1, &[Window::new(2); 2], 1)?;
//! assert_eq!(conv.output().dims(), [1, 2, 2]);
//! assert_eq!(conv.weight().dims(), [1, 1, 2, 2]);
//!
//! let x: Vec<f32> = (0..18).map(|x| x as f32).collect();
//! let (w, mut y) = ([1.0; 4], [0.0; 8]);
//! let mut scratch = vec![0.0; conv.scratch_len::<f32>(2)];
//! conv.forward(&x, &w, After { bias: Some(&[0.5]), ..After::NOTHING }, &mut y, &mut scratch);
//! assert_eq!(y[..4], [0.5 + 8.0, 0.5 + 12.0, 0.5 + 20.0, 0.5 + 24.0]);
//! # Ok::<(), neuropil_tensor::ShapeError>(())
//! ```
//!
//! # The promise about bits
//! A number of y, or of dx, is one chain of multiply-adds over the channels, then over the places of
//! the window in their order, zeros of the padding among them: it depends neither on the other images
//! of the batch nor on the number of threads. A weight's gradient adds over places in an order that
//! depends on shapes alone (`weights` says which). Levels that fuse, AVX2 and AVX-512, give equal
//! bits.
//!
//! # How it goes
//! There is no matrix of copied windows. An image's planes are laid out with their padding, strides
//! taken apart, so that the number that a place of y multiplies with some weight lies at the same
//! offset for all places: a table of offsets is all that is needed (`sweep`). The planes of a block
//! of an image stay in the second-level cache (`source`); six channels of four vectors of places stay
//! in registers over the whole sum (`tile`). An input that needs neither padding nor strides is read
//! where it lies, and an output as wide as the padded input is written where it goes (`run`). The
//! gradient of the input is the same sweep over dy, with the table turned round.
//!
//! Blocks, layout and the number of small images side by side are chosen for the shape by a small cost
//! model: an input stays in place unless its channels compete for the same cache lines, and images are
//! laid side by side where that wastes fewer lanes or there is little to do for each. `cargo run --release -p neuropil-tensor --example
//! convolution_choices` measures every choice against the others, and fails where another is quicker.
//!
//! From twice [`grain::PRODUCT`](crate::grain::PRODUCT) multiplications on, the blocks are spread over
//! the threads of the rayon pool that it is called in. Nothing is allocated but in
//! [`Convolution::new`]: copies go to the scratch that the caller lends.

mod output;
mod parallel;
mod run;
mod source;
mod sweep;
mod tile;
mod weights;

pub use output::{After, Finish};
pub(crate) use run::Part as SweepPart;
pub(crate) use weights::Part as WeightsPart;

use crate::{Shape, ShapeError, Window};
use neuropil_simd::{Float, Level};
use run::{Target, Task};
#[doc(hidden)]
pub use sweep::Choice;
use sweep::{Geometry, Sweep};

/// A convolution of one shape: what its kernels need to know, settled once.
///
/// See the [module](self) for the formula and an example.
#[derive(Clone, Debug)]
pub struct Convolution {
    geometry: Geometry,
    input: Shape,
    output: Shape,
    weight: Shape,
    forward: Sweep,
    input_gradient: Sweep,
    weight_gradient: Sweep,
}

impl Convolution {
    /// A convolution of images of this shape, `[channels, ..]` with one to three further axes, to
    /// `outputs` channels, with a window along each of those axes. The channels are cut into `groups`
    /// that do not meet: with as many groups as channels it is a depthwise convolution.
    ///
    /// # Errors
    /// If the shape has no such axes, or not as many as there are windows; if a length, a kernel, a
    /// stride, a dilation or the number of groups is 0; if the groups do not divide the channels and
    /// the outputs; if a window is longer than the padded axis.
    pub fn new(
        input: impl Into<Shape>,
        outputs: usize,
        windows: &[Window],
        groups: usize,
    ) -> Result<Self, ShapeError> {
        Self::with_choice(input, outputs, windows, groups, Choice::FREE)
    }

    /// [`new`](Self::new) with another choice than the cost model's, for the program that checks it.
    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc)] // Those of `new`.
    pub fn with_choice(
        input: impl Into<Shape>,
        outputs: usize,
        windows: &[Window],
        groups: usize,
        choice: Choice,
    ) -> Result<Self, ShapeError> {
        let input = input.into();
        let dims = input.dims();
        let op = || name(dims.first().copied().unwrap_or(0), outputs, windows, groups);
        let refuse = |expected: String| Err(ShapeError::unsupported(op(), input, expected));
        if !(1..=3).contains(&windows.len()) || dims.len() != windows.len() + 1 {
            let axes = ["length", "height, width", "depth, height, width"];
            let axes = axes.get(windows.len().wrapping_sub(1)).unwrap_or(&"one to three axes");
            return refuse(format!("[channels, {axes}]"));
        }
        let zero = windows
            .iter()
            .any(|window| window.kernel == 0 || window.stride == 0 || window.dilation == 0);
        if zero || groups == 0 || outputs == 0 {
            return refuse("a kernel, stride, dilation, groups and outputs of at least 1".into());
        }
        if input.is_empty() {
            return refuse("axes of at least 1".into());
        }
        let channels = dims[0];
        if !channels.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
            return refuse(format!(
                "{groups} groups that divide the {channels} channels and the {outputs} outputs"
            ));
        }
        let (mut planes, mut places, mut three) = ([1; 3], [1; 3], [Window::new(1); 3]);
        for (axis, window) in windows.iter().enumerate() {
            let len = dims[axis + 1];
            let Some(count) = window.places(len) else {
                return refuse(format!(
                    "axis {} of at least {}: the kernel of {} reaches over {} where {} with padding \
                     are",
                    axis + 1,
                    window.reach().saturating_sub(window.before + window.after),
                    window.kernel,
                    window.reach(),
                    len + window.before + window.after
                ));
            };
            let at = 3 - windows.len() + axis;
            (planes[at], places[at], three[at]) = (len, count, *window);
        }
        let geometry = Geometry {
            inputs: channels,
            input: planes,
            outputs,
            output: places,
            windows: three,
            groups,
        };
        let from = 3 - windows.len();
        let output = std::iter::once(outputs).chain(places[from..].iter().copied()).collect();
        let kernels = windows.iter().map(|window| window.kernel);
        let weight = [outputs, channels / groups].into_iter().chain(kernels).collect();
        Ok(Self {
            input,
            output,
            weight,
            forward: Sweep::forward(&geometry, choice),
            input_gradient: Sweep::input_gradient(&geometry, choice),
            weight_gradient: Sweep::weight_gradient(&geometry),
            geometry,
        })
    }

    /// The shape of an image: `[channels, ..]`.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The shape of its result: `[outputs, ..]`.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// The shape of the weights: `[outputs, channels / groups, ..]`.
    pub fn weight(&self) -> Shape {
        self.weight
    }

    /// Into how many groups the channels are cut.
    pub fn groups(&self) -> usize {
        self.geometry.groups
    }

    /// Multiply-adds of an image, forward or in either gradient, those with padding among them.
    pub fn multiply_adds(&self) -> usize {
        self.output.len() * self.geometry.weights_of_output()
    }

    /// The numbers of scratch that any of the passes over so many images may need on the threads of
    /// the present pool. In a pool of fewer threads it is enough, too; in one of more, fewer threads
    /// are used.
    pub fn scratch_len<T: Float>(&self, images: usize) -> usize {
        let forward = parallel::sweep_scratch::<T>(&self.forward, images);
        let input = parallel::sweep_scratch::<T>(&self.input_gradient, images);
        let weights = parallel::weights_scratch::<T>(&self.weight_gradient, images);
        forward.max(input).max(weights)
    }

    /// y = what `after` makes of the convolution of each image.
    ///
    /// x is `[images, channels, ..]`, w as [`weight`](Self::weight) says, y `[images, outputs, ..]`.
    ///
    /// # Panics
    /// If a slice has another length than the shapes say, or the scratch is shorter than
    /// [`scratch_len`](Self::scratch_len) says for one thread.
    pub fn forward<T: Float>(
        &self,
        x: &[T],
        w: &[T],
        after: After<'_, T>,
        y: &mut [T],
        scratch: &mut [T],
    ) {
        self.forward_at(Level::current(), x, w, after, false, y, scratch);
    }

    /// The same, added to y where `adds` says so: the gradient of a transposed convolution's input.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_adding<T: Float>(
        &self,
        x: &[T],
        w: &[T],
        adds: bool,
        y: &mut [T],
        scratch: &mut [T],
    ) {
        self.forward_at(Level::current(), x, w, After::NOTHING, adds, y, scratch);
    }

    /// [`forward`](Self::forward) at a chosen level, for tests and benchmarks.
    ///
    /// # Panics
    /// As [`forward`](Self::forward), and if this machine lacks the level.
    #[allow(clippy::too_many_arguments)] // The union of those of the functions above.
    pub fn forward_at<T: Float>(
        &self,
        level: Level,
        x: &[T],
        w: &[T],
        after: After<'_, T>,
        adds: bool,
        y: &mut [T],
        scratch: &mut [T],
    ) {
        self.sweep(level, &self.forward, [("x", x), ("w", w)], after, adds, y, scratch);
    }

    /// dx = the gradient of the input, or added to it where `adds` says so.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn input_gradient<T: Float>(
        &self,
        dy: &[T],
        w: &[T],
        adds: bool,
        dx: &mut [T],
        scratch: &mut [T],
    ) {
        self.input_gradient_at(Level::current(), dy, w, After::NOTHING, adds, dx, scratch);
    }

    /// The transposed convolution: the gradient of the input as a function, from
    /// `[images, outputs, ..]` to `[images, channels, ..]`, with what comes after.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn transposed<T: Float>(
        &self,
        x: &[T],
        w: &[T],
        after: After<'_, T>,
        y: &mut [T],
        scratch: &mut [T],
    ) {
        self.input_gradient_at(Level::current(), x, w, after, false, y, scratch);
    }

    /// [`input_gradient`](Self::input_gradient) and [`transposed`](Self::transposed) at a chosen
    /// level, for tests and benchmarks.
    ///
    /// # Panics
    /// As [`forward`](Self::forward), and if this machine lacks the level.
    #[allow(clippy::too_many_arguments)] // The union of those of the functions above.
    pub fn input_gradient_at<T: Float>(
        &self,
        level: Level,
        dy: &[T],
        w: &[T],
        after: After<'_, T>,
        adds: bool,
        dx: &mut [T],
        scratch: &mut [T],
    ) {
        self.sweep(level, &self.input_gradient, [("dy", dy), ("w", w)], after, adds, dx, scratch);
    }

    #[allow(clippy::too_many_arguments)] // As above.
    fn sweep<T: Float>(
        &self,
        level: Level,
        sweep: &Sweep,
        [(x_name, x), (w_name, w)]: [(&str, &[T]); 2],
        after: After<'_, T>,
        adds: bool,
        y: &mut [T],
        scratch: &mut [T],
    ) {
        let images = self.images(x_name, x.len(), sweep.source_image());
        check(w_name, w.len(), self.weight.len());
        check("the output", y.len(), images * sweep.output_image());
        after.check(sweep.groups * sweep.rows);
        if images == 0 {
            return;
        }
        let y = Target(y.as_mut_ptr());
        let task = Task { sweep, x, w, y, adds, after, images };
        // SAFETY: y is a unique borrow, and all lengths have been compared with the sweep's.
        unsafe { parallel::sweep(level, &task, scratch) };
    }

    /// dw, and db `[outputs]`, of a batch of images, or added to them where `adds` says so for each.
    ///
    /// db is the sum of dy over images and places. An infinity or NaN in x or dy makes some of the
    /// numbers NaN.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn weight_gradient<T: Float>(
        &self,
        x: &[T],
        dy: &[T],
        dw: Option<(&mut [T], bool)>,
        db: Option<(&mut [T], bool)>,
        scratch: &mut [T],
    ) {
        self.weight_gradient_at(Level::current(), x, dy, dw, db, scratch);
    }

    /// [`weight_gradient`](Self::weight_gradient) at a chosen level, for tests and benchmarks.
    ///
    /// # Panics
    /// As [`forward`](Self::forward), and if this machine lacks the level.
    pub fn weight_gradient_at<T: Float>(
        &self,
        level: Level,
        x: &[T],
        dy: &[T],
        dw: Option<(&mut [T], bool)>,
        db: Option<(&mut [T], bool)>,
        scratch: &mut [T],
    ) {
        let sweep = &self.weight_gradient;
        let images = self.images("x", x.len(), self.input.len());
        check("dy", dy.len(), images * self.output.len());
        let weights = self.weight.len();
        let outputs = self.geometry.outputs;
        for (what, found, expected) in [
            ("dw", dw.as_ref().map(|dw| dw.0.len()), weights),
            ("db", db.as_ref().map(|db| db.0.len()), outputs),
        ] {
            if let Some(found) = found {
                check(what, found, expected);
            }
        }
        let shards = weights::Shards::new(sweep, images);
        let len = weights::sums(sweep);
        let all = if images == 0 { 0 } else { shards.count * len };
        assert!(
            all <= scratch.len(),
            "convolution: a scratch of {} numbers where {all} and more are needed",
            scratch.len()
        );
        let (sums, scratch) = scratch.split_at_mut(all);
        if images > 0 {
            let target = Target(sums.as_mut_ptr());
            let task = weights::Task { sweep, x, dy, images, shards, sums: target };
            // SAFETY: the sums are a unique borrow with room for those of all shards, and all lengths
            // have been compared with the sweep's.
            unsafe { parallel::weight_sums(level, &task, scratch) };
        }
        for (to, range) in [(dw, 0..weights), (db, weights..weights + outputs)] {
            let Some((to, adds)) = to else { continue };
            if !adds {
                to.fill(T::ZERO);
            }
            for sums in sums.chunks_exact(len) {
                for (to, &sum) in to.iter_mut().zip(&sums[range.clone()]) {
                    *to += sum;
                }
            }
        }
    }

    fn images(&self, what: &str, len: usize, image: usize) -> usize {
        assert!(
            len.is_multiple_of(image),
            "{}: {what} has {len} numbers, no images of {image}",
            self.name()
        );
        len / image
    }

    /// The convolution with its settings, for messages.
    pub fn name(&self) -> String {
        let Geometry { inputs, outputs, windows, groups, .. } = &self.geometry;
        name(*inputs, *outputs, &windows[3 - (self.input.rank() - 1)..], *groups)
    }
}

/// `Conv2d(3 -> 16, kernel 3x3, stride 2x2)`: settings that are not the default.
fn name(inputs: usize, outputs: usize, windows: &[Window], groups: usize) -> String {
    let each = |of: fn(&Window) -> usize| {
        let numbers: Vec<String> = windows.iter().map(|window| of(window).to_string()).collect();
        numbers.join("x")
    };
    let mut name = format!("Conv{}d({inputs} -> {outputs}, kernel ", windows.len());
    name += &each(|window| window.kernel);
    type Setting = (&'static str, fn(&Window) -> usize, usize);
    let settings: [Setting; 4] = [
        ("stride", |window| window.stride, 1),
        ("dilation", |window| window.dilation, 1),
        ("padding", |window| window.before, 0),
        ("padding behind", |window| window.after, 0),
    ];
    for (what, of, default) in settings {
        let behind = what == "padding behind";
        let differs = |window: &Window| match behind {
            true => window.after != window.before,
            false => of(window) != default,
        };
        if windows.iter().any(differs) {
            name += &format!(", {what} {}", each(of));
        }
    }
    if groups != 1 {
        name += &format!(", groups {groups}");
    }
    name + ")"
}

#[track_caller]
fn check(what: &str, found: usize, expected: usize) {
    assert!(found == expected, "convolution: {what} has {found} numbers, expected {expected}");
}
