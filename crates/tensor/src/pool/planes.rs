//! The sizes of a channel before and after.

use crate::{Shape, ShapeError};

/// A channel's axes before and after, three of each: where there are fewer, the first have length 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Planes {
    /// Of a row: channels first.
    pub input_shape: Shape,
    pub output_shape: Shape,
    pub input: [usize; 3],
    pub output: [usize; 3],
}

impl Planes {
    /// `output` may be one place for each axis of `input`, which [`axes`] has found right.
    pub fn new<const N: usize>(input: Shape, output: [usize; N]) -> Self {
        let channels = input.dims()[0];
        let output_shape = std::iter::once(channels).chain(output).collect();
        let axes: [usize; N] = std::array::from_fn(|axis| input.dims()[1 + axis]);
        let (axes, output) = (three(axes, 1), three(output, 1));
        Self { input_shape: input, output_shape, input: axes, output }
    }

    /// Numbers of x in a channel.
    #[inline(always)]
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Numbers of y in a channel.
    #[inline(always)]
    pub fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// # Panics
    /// If the lengths of x and y are not those of equally many rows.
    pub fn check(&self, kind: &str, x: usize, y: usize) {
        let (row_x, row_y) = (self.input_shape.len(), self.output_shape.len());
        assert!(
            x.is_multiple_of(row_x) && y.is_multiple_of(row_y) && x / row_x == y / row_y,
            "{kind}: {x} numbers of x and {y} of y, where a row has {row_x} and {row_y}"
        );
    }
}

/// `axes` as the last of three.
pub(super) fn three<A: Copy, const N: usize>(axes: [A; N], first: A) -> [A; 3] {
    const { assert!(1 <= N && N <= 3, "there are one to three spatial axes") };
    let mut all = [first; 3];
    all[3 - N..].copy_from_slice(&axes);
    all
}

/// What `N` spatial axes are called, outermost first.
pub(super) fn axis_names<const N: usize>() -> [&'static str; N] {
    let names = ["depth", "height", "width"];
    std::array::from_fn(|axis| names[3 - N + axis])
}

/// The spatial axes of a row with `N` of them.
///
/// # Errors
/// If the row has another rank, or no numbers.
pub(super) fn axes<const N: usize>(op: &str, input: Shape) -> Result<[usize; N], ShapeError> {
    let refuse = |expected: String| Err(ShapeError::unsupported(op, input, expected));
    if input.rank() != N + 1 {
        return refuse(format!("[channels, {}]", axis_names::<N>().join(", ")));
    }
    if input.is_empty() {
        return refuse("no axis of length 0".into());
    }
    // Places within a channel are kept as u32, and the last of these stands for none.
    let most = u32::MAX as usize - 1;
    if input.checked_len().is_none_or(|len| len / input[0] > most) {
        return refuse(format!("at most {most} numbers in a channel"));
    }
    Ok(std::array::from_fn(|axis| input[1 + axis]))
}

/// `3x5`.
pub(super) fn by(numbers: impl IntoIterator<Item = usize>) -> String {
    let numbers: Vec<String> = numbers.into_iter().map(|n| n.to_string()).collect();
    numbers.join("x")
}
