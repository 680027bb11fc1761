//! Activations that treat each number alone: a formula and its slope, once for every instruction
//! set, and the loops that run them over slices.

use crate::activation::{Activation, check_rows};
use neuropil_simd::{Float, Kernel, Lanes, Map, dispatch, map, map_in_place};
use std::fmt::Debug;

/// What the derivative of an activation reads: its input, its output, both or neither.
///
/// A network keeps only what is read; an activation that reads its output (or nothing) can work in
/// place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reads {
    /// The input x.
    Input,
    /// The output y.
    Output,
    /// Both the input and the output.
    Both,
    /// Neither: the slope is the same everywhere.
    Nothing,
}

impl Reads {
    /// Whether the input is read.
    ///
    /// ```
    /// use neuropil_activations::Reads;
    /// assert!(Reads::Both.input() && !Reads::Output.input());
    /// ```
    #[inline(always)]
    pub const fn input(self) -> bool {
        matches!(self, Reads::Input | Reads::Both)
    }

    /// Whether the output is read.
    ///
    /// ```
    /// use neuropil_activations::Reads;
    /// assert!(Reads::Both.output() && !Reads::Input.output());
    /// ```
    #[inline(always)]
    pub const fn output(self) -> bool {
        matches!(self, Reads::Output | Reads::Both)
    }
}

/// An activation that treats each number alone: y = f(x).
///
/// Written once with [`Lanes`], it runs in `f32` and in `f64` on every instruction set, and is an
/// [`Activation`] without another line. Both methods must be `#[inline(always)]`, and so must every
/// function that they give a vector to.
///
/// ```
/// use neuropil_activations::{Activation, Elementwise, Float, Lanes, Reads};
///
/// /// The inverse square root unit: x/√(x² + 1)
/// #[derive(Clone, Copy, Debug)]
/// struct Isru;
///
/// impl Elementwise for Isru {
///     const READS: Reads = Reads::Input;
///     #[inline(always)]
///     fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
///         x / x.mul_add(x, V::of(1.0)).sqrt()
///     }
///     #[inline(always)]
///     fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
///         let square = x.mul_add(x, V::of(1.0));
///         V::of(1.0) / (square * square.sqrt())
///     }
/// }
///
/// let x = [-0.75_f32, 0.0, 0.75];
/// let mut y = [0.0; 3];
/// Isru.forward(3, &x, &mut y);
/// assert_eq!(y, [-0.6, 0.0, 0.6]);
///
/// let mut dx = [0.0; 3];
/// Isru.backward(3, &x, &[], &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.512, 1.0, 0.512]);
/// ```
pub trait Elementwise: Clone + Debug + Send + Sync + 'static {
    /// What [`slope`](Elementwise::slope) reads.
    const READS: Reads;

    /// f(x).
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V;

    /// f'(x), from x or from y = f(x) as [`READS`](Elementwise::READS) says; the one that is not
    /// read may hold anything.
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, y: V) -> V;

    /// `Some((low, high))` if f is exactly min(max(x, low), high); see [`Activation::clamp`].
    fn clamp(&self) -> Option<(f64, f64)> {
        None
    }
}

impl<E: Elementwise> Activation for E {
    fn reads(&self) -> Reads {
        E::READS
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        check_rows(self, width, x.len());
        assert_eq!(x.len(), y.len(), "{}: x has {} numbers, y {}", self.name(), x.len(), y.len());
        map(ValueOf(self), x, y);
    }

    fn backward<T: Float>(&self, width: usize, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        check_rows(self, width, dx.len());
        check_backward(self, x.len(), y.len(), dy.len(), dx.len());
        dispatch(Backward { f: self, x, y, dy, dx });
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn apply_in_place<T: Float>(&self, y: &mut [T]) {
        map_in_place(ValueOf(self), y);
    }

    fn scale_by_slope<T: Float>(&self, y: &[T], dy: &mut [T]) {
        assert!(
            !E::READS.input(),
            "{}: the slope reads the input, not only the output",
            self.name()
        );
        if E::READS.output() {
            assert_eq!(
                y.len(),
                dy.len(),
                "{}: y has {} numbers, dy {}",
                self.name(),
                y.len(),
                dy.len()
            );
        }
        dispatch(ScaleBySlope { f: self, y, dy });
    }

    fn clamp(&self) -> Option<(f64, f64)> {
        Elementwise::clamp(self)
    }
}

fn check_backward<E: Elementwise>(f: &E, x: usize, y: usize, dy: usize, dx: usize) {
    assert_eq!(dy, dx, "{}: dy has {dy} numbers, dx {dx}", f.name());
    if E::READS.input() {
        assert_eq!(x, dx, "{}: x has {x} numbers, dx {dx}", f.name());
    }
    if E::READS.output() {
        assert_eq!(y, dx, "{}: y has {y} numbers, dx {dx}", f.name());
    }
}

/// `LEN` numbers of `a` at `i`, or anything where they are not read.
#[inline(always)]
fn load<T: Float, V: Lanes<T>>(read: bool, a: &[T], i: usize) -> V {
    if read { V::load(&a[i..i + V::LEN]) } else { V::splat(T::ZERO) }
}

/// The numbers of `a` from `i` on, or anything where they are not read.
#[inline(always)]
fn load_rest<T: Float, V: Lanes<T>>(read: bool, a: &[T], i: usize) -> V {
    if read { V::load_partial(&a[i..]) } else { V::splat(T::ZERO) }
}

/// f as a function of one number.
struct ValueOf<'a, E>(&'a E);

impl<E> Clone for ValueOf<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ValueOf<'_, E> {}

impl<E: Elementwise> Map for ValueOf<'_, E> {
    #[inline(always)]
    fn map<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        self.0.value(x)
    }
}

/// dx += dy f'
struct Backward<'a, E, T> {
    f: &'a E,
    x: &'a [T],
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<E: Elementwise, T: Float> Kernel<T> for Backward<'_, E, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { f, x, y, dy, dx } = self;
        let mut i = 0;
        let mut dx = dx.chunks_exact_mut(V::LEN);
        for dx in &mut dx {
            let slope =
                f.slope::<T, V>(load(E::READS.input(), x, i), load(E::READS.output(), y, i));
            V::load(&dy[i..]).mul_add(slope, V::load(dx)).store(dx);
            i += V::LEN;
        }
        let dx = dx.into_remainder();
        if !dx.is_empty() {
            let slope = f.slope::<T, V>(
                load_rest(E::READS.input(), x, i),
                load_rest(E::READS.output(), y, i),
            );
            V::load_partial(&dy[i..]).mul_add(slope, V::load_partial(dx)).store_partial(dx);
        }
    }
}

/// dy *= f', from the output
struct ScaleBySlope<'a, E, T> {
    f: &'a E,
    y: &'a [T],
    dy: &'a mut [T],
}

impl<E: Elementwise, T: Float> Kernel<T> for ScaleBySlope<'_, E, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { f, y, dy } = self;
        let unread = V::splat(T::ZERO);
        let mut i = 0;
        let mut dy = dy.chunks_exact_mut(V::LEN);
        for dy in &mut dy {
            let slope = f.slope::<T, V>(unread, load(E::READS.output(), y, i));
            (V::load(dy) * slope).store(dy);
            i += V::LEN;
        }
        let dy = dy.into_remainder();
        if !dy.is_empty() {
            let slope = f.slope::<T, V>(unread, load_rest(E::READS.output(), y, i));
            (V::load_partial(dy) * slope).store_partial(dy);
        }
    }
}
