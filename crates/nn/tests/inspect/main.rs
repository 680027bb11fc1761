//! Looking inside a network: each rule of the lint with a network that breaks it and one next to
//! it that does not, traces, audits, health reports, and gradients path by path.

mod audit;
mod bias_variance;
mod explain;
mod health;
mod lint;
mod trace;

type Failure = Box<dyn std::error::Error>;
