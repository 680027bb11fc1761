//! Losses that look at each number alone: a formula and its slope, once for every instruction set,
//! and the sweep that runs them over rows.

use crate::shapes::check_rows;
use crate::{Loss, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};
use std::fmt::Debug;

/// A loss that looks at each number alone: that of a row of n numbers is 1/n Σ_i f(x_i, t_i).
///
/// Written once with [`Lanes`], it runs in `f32` and in `f64` on every instruction set, and is a
/// [`Loss`] of values, `[rows, width]`, without another line. Both formulas must be
/// `#[inline(always)]`, and so must every function that they give a vector to. A NaN in x becomes one
/// in loss and gradient, whatever the formulas make of it.
///
/// ```
/// use neuropil_losses::{ElementwiseLoss, Float, Loss, Reduction, Target};
/// use neuropil_simd::Lanes;
///
/// /// (x - t)⁴
/// #[derive(Clone, Copy, Debug)]
/// struct Quartic;
///
/// impl ElementwiseLoss for Quartic {
///     fn reduction(&self) -> Reduction {
///         Reduction::Mean
///     }
///     #[inline(always)]
///     fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
///         let square = (x - t) * (x - t);
///         square * square
///     }
///     #[inline(always)]
///     fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
///         let d = x - t;
///         V::of(4.0) * d * d * d
///     }
/// }
///
/// let mut dx = [0.0_f32; 2];
/// let value = Quartic.both(2, &[1.0, 2.0], Target::Values(&[0.0, 4.0]), &mut dx)?;
/// assert_eq!((value, dx), (8.5, [2.0, -16.0]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
pub trait ElementwiseLoss: Clone + Debug + Send + Sync + 'static {
    /// f(x, t).
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V;

    /// ∂f/∂x.
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V;

    /// See [`Loss::reduction`].
    fn reduction(&self) -> Reduction;

    /// See [`Loss::prediction`].
    fn prediction(&self) -> Prediction {
        Prediction::Values
    }
}

impl<E: ElementwiseLoss> Loss for E {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn prediction(&self) -> Prediction {
        ElementwiseLoss::prediction(self)
    }

    fn reduction(&self) -> Reduction {
        ElementwiseLoss::reduction(self)
    }

    fn numbers(&self, width: usize) -> usize {
        width
    }

    fn rows<T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
    ) {
        sweep(Alone(self), width, x, target, &[], weights, loss, dx, || self.name());
    }
}

/// A formula with its slope, of a number, its target and a constant of its column.
pub(crate) trait Formula<T: Float> {
    /// f(x, t, c).
    fn term<V: Lanes<T>>(&self, x: V, t: V, c: V) -> V;

    /// ∂f/∂x.
    fn slope<V: Lanes<T>>(&self, x: V, t: V, c: V) -> V;
}

/// Of a number and its target alone.
struct Alone<'a, E>(&'a E);

impl<T: Float, E: ElementwiseLoss> Formula<T> for Alone<'_, E> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, x: V, t: V, _c: V) -> V {
        self.0.term(x, t)
    }

    #[inline(always)]
    fn slope<V: Lanes<T>>(&self, x: V, t: V, _c: V) -> V {
        self.0.slope(x, t)
    }
}

/// The mean of each row and, if asked for, its weighted gradient. `columns`, `[width]`, are the
/// constants of the columns; all are 1 if it is empty.
///
/// # Panics
/// If lengths don't fit, or if the target is labels.
#[expect(clippy::too_many_arguments, reason = "those of `Loss::rows`, and what they are for")]
pub(crate) fn sweep<T: Float>(
    f: impl Formula<T>,
    width: usize,
    x: &[T],
    target: Target<'_, T>,
    columns: &[T],
    weights: Weights<'_, T>,
    loss: &mut [T],
    dx: Option<&mut [T]>,
    name: impl Fn() -> String,
) {
    let rows = check_rows(&name, width, x, &weights, loss, dx.as_deref());
    let Target::Values(target) = target else {
        panic!("{}: takes no labels as target", name());
    };
    let found = target.len();
    assert!(found == x.len(), "{}: {found} values for {rows} rows of {width}", name());
    let constants = columns.len();
    assert!(
        constants == 0 || constants == width,
        "{}: {constants} weights for rows of {width}",
        name()
    );
    if rows == 0 {
        return;
    }
    let work = Work { f: &f, width, x, target, columns, weights, loss, dx };
    // A kernel each, so that no frame of an unoptimized build holds them all.
    match (width, work.dx.is_some()) {
        (1, true) => dispatch(Numbers::<T, _, true>(work)),
        (1, false) => dispatch(Numbers::<T, _, false>(work)),
        (_, true) => dispatch(Rows::<T, _, true>(work)),
        (_, false) => dispatch(Rows::<T, _, false>(work)),
    }
}

/// What there is to do.
struct Work<'a, T, F> {
    f: &'a F,
    width: usize,
    x: &'a [T],
    target: &'a [T],
    columns: &'a [T],
    weights: Weights<'a, T>,
    loss: &'a mut [T],
    /// There if, and only if, the gradient is asked for.
    dx: Option<&'a mut [T]>,
}

/// Terms that wait on the stack to be added.
const BLOCK: usize = 512;

/// They begin where a cache line does: a vector that is split between two lines is slow to read back.
#[repr(align(64))]
struct Terms<T>([T; BLOCK]);

/// Rows of several numbers.
struct Rows<'a, T, F, const GRADIENT: bool>(Work<'a, T, F>);

impl<T: Float, F: Formula<T>, const GRADIENT: bool> Kernel<T> for Rows<'_, T, F, GRADIENT> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Work { f, width, x, target, columns, weights, loss, dx } = self.0;
        let dx = dx.unwrap_or_default();
        let part = T::of(1.0 / width as f64);
        let mut terms = Terms([T::ZERO; BLOCK]);
        for (row, loss) in loss.iter_mut().enumerate() {
            let factor = V::splat(part * weights.of(row));
            let mut sum = T::ZERO;
            let mut start = 0;
            while start < width {
                let len = BLOCK.min(width - start);
                let from = row * width + start;
                let (x, t) = (&x[from..from + len], &target[from..from + len]);
                let c = if columns.is_empty() { columns } else { &columns[start..start + len] };
                let dx = if GRADIENT { &mut dx[from..from + len] } else { &mut [][..] };
                let terms = &mut terms.0[..len];
                // Whole vectors first: they need not ask how many numbers there are.
                let whole = len - len % V::LEN;
                let mut i = 0;
                while i < whole {
                    one::<T, V, F, GRADIENT>(f, (x, t, c), factor, terms, dx, i, V::LEN);
                    i += V::LEN;
                }
                if whole < len {
                    one::<T, V, F, GRADIENT>(f, (x, t, c), factor, terms, dx, i, len - whole);
                }
                sum += within::sum::<T, V>(terms);
                start += len;
            }
            *loss = sum * part;
        }
    }
}

/// The terms and slopes of `count` numbers from `i` on.
#[inline(always)]
fn one<T: Float, V: Lanes<T>, F: Formula<T>, const GRADIENT: bool>(
    f: &F,
    (x, t, c): (&[T], &[T], &[T]),
    factor: V,
    terms: &mut [T],
    dx: &mut [T],
    i: usize,
    count: usize,
) {
    let (x, t) = (load::<T, V>(x, i, count), load::<T, V>(t, i, count));
    let c = if c.is_empty() { V::splat(T::ONE) } else { load(c, i, count) };
    let nan = x.is_nan();
    store(V::select(nan, x, f.term(x, t, c)), terms, i, count);
    if GRADIENT {
        store(V::select(nan, x, f.slope(x, t, c)) * factor, dx, i, count);
    }
}

/// Rows of one number: vectors over rows.
struct Numbers<'a, T, F, const GRADIENT: bool>(Work<'a, T, F>);

impl<T: Float, F: Formula<T>, const GRADIENT: bool> Kernel<T> for Numbers<'_, T, F, GRADIENT> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Work { f, x, target, columns, weights, loss, dx, .. } = self.0;
        let dx = dx.unwrap_or_default();
        let c = V::splat(columns.first().copied().unwrap_or(T::ONE));
        let mut i = 0;
        while i < x.len() {
            let count = V::LEN.min(x.len() - i);
            let (x, t) = (load::<T, V>(x, i, count), load(target, i, count));
            let nan = x.is_nan();
            store(V::select(nan, x, f.term(x, t, c)), loss, i, count);
            if GRADIENT {
                let slope = V::select(nan, x, f.slope(x, t, c));
                store(slope * weights.vector(i, count), dx, i, count);
            }
            i += V::LEN;
        }
    }
}

/// The `count` numbers from `i` on, in the first lanes.
#[inline(always)]
fn load<T: Float, V: Lanes<T>>(x: &[T], i: usize, count: usize) -> V {
    let x = &x[i..i + count];
    if count == V::LEN { V::load(x) } else { V::load_partial(x) }
}

/// Writes the first `count` lanes from `i` on.
#[inline(always)]
fn store<T: Float, V: Lanes<T>>(lanes: V, y: &mut [T], i: usize, count: usize) {
    let y = &mut y[i..i + count];
    if count == V::LEN { lanes.store(y) } else { lanes.store_partial(y) }
}

/// a b, where 0 · ∞ is 0 if the 0 is a.
#[inline(always)]
pub(crate) fn product<T: Float, V: Lanes<T>>(a: V, b: V) -> V {
    let zero = V::splat(T::ZERO);
    V::select(a.eq(zero), zero, a * b)
}

/// The sign: -1, 0 or 1.
#[inline(always)]
pub(crate) fn sign<T: Float, V: Lanes<T>>(x: V) -> V {
    let zero = V::splat(T::ZERO);
    V::select(x.eq(zero), zero, V::splat(T::ONE).copysign(x))
}

/// (1 - ε) t + ε/2
#[inline(always)]
pub(crate) fn smooth<T: Float, V: Lanes<T>>(epsilon: f64, t: V) -> V {
    if epsilon == 0.0 { t } else { t.mul_add(V::of(1.0 - epsilon), V::of(epsilon / 2.0)) }
}
