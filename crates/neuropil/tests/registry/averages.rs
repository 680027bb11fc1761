//! What holds for every average: it is a mean of what was taken, with the shares of its reference.

use crate::cases::AverageCase;
use crate::list;
use crate::numbers::{doubles, numbers};
use neuropil::regularizers::{Average, take_average};
use neuropil::simd::Float;

/// Every average in each of its settings.
pub fn cases() -> impl Iterator<Item = AverageCase> {
    list::averages::all().into_iter().flat_map(|member| member.cases)
}

/// The average of so many numbers over so many times.
pub fn averaged<T: Float>(rule: &dyn Average, times: u64, len: usize) -> Vec<T> {
    let mut average = vec![T::NAN; len];
    for taken in 0..times {
        take_average(rule.share(taken), &numbers::<T>(len, 3.0, taken), &mut average);
    }
    average
}

#[test]
fn averages_are_those_of_the_slow_reference() {
    fn check<T: Float>(case: &AverageCase) {
        for times in [1, 2, 5, 100] {
            let shares = (case.reference)(times);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{:?}", case.average);
            for len in (0..40).chain([150]) {
                let found = averaged::<T>(&*case.average, times as u64, len);
                let mut expected = vec![0.0; len];
                for (taken, share) in shares.iter().enumerate() {
                    let w = doubles(&numbers::<T>(len, 3.0, taken as u64));
                    expected.iter_mut().zip(w).for_each(|(sum, w)| *sum += share * w);
                }
                for (found, expected) in doubles(&found).iter().zip(&expected) {
                    let error = (found - expected).abs() / T::EPSILON.to_f64();
                    assert!(error <= 64.0, "{:?}: {found}, should be {expected}", case.average);
                }
            }
        }
    }
    for case in cases() {
        check::<f32>(&case);
        check::<f64>(&case);
    }
}

#[test]
fn averages_name_themselves_and_begin_whole() {
    for case in cases() {
        let type_name = format!("{:?}", case.average);
        let type_name = type_name.split([' ', '(']).next().unwrap_or_default();
        assert!(case.average.name().starts_with(type_name), "{type_name}");
        assert_eq!(case.average.share(0), 1.0, "{type_name}");
        // One share for the whole of a training: neither more than all nor less than nothing.
        for taken in [1, 10, 1_000, 1_000_000_000] {
            assert!((0.0..=1.0).contains(&case.average.share(taken)), "{type_name}");
        }
    }
}
