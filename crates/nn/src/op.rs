//! An operation: a formula forward, its derivative backward, on slices.

use crate::inspect::Role;
use crate::lend::{Gradients, Inputs, States};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use std::fmt::Debug;
use std::ops::Range;

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Dropout drops, normalization uses the batch's statistics.
    Training,
    /// Every row is treated as if it were alone.
    Inference,
}

/// Buffers that an op wants beside its input and output, planned once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Numbers kept from forward to backward (a mean, a reciprocal deviation).
    pub saved: usize,
    /// Words kept from forward to backward (a mask, an argmax).
    pub words: usize,
    /// Numbers that a call may use and leave; their contents are not kept, not even to the
    /// next call of the same op.
    pub scratch: usize,
}

/// A matrix input that a product wants packed once for many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Which input of the op; packed only where it is a weight and not something computed.
    pub input: usize,
    /// Whether the transposed matrix is packed.
    pub transposed: bool,
    /// Whether only backward uses it, and only to get the gradient of this input.
    pub for_gradient_of: Option<usize>,
    /// Whether a run reads it many times, so that it is packed for training too, where it changes
    /// after each run.
    pub repeated: bool,
}

/// One operation of a graph: forward `y = f(x)` and backward `dx += f'(x)ᵀ dy`.
///
/// An op speaks slices, knows neither its neighbours nor the network, and can be tested alone
/// with [`check_op`](crate::gradcheck::check_op). Write it for `T: Float`, and it runs in `f32`
/// and is checked in `f64`:
///
/// ```
/// use neuropil_nn::{Backward, Forward, Op, Spec, gradcheck};
/// use neuropil_simd::Float;
/// use neuropil_tensor::ShapeError;
///
/// /// y = x²
/// #[derive(Debug)]
/// struct Square;
///
/// impl<T: Float> Op<T> for Square {
///     fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
///         Ok(inputs[0])
///     }
///     fn forward(&self, step: Forward<'_, T>) {
///         for (y, &x) in step.y.iter_mut().zip(step.x.get(0)) {
///             *y = x * x;
///         }
///     }
///     fn backward(&self, mut step: Backward<'_, T>) {
///         let x = step.x.get(0);
///         if let Some(dx) = step.dx.get(0) {
///             for ((dx, &x), &dy) in dx.iter_mut().zip(x).zip(&*step.dy) {
///                 *dx += (x + x) * dy;
///             }
///         }
///     }
/// }
///
/// gradcheck::check_op(Square, &[Spec::per_row([5])], 3)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Op<T: Float>: Debug + Send + Sync {
    /// The spec of the output.
    ///
    /// # Errors
    /// If the inputs do not fit; the graph adds the path of the layer.
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError>;

    /// Computes the output.
    fn forward(&self, step: Forward<'_, T>);

    /// Adds the gradients that are wanted.
    fn backward(&self, step: Backward<'_, T>);

    /// The name shown in summaries and errors: by default the `Debug` form up to its fields.
    fn name(&self) -> String {
        let debug = format!("{self:?}");
        debug.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
    }

    /// Buffers for a batch of `rows`.
    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let _ = (rows, inputs);
        Memory::default()
    }

    /// The range in which every index of index input `input` must lie: `0..tokens` of a table,
    /// `1..steps + 1` of lengths. The run checks it before forward, so the op may rely on it.
    fn index_range(&self, input: usize, inputs: &[Spec]) -> Option<Range<u32>> {
        let _ = (input, inputs);
        None
    }

    /// An index that index input `input` may hold beside those of its range: the label of rows that
    /// a loss ignores.
    fn passes_index(&self, input: usize) -> Option<u32> {
        let _ = input;
        None
    }

    /// Whether backward gives a gradient for this input. Where it does not (the target of a
    /// loss), a value that depends on weights is refused: it must be detached.
    fn differentiates(&self, input: usize) -> bool {
        let _ = input;
        true
    }

    /// What the op is to those who look at the network as a whole
    /// ([`Network::lint`](crate::Network::lint), [`Trainer::health`](crate::Trainer::health)).
    /// Nothing is computed from it; an op that does not say is passed over there.
    fn role(&self) -> Role {
        Role::Unknown
    }

    /// Weights that the op can use in packed form.
    fn packs(&self) -> Vec<Pack> {
        Vec::new()
    }

    /// This op as something that can be done to a product's rows as they are finished: an
    /// element-wise function whose derivative is known from its output.
    fn as_finish(&self) -> Option<&dyn Finish<T>> {
        None
    }

    /// Whether this is y = x W over the last axis, W being input 1, plus input 2 if there is one. A
    /// plan then computes it for a single row by itself, without `forward`.
    #[doc(hidden)] // A promise that only ops of this crate can keep to the bit.
    fn is_dense(&self) -> bool {
        false
    }

    /// Whether forward can apply a [`Finish`] to its output. The plan then drops the op that
    /// follows and its buffer; backward gets the gradient of this op's own result.
    fn takes_finish(&self) -> bool {
        false
    }

    /// Whether forward can do [`Forward::affine`] to its output, of this spec, before its finish. In a
    /// program for inference alone the plan then drops the normalization that follows.
    fn takes_affine(&self, output: Spec) -> bool {
        let _ = output;
        false
    }

    /// This op, in inference, as a scale and a shift of each channel of input 0: of the first axis of a
    /// row. Its other inputs must be weights.
    fn as_affine(&self) -> Option<&dyn Affine<T>> {
        None
    }

    /// Whether backward multiplies the slope of the [`Finish`] into dy by itself, piece by piece while
    /// the pieces are in the cache, and not the plan in a pass of its own beforehand.
    fn scales_dy(&self) -> bool {
        false
    }
}

/// An element-wise function fused behind the op that makes its input.
pub trait Finish<T>: Sync {
    /// Whether this is max(x, 0), which products can do in registers.
    fn is_relu(&self) -> bool;

    /// y = f(y), on any piece of the output.
    fn apply(&self, y: &mut [T]);

    /// dy *= f'(y), from the output, on any piece of it.
    fn scale_by_slope(&self, y: &[T], dy: &mut [T]);
}

/// A scale and a shift of each channel, folded into the op that makes its input: what a normalization
/// is in inference.
pub trait Affine<T: Float>: Sync {
    /// The number of channels.
    fn channels(&self) -> usize;

    /// Computes scale and shift, `[channels]` both, from the op's weights, which are all of its inputs
    /// but the first, and its states.
    fn scale_and_shift(
        &self,
        weights: Inputs<'_, T>,
        states: &States<'_, T>,
        scale: &mut [T],
        shift: &mut [T],
    );
}

/// An [`Op`] in both number types, as a graph stores it.
pub trait AnyOp: Op<f32> + Op<f64> + 'static {}

impl<O: Op<f32> + Op<f64> + 'static> AnyOp for O {}

/// What [`Op::forward`] gets.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Rows in the batch.
    pub rows: usize,
    /// Training or inference.
    pub mode: Mode,
    /// The inputs.
    pub x: Inputs<'a, T>,
    /// The output, all of which must be written. Its contents are unspecified before.
    pub y: &'a mut [T],
    /// [`Memory::saved`] numbers for backward.
    pub saved: &'a mut [T],
    /// [`Memory::words`] words for backward.
    pub words: &'a mut [u32],
    /// At least [`Memory::scratch`] numbers of unspecified contents.
    pub scratch: &'a mut [T],
    /// The untrained state that belongs to the op (running means).
    pub states: States<'a, T>,
    /// The key of the op's random stream for this step: see
    /// [`random`](neuropil_regularizers::random).
    pub random: u64,
    /// The scale a and the shift b of each channel, `[channels]` both, if [`Op::takes_affine`]: what the
    /// op itself makes, a bias included, becomes y a + b, a multiplication and an addition in one.
    pub affine: Option<(&'a [T], &'a [T])>,
    /// What must be applied to the finished output, after `affine`, if [`Op::takes_finish`].
    pub finish: Option<FinishRef<'a, T>>,
}

/// What [`Op::backward`] gets.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Rows in the batch.
    pub rows: usize,
    /// Training or inference, as in forward.
    pub mode: Mode,
    /// The inputs.
    pub x: Inputs<'a, T>,
    /// The output.
    pub y: &'a [T],
    /// The gradient with respect to the output. Nobody reads it later: the op may overwrite it.
    pub dy: &'a mut [T],
    /// What forward saved.
    pub saved: &'a [T],
    /// The words that forward saved.
    pub words: &'a [u32],
    /// At least [`Memory::scratch`] numbers of unspecified contents.
    pub scratch: &'a mut [T],
    /// The gradients to add to, where wanted.
    pub dx: Gradients<'a, T>,
    /// The same key as in forward.
    pub random: u64,
    /// Whose slope is not yet in dy, if [`Op::scales_dy`]: dy is the gradient of the finished output.
    pub finish: Option<FinishRef<'a, T>>,
}

/// A borrowed [`Finish`].
#[derive(Clone, Copy)]
pub struct FinishRef<'a, T>(pub &'a dyn Finish<T>);

impl<T> std::fmt::Debug for FinishRef<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Finish")
    }
}
