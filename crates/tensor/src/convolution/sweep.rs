//! A sweep: what a convolution's forward pass and the gradient of its input have in common, settled
//! for one shape.
//!
//! A sweep goes over *places*. For each channel of its output, a place has the sum of its *terms*:
//! a weight times the number of the source that lies at the term's offset from the place. The
//! source's planes are laid out so that the offset is the same for all places: with the padding in
//! it, and, for strides, cut into *phases*, of which each has every stride-th number. So a run of
//! neighbouring places reads a run of neighbouring numbers, and the table of offsets stands for the
//! matrix that other methods copy the source into.
//!
//! Places between the end of a row and the beginning of the next are computed and not used.

use super::tile::Term;
use crate::Window;
use std::ops::Range;

/// Depth, height and width; axes that a shape lacks have length 1.
pub(super) type Axes3 = [usize; 3];

/// The most bytes of a source block in `f32`: it stays in the second-level cache.
const SOURCE: usize = 256 * 1024;

/// The most places of a block: six channels of them stay in the first- or second-level cache.
const PLACES: usize = 2048;

/// The most images whose planes are laid side by side.
const IMAGES: usize = 8;

/// Numbers by which the source is readable beyond its last plane.
pub(super) const SLACK: usize = 64;

/// Lanes to a vector that waste is counted in: those of AVX-512 in `f32`.
const VECTOR: usize = 16;

/// What is known of a convolution of one image.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    /// Channels and planes of the image, and of the result.
    pub inputs: usize,
    pub input: Axes3,
    pub outputs: usize,
    pub output: Axes3,
    pub windows: [Window; 3],
    pub groups: usize,
}

impl Geometry {
    /// Places of a window.
    pub fn taps(&self) -> usize {
        self.windows.iter().map(|window| window.kernel).product()
    }

    /// Weights of one output channel.
    pub fn weights_of_output(&self) -> usize {
        self.inputs / self.groups * self.taps()
    }

    /// The windows' places in order, axis by axis.
    fn each_tap(&self) -> impl Iterator<Item = Axes3> + use<> {
        let [d, h, w] = self.windows.map(|window| window.kernel);
        (0..d).flat_map(move |i| (0..h).flat_map(move |j| (0..w).map(move |k| [i, j, k])))
    }
}

/// One kind of output places: those of one remainder by the stride of a gradient; forward there is
/// one kind alone.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub terms: Range<usize>,
    /// The output's place of relative place r is r times the sweep's `output_step` plus this.
    pub start: [isize; 3],
}

/// Where the numbers of a source block lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// From a channel to the next, a phase, an image, a slice of the depth, and a row.
    pub channel: usize,
    pub phase: usize,
    pub image: usize,
    pub slice: usize,
    pub row: usize,
    /// Whether this is how the source itself lies in memory.
    pub in_place: bool,
}

/// What is left to the cost model, for the program that checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct Choice {
    /// Whether a source that needs neither padding nor phases may stay where it lies.
    pub in_place: bool,
    /// How many images are laid side by side; `None` for what costs least.
    pub images: Option<usize>,
}

impl Choice {
    /// What [`Convolution::new`](super::Convolution::new) chooses.
    pub const FREE: Self = Self { in_place: true, images: None };
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Sweep {
    pub groups: usize,
    /// Of one group: channels of the source, and of the output.
    pub channels: usize,
    pub rows: usize,
    /// A plane of the source and of the output.
    pub source: Axes3,
    pub output: Axes3,
    /// Number e of phase f lies at place e `step` + f + `shift` of the source, if that is one.
    pub step: Axes3,
    pub shift: [isize; 3],
    pub phases: Vec<Axes3>,
    /// Relative places along each axis, and how many more numbers of the source they reach.
    pub extents: Axes3,
    pub reach: Axes3,
    pub output_step: Axes3,
    pub kinds: Vec<Kind>,
    pub terms: Vec<Term>,
    pub layout: Layout,
    /// The axis along which an image is cut into blocks, and relative places of a block.
    pub axis: usize,
    pub block: usize,
    /// Images of a block.
    pub images: usize,
    /// From an output channel's first weight to the next one's, and a group's.
    pub weight_row: usize,
    pub weight_group: usize,
}

/// Numbers that a term reads, before a layout is chosen: the channel of the source, the phase, and
/// the offset along each axis.
struct Offset {
    channel: usize,
    phase: usize,
    along: Axes3,
    weight: usize,
}

impl Sweep {
    /// Forward: source x, output y.
    pub fn forward(geometry: &Geometry, choice: Choice) -> Self {
        let (sweep, offsets) = Self::over_input(geometry);
        sweep.laid_out(&offsets, choice)
    }

    /// The gradient of the weights reads x as forward does, laid out anew and image by image.
    pub fn weight_gradient(geometry: &Geometry) -> Self {
        let (sweep, offsets) = Self::over_input(geometry);
        sweep.laid_out(&offsets, Choice { in_place: false, images: Some(1) })
    }

    fn over_input(geometry: &Geometry) -> (Self, Vec<Offset>) {
        let Geometry { inputs, outputs, groups, windows, .. } = geometry;
        let phases = product(windows.map(|window| {
            let mut used: Vec<usize> =
                (0..window.kernel).map(|k| k * window.dilation % window.stride).collect();
            used.sort_unstable();
            used.dedup();
            used
        }));
        let channels = inputs / groups;
        let mut offsets = Vec::new();
        for channel in 0..channels {
            for tap in geometry.each_tap() {
                let at = |axis: usize| tap[axis] * windows[axis].dilation;
                let of = [0, 1, 2].map(|axis| at(axis) % windows[axis].stride);
                let phase = phases.iter().position(|phase| *phase == of).unwrap_or(0);
                let along = [0, 1, 2].map(|axis| at(axis) / windows[axis].stride);
                offsets.push(Offset { channel, phase, along, weight: offsets.len() });
            }
        }
        let weight_row = geometry.weights_of_output();
        let rows = outputs / groups;
        let kind = Kind { terms: 0..offsets.len(), start: [0; 3] };
        let sweep = Self {
            groups: *groups,
            channels,
            rows,
            source: geometry.input,
            output: geometry.output,
            step: windows.map(|window| window.stride),
            shift: windows.map(|window| -(window.before as isize)),
            phases,
            extents: geometry.output,
            reach: windows.map(|window| (window.kernel - 1) * window.dilation / window.stride),
            output_step: [1; 3],
            kinds: vec![kind],
            weight_row,
            weight_group: rows * weight_row,
            ..Self::empty()
        };
        (sweep, offsets)
    }

    /// The gradient of the input: source dy, output dx. With a stride, the places of dx fall into
    /// kinds, by the remainder of their place in the padded input; each has terms of its own.
    pub fn input_gradient(geometry: &Geometry, choice: Choice) -> Self {
        let Geometry { inputs, outputs, groups, windows, .. } = geometry;
        let taps = geometry.taps();
        let (channels, rows) = (outputs / groups, inputs / groups);
        let reach = windows.map(|window| (window.kernel - 1) * window.dilation / window.stride);
        let first = windows.map(|window| window.before / window.stride);
        let extents = [0, 1, 2].map(|axis| {
            let Window { stride, before, .. } = windows[axis];
            (before + geometry.input[axis]).div_ceil(stride) - first[axis]
        });
        let mut kinds = Vec::new();
        let mut offsets = Vec::new();
        for remainder in product(windows.map(|window| (0..window.stride).collect())) {
            let begin = offsets.len();
            for channel in 0..channels {
                for (number, tap) in geometry.each_tap().enumerate() {
                    let at = |axis: usize| tap[axis] * windows[axis].dilation;
                    if (0..3).all(|axis| at(axis) % windows[axis].stride == remainder[axis]) {
                        let along =
                            [0, 1, 2].map(|axis| reach[axis] - at(axis) / windows[axis].stride);
                        let weight = channel * rows * taps + number;
                        offsets.push(Offset { channel, phase: 0, along, weight });
                    }
                }
            }
            let start = [0, 1, 2].map(|axis| {
                let Window { stride, before, .. } = windows[axis];
                (stride * first[axis] + remainder[axis]) as isize - before as isize
            });
            kinds.push(Kind { terms: begin..offsets.len(), start });
        }
        let sweep = Self {
            groups: *groups,
            channels,
            rows,
            source: geometry.output,
            output: geometry.input,
            step: [1; 3],
            shift: [0, 1, 2].map(|axis| first[axis] as isize - reach[axis] as isize),
            phases: vec![[0; 3]],
            extents,
            reach,
            output_step: windows.map(|window| window.stride),
            kinds,
            weight_row: taps,
            weight_group: channels * rows * taps,
            ..Self::empty()
        };
        sweep.laid_out(&offsets, choice)
    }

    fn empty() -> Self {
        let layout = Layout { channel: 0, phase: 0, image: 0, slice: 0, row: 0, in_place: false };
        Self {
            groups: 0,
            channels: 0,
            rows: 0,
            source: [0; 3],
            output: [0; 3],
            step: [1; 3],
            shift: [0; 3],
            phases: Vec::new(),
            extents: [0; 3],
            reach: [0; 3],
            output_step: [1; 3],
            kinds: Vec::new(),
            terms: Vec::new(),
            layout,
            axis: 0,
            block: 0,
            images: 1,
            weight_row: 0,
            weight_group: 0,
        }
    }

    /// Chooses blocks and a layout, and makes the table of terms.
    fn laid_out(mut self, offsets: &[Offset], choice: Choice) -> Self {
        self.axis = (0..3).find(|&axis| self.output[axis] > 1).unwrap_or(2);
        let whole = self.extents[self.axis];
        self.block = whole;
        let in_place = self.layout_in_place().filter(|_| choice.in_place);
        self.layout = in_place.unwrap_or_else(|| self.layout_packed());
        let mut parts = 1;
        while self.block > 1 && (self.source_len() * 4 > SOURCE || self.places(1) > PLACES) {
            parts += 1;
            self.block = whole.div_ceil(parts);
            if !self.layout.in_place {
                self.layout = self.layout_packed();
            }
        }
        if !self.layout.in_place && parts == 1 {
            self.images = choice
                .images
                .unwrap_or_else(|| self.images_of_least_cost(offsets.len() / self.kinds.len()));
            self.layout = self.layout_packed();
        }
        let Layout { channel, phase, slice, row, .. } = self.layout;
        self.terms = offsets
            .iter()
            .map(|offset| {
                let [d, h, w] = offset.along;
                let source =
                    offset.channel * channel + offset.phase * phase + d * slice + h * row + w;
                Term { source: narrow(source), weight: narrow(offset.weight) }
            })
            .collect();
        self
    }

    /// The source as it lies in memory, if its rows need neither padding nor phases.
    fn layout_in_place(&self) -> Option<Layout> {
        let [depth, height, width] = self.source;
        let plain = self.step == [1; 3] && self.shift == [0; 3];
        let fits = (0..3).all(|axis| self.extents[axis] + self.reach[axis] == self.source[axis]);
        let channel = depth * height * width;
        // Channels whose distance makes them compete for the same places of the first-level cache
        // are laid out anew.
        let collide = self.channels > 8 && (channel * 4) % 4096 < 256 && channel > 64;
        (plain && fits && !collide).then_some(Layout {
            channel,
            phase: 0,
            image: self.groups * self.channels * channel,
            slice: height * width,
            row: width,
            in_place: true,
        })
    }

    /// A layout for packed sources, of as few places as can be.
    fn layout_packed(&self) -> Layout {
        let [depth, height, width] = self.entries();
        // The padding at the end of a row may be that at the beginning of the next.
        let row = match self.step[2] {
            1 => {
                let data = self.data(2, 0, 0..width);
                // Behind the last row stands the slack; behind one of some blocks of a row, data.
                let most = if self.axis == 2 && self.blocks() > 1 { 0 } else { SLACK - VECTOR };
                let shared = data.start.min(width - data.end).min(most);
                width - shared.min(self.reach[2])
            }
            _ => width,
        };
        let slice = height * row;
        let image = depth * slice;
        let phase = self.images * image;
        let mut channel = (self.phases.len() * phase).next_multiple_of(VECTOR);
        if (channel * 4) % 4096 < 256 {
            channel += 4 * VECTOR;
        }
        Layout { channel, phase, image, slice, row, in_place: false }
    }

    /// Numbers of a phase of a block's source along each axis.
    pub fn entries(&self) -> Axes3 {
        let mut entries = [0, 1, 2].map(|axis| self.extents[axis] + self.reach[axis]);
        entries[self.axis] = self.block + self.reach[self.axis];
        entries
    }

    /// Which of some numbers of a phase along an axis are places of the source.
    pub fn data(&self, axis: usize, phase: usize, entries: Range<usize>) -> Range<usize> {
        let begin = phase as isize + self.shift[axis];
        let step = self.step[axis] as isize;
        let at = |bound: isize| {
            let first = (bound - begin + step - 1).div_euclid(step);
            first.clamp(entries.start as isize, entries.end as isize) as usize
        };
        at(0)..at(self.source[axis] as isize)
    }

    /// From a place to the last number of the source that any of its terms reads.
    pub fn furthest(&self) -> usize {
        let Layout { channel, slice, row, .. } = self.layout;
        let [d, h, w] = self.reach;
        (self.channels - 1) * channel + d * slice + h * row + w
    }

    /// Numbers that a packed source of a block takes.
    pub fn source_len(&self) -> usize {
        self.channels * self.layout.channel + SLACK
    }

    /// Places of a block of so many images, from the first to the last.
    pub fn places(&self, images: usize) -> usize {
        let mut extents = self.extents;
        extents[self.axis] = self.block;
        self.places_of(extents, images)
    }

    /// The same for other extents.
    pub fn places_of(&self, extents: Axes3, images: usize) -> usize {
        let Layout { image, slice, row, .. } = self.layout;
        (images - 1) * image + (extents[0] - 1) * slice + (extents[1] - 1) * row + extents[2]
    }

    /// So many images side by side that the time of an image is the least: its share of the vectors,
    /// wasted lanes among them, and of what a block costs beside: weights that come from an outer cache
    /// take as long as two vectors, and the way into it as some hundred multiply-adds.
    fn images_of_least_cost(&self, terms: usize) -> usize {
        let beside = 2.0 + 300.0 / (self.rows * terms.max(1)) as f64;
        let cost =
            |images: usize| (self.places(images).div_ceil(VECTOR) as f64 + beside) / images as f64;
        let fits = |&images: &usize| {
            images == 1 || images * self.source_len() * 4 <= SOURCE && self.places(images) <= PLACES
        };
        let mut best = 1;
        for images in (1..=IMAGES).filter(fits) {
            if cost(images) < 0.95 * cost(best) {
                best = images;
            }
        }
        best
    }

    /// Blocks that an image is cut into.
    pub fn blocks(&self) -> usize {
        self.extents[self.axis].div_ceil(self.block)
    }

    /// Whether places lie as the numbers of an output plane do.
    pub fn is_dense(&self) -> bool {
        let [depth, height, width] = self.output;
        let Layout { slice, row, .. } = self.layout;
        self.output_step == [1; 3]
            && self.images == 1
            && (height * depth == 1 || row == width)
            && (depth == 1 || slice == height * width)
    }

    /// Multiply-adds of one image.
    pub fn work(&self) -> usize {
        let terms: usize = self.kinds.iter().map(|kind| kind.terms.len()).sum();
        self.groups * self.rows * terms * self.extents.iter().product::<usize>()
    }

    /// Numbers of an image's source, and of its output.
    pub fn source_image(&self) -> usize {
        self.groups * self.channels * self.source.iter().product::<usize>()
    }

    pub fn output_image(&self) -> usize {
        self.groups * self.rows * self.output.iter().product::<usize>()
    }
}

fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("a block of a convolution has fewer than 2^32 numbers")
}

/// All combinations, the last axis fastest.
fn product([depths, heights, widths]: [Vec<usize>; 3]) -> Vec<Axes3> {
    let mut all = Vec::new();
    for &depth in &depths {
        for &height in &heights {
            all.extend(widths.iter().map(|&width| [depth, height, width]));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Choice, Geometry, Sweep};
    use crate::Window;

    /// Terms stand in the order of the window's places, which the gradient of the input goes through
    /// backwards: the last term is not the one that reads furthest.
    #[test]
    fn no_term_reads_further() {
        let window = Window { before: 2, after: 2, ..Window::new(3) };
        let geometry = Geometry {
            inputs: 5,
            input: [1, 9, 8],
            outputs: 4,
            output: [1, 11, 10],
            windows: [Window::new(1), window, window],
            groups: 1,
        };
        let gradient = Sweep::input_gradient(&geometry, Choice::FREE);
        assert!(gradient.layout.in_place);
        for sweep in [gradient, Sweep::forward(&geometry, Choice::FREE)] {
            let furthest = sweep.terms.iter().map(|term| term.source as usize).max();
            assert_eq!(furthest, Some(sweep.furthest()));
        }
    }

    /// A long signal of many channels is cut into few blocks.
    #[test]
    fn blocks_of_a_row_are_no_longer_than_their_places() {
        let window = Window { before: 1, after: 1, ..Window::new(3) };
        let geometry = Geometry {
            inputs: 64,
            input: [1, 1, 5000],
            outputs: 64,
            output: [1, 1, 5000],
            windows: [Window::new(1), Window::new(1), window],
            groups: 1,
        };
        for sweep in [
            Sweep::forward(&geometry, Choice::FREE),
            Sweep::input_gradient(&geometry, Choice::FREE),
        ] {
            assert!(sweep.blocks() < 8, "{}", sweep.blocks());
        }
    }
}
