//! The loops of activations with a learned parameter: y = f(x, p), with one p for all numbers or one
//! for each channel, the first axis of a row.

use crate::lend::Target;
use crate::op::{Backward, Forward};
use crate::parallel;
use crate::spec::Spec;
use neuropil_simd::reduce::{Term, sum_of};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};
use neuropil_tensor::ShapeError;
use std::fmt::Debug;

/// f(x, p) of one number and one parameter, with its derivatives.
pub(super) trait Curve: Copy + Debug + Send + Sync + 'static {
    /// f(x, p). Must be `#[inline(always)]`.
    fn value<T: Float, V: Lanes<T>>(self, x: V, p: V) -> V;

    /// ∂f/∂x. Must be `#[inline(always)]`.
    fn slope<T: Float, V: Lanes<T>>(self, x: V, p: V) -> V;

    /// ∂f/∂p. Must be `#[inline(always)]`.
    fn parameter_slope<T: Float, V: Lanes<T>>(self, x: V, p: V) -> V;
}

/// The spec of the output.
pub(super) fn output(op: &str, inputs: &[Spec]) -> Result<Spec, ShapeError> {
    let (x, p) = (inputs[0].numbers(op)?, inputs[1].numbers(op)?);
    if p.per_row || p.shape.rank() != 1 || p.shape[0] == 0 {
        let what = "a single vector of parameters";
        return Err(ShapeError::unsupported(op, p.shape, what));
    }
    let parameters = p.shape[0];
    if parameters != 1 && x.shape.dims().first() != Some(&parameters) {
        let what = format!("{parameters} channels, then any axes");
        return Err(ShapeError::unsupported(op, x.shape, what));
    }
    Ok(x)
}

/// How the numbers of x belong to the parameters.
#[derive(Clone, Copy)]
struct Layout {
    /// Parameters.
    channels: usize,
    /// Neighbours with one parameter.
    inner: usize,
}

impl Layout {
    fn of(x: Spec, channels: usize) -> Self {
        Self { channels, inner: (x.shape.len() / channels).max(1) }
    }

    /// Numbers after which the parameters begin again.
    fn row(self) -> usize {
        self.channels * self.inner
    }
}

/// y = f(x, p)
pub(super) fn forward<T: Float, C: Curve>(curve: C, step: Forward<'_, T>) {
    let (x, p) = (step.x.get(0), step.x.get(1));
    let layout = Layout::of(step.x.spec(0), p.len());
    let row = layout.row();
    parallel::rows(step.y, row, |at, y| {
        let x = &x[at.start * row..at.end * row];
        dispatch(Value { curve, layout, x, p, y });
    });
}

/// dx += dy ∂f/∂x, dp += Σ dy ∂f/∂p
pub(super) fn backward<T: Float, C: Curve>(curve: C, mut step: Backward<'_, T>) {
    let (x, p) = (step.x.get(0), step.x.get(1));
    let layout = Layout::of(step.x.spec(0), p.len());
    let (row, dy) = (layout.row(), &*step.dy);
    if let Some(dx) = step.dx.get(0) {
        parallel::rows(dx, row, |at, dx| {
            let at = at.start * row..at.end * row;
            dispatch(Slope { curve, layout, x: &x[at.clone()], p, dy: &dy[at], dx });
        });
    }
    let Some(Target { values: dp, first }) = step.dx.target(1) else { return };
    if first {
        dp.fill(T::ZERO);
    }
    if layout.channels == 1 {
        dp[0] += sum_of(Weighted { curve, p: p[0] }, [x, dy]);
    } else if layout.inner == 1 {
        parallel::columns(dp, x.len() / row, |start, dp| {
            dispatch(Columns { curve, start, row, x, p, dy, dp });
        });
    } else {
        parallel::columns(dp, x.len() / layout.channels, |start, dp| {
            for (c, dp) in (start..).zip(dp) {
                let planes = x.chunks_exact(row).zip(dy.chunks_exact(row));
                let plane = c * layout.inner..(c + 1) * layout.inner;
                let term = Weighted { curve, p: p[c] };
                let sums =
                    planes.map(|(x, dy)| sum_of(term, [&x[plane.clone()], &dy[plane.clone()]]));
                *dp += sums.sum();
            }
        });
    }
}

/// The first numbers of `a`, as many as there are for a vector.
#[inline(always)]
fn load<T: Float, V: Lanes<T>>(a: &[T]) -> V {
    if a.len() < V::LEN { V::load_partial(a) } else { V::load(a) }
}

/// Writes to the first places of `a`, as many as there are for a vector.
#[inline(always)]
fn store<T: Float, V: Lanes<T>>(x: V, a: &mut [T]) {
    if a.len() < V::LEN { x.store_partial(a) } else { x.store(a) }
}

/// Of whole rows.
struct Value<'a, C, T> {
    curve: C,
    layout: Layout,
    x: &'a [T],
    p: &'a [T],
    y: &'a mut [T],
}

impl<C: Curve, T: Float> Kernel<T> for Value<'_, C, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { curve, layout: Layout { channels, inner }, x, p, y } = self;
        // Vectors lie along whichever has more than one number.
        let (planes, along_channels) = if inner == 1 { (channels, true) } else { (inner, false) };
        for (i, (x, y)) in x.chunks_exact(planes).zip(y.chunks_exact_mut(planes)).enumerate() {
            let mut at = 0;
            while at < planes {
                let p = if along_channels { load(&p[at..]) } else { V::splat(p[i % channels]) };
                store(curve.value::<T, V>(load(&x[at..]), p), &mut y[at..]);
                at += V::LEN;
            }
        }
    }
}

/// Of whole rows.
struct Slope<'a, C, T> {
    curve: C,
    layout: Layout,
    x: &'a [T],
    p: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<C: Curve, T: Float> Kernel<T> for Slope<'_, C, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { curve, layout: Layout { channels, inner }, x, p, dy, dx } = self;
        let (planes, along_channels) = if inner == 1 { (channels, true) } else { (inner, false) };
        let rows = x.chunks_exact(planes).zip(dy.chunks_exact(planes));
        for (i, ((x, dy), dx)) in rows.zip(dx.chunks_exact_mut(planes)).enumerate() {
            let mut at = 0;
            while at < planes {
                let p = if along_channels { load(&p[at..]) } else { V::splat(p[i % channels]) };
                let slope = curve.slope::<T, V>(load(&x[at..]), p);
                let sum = load::<T, V>(&dy[at..]).mul_add(slope, load(&dx[at..]));
                store(sum, &mut dx[at..]);
                at += V::LEN;
            }
        }
    }
}

/// dy ∂f/∂p
#[derive(Clone, Copy)]
struct Weighted<C, T> {
    curve: C,
    p: T,
}

impl<C: Curve, T: Float> Term<T, 2> for Weighted<C, T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x, dy]: [V; 2]) -> V {
        dy * self.curve.parameter_slope::<T, V>(x, V::splat(self.p))
    }
}

/// Rows whose terms are summed before they join the sum of all, so that few rows are added to a
/// large number.
const BLOCK: usize = 64;

/// dp += Σ dy ∂f/∂p down each of some columns, rows in ascending order.
struct Columns<'a, C, T> {
    curve: C,
    /// The first column of `dp`.
    start: usize,
    row: usize,
    x: &'a [T],
    p: &'a [T],
    dy: &'a [T],
    dp: &'a mut [T],
}

impl<C: Curve, T: Float> Kernel<T> for Columns<'_, C, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { curve, start, row, x, p, dy, dp } = self;
        let (mut at, end) = (0, dp.len());
        while at < end {
            let columns = start + at..start + end;
            let p = load::<T, V>(&p[columns.clone()]);
            let mut sum = V::of(0.0);
            for (x, dy) in x.chunks(BLOCK * row).zip(dy.chunks(BLOCK * row)) {
                let mut of_block = V::of(0.0);
                for (x, dy) in x.chunks_exact(row).zip(dy.chunks_exact(row)) {
                    let slope = curve.parameter_slope::<T, V>(load(&x[columns.clone()]), p);
                    of_block = load::<T, V>(&dy[columns.clone()]).mul_add(slope, of_block);
                }
                sum = sum + of_block;
            }
            let dp = &mut dp[at..];
            store(load::<T, V>(dp) + sum, dp);
            at += V::LEN;
        }
    }
}
