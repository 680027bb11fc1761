//! What holds for every activation.

mod accuracy;
mod gradients;
mod in_place;
mod lengths;

use crate::cases::ActivationCase;
use crate::{list, outside};

/// Every activation in each of its settings, and one from outside.
pub fn cases() -> impl Iterator<Item = ActivationCase> {
    let ours = list::activations::all().into_iter().flat_map(|member| member.cases);
    ours.chain([outside::activation()])
}
