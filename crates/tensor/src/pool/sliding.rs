//! Windows that slide over the channels: which numbers of x each of them sees.

use super::planes::{Planes, axes, axis_names, by, three};
use crate::{Rounding, Shape, ShapeError, Window};

/// Windows on all axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sliding {
    pub planes: Planes,
    pub windows: [Window; 3],
    /// The columns of y, from the first to before the last, whose windows see `kernel` numbers of
    /// a row of x.
    pub inside: (usize, usize),
}

/// The places of an axis that a window sees: so many, a dilation apart.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub first: usize,
    pub count: usize,
}

/// The rows of x that a row of y sees.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// Where the first begins in its channel.
    pub first: usize,
    /// How many layers of rows, and how far apart.
    pub layers: usize,
    pub layer_step: usize,
    /// How many rows in a layer, and how far apart.
    pub rows: usize,
    pub row_step: usize,
    /// Where the row of y lies: its place on the first and on the second axis.
    pub place: [usize; 2],
}

/// The numbers of a channel that one window, or the first of some a stride apart, sees.
#[derive(Clone, Copy)]
pub(super) struct Seeing {
    pub rows: Rows,
    /// The first of them.
    pub start: usize,
    /// How many of a row, and how far apart.
    pub kernel: usize,
    pub dilation: usize,
    /// From one window to the next.
    pub stride: usize,
}

/// Kernels, strides, paddings and dilations below this cannot overflow.
const LONGEST: usize = 1 << 30;

impl Sliding {
    /// # Errors
    /// If the input has another rank or an axis that is shorter than the window, or an option
    /// makes no sense. The message names `op` and the windows.
    pub fn new<const N: usize>(
        op: &str,
        input: Shape,
        windows: [Window; N],
        rounding: Rounding,
    ) -> Result<Self, ShapeError> {
        let refuse = |expected: String| Err(ShapeError::unsupported(op, input, expected));
        let lengths: [usize; N] = axes(op, input)?;
        let mut output = [0; N];
        for (axis, window) in windows.iter().enumerate() {
            let Window { kernel, stride, dilation, before, after } = *window;
            if [kernel, stride, dilation].contains(&0) {
                return refuse("a kernel, a stride and a dilation of at least 1".into());
            }
            if [kernel, stride, dilation, before, after].iter().any(|&n| n > LONGEST) {
                return refuse(format!("windows and padding of at most {LONGEST}"));
            }
            let half = window.reach() / 2;
            if before > half || after > half {
                return refuse(format!("a padding of at most {half}, half the window"));
            }
            let Some(places) = window.places_rounded(lengths[axis], rounding) else {
                let beyond = if rounding == Rounding::Up { stride - 1 } else { 0 };
                let least = window.reach() - before - after - beyond;
                return refuse(format!("a {} of at least {least}", axis_names::<N>()[axis]));
            };
            output[axis] = places;
        }
        let planes = Planes::new(input, output);
        let columns = windows[N - 1];
        let (width, output_width) = (planes.input[2], planes.output[2]);
        let first = columns.before.div_ceil(columns.stride).min(output_width);
        let end = (width + columns.before)
            .checked_sub(columns.reach())
            .map_or(0, |room| room / columns.stride + 1);
        let inside = (first, end.min(output_width).max(first));
        Ok(Self { planes, windows: three(windows, Window::new(1)), inside })
    }

    /// The places that a window sees of an axis.
    #[inline(always)]
    pub fn seen(&self, axis: usize, place: usize) -> Seen {
        let (window, length) = (&self.windows[axis], self.planes.input[axis]);
        let start = place * window.stride;
        let missed = steps(window.before.saturating_sub(start), window.dilation);
        let first = start + missed * window.dilation - window.before;
        let fit = steps(length.saturating_sub(first), window.dilation);
        Seen { first, count: fit.min(window.kernel.saturating_sub(missed)) }
    }

    /// How many places of a window lie on the axis or in its padding.
    #[inline(always)]
    pub fn padded(&self, axis: usize, place: usize) -> usize {
        let (window, length) = (&self.windows[axis], self.planes.input[axis]);
        let room = (length + window.before + window.after).saturating_sub(place * window.stride);
        steps(room, window.dilation).min(window.kernel)
    }

    /// The row of y behind one, in the next layer if there is none in its own.
    #[inline(always)]
    pub fn next(&self, [layer, row]: [usize; 2]) -> [usize; 2] {
        if row + 1 < self.planes.output[1] { [layer, row + 1] } else { [layer + 1, 0] }
    }

    /// What a row of a channel of y sees.
    #[inline(always)]
    pub fn rows(&self, place: [usize; 2]) -> Rows {
        let [_, height, width] = self.planes.input;
        let (layers, rows) = (self.seen(0, place[0]), self.seen(1, place[1]));
        Rows {
            first: (layers.first * height + rows.first) * width,
            layers: layers.count,
            layer_step: self.windows[0].dilation * height * width,
            rows: rows.count,
            row_step: self.windows[1].dilation * width,
            place,
        }
    }

    /// What a window sees that may reach over the ends of a row.
    #[inline(always)]
    pub fn edge(&self, rows: Rows, column: usize) -> Seeing {
        let Seen { first, count } = self.seen(2, column);
        let Window { stride, dilation, .. } = self.windows[2];
        Seeing { rows, start: rows.first + first, kernel: count, dilation, stride }
    }

    /// What windows see that lie wholly on a row. A stride and a kernel that are known are given;
    /// they are 0 if they are not.
    #[inline(always)]
    pub fn whole<const STRIDE: usize, const KERNEL: usize>(
        &self,
        rows: Rows,
        column: usize,
    ) -> Seeing {
        let window = &self.windows[2];
        let stride = if STRIDE == 0 { window.stride } else { STRIDE };
        let (kernel, dilation) =
            if KERNEL == 0 { (window.kernel, window.dilation) } else { (KERNEL, 1) };
        let start = rows.first + column * stride - window.before;
        Seeing { rows, start, kernel, dilation, stride }
    }

    /// Rows of y in a channel.
    #[inline(always)]
    pub fn output_rows(&self) -> usize {
        self.planes.output[0] * self.planes.output[1]
    }

    /// Steps that a channel takes: every number of every window.
    pub fn cost(&self) -> usize {
        let kernel: usize = self.windows.iter().map(|window| window.kernel).product();
        kernel.saturating_mul(self.planes.output_len())
    }
}

/// How many steps it takes to get so far. A division for each row would take longer than the row.
#[inline(always)]
fn steps(far: usize, step: usize) -> usize {
    if step == 1 { far } else { far.div_ceil(step) }
}

/// `MaxPool2d(kernel 5x5, stride 5x5)`, with what else is not as it is by default.
pub(super) fn describe<const N: usize>(
    kind: &str,
    windows: &[Window; N],
    rounding: Rounding,
    more: &str,
) -> String {
    let each = |of: fn(&Window) -> usize| by(windows.iter().map(of));
    let mut text =
        format!("{kind}{N}d({more}kernel {}, stride {}", each(|w| w.kernel), each(|w| w.stride));
    if windows.iter().any(|w| w.before > 0 || w.after > 0) {
        text += &format!(", padding {}", each(|w| w.before));
        if windows.iter().any(|w| w.before != w.after) {
            text += &format!(" before and {} after", each(|w| w.after));
        }
    }
    if windows.iter().any(|w| w.dilation != 1) {
        text += &format!(", dilation {}", each(|w| w.dilation));
    }
    if rounding == Rounding::Up {
        text += ", ceil mode";
    }
    text + ")"
}
