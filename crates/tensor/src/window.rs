//! A window that slides along an axis: what convolution and pooling have in common.

/// A number for each of `N` spatial axes, outermost first: `3` for all of them alike, `[3, 5]` for
/// each its own.
///
/// ```
/// use neuropil_tensor::Axes;
///
/// assert_eq!(Axes::<2>::from(3), Axes::from([3, 3]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axes<const N: usize>(pub [usize; N]);

impl<const N: usize> From<usize> for Axes<N> {
    fn from(each: usize) -> Self {
        Self([each; N])
    }
}

impl<const N: usize> From<[usize; N]> for Axes<N> {
    fn from(axes: [usize; N]) -> Self {
        Self(axes)
    }
}

/// What becomes of a last window for which a stride leaves too little room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// It is left out.
    #[default]
    Down,
    /// It is taken, as far as there is something, unless it would begin behind the axis: PyTorch's
    /// `ceil_mode`.
    Up,
}

/// A window along one axis. The axis is taken as longer by `before` and `after`; the window begins
/// at every `stride`-th place at which all of it lies within, and sees `kernel` places that are
/// `dilation` apart.
///
/// ```
/// use neuropil_tensor::Window;
///
/// let same = Window { before: 1, after: 1, ..Window::new(3) };
/// assert_eq!(same.places(28), Some(28));
/// assert_eq!(Window { stride: 2, ..same }.places(28), Some(14));
/// assert_eq!(Window::new(5).places(4), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Places that it sees; at least 1.
    pub kernel: usize,
    /// From one window to the next; at least 1.
    pub stride: usize,
    /// From one place to the next within a window; at least 1.
    pub dilation: usize,
    /// Places in front of the axis.
    pub before: usize,
    /// Places behind it.
    pub after: usize,
}

impl Window {
    /// A window that begins at every place and sees neighbours, without padding.
    #[must_use]
    pub const fn new(kernel: usize) -> Self {
        Self { kernel, stride: 1, dilation: 1, before: 0, after: 0 }
    }

    /// Places from the first that the window sees to the last, both counted.
    #[must_use]
    pub const fn reach(&self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    /// At how many places the window begins on an axis of `input`: (padded - reach)/stride + 1,
    /// rounded down; `None` if it is longer than the padded axis.
    #[must_use]
    pub const fn places(&self, input: usize) -> Option<usize> {
        match (input + self.before + self.after).checked_sub(self.reach()) {
            Some(room) => Some(room / self.stride + 1),
            None => None,
        }
    }

    /// [`places`](Self::places), or as many with a last window that reaches beyond the padding.
    ///
    /// ```
    /// use neuropil_tensor::{Rounding, Window};
    ///
    /// let halves = Window { stride: 2, ..Window::new(2) };
    /// assert_eq!(halves.places_rounded(5, Rounding::Down), Some(2));
    /// assert_eq!(halves.places_rounded(5, Rounding::Up), Some(3));
    /// // The last would begin in the padding, and see nothing.
    /// let apart = Window { stride: 3, before: 1, after: 1, ..Window::new(2) };
    /// assert_eq!(apart.places_rounded(5, Rounding::Up), Some(2));
    /// ```
    #[must_use]
    pub const fn places_rounded(&self, input: usize, rounding: Rounding) -> Option<usize> {
        let beyond = match rounding {
            Rounding::Down => 0,
            Rounding::Up => self.stride - 1,
        };
        match (input + self.before + self.after + beyond).checked_sub(self.reach()) {
            Some(room) => {
                let places = room / self.stride + 1;
                let begins_behind = (places - 1) * self.stride >= input + self.before;
                let left_out = matches!(rounding, Rounding::Up) && begins_behind;
                Some(if left_out { places - 1 } else { places })
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rounding, Window};

    /// Against counting.
    #[test]
    fn places_are_those_at_which_the_window_lies_within() {
        for kernel in 1..4 {
            for stride in 1..4 {
                for dilation in 1..4 {
                    for (before, after) in [(0, 0), (1, 1), (0, 2), (3, 1)] {
                        for input in 0..9 {
                            let window = Window { kernel, stride, dilation, before, after };
                            let padded = input + before + after;
                            let fits = |first: &usize| first + (kernel - 1) * dilation < padded;
                            let count = (0..padded).step_by(stride).filter(fits).count();
                            let expected = (count > 0).then_some(count);
                            assert_eq!(window.places(input), expected, "{window:?} on {input}");
                        }
                    }
                }
            }
        }
    }
    /// Against counting.
    #[test]
    fn rounded_up_are_those_that_begin_on_the_axis_and_end_less_than_a_stride_behind_it() {
        for kernel in 1..5 {
            for stride in 1..5 {
                for padding in 0..=kernel / 2 {
                    for input in 1..9 {
                        let (before, after) = (padding, padding);
                        let window = Window { stride, before, after, ..Window::new(kernel) };
                        let padded = input + 2 * padding;
                        let fits = |first: &usize| {
                            first + kernel < padded + stride && *first < input + padding
                        };
                        let count = (0..padded).step_by(stride).filter(fits).count();
                        let expected = (count > 0).then_some(count);
                        let found = window.places_rounded(input, Rounding::Up);
                        assert_eq!(found, expected, "{window:?} on {input}");
                        let found = window.places_rounded(input, Rounding::Down);
                        assert_eq!(found, window.places(input));
                    }
                }
            }
        }
    }
}
