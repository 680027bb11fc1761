//! How far to go along a direction: a step that meets the strong Wolfe conditions.

use neuropil_simd::{Float, reduce::dot};

use super::magnitude;
use crate::axpy::axpy;

/// The share of the promised descent that a step must bring (Armijo).
const SUFFICIENT: f64 = 1e-4;

/// The share of the slope that may be left.
const CURVATURE: f64 = 0.9;

/// The memory of a line search.
#[derive(Clone, Debug, Default)]
pub(super) struct Search<T> {
    /// Where it begins.
    start: Vec<T>,
    trial: Vec<T>,
    /// The gradient at the trial.
    g: Vec<T>,
    /// Those at the ends of the bracket.
    ends: [Vec<T>; 2],
}

/// What a search has found; the gradient there has taken the place of that at the start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub cost: f64,
    pub length: f64,
    pub evaluations: u64,
}

/// A place along the direction: how far, the cost there, the slope along the direction.
#[derive(Clone, Copy, Debug)]
struct Place {
    t: f64,
    f: f64,
    slope: f64,
}

impl<T: Float> Search<T> {
    pub fn resize(&mut self, n: usize) {
        let [low, high] = &mut self.ends;
        for buffer in [&mut self.start, &mut self.trial, &mut self.g, low, high] {
            buffer.resize(n, T::ZERO);
        }
    }

    /// From x, whose cost, gradient and slope along `d` are given, with `t` for the first length to try;
    /// ends when the bracket is below a tolerance, or after about so many evaluations.
    pub fn strong_wolfe<E>(
        &mut self,
        x: &[T],
        d: &[T],
        t: f64,
        (f, g, slope): (f64, &mut [T], f64),
        (tolerance, most): (f64, u64),
        cost: &mut impl FnMut(&[T], &mut [T]) -> Result<f64, E>,
    ) -> Result<Found, E> {
        let Self { start, trial, g: g_new, ends } = self;
        start.copy_from_slice(x);
        let mut evaluations = 0;
        let mut evaluate = |t: f64, g_new: &mut [T]| {
            trial.copy_from_slice(start);
            axpy(t, d, trial);
            evaluations += 1;
            let f = cost(trial, g_new)?;
            let slope = dot(g_new, d).to_f64();
            // What is no number lies too far.
            let f = if f.is_finite() && slope.is_finite() { f } else { f64::INFINITY };
            Ok(Place { t, f, slope })
        };
        let promised = |place: Place| f + SUFFICIENT * place.t * slope;
        let is_flat = |place: Place| place.slope.abs() <= -CURVATURE * slope;

        // A bracket around a good step, or a good step.
        let mut last = Place { t: 0.0, f, slope };
        ends[0].copy_from_slice(g);
        let mut new = evaluate(t, g_new)?;
        let (mut rounds, mut is_done) = (0, false);
        while rounds < most {
            let is_high = new.f > promised(new) || (rounds > 1 && new.f >= last.f);
            is_done = !is_high && is_flat(new);
            if is_high || is_done || new.slope >= 0.0 {
                break;
            }
            let bounds = (new.t + 0.01 * (new.t - last.t), new.t * 10.0);
            let t = interpolate(last, new, bounds);
            last = new;
            ends[0].copy_from_slice(g_new);
            new = evaluate(t, g_new)?;
            rounds += 1;
        }
        if is_done {
            g.copy_from_slice(g_new);
            return Ok(Found { cost: new.f, length: new.t, evaluations });
        }
        if rounds == most {
            last = Place { t: 0.0, f, slope };
            ends[0].copy_from_slice(g);
        }
        let mut bracket = [last, new];
        ends[1].copy_from_slice(g_new);

        // The bracket closes around it.
        let lower = |bracket: &[Place; 2]| usize::from(bracket[0].f > bracket[1].f);
        let mut low = lower(&bracket);
        let mut is_slow = false;
        while !is_done && rounds < most {
            let (left, right) = (bracket[0].t.min(bracket[1].t), bracket[0].t.max(bracket[1].t));
            if (right - left) * magnitude(d) < tolerance {
                break;
            }
            let mut t = interpolate(bracket[0], bracket[1], (left, right));
            // Not too near to an end, twice.
            let margin = 0.1 * (right - left);
            if (right - t).min(t - left) < margin {
                if is_slow || t >= right || t <= left {
                    let is_right = (t - right).abs() < (t - left).abs();
                    t = if is_right { right - margin } else { left + margin };
                    is_slow = false;
                } else {
                    is_slow = true;
                }
            } else {
                is_slow = false;
            }
            let new = evaluate(t, g_new)?;
            rounds += 1;
            let high = 1 - low;
            if new.f > promised(new) || new.f >= bracket[low].f {
                bracket[high] = new;
                ends[high].copy_from_slice(g_new);
                low = lower(&bracket);
            } else {
                if is_flat(new) {
                    is_done = true;
                } else if new.slope * (bracket[high].t - bracket[low].t) >= 0.0 {
                    bracket[high] = bracket[low];
                    let [first, second] = ends;
                    if high == 0 {
                        first.copy_from_slice(second);
                    } else {
                        second.copy_from_slice(first);
                    }
                }
                bracket[low] = new;
                ends[low].copy_from_slice(g_new);
            }
        }
        g.copy_from_slice(&ends[low]);
        Ok(Found { cost: bracket[low].f, length: bracket[low].t, evaluations })
    }
}

/// Where the cubic through two places with their slopes is smallest, within bounds; the middle of the
/// bounds where it has no smallest value, or is not finite.
fn interpolate(first: Place, second: Place, (low, high): (f64, f64)) -> f64 {
    let (a, b) = if first.t <= second.t { (first, second) } else { (second, first) };
    let d1 = first.slope + second.slope - 3.0 * (first.f - second.f) / (first.t - second.t);
    let square = d1 * d1 - first.slope * second.slope;
    if !(square >= 0.0 && square.is_finite()) {
        return (low + high) / 2.0;
    }
    let d2 = square.sqrt();
    let t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2));
    if t.is_finite() { t.max(low).min(high) } else { (low + high) / 2.0 }
}
