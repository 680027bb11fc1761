//! The trait that every optimizer, yours too, implements.

use std::fmt::Debug;

use neuropil_simd::Float;

use crate::OptimizerError;

/// The most state numbers per weight that an [`Optimizer`] may ask for.
pub const MAX_SLOTS: usize = 4;

/// Where the training stands when a tensor is updated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<'a> {
    /// The learning rate of this update.
    pub rate: f64,
    /// The number of this update, 1 for the first.
    pub count: u64,
    /// The shape of the whole tensor, also where an element-wise optimizer gets a piece of it.
    pub shape: &'a [usize],
}

/// Turns the gradient of a tensor into an update of its weights.
///
/// An optimizer is a small value of settings; what it remembers from step to step lives in the
/// caller's memory, [`slots`](Self::slots) numbers per weight, all zero before the first step. So
/// whoever saves weights and state has saved all.
///
/// The rate is no setting of the optimizer: it comes with each [`Step`], from a
/// [`Schedule`](crate::Schedule) or wherever else.
///
/// # An optimizer of your own
///
/// If it treats each weight by itself, it is a [`Rule`](crate::Rule), one formula over vectors, and
/// [`sweep`](crate::sweep) runs it over the slices. If it needs the whole tensor at once, like
/// [`Lamb`](crate::Lamb),
/// it says so in [`is_elementwise`](Self::is_elementwise) and writes its own loops:
///
/// ```
/// use neuropil_optimizers::{Optimizer, Step, norm};
/// use neuropil_simd::Float;
///
/// /// Steps of the same length whatever the gradient's: w −= rate · dw/‖dw‖.
/// #[derive(Clone, Debug)]
/// struct NormalizedDescent;
///
/// impl Optimizer for NormalizedDescent {
///     fn name(&self) -> &'static str {
///         "NormalizedDescent"
///     }
///     fn default_rate(&self) -> f64 {
///         0.01
///     }
///     fn slot_names(&self) -> &'static [&'static str] {
///         &[]
///     }
///     fn is_elementwise(&self) -> bool {
///         false
///     }
///     fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], _state: &mut [&mut [T]]) {
///         let length = norm(dw);
///         if length > 0.0 {
///             let factor = T::of(at.rate / length);
///             for (w, &dw) in w.iter_mut().zip(dw) {
///                 *w -= factor * dw;
///             }
///         }
///     }
/// }
///
/// let mut w = [1.0_f64, 1.0];
/// let at = Step { rate: 0.5, count: 1, shape: &[2] };
/// NormalizedDescent.step(at, &mut w, &[30.0, -40.0], &mut []);
/// assert_eq!(w, [0.7, 1.4]);
/// ```
pub trait Optimizer: Clone + Debug + Send + Sync + 'static {
    /// The type's name, for messages and files.
    fn name(&self) -> &'static str;

    /// The rate to use if nobody says one.
    fn default_rate(&self) -> f64;

    /// The names of the state's slots, as PyTorch's `state_dict` has them: `"exp_avg"`.
    fn slot_names(&self) -> &'static [&'static str];

    /// Numbers of state per weight, at most [`MAX_SLOTS`]; each is zero before the first step.
    fn slots(&self) -> usize {
        self.slot_names().len()
    }

    /// Whether each weight's update depends on nothing but that weight, its gradient, its state and
    /// the step's number. Then a caller may update a tensor in pieces or several tensors in one
    /// sweep, to the same bits. `true` by default.
    ///
    /// Such a sweep runs over padding between tensors, too: a zero weight with zero gradient and
    /// zero state must stay zero, and its state with it. A rule whose state begins at another number
    /// than zero takes a zero there for a state that has not begun, and begins it with the first
    /// gradient that isn't zero.
    fn is_elementwise(&self) -> bool {
        true
    }

    /// The same optimizer without weight decay, for weights that should not decay: biases, and the
    /// weights of normalizations. Itself by default, as is right for one that lets nothing decay.
    #[must_use]
    fn without_decay(&self) -> Self {
        self.clone()
    }

    /// Whether it can update a tensor of this shape. All by default.
    ///
    /// # Errors
    /// If it is made for tensors of other shapes, as [`Muon`](crate::Muon) is for matrices alone;
    /// [`step`](Self::step) panics for such a tensor.
    fn check_shape(&self, _shape: &[usize]) -> Result<(), OptimizerError> {
        Ok(())
    }

    /// Whether the weights to evaluate and to keep are others than those that are trained:
    /// [`evaluation_weights`](Self::evaluation_weights) makes them. `false` by default.
    fn has_evaluation_weights(&self) -> bool {
        false
    }

    /// Turns a copy of the trained weights into those to evaluate with, such as an average over the
    /// steps. `state` is as [`step`](Self::step) left it, after at least one. Changes nothing by
    /// default.
    fn evaluation_weights<T: Float>(&self, _w: &mut [T], _state: &[&[T]]) {}

    /// Updates `w` in place, and `state` with it.
    ///
    /// `w` is a tensor of `at.shape`, or a piece of one if the rule
    /// [is element-wise](Self::is_elementwise). `dw` holds the gradient of the objective at `w`;
    /// `state` has [`slots`](Self::slots) slices of the length of `w`, as the last step left them.
    ///
    /// # Panics
    /// The optimizers of this crate panic if `dw` or a slot of `state` has another length than `w`,
    /// if there are more or fewer slots than [`slots`](Self::slots), or if `at.count` is 0.
    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]);
}
