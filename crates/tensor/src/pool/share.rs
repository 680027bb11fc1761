//! Sharing channels among the threads of the pool.

use crate::grain::{ELEMENTS, threads};

/// Results of which each channel has equally many.
pub(super) struct Parts<'a, A> {
    pub all: &'a mut [A],
    /// Of a channel.
    pub each: usize,
}

impl<'a, A> Parts<'a, A> {
    /// No results beside others.
    pub fn none() -> Self {
        Self { all: &mut [], each: 0 }
    }

    fn split(self, channels: usize) -> (Self, Self) {
        let (left, right) = self.all.split_at_mut(channels * self.each);
        (Self { all: left, each: self.each }, Self { all: right, each: self.each })
    }
}

/// Does work on channels that each cost so many steps: `work` gets the number of the first channel
/// of a piece and the piece's results. Below the threshold all stays on this thread.
pub(super) fn share<A: Send, B: Send>(
    a: Parts<'_, A>,
    b: Parts<'_, B>,
    cost: usize,
    work: &(impl Fn(usize, &mut [A], &mut [B]) + Sync),
) {
    let channels = a.all.len() / a.each;
    if threads(channels.saturating_mul(cost), ELEMENTS) == 1 {
        return work(0, a.all, b.all);
    }
    halve(0, a, b, cost, work);
}

fn halve<A: Send, B: Send>(
    first: usize,
    a: Parts<'_, A>,
    b: Parts<'_, B>,
    cost: usize,
    work: &(impl Fn(usize, &mut [A], &mut [B]) + Sync),
) {
    let channels = a.all.len() / a.each;
    if channels < 2 || channels.saturating_mul(cost) < 2 * ELEMENTS {
        return work(first, a.all, b.all);
    }
    let half = channels / 2;
    let ((a, a_right), (b, b_right)) = (a.split(half), b.split(half));
    rayon::join(
        || halve(first, a, b, cost, work),
        || halve(first + half, a_right, b_right, cost, work),
    );
}
