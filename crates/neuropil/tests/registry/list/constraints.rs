//! All constraints.

use super::Member;
use crate::cases::{ConstraintCase, constraint};
use neuropil::regularizers::{MaxNorm, MinMaxNorm, NonNeg, UnitNorm};

/// All of them.
pub fn all() -> Vec<Member<ConstraintCase>> {
    let bounds = |min, max| MinMaxNorm::new(min, max).expect("bounds");
    vec![
        Member::of::<MaxNorm>([
            constraint(MaxNorm::default(), |w| to_norm(w, |norm| norm.min(2.0))),
            constraint(MaxNorm::new(0.0).expect("a norm"), |w| vec![0.0; w.len()]),
        ]),
        Member::of::<MinMaxNorm>([
            constraint(MinMaxNorm::default(), |w| to_norm(w, |norm| norm.min(1.0))),
            constraint(bounds(3.0, 4.0), |w| to_norm(w, |norm| norm.clamp(3.0, 4.0))),
            constraint(bounds(3.0, 4.0).rate(0.25).expect("a rate"), |w| {
                to_norm(w, |norm| 0.25 * norm.clamp(3.0, 4.0) + 0.75 * norm)
            }),
        ]),
        Member::of::<NonNeg>([constraint(NonNeg, |w| w.iter().map(|w| w.max(0.0)).collect())]),
        Member::of::<UnitNorm>([constraint(UnitNorm, |w| to_norm(w, |_| 1.0))]),
    ]
}

/// The same direction with another norm; zeros have none.
fn to_norm(w: &[f64], wanted: impl Fn(f64) -> f64) -> Vec<f64> {
    let norm = w.iter().map(|w| w * w).sum::<f64>().sqrt();
    let factor = if norm == 0.0 { 1.0 } else { wanted(norm) / norm };
    w.iter().map(|w| w * factor).collect()
}
