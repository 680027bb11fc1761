//! All schedules of the learning rate.

use super::Member;
use crate::cases::{ScheduleCase, schedule};
use neuropil::optimizers::{
    Anneal, Chained, Constant, Cosine, CosineRestarts, Cyclic, ExponentialDecay, InverseTimeDecay,
    Lambda, LinearRamp, MultiStepDecay, Multiplicative, Noam, OneCycle, OptimizerError,
    PolynomialDecay, Schedule, Sequence, StepDecay, SwaRate, Warmup, WarmupStableDecay,
};
use std::f64::consts::PI;

/// All of them.
pub fn all() -> Vec<Member<ScheduleCase>> {
    [plain(), repeated(), phases(), composed()].into_iter().flatten().collect()
}

/// A schedule in a setting that can be.
fn case<S: Schedule>(made: Result<S, OptimizerError>, reference: fn(u64) -> f64) -> ScheduleCase {
    schedule(made.expect("a schedule"), reference)
}

/// From 1 to 0 along half a cosine.
fn half_cosine(progress: f64) -> f64 {
    if progress >= 1.0 { 0.0 } else { (1.0 + (PI * progress).cos()) / 2.0 }
}

/// One formula for all steps.
fn plain() -> Vec<Member<ScheduleCase>> {
    vec![
        Member::of::<Constant>([case(Constant::new(0.3), |_| 0.3)]),
        Member::of::<Cosine>([
            case(Cosine::new(0.3, 97).and_then(|s| s.floor(0.1)), |t| {
                0.1 + 0.2 * half_cosine(t as f64 / 97.0)
            }),
            case(Cosine::new(1e-3, 1), |t| if t < 1 { 1e-3 } else { 0.0 }),
        ]),
        Member::of::<ExponentialDecay>([
            case(ExponentialDecay::new(0.3, 0.9), |t| 0.3 * 0.9_f64.powf(t as f64)),
            case(ExponentialDecay::new(0.3, 0.0), |t| if t == 0 { 0.3 } else { 0.0 }),
            case(ExponentialDecay::new(0.3, 1.0), |_| 0.3),
        ]),
        Member::of::<InverseTimeDecay>([
            case(InverseTimeDecay::new(0.3, 0.5, 20), |t| 0.3 / (1.0 + 0.5 * t as f64 / 20.0)),
            case(InverseTimeDecay::new(0.3, 0.5, 20).map(InverseTimeDecay::staircase), |t| {
                0.3 / (1.0 + 0.5 * (t / 20) as f64)
            }),
        ]),
        Member::of::<Lambda<fn(u64) -> f64>>([case(
            Lambda::new(0.3, (|t| 1.0 / (1.0 + (t % 7) as f64)) as fn(u64) -> f64),
            |t| 0.3 / (1.0 + (t % 7) as f64),
        )]),
        Member::of::<LinearRamp>([
            case(LinearRamp::new(0.3), |t| 0.1 + 0.2 * t.min(5) as f64 / 5.0),
            case(LinearRamp::new(0.3).and_then(|s| s.factors(2.0, 0.0)?.steps(100)), |t| {
                0.6 * (100 - t.min(100)) as f64 / 100.0
            }),
        ]),
        Member::of::<MultiStepDecay>([
            case(MultiStepDecay::new(0.3, &[3, 50, 51]).and_then(|s| s.gamma(0.5)), |t| match t {
                0..3 => 0.3,
                3..50 => 0.15,
                50 => 0.075,
                _ => 0.0375,
            }),
            case(MultiStepDecay::new(0.3, &[]), |_| 0.3),
            case(MultiStepDecay::new(0.3, &[0]), |_| 0.03),
        ]),
        Member::of::<Multiplicative>([
            case(Multiplicative::new(0.3, 64, |t| t as f64 / (t + 1) as f64), |t| {
                0.3 / (1 + t.min(64)) as f64
            }),
            case(Multiplicative::new(0.3, 0, |_| 7.0), |_| 0.3),
        ]),
        Member::of::<Noam>([
            case(Noam::new(64, 25), |t| {
                let n = t as f64 + 1.0;
                0.125 * n.powf(-0.5).min(n * 25.0_f64.powf(-1.5))
            }),
            case(Noam::new(64, 1).and_then(|s| s.factor(3.0)), |t| {
                0.375 * (t as f64 + 1.0).powf(-0.5)
            }),
        ]),
        Member::of::<PolynomialDecay>([
            case(PolynomialDecay::new(0.3, 80), |t| 0.3 * (80 - t.min(80)) as f64 / 80.0),
            case(PolynomialDecay::new(0.3, 80).and_then(|s| s.power(2.5)?.floor(0.1)), |t| {
                0.1 + 0.2 * ((80 - t.min(80)) as f64 / 80.0).powf(2.5)
            }),
            // At the end, too, a power of 0 leaves all.
            case(PolynomialDecay::new(0.3, 80).and_then(|s| s.power(0.0)), |_| 0.3),
        ]),
        Member::of::<StepDecay>([
            case(StepDecay::new(0.3, 30), |t| 0.3 * 0.1_f64.powf((t / 30) as f64)),
            case(StepDecay::new(0.3, 1).and_then(|s| s.gamma(0.5)), |t| {
                0.3 * 0.5_f64.powf(t as f64)
            }),
        ]),
    ]
}

/// What comes back.
fn repeated() -> Vec<Member<ScheduleCase>> {
    fn triangle(t: u64) -> f64 {
        // 1 to 7 up, 8 to 11 down.
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 5.25, 3.5, 1.75][(t % 11) as usize] / 7.0
    }
    vec![
        Member::of::<CosineRestarts>([
            case(CosineRestarts::new(0.3, 40).and_then(|s| s.floor(0.1)), |t| {
                0.1 + 0.2 * half_cosine((t % 40) as f64 / 40.0)
            }),
            // The falls of 3, 6, 12, .. steps begin at 0, 3, 9, ..: at 3 (2^k - 1).
            case(CosineRestarts::new(0.3, 3).and_then(|s| s.growth(2)), |t| {
                let k = (u128::from(t) / 3 + 1).ilog2();
                let (begin, period) = (3 * ((1_u128 << k) - 1), 3 * (1_u128 << k));
                // The longest fall that counts in 64 bits is the last.
                let period = period.min(u128::from(u64::MAX));
                0.3 * half_cosine((u128::from(t) - begin) as f64 / period as f64)
            }),
        ]),
        Member::of::<Cyclic>([
            case(Cyclic::new(0.1, 0.3), |t| {
                let t = t % 4_000;
                0.1 + 0.2 * t.min(4_000 - t) as f64 / 2_000.0
            }),
            case(Cyclic::new(0.1, 0.3).and_then(|s| s.steps(7, 4)), |t| 0.1 + 0.2 * triangle(t)),
            case(Cyclic::new(0.1, 0.3).and_then(|s| Ok(s.steps(7, 4)?.halving())), |t| {
                0.1 + 0.2 * triangle(t) / 2.0_f64.powf((t / 11) as f64)
            }),
            case(Cyclic::new(0.1, 0.3).and_then(|s| s.steps(7, 4)?.decaying(0.99)), |t| {
                0.1 + 0.2 * triangle(t) * 0.99_f64.powf(t as f64)
            }),
        ]),
    ]
}

/// A rise, and what follows.
fn phases() -> Vec<Member<ScheduleCase>> {
    /// The share of the way from step `begin` to step `end`.
    fn way(t: u64, begin: f64, end: f64) -> f64 {
        ((t as f64 - begin) / (end - begin)).clamp(0.0, 1.0)
    }
    vec![
        Member::of::<OneCycle>([
            case(OneCycle::new(0.5, 101), |t| {
                let up = 1.0 - half_cosine(way(t, 0.0, 29.3));
                let down = half_cosine(way(t, 29.3, 100.0));
                let (first, last) = (0.02, 2e-6);
                if t < 30 { first + (0.5 - first) * up } else { last + (0.5 - last) * down }
            }),
            case(
                OneCycle::new(0.5, 200).and_then(|s| {
                    let s = s.warm_up(0.25)?.divisors(10.0, 100.0)?;
                    Ok(s.three_phases().anneal(Anneal::Linear))
                }),
                |t| match t {
                    0..=49 => 0.05 + 0.45 * t as f64 / 49.0,
                    50..=98 => 0.5 - 0.45 * (t - 49) as f64 / 49.0,
                    _ => 0.05 - 0.0495 * way(t, 98.0, 199.0),
                },
            ),
            // Nothing rises; the rise is a step; there is but one step.
            case(
                OneCycle::new(0.5, 11).and_then(|s| Ok(s.warm_up(0.0)?.anneal(Anneal::Linear))),
                |t| 0.5 - (0.5 - 2e-6) * way(t, -1.0, 10.0),
            ),
            case(
                OneCycle::new(0.5, 10).and_then(|s| Ok(s.warm_up(0.1)?.anneal(Anneal::Linear))),
                |t| 0.5 - (0.5 - 2e-6) * way(t, 0.0, 9.0),
            ),
            case(OneCycle::new(0.5, 1), |_| 2e-6),
        ]),
        Member::of::<WarmupStableDecay>([
            case(WarmupStableDecay::new(0.3, 20, 50, 30), |t| match t {
                0..20 => 0.3 * t as f64 / 20.0,
                20..70 => 0.3,
                _ => 0.3 * half_cosine(way(t, 70.0, 100.0)),
            }),
            case(
                WarmupStableDecay::new(0.3, 0, 0, 30)
                    .and_then(|s| Ok(s.floor(0.1)?.anneal(Anneal::Linear))),
                |t| 0.3 - 0.2 * way(t, 0.0, 30.0),
            ),
        ]),
    ]
}

/// Made of others.
fn composed() -> Vec<Member<ScheduleCase>> {
    vec![
        Member::of::<Chained>([
            case(
                Chained::new(0.3).and_then(|s| {
                    let s = s.with(LinearRamp::new(1.0)?.steps(10)?);
                    Ok(s.with(StepDecay::new(1.0, 30)?.gamma(0.5)?))
                }),
                |t| {
                    let ramp = 1.0 / 3.0 + 2.0 / 3.0 * t.min(10) as f64 / 10.0;
                    0.3 * ramp / 2.0_f64.powf((t / 30) as f64)
                },
            ),
            case(Chained::new(0.3), |_| 0.3),
        ]),
        Member::of::<Sequence>([
            case(
                Sequence::new(0.3)
                    .then(
                        20,
                        LinearRamp::new(0.2).and_then(|s| s.factors(1.0, 0.0)).expect("a ramp"),
                    )
                    .and_then(|s| s.then(40, 0.1)),
                |t| match t {
                    0..20 => 0.3,
                    20..40 => 0.04 * (25 - t.min(25)) as f64,
                    _ => 0.1,
                },
            ),
            case(Ok(Sequence::new(0.3)), |_| 0.3),
            case(Sequence::new(0.3).then(0, 0.2), |_| 0.2),
        ]),
        Member::of::<SwaRate>([
            case(SwaRate::new(0.3, 75, 0.1), |t| {
                0.1 + 0.2 * half_cosine(t.saturating_sub(75) as f64 / 10.0)
            }),
            case(
                SwaRate::new(StepDecay::new(0.4, 30).expect("a decay"), 30, 0.2)
                    .and_then(|s| Ok(s.steps(4)?.anneal(Anneal::Linear))),
                |t| match t {
                    0..30 => 0.4,
                    _ => 0.04 * (1.0 + (t - 30).min(4) as f64),
                },
            ),
        ]),
        Member::of::<Warmup>([
            case(Warmup::new(10, Cosine::new(0.3, 90).expect("a cosine")), |t| match t {
                0..10 => 0.03 * t as f64,
                _ => 0.3 * half_cosine((t - 10) as f64 / 90.0),
            }),
            case(
                Warmup::new(1, 0.3).and_then(|s| s.start(0.25)),
                |t| {
                    if t == 0 { 0.075 } else { 0.3 }
                },
            ),
        ]),
    ]
}
