//! Recurrent layers over sequences against loops over single numbers.

mod bits;
mod gradients;
mod naive;
mod refuses;
mod runs;
mod values;
