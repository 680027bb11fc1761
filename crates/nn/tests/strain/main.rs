//! Do the walls stand right? Things that strain the traits, each written as a user would write it
//! outside of this crate, before the families grow.

mod batch_norm;
mod embedding;
mod lamb;
mod packs;
mod recurrent;
mod rows;
mod two_graphs;
mod weight_norm;
