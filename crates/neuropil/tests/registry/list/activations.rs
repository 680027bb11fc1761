//! All activations.

mod curves;
mod lines;
mod rows;

use super::Member;
use crate::cases::ActivationCase;

/// All of them: of straight lines, of curves, of whole rows.
pub fn all() -> Vec<Member<ActivationCase>> {
    [lines::all(), curves::all(), rows::all()].into_iter().flatten().collect()
}
