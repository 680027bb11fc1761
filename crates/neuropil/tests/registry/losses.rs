//! What holds for every loss.

mod accuracy;
mod errors;
mod gradients;
pub mod in_a_graph;
mod properties;
pub mod samples;

use crate::cases::LossCase;
use crate::{list, outside};

/// Every loss in each of its settings, and one from outside.
pub fn cases() -> impl Iterator<Item = LossCase> {
    let ours = list::losses::all().into_iter().flat_map(|member| member.cases);
    ours.chain(outside::losses())
}
