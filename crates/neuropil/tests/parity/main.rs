//! What PyTorch computes, Neuropil computes too: golden files in `golden/`, made by the scripts
//! beside this file (`cargo xtask parity --python PATH`), and a module for each family that walks
//! them in `f32` and in `f64`.
//!
//! A new member is a few lines in its family's script, which makes `golden/<family>/<Type>.json`,
//! and a line in the family's test.

mod activations;
mod averages;
mod checkpoints;
mod clipping;
mod closeness;
mod constraints;
mod golden;
mod initializers;
mod joint_losses;
mod layers;
mod losses;
mod mixtures;
mod modules;
mod ops;
mod optimizers;
mod plateau;
mod regularizers;
mod schedules;
mod trainings;
mod weighted_sum;

/// What a check says when it fails.
type Failure = Box<dyn std::error::Error>;
