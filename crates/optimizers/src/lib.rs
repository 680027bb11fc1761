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
//! | [`Lion`] | w −= rate · sign(β₁ m + (1 − β₁) dw) | 1 | 10⁻⁴ | large models, with little memory |
//! | [`Adan`] | Adam with a momentum of differences | 4 | 10⁻³ | large models, with large rates |
//! | [`Lamb`] | Adam's direction, rate · ‖w‖ long | 2 | 10⁻³ | batches of thousands |
//! | [`Adafactor`] | sizes from rows and columns | 1 | 10⁻² | large matrices |
//! | [`Muon`] | momentum made orthogonal | 4, 3 of them scratch | 10⁻³ | matrices of hidden layers; AdamW for the rest |
//! | [`ScheduleFreeAdamW`] | AdamW whose weights are averaged | 2 | 2.5 · 10⁻³ | where the end of the training is not known |
//! | [`Ftrl`] | the best weights for all gradients so far, with L1 and L2 | 2 | 10⁻³ | sparse linear models |
//! | [`Rprop`] | w −= sign(dw) · a step size of its own | 2 | 10⁻² | whole data sets |
//! | [`Asgd`] | Sgd at a falling rate with a little decay, and the mean of its weights | 1 | 10⁻² | convex problems |
//! | [`Lbfgs`] | w −= t H dw, with a line search; minimizes by itself | 2 · history | 1 | small, smooth, whole data sets |
//! | [`PerceptronRule`] | w += rate (t − o) x, for a threshold neuron | 0 | 1 | to see where it began |
//!
//! [`Optimizer::without_decay`] spares biases and norms the decay, and [`ReduceOnPlateau`] reduces the rate
//! of any schedule when nothing becomes better.
//!
//! A schedule says the rate of step t = 0, 1, .. by a formula, with nothing remembered:
//!
//! | schedule | rate(t) | past its end | for |
//! | --- | --- | --- | --- |
//! | a plain `f64`, [`Constant`] | rate | | a first try; small problems |
//! | [`LinearRamp`] | rate · (from start to end in a straight line) | stays | a warm-up; a decay to nothing |
//! | [`StepDecay`] | rate · gamma^⌊t/period⌋ | goes on | images, the classic way |
//! | [`MultiStepDecay`] | rate · gamma^(milestones passed) | stays | the same, at steps of your own |
//! | [`ExponentialDecay`] | rate · gamma^t | goes on | a smooth fall without an end |
//! | [`InverseTimeDecay`] | rate/(1 + decay · t/steps) | goes on | convex problems; the proofs' choice |
//! | [`PolynomialDecay`] | (rate − floor) · (1 − t/steps)^power + floor | stays | fine-tuning |
//! | [`Cosine`] | half a cosine down to a floor | stays | most trainings of a known length |
//! | [`CosineRestarts`] | cosines of growing length | goes on | snapshots of several minima |
//! | [`Cyclic`] | straight up and down between base and peak | goes on | when no length is known |
//! | [`OneCycle`] | from peak/25 up to peak, down to peak/250,000 | stays | short trainings at high rates |
//! | [`Noam`] | factor · width^(−1/2) · min(n^(−1/2), n · warm_up^(−3/2)), n = t + 1 | goes on | Transformers |
//! | [`WarmupStableDecay`] | up in a line, flat, half a cosine down | stays | large models; runs of unknown length |
//! | [`Warmup`] | in a line up to another schedule | that one's | in front of any, with Adam or large batches |
//! | [`Sequence`] | one schedule after the other | the last one's | parts of your own |
//! | [`Chained`] | rate times the product of schedules | theirs | a warm-up over a decay |
//! | [`SwaRate`] | another's until a step, then on a curve to a constant | stays | averaging weights |
//! | [`Lambda`] | rate · f(t) | f's | a formula of your own |
//! | [`Multiplicative`] | rate(t − 1) · f(t) | stays | a factor from step to step |
//!
//! [`preview`] draws any of them as text, [`preview_svg`] as a picture. A rate that depends on how the training goes
//! is no schedule: see [`ReduceOnPlateau`].
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
//!
//! # Costs
#![doc = include_str!("costs.md")]
#![forbid(unsafe_code)]

mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adam_w;
mod adamax;
mod adan;
mod anneal;
mod asgd;
mod axpy;
mod clip;
mod cosine;
mod cosine_restarts;
mod cyclic;
mod error;
mod exponential_decay;
mod ftrl;
mod inverse_time_decay;
mod lamb;
mod lambda;
mod lbfgs;
mod linear_ramp;
mod lion;
mod multi_step_decay;
mod muon;
mod n_adam;
mod noam;
mod one_cycle;
mod optimizer;
mod perceptron_rule;
mod polynomial_decay;
mod preview;
mod r_adam;
mod reduce_on_plateau;
mod rms_prop;
mod rprop;
mod rule;
mod schedule;
mod schedule_free_adam_w;
mod sequence;
mod sgd;
mod sign;
mod step_decay;
mod swa_rate;
mod warmup;

pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adam_w::AdamW;
pub use adamax::Adamax;
pub use adan::Adan;
pub use anneal::Anneal;
pub use asgd::Asgd;
pub use clip::{clip_factor, clip_global_norm, clip_norm, clip_value, global_norm, norm, scale};
pub use cosine::Cosine;
pub use cosine_restarts::CosineRestarts;
pub use cyclic::Cyclic;
pub use error::OptimizerError;
pub use exponential_decay::ExponentialDecay;
pub use ftrl::Ftrl;
pub use inverse_time_decay::InverseTimeDecay;
pub use lamb::Lamb;
pub use lambda::{Lambda, Multiplicative};
pub use lbfgs::{Lbfgs, LbfgsSpace, Minimum, Stop};
pub use linear_ramp::LinearRamp;
pub use lion::Lion;
pub use multi_step_decay::MultiStepDecay;
pub use muon::Muon;
pub use n_adam::NAdam;
pub use noam::Noam;
pub use one_cycle::OneCycle;
pub use optimizer::{MAX_SLOTS, Optimizer, Step};
pub use perceptron_rule::PerceptronRule;
pub use polynomial_decay::PolynomialDecay;
pub use preview::{preview, preview_svg};
pub use r_adam::RAdam;
pub use reduce_on_plateau::{Plateau, ReduceOnPlateau};
pub use rms_prop::RmsProp;
pub use rprop::Rprop;
pub use rule::{Rule, sweep};
pub use schedule::{Constant, Schedule};
pub use schedule_free_adam_w::ScheduleFreeAdamW;
pub use sequence::{Chained, Sequence};
pub use sgd::Sgd;
pub use step_decay::StepDecay;
pub use swa_rate::SwaRate;
pub use warmup::{Warmup, WarmupStableDecay};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
