//! How tensors print: nested brackets, aligned columns, large ones abridged.

use crate::layout::Layout;
use crate::{Tensor, View};
use neuropil_simd::Float;
use std::fmt;

/// More elements than this are abridged.
const ABRIDGE_ABOVE: usize = 1000;
/// Elements shown at each end of an abridged axis.
const EDGE: usize = 3;
/// The most decimals, unless a precision is given.
const DECIMALS: usize = 4;
/// If a magnitude is below the first or not below the second, all have an exponent.
const PLAIN_RANGE: (f64, f64) = (1e-4, 1e8);
/// Longer rows go on in the next line.
const LINE_WIDTH: usize = 80;
/// Elements that `Debug` shows.
const DEBUG_ELEMENTS: usize = 16;

/// Nested brackets with aligned columns, as NumPy prints. More than 1,000 elements are abridged to
/// three at each end of an axis; `{:#}` shows all.
///
/// Numbers have as many decimals as they need, one to four, or an exponent if a magnitude is below
/// 0.0001 or reaches 10^8. A precision is kept: `{:.3}` prints three decimals and no exponent.
///
/// ```
/// use neuropil_tensor::Tensor;
/// let x = Tensor::from([[1.0_f32, -0.5], [20.0, 3.25]]);
/// assert_eq!(x.to_string(), "[[ 1.00, -0.50],\n [20.00,  3.25]]");
/// assert_eq!(format!("{x:.3}"), "[[ 1.000, -0.500],\n [20.000,  3.250]]");
/// ```
impl<T: Float> fmt::Display for View<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (data, layout) = self.parts();
        let abridged = self.len() > ABRIDGE_ABOVE && !f.alternate();
        let mut shown = Vec::new();
        collect_shown(data, layout, abridged, 0, 0, &mut shown);
        let style = f.precision().map_or_else(|| Style::fitting(&shown), Style::Plain);
        let numbers: Vec<String> = shown.into_iter().map(|x| style.print(x)).collect();
        let width = numbers.iter().map(String::len).max().unwrap_or(0);
        let width = width.max(f.width().unwrap_or(0));
        write_axis(f, layout, abridged, 0, width, &mut numbers.iter())
    }
}

/// As [`View`] prints: aligned columns, large tensors abridged.
impl<T: Float> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.view(), f)
    }
}

/// One line: type, shape and the first 16 elements.
impl<T: Float> fmt::Debug for View<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_short(f, "View", *self)
    }
}

/// One line: type, shape and the first 16 elements.
///
/// ```
/// let x = neuropil_tensor::Tensor::<f32>::arange(100);
/// assert!(format!("{x:?}").starts_with("Tensor<f32> [100]: [0.0, 1.0, 2.0, "));
/// ```
impl<T: Float> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_short(f, "Tensor", self.view())
    }
}

fn write_short<T: Float>(f: &mut fmt::Formatter<'_>, kind: &str, x: View<'_, T>) -> fmt::Result {
    write!(f, "{kind}<{}> {}: [", T::NAME, x.shape())?;
    for (i, number) in x.iter().take(DEBUG_ELEMENTS).enumerate() {
        let comma = if i > 0 { ", " } else { "" };
        write!(f, "{comma}{number:?}")?;
    }
    f.write_str(if x.len() > DEBUG_ELEMENTS { ", ...]" } else { "]" })
}

/// The indices of an axis that are shown, with `None` for those left out.
fn shown_indices(len: usize, abridged: bool) -> impl Iterator<Item = Option<usize>> {
    let (head, tail) = if abridged && len > 2 * EDGE { (EDGE, len - EDGE) } else { (len, len) };
    let gap = (head < tail).then_some(None);
    (0..head).map(Some).chain(gap).chain((tail..len).map(Some))
}

/// The numbers that are shown, in the order in which they are printed.
fn collect_shown<T: Float>(
    data: &[T],
    layout: &Layout,
    abridged: bool,
    axis: usize,
    at: usize,
    shown: &mut Vec<T>,
) {
    if layout.shape.is_empty() {
        return;
    }
    if axis == layout.shape.rank() {
        shown.push(data[at]);
        return;
    }
    for index in shown_indices(layout.shape[axis], abridged).flatten() {
        let at = at + index * layout.strides[axis];
        collect_shown(data, layout, abridged, axis + 1, at, shown);
    }
}

/// Writes the part of the tensor that begins at `axis`, taking its numbers from `numbers`.
fn write_axis<'a>(
    f: &mut fmt::Formatter<'_>,
    layout: &Layout,
    abridged: bool,
    axis: usize,
    width: usize,
    numbers: &mut impl Iterator<Item = &'a String>,
) -> fmt::Result {
    let rank = layout.shape.rank();
    if axis == rank {
        return numbers.next().map_or(Ok(()), |number| write!(f, "{number:>width$}"));
    }
    let innermost = axis + 1 == rank;
    // Behind the brackets that open before the row.
    let mut column = rank;
    f.write_str("[")?;
    for (i, index) in shown_indices(layout.shape[axis], abridged).enumerate() {
        if i > 0 {
            f.write_str(",")?;
            // Space for the next number and what closes it.
            if innermost && column + width < LINE_WIDTH {
                f.write_str(" ")?;
            } else {
                column = rank;
                // Matrices of a batch stand apart.
                let lines = if innermost { 1 } else { rank - axis - 1 };
                write!(f, "{:\n<lines$}{:indent$}", "", "", indent = axis + 1)?;
            }
        }
        match index {
            Some(_) => write_axis(f, layout, abridged, axis + 1, width, numbers)?,
            None => f.write_str("...")?,
        }
        column += width + 2;
    }
    f.write_str("]")
}

/// How all numbers of a tensor are written, with so many decimals.
#[derive(Clone, Copy)]
enum Style {
    Plain(usize),
    Exponent(usize),
}

impl Style {
    /// The one with the fewest decimals, up to [`DECIMALS`], that serves all the numbers.
    fn fitting<T: Float>(numbers: &[T]) -> Self {
        let magnitudes =
            || numbers.iter().map(|x| x.to_f64().abs()).filter(|x| x.is_finite() && *x > 0.0);
        let most = magnitudes().fold(0.0, f64::max);
        let least = magnitudes().fold(f64::INFINITY, f64::min);
        let style: fn(usize) -> Self = if least < PLAIN_RANGE.0 || most >= PLAIN_RANGE.1 {
            Self::Exponent
        } else {
            Self::Plain
        };
        let needed = |x: &T| {
            let text = style(DECIMALS).print(*x);
            let (mantissa, _) = text.split_once('e').unwrap_or((&text, ""));
            let decimals = mantissa.split_once('.').map_or("", |(_, decimals)| decimals);
            decimals.trim_end_matches('0').len()
        };
        style(numbers.iter().map(needed).max().unwrap_or(0).max(1))
    }

    fn print<T: Float>(self, x: T) -> String {
        match self {
            Self::Plain(decimals) => format!("{x:.decimals$}"),
            Self::Exponent(decimals) => format!("{x:.decimals$e}"),
        }
    }
}
