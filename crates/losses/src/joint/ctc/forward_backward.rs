//! The sum over all alignments of a row's labels, and the probability of each place in them.
//!
//! The labels with a blank before, between and behind them are L = 2 S + 1 states. A path begins in one
//! of the first two, ends in one of the last two, and in each step stays, goes on by one, or by two where
//! that skips a blank between different labels. α_t(s) is the logarithm of the sum over all beginnings of
//! paths that are in s at step t, β_t(s) that of all their ends, without step t itself; so α + β is that
//! of all paths through s, and its sum over s the same for each t.
//!
//! From each α_t and each β_t the largest is taken. What has been taken from the α is added up in `f64`;
//! what was taken from the β cancels, since the probabilities of a step are divided by their sum.

use neuropil_simd::reduce::{ExpBelow, within};
use neuropil_simd::{Float, Kernel, Lanes, math};

/// States that a step can come from beside its own, for which there is room at the edge of a row.
const REACH: usize = 2;

/// A row that has steps.
pub(super) struct Alignments<'a, T> {
    pub classes: usize,
    pub blank: usize,
    /// `[steps, classes]`
    pub x: &'a [T],
    pub labels: &'a [u32],
    pub factor: T,
    /// Full of zeros, if the gradient is asked for.
    pub dx: Option<&'a mut [T]>,
    pub workspace: &'a mut [T],
}

impl<T> Alignments<'_, T> {
    /// A row of α for each step, then rows of log-probabilities, skips, and two of β.
    pub fn workspace_len(steps: usize, labels: usize) -> usize {
        (steps + 4) * (2 * labels + 1 + REACH)
    }
}

impl<T: Float> Kernel<T> for Alignments<'_, T> {
    type Out = T;

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        let Self { classes, blank, x, labels, factor, dx, workspace } = self;
        let states = 2 * labels.len() + 1;
        let (steps, width, low) = (x.len() / classes, states + REACH, -T::INFINITY);
        let (alpha, rest) = workspace.split_at_mut(steps * width);
        let (emitted, rest) = rest.split_at_mut(width);
        let (skips, rest) = rest.split_at_mut(width);
        let (beta, rest) = rest.split_at_mut(width);
        let through = &mut rest[..states];
        let emitted = &mut emitted[..states];

        // What is added to a way over two states: nothing, or -∞ where there is none.
        skips.fill(low);
        for (i, pair) in labels.windows(2).enumerate() {
            if pair[0] != pair[1] {
                skips[2 * i + 3] = T::ZERO;
            }
        }

        // α stands behind REACH places of -∞.
        let mut taken = 0.0;
        for (t, x) in x.chunks_exact(classes).enumerate() {
            emit(x, blank, labels, emitted);
            let (before, row) = alpha[..(t + 1) * width].split_at_mut(t * width);
            row[..REACH].fill(low);
            let row_of_states = &mut row[REACH..];
            if t == 0 {
                row_of_states.fill(low);
                let first = states.min(2);
                row_of_states[..first].copy_from_slice(&emitted[..first]);
            } else {
                step_forward::<T, V>(&before[(t - 1) * width..], skips, emitted, row_of_states);
            }
            let largest = within::largest::<T, V>(row_of_states);
            if !largest.is_finite() {
                // No path gets here, or what is no log-probability.
                return if largest == low { T::INFINITY } else { T::NAN };
            }
            subtract(largest, row_of_states);
            taken += largest.to_f64();
        }
        let last = &alpha[(steps - 1) * width + REACH..][..states];
        let ends = &last[states.saturating_sub(2)..];
        let total = within::log_sum_exp::<T, V>(ends);
        let loss = T::of(-(taken + total.to_f64()));
        let (Some(dx), true) = (dx, loss.is_finite()) else { return loss };

        // β stands before REACH places of -∞.
        beta.fill(low);
        beta[states.saturating_sub(2)..states].fill(T::ZERO);
        for t in (0..steps).rev() {
            let alpha = &alpha[t * width + REACH..][..states];
            let largest = add::<T, V>(alpha, &beta[..states], through);
            let sum = within::sum_in_place::<T, V, _>(ExpBelow { largest }, through);
            let dx = &mut dx[t * classes..][..classes];
            let factor = -factor / sum;
            for (s, &p) in through.iter().enumerate() {
                let class = if s % 2 == 0 { blank } else { labels[s / 2] as usize };
                dx[class] += factor * p;
            }
            if t > 0 {
                emit(&x[t * classes..][..classes], blank, labels, emitted);
                step_backward::<T, V>(emitted, skips, beta);
                let largest = within::largest::<T, V>(&beta[..states]);
                // Never infinite, since some path gets from here to the end.
                subtract(largest, &mut beta[..states]);
            }
        }
        loss
    }
}

/// The log-probability of each state's class.
#[inline(always)]
fn emit<T: Float>(x: &[T], blank: usize, labels: &[u32], emitted: &mut [T]) {
    let (of_blank, (pairs, last)) = (x[blank], emitted.as_chunks_mut::<2>());
    for (pair, &label) in pairs.iter_mut().zip(labels) {
        *pair = [of_blank, x[label as usize]];
    }
    last[0] = of_blank;
}

/// α of a step from that of the step before, which has REACH places before its states.
#[inline(always)]
fn step_forward<T: Float, V: Lanes<T>>(before: &[T], skips: &[T], emitted: &[T], row: &mut [T]) {
    let mut s = 0;
    let mut vectors = row.chunks_exact_mut(V::LEN);
    for row in &mut vectors {
        let ways = [
            V::load(&before[s + 2..]),
            V::load(&before[s + 1..]),
            V::load(&before[s..]) + V::load(&skips[s..]),
        ];
        (log_sum::<T, V>(ways) + V::load(&emitted[s..])).store(row);
        s += V::LEN;
    }
    let row = vectors.into_remainder();
    let rest = row.len();
    let ways = [
        V::load_partial(&before[s + 2..][..rest]),
        V::load_partial(&before[s + 1..][..rest]),
        V::load_partial(&before[s..][..rest]) + V::load_partial(&skips[s..][..rest]),
    ];
    (log_sum::<T, V>(ways) + V::load_partial(&emitted[s..])).store_partial(row);
}

/// β of the step before, in its place: what a state needs stands in and behind it.
#[inline(always)]
fn step_backward<T: Float, V: Lanes<T>>(emitted: &[T], skips: &[T], beta: &mut [T]) {
    let states = emitted.len();
    add_in_place(emitted, &mut beta[..states]);
    let mut s = 0;
    while s + V::LEN <= states {
        let ways = [
            V::load(&beta[s..]),
            V::load(&beta[s + 1..]),
            V::load(&beta[s + 2..]) + V::load(&skips[s + 2..]),
        ];
        log_sum::<T, V>(ways).store(&mut beta[s..]);
        s += V::LEN;
    }
    let rest = states - s;
    let ways = [
        V::load_partial(&beta[s..][..rest]),
        V::load_partial(&beta[s + 1..][..rest]),
        V::load_partial(&beta[s + 2..][..rest]) + V::load_partial(&skips[s + 2..][..rest]),
    ];
    log_sum::<T, V>(ways).store_partial(&mut beta[s..][..rest]);
}

/// ln Σ e^x of three, where -∞ is nothing.
#[inline(always)]
fn log_sum<T: Float, V: Lanes<T>>([a, b, c]: [V; 3]) -> V {
    let largest = a.max(b).max(c);
    let low = V::splat(-T::INFINITY);
    // All of them nothing: -∞ less 0.
    let shift = V::select(largest.eq(low), V::splat(T::ZERO), largest);
    let sum = math::exp_below_40(a - shift)
        + math::exp_below_40(b - shift)
        + math::exp_below_40(c - shift);
    shift + math::ln(sum)
}

/// y = a + b, and the largest.
#[inline(always)]
fn add<T: Float, V: Lanes<T>>(a: &[T], b: &[T], y: &mut [T]) -> T {
    for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
        *y = a + b;
    }
    within::largest::<T, V>(y)
}

#[inline(always)]
fn add_in_place<T: Float>(x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += x;
    }
}

#[inline(always)]
fn subtract<T: Float>(x: T, y: &mut [T]) {
    for y in y {
        *y -= x;
    }
}
