//! Tensors and views, held to slow and obvious index arithmetic.

mod arithmetic;
mod making;
mod naive;
mod printing;
mod products;
mod reductions;
mod views;
