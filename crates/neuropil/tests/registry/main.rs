//! What holds for every public activation, loss, layer, op, initializer, regularizer, constraint,
//! average, mixture, optimizer and schedule, shown on all of them: see `list`.

mod activations;
mod averages;
mod cases;
mod constraints;
mod costs;
mod docs;
mod faces;
mod golden;
mod initializers;
mod joint_losses;
mod law;
mod levels;
mod list;
mod losses;
mod mixtures;
mod modules;
mod numbers;
mod optimizers;
mod outputs;
mod outside;
mod reference;
mod regularizers;
mod schedules;
