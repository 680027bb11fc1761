//! How a network learns: optimizers that turn a gradient into a step, and schedules of the rate.
//!
//! An [`Optimizer`] updates one tensor's weights in place, given its gradients and the state that
//! it asked for; a [`Schedule`] says the rate of each step. Both speak plain slices and numbers, so
//! they serve beside any tensor library, and the caller owns all memory: nothing is allocated.
//!
//! | optimizer | rule | state per weight | default rate | when to use |
//! | --- | --- | --- | --- | --- |
//! | [`Sgd`] | w −= rate · dw, with momentum, Nesterov's too | 0 or 1 | 10⁻³ | images, with momentum 0.9 and a schedule |
//! | [`Adam`] | w −= rate · m̂ / (√v̂ + ε), with amsgrad | 2 or 3 | 10⁻³ | most networks, without decay |
//! | [`AdamW`] | w −= rate · λ w, then Adam | 2 or 3 | 10⁻³ | most networks, transformers above all |
//! | [`NAdam`] | Adam that looks ahead along m | 2 | 2 · 10⁻³ | as Adam; recurrent networks |
//! | [`RAdam`] | momentum first, then Adam | 2 | 10⁻³ | as Adam, without a warm-up |
//! | [`Adamax`] | w −= rate · m̂ / max(β₂ u, \|dw\|) | 2 | 2 · 10⁻³ | sparse gradients, embeddings |
//! | [`RmsProp`] | w −= rate · dw / (√v + ε), with momentum, centered | 1 to 3 | 10⁻² | recurrent networks, reinforcement learning |
//! | [`Adagrad`] | w −= rate · dw / (√Σdw² + ε) | 1 | 10⁻² | sparse data, linear models |
//! | [`Adadelta`] | w −= rate · √(a + ε) / √(v + ε) · dw | 2 | 1 | where no rate can be tuned |
//! | [`Lion`] | w −= rate · sign(momentum) | 1 | 10⁻⁴ | large models, with little memory |
//! | [`Adan`] | Adam with a momentum of differences | 4 | 10⁻³ | large models, with large rates |
//! | [`Lamb`] | Adam's direction, rate · ‖w‖ long | 2 | 10⁻³ | batches of thousands |
//! | [`Adafactor`] | sizes from rows and columns | 1 | 10⁻² | large matrices |
//! | [`Muon`] | momentum made orthogonal | 4, 3 of them scratch | 10⁻³ | matrices of hidden layers; AdamW for the rest |
//! | [`ScheduleFreeAdamW`] | AdamW whose weights are averaged | 2 | 2.5 · 10⁻³ | where the end of the training is not known |
//! | [`Ftrl`] | the best weights for all gradients so far, with L1 and L2 | 2 | 10⁻³ | sparse linear models |
//! | [`Rprop`] | w −= sign(dw) · a step size of its own | 2 | 10⁻² | whole data sets |
//! | [`Asgd`] | Sgd, and the mean of its weights | 1 | 10⁻² | convex problems |
//! | [`Lbfgs`] | w −= t H dw, with a line search; minimizes by itself | 2 · history | 1 | small, smooth, whole data sets |
//! | [`PerceptronRule`] | w += rate (t − o) x, for a threshold neuron | 0 | 1 | to see where it began |
//!
//! [`Optimizer::without_decay`] spares biases and norms the decay, and [`ReduceOnPlateau`] reduces the rate
//! of any schedule when nothing becomes better.
//!
//! | schedule | rate |
//! | --- | --- |
//! | a plain `f64`, [`Constant`] | always the same |
//! | [`Cosine`] | half a cosine down to a floor |
//!
//! [`clip_norm`], [`clip_global_norm`] and [`clip_value`] bound the gradients before the step.
//!
//! Gradient descent by hand, on f(x) = 4x² from x = 2, where df/dx = 8x. A rate of 1 leaps over the
//! valley, ever farther; a quarter leaps from one wall to the same height of the other; an eighth
//! lands in the minimum:
//!
//! ```
//! use neuropil_optimizers::{Optimizer, Sgd, Step};
//!
//! let f = |x: f64| 4.0 * x * x;
//! let descend = |rate: f64, steps: u64| {
//!     let mut x = [2.0];
//!     for count in 1..=steps {
//!         let dx = [8.0 * x[0]];
//!         Sgd::new().step(Step { rate, count, shape: &[1] }, &mut x, &dx, &mut []);
//!     }
//!     x[0]
//! };
//! assert_eq!([0, 1, 2].map(|steps| descend(1.0, steps)), [2.0, -14.0, 98.0]);
//! assert_eq!([0, 1, 2].map(|steps| f(descend(1.0, steps))), [16.0, 784.0, 38_416.0]);
//! assert_eq!([0, 1, 2, 3].map(|steps| descend(0.25, steps)), [2.0, -2.0, 2.0, -2.0]);
//! assert_eq!(descend(0.125, 1), 0.0);
//! assert!(descend(0.24, 10).abs() < 2.0 && descend(0.1, 10).abs() < 1e-3); // slowly, fast
//! ```
#![forbid(unsafe_code)]

mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adam_w;
mod adamax;
mod adan;
mod asgd;
mod axpy;
mod clip;
mod cosine;
mod error;
mod ftrl;
mod lamb;
mod lbfgs;
mod lion;
mod muon;
mod n_adam;
mod optimizer;
mod perceptron_rule;
mod r_adam;
mod reduce_on_plateau;
mod rms_prop;
mod rprop;
mod rule;
mod schedule;
mod schedule_free_adam_w;
mod sgd;
mod sign;

pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adam_w::AdamW;
pub use adamax::Adamax;
pub use adan::Adan;
pub use asgd::Asgd;
pub use clip::{clip_factor, clip_global_norm, clip_norm, clip_value, global_norm, norm, scale};
pub use cosine::Cosine;
pub use error::OptimizerError;
pub use ftrl::Ftrl;
pub use lamb::Lamb;
pub use lbfgs::{Lbfgs, LbfgsSpace, Minimum, Stop};
pub use lion::Lion;
pub use muon::Muon;
pub use n_adam::NAdam;
pub use optimizer::{MAX_SLOTS, Optimizer, Step};
pub use perceptron_rule::PerceptronRule;
pub use r_adam::RAdam;
pub use reduce_on_plateau::{Plateau, ReduceOnPlateau};
pub use rms_prop::RmsProp;
pub use rprop::Rprop;
pub use rule::{Rule, sweep};
pub use schedule::{Constant, Schedule};
pub use schedule_free_adam_w::ScheduleFreeAdamW;
pub use sgd::Sgd;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
