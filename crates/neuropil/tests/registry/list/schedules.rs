//! All schedules of the learning rate.

use super::Member;
use crate::cases::{ScheduleCase, schedule};
use neuropil::optimizers::{Constant, Cosine};
use std::f64::consts::PI;

/// All of them.
pub fn all() -> Vec<Member<ScheduleCase>> {
    let cosine = |rate, steps| Cosine::new(rate, steps).expect("a schedule");
    vec![
        Member::of::<Constant>([schedule(Constant::new(0.3).expect("a rate"), |_| 0.3)]),
        Member::of::<Cosine>([
            schedule(cosine(0.3, 97).floor(0.1).expect("a floor"), |t| {
                0.1 + 0.2 * (1.0 + (PI * t.min(97.0) / 97.0).cos()) / 2.0
            }),
            schedule(cosine(1e-3, 1), |t| if t < 1.0 { 1e-3 } else { 0.0 }),
        ]),
    ]
}
