//! Looking inside: what a network is made of, what is wrong with it, what its gradients and values
//! look like, and where a single gradient comes from.
//!
//! | question | asked with | answer |
//! | --- | --- | --- |
//! | is something built wrong? | [`Network::lint`](crate::Network::lint), [`Trainer::lint`](crate::Trainer::lint), [`Plan::lint`](crate::Plan::lint) | [`Lint`] |
//! | which shapes, how much memory? | [`Network::trace`](crate::Network::trace), [`Trainer::trace`](crate::Trainer::trace), [`Plan::trace`](crate::Plan::trace) | [`Trace`] |
//! | do all weights get a usable gradient? | [`Trainer::audit`](crate::Trainer::audit) | [`Audit`] |
//! | are units dead or saturated, are updates of the right size? | [`Trainer::health`](crate::Trainer::health) | [`Health`] |
//! | where does this one gradient come from? | [`Trainer::explain`](crate::Trainer::explain), [`Run::explain`](crate::Run::explain) | [`Explanation`] |
//! | does a model say too little, or learn too much of chance? | [`BiasVariance`] | [`SquaredError`], [`ZeroOneError`] |
//!
//! All of it but the last reads the recorded ops, so that ops and modules of your own are covered; an op says
//! with [`Op::role`](crate::Op::role) what it is. Looking changes nothing: a training goes on to
//! the same bits as without.

mod anatomy;
mod audit;
mod bias_variance;
mod explain;
mod health;
mod lint;
mod role;
pub(crate) mod table;
mod trace;

pub use audit::{Audit, AuditRow, EXPLODING_NORM, EXPLODING_RATIO, VANISHING_RATIO, Verdict};
pub use bias_variance::{BiasVariance, SquaredError, ZeroOneError};
pub use explain::{DERIVATIVES, ExplainError, Explanation, Factor, GradientPath, Variable};
pub use health::{Health, LARGE_UPDATE, LayerHealth, NEAR_BOUND, WeightHealth};
pub use lint::{Finding, Lint, Rule};
pub use role::{Curve, Role};
pub use trace::{Trace, TraceStep};

pub(crate) use audit::audit;
pub(crate) use health::{layer_health, weight_health};
pub(crate) use lint::{Training, lint};
pub(crate) use trace::{place, trace, trail};
