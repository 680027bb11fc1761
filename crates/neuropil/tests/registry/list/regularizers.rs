//! All regularizers: penalties, and rules that draw.

use super::Member;
use crate::cases::{RegularizerCase, penalty, rule};
use neuropil::regularizers::{Dropout, L2};

/// All of them.
pub fn all() -> Vec<Member<RegularizerCase>> {
    vec![
        Member::of::<Dropout>(
            [0.0, 0.2, 0.5, 1.0].map(|rate| rule(Dropout::new(rate).expect("a rate"))),
        ),
        Member::of::<L2>([penalty(L2::new(0.3).expect("a strength"), |w| {
            w.iter().map(|w| 0.15 * w * w).sum()
        })]),
    ]
}
