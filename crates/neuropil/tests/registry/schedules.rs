//! What holds for every schedule: a finite rate of at least 0 at every step, which is a function of
//! the step alone, with nothing remembered.

use crate::cases::ScheduleCase;
use crate::list;

fn cases() -> impl Iterator<Item = ScheduleCase> {
    list::schedules::all().into_iter().flat_map(|member| member.cases)
}

/// Steps near the beginning, then ever farther apart to the last there is.
fn steps() -> Vec<u64> {
    let far = (8..64).flat_map(|power| [(1_u64 << power) - 1, 1 << power, (1 << power) + 1]);
    (0..300).chain(far).chain([u64::MAX - 1, u64::MAX]).collect()
}

#[test]
fn rates_are_those_of_the_slow_reference() {
    for case in cases() {
        for step in steps() {
            let (rate, expected) = (case.schedule.rate(step), (case.reference)(step));
            let what = format!("{:?} at {step}: {rate}", case.schedule);
            assert!(rate.is_finite() && rate >= 0.0, "{what}");
            assert!((rate - expected).abs() <= 1e-14 * expected.max(0.1), "{what} not {expected}");
        }
    }
}

#[test]
fn a_rate_depends_on_nothing_but_its_step() {
    for (case, fresh) in cases().zip(cases()) {
        let before = format!("{:?}", case.schedule);
        let rates = |steps: &[u64]| -> Vec<u64> {
            steps.iter().map(|&step| case.schedule.rate(step).to_bits()).collect()
        };
        let mut steps = steps();
        let forwards = rates(&steps);
        assert_eq!(forwards, rates(&steps), "{before}: another time, another rate");
        let unused: Vec<u64> = steps.iter().map(|&s| fresh.schedule.rate(s).to_bits()).collect();
        assert_eq!(forwards, unused, "{before}: another one, another rate");
        steps.reverse();
        let mut backwards = rates(&steps);
        backwards.reverse();
        assert_eq!(forwards, backwards, "{before}: another order, other rates");
        assert_eq!(before, format!("{:?}", case.schedule), "it remembers");
    }
}
