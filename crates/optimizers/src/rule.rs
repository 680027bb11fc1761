//! An element-wise optimizer as a formula, and the one loop that runs them all.

use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The formula of an element-wise optimizer, over a vector of weights at a time.
///
/// Holds what is the same for all weights of a step, in `f64`; [`sweep`] runs it over slices, with
/// the widest vectors that the machine has.
///
/// ```
/// use neuropil_optimizers::{Optimizer, Rule, Step, sweep};
/// use neuropil_simd::{Float, Lanes};
///
/// /// Adagrad: s += dw², w −= rate · dw/(√s + 1e-10).
/// #[derive(Clone, Copy, Debug)]
/// struct Adagrad;
///
/// struct Update { rate: f64 }
///
/// impl Rule<1> for Update {
///     #[inline(always)]
///     fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [s]: &mut [V; 1]) -> V {
///         *s = dw.mul_add(dw, *s);
///         w - V::of(self.rate) * dw / (s.sqrt() + V::of(1e-10))
///     }
/// }
///
/// impl Optimizer for Adagrad {
///     fn name(&self) -> &'static str {
///         "Adagrad"
///     }
///     fn default_rate(&self) -> f64 {
///         0.01
///     }
///     fn slot_names(&self) -> &'static [&'static str] {
///         &["sum"]
///     }
///     fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
///         sweep(Update { rate: at.rate }, w, dw, state);
///     }
/// }
///
/// let (mut w, mut sum) = ([1.0_f32; 3], [0.0; 3]);
/// let at = Step { rate: 0.5, count: 1, shape: &[3] };
/// Adagrad.step(at, &mut w, &[2.0, -4.0, 8.0], &mut [&mut sum]);
/// assert_eq!((w, sum), ([0.5, 1.5, 0.5], [4.0, 16.0, 64.0]));
/// ```
pub trait Rule<const SLOTS: usize> {
    /// The new weights, from the old ones and their gradients; replaces the state in place. Must be
    /// `#[inline(always)]`, as everything that is generic over `V`.
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, state: &mut [V; SLOTS]) -> V;
}

/// Runs a rule over all weights of `w`, in place, together with their state.
///
/// Each weight gets the same bits wherever it stands in the slice, so that a tensor may be swept
/// whole or in pieces.
///
/// # Panics
/// If `dw` or a slot of `state` has another length than `w`, or if there are not `SLOTS` slots.
pub fn sweep<T: Float, const SLOTS: usize>(
    rule: impl Rule<SLOTS>,
    w: &mut [T],
    dw: &[T],
    state: &mut [&mut [T]],
) {
    assert!(dw.len() == w.len(), "dw has {} numbers, but w has {}", dw.len(), w.len());
    assert!(
        state.len() == SLOTS,
        "the state has {} slots, but the optimizer uses {SLOTS}",
        state.len()
    );
    for (i, slot) in state.iter().enumerate() {
        assert!(
            slot.len() == w.len(),
            "slot {i} of the state has {} numbers, but w has {}",
            slot.len(),
            w.len()
        );
    }
    let mut state = state.iter_mut();
    let state = std::array::from_fn(|_| match state.next() {
        Some(slot) => &mut **slot,
        None => unreachable!("the number of slots has been checked"),
    });
    dispatch(Sweep { rule, w, dw, state });
}

struct Sweep<'a, T, R, const SLOTS: usize> {
    rule: R,
    w: &'a mut [T],
    dw: &'a [T],
    state: [&'a mut [T]; SLOTS],
}

impl<T: Float, R: Rule<SLOTS>, const SLOTS: usize> Kernel<T> for Sweep<'_, T, R, SLOTS> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        // Cut to one length, so that the compiler sees that all are in bounds together.
        let n = self.w.len();
        let (rule, w, dw) = (self.rule, self.w, &self.dw[..n]);
        let mut state = self.state;
        for slot in &mut state {
            *slot = &mut std::mem::take(slot)[..n];
        }

        let mut vectors = [V::splat(T::ZERO); SLOTS];
        let mut i = 0;
        while n - i >= V::LEN {
            for slot in 0..SLOTS {
                vectors[slot] = V::load(&state[slot][i..]);
            }
            rule.update(V::load(&w[i..]), V::load(&dw[i..]), &mut vectors).store(&mut w[i..]);
            for slot in 0..SLOTS {
                vectors[slot].store(&mut state[slot][i..]);
            }
            i += V::LEN;
        }
        if i < n {
            for slot in 0..SLOTS {
                vectors[slot] = V::load_partial(&state[slot][i..]);
            }
            let (w, dw) = (&mut w[i..], &dw[i..]);
            rule.update(V::load_partial(w), V::load_partial(dw), &mut vectors).store_partial(w);
            for slot in 0..SLOTS {
                vectors[slot].store_partial(&mut state[slot][i..]);
            }
        }
    }
}
