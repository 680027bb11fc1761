//! Recurrent layers over whole sequences: RNN, GRU and LSTM, forward and back through time.
//!
//! At each step t a layer of `hidden` units has the input x and the state h of the step before (for the
//! LSTM a second one, c), and makes the state h' that is its output. With σ the logistic function and ⊙ the
//! product of numbers in equal places:
//!
//! | | |
//! | --- | --- |
//! | RNN | h' = φ(x W + b + h U + d), φ = tanh or max(·, 0) |
//! | GRU | r, z = σ(x W + b + h U + d) |
//! | reset after | n = tanh(x Wₙ + bₙ + r ⊙ (h Uₙ + dₙ)), as PyTorch and cuDNN |
//! | reset before | n = tanh(x Wₙ + bₙ + (r ⊙ h) Uₙ + dₙ), as Cho et al. |
//! | | h' = n + z ⊙ (h - n) |
//! | LSTM | i, f, o = σ(..), g = tanh(..) of x W + b + h U + d |
//! | | c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c'), or its product with a matrix R (projection) |
//!
//! Gates stand beside each other in the columns of W `[inputs, gates hidden]` and U `[state, gates
//! hidden]`, in PyTorch's order: r, z, n and i, f, g, o.
//!
//! ```
//! use neuropil_tensor::recurrent::{Cell, Gradients, Outputs, PackedWeights, Recurrent, Sequences};
//! use neuropil_tensor::recurrent::{Squash, Weights};
//!
//! // h' = max(x w + h u, 0) over one sequence of three steps.
//! let of = Recurrent {
//!     cell: Cell::Rnn(Squash::Relu), steps: 3, inputs: 1, hidden: 1, reverse: false,
//! };
//! let x = Sequences { rows: 1, x: &[1.0_f64, 2.0, 3.0], lengths: None, h: None, c: None };
//! let packed = PackedWeights::default(); // pays where the weights serve many calls
//! let weights = Weights { input: &[1.0], state: &[0.5], projection: None, bias: None, packed };
//! let (mut y, mut scratch) = ([0.0; 3], vec![0.0; of.scratch_len::<f64>(1)]);
//! let (mut saved, mut words) = (vec![0.0; of.saved_len(1)], vec![0; of.words_len(1)]);
//! let places = Outputs { row: 3, steps: Some((0, 1)), h: None, c: None };
//! of.forward(x, &weights, places, &mut y, &mut saved, &mut words, &mut scratch);
//! assert_eq!(y, [1.0, 2.5, 4.25]);
//!
//! // Of the last output alone: du = h₂ + u h₁, over all paths.
//! let mut du = [f64::NAN];
//! let wanted = Gradients { state: Some((&mut du, false)), ..Gradients::default() };
//! let dy = [0.0, 0.0, 1.0];
//! of.backward(x, &weights, places, &dy, &saved, &words, wanted, &mut scratch);
//! assert_eq!(du, [2.5 + 0.5 * 1.0]);
//! ```
//!
//! Sources: Elman, "Finding Structure in Time" (1990); Hochreiter and Schmidhuber, "Long Short-Term
//! Memory" (1997), with the forget gate of Gers et al. (2000); Cho et al., "Learning Phrase Representations
//! using RNN Encoder-Decoder" (2014); Sak et al., "Long Short-Term Memory Recurrent Neural Network
//! Architectures" (2014) for the projection; Werbos, "Backpropagation through time" (1990).
//!
//! # How it goes
//! Rows of the batch never meet but in the sums of the weights' gradients. So the batch is cut into *shards*
//! of some rows, each of which one thread takes through all steps, forward and back: threads meet once a
//! pass and not once a step. Within a shard rows are ordered by length and steps lie one after the other, each
//! with only the rows that still run (`order`): nothing is computed for padding, and each product runs over
//! numbers that lie together. The products of x with W are done for some steps at a time, those of h with U
//! step by step with the weights packed once; the gates are then made of the sums while these are in the
//! cache (`lstm`, `gru`, `rnn`). Back through time only the gradients of the sums and of the state are
//! computed step by step; those of W, U and the biases are one product each over all rows and steps at the end.
//!
//! Where U is so large that each step fetches it from behind the second-level cache, shards have more rows. A
//! lone shard shares out its products by columns and what follows them by rows (`work`).
//!
//! How the batch is cut depends on its rows and the layer's sizes and on nothing else, so bits do not depend on
//! threads, and a row has the same output alone and in any batch.

mod backward;
mod forward;
mod gru;
mod lanes;
mod lstm;
mod order;
mod rnn;
mod shapes;
mod weights;
mod work;

pub use backward::{Gradients, Target};
pub use forward::{Outputs, Sequences};
pub use shapes::{Cell, Recurrent, Reset, Squash};
pub use weights::{Bias, PackedWeights, Weights};
