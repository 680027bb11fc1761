//! What holds for every constraint: each unit is moved to where its slow reference moves it, and what
//! is there already stays.

use crate::cases::ConstraintCase;
use crate::faces::ConstraintIn;
use crate::list;
use crate::numbers::{bits, doubles, numbers};
use neuropil::regularizers::Units;
use neuropil::simd::Float;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Every constraint in each of its settings.
pub fn cases() -> impl Iterator<Item = ConstraintCase> {
    list::constraints::all().into_iter().flat_map(|member| member.cases)
}

/// Layouts around the borders of vectors and blocks.
pub fn layouts() -> impl Iterator<Item = Units> {
    let inner = [(1, 1), (1, 3), (3, 1), (1, 40), (40, 1), (2, 5)];
    let counts = [1, 2, 5, 16, 17, 35];
    counts
        .into_iter()
        .flat_map(move |count| inner.map(|(outer, inner)| Units { outer, count, inner }))
}

/// The places of a unit's numbers.
fn places(units: Units, u: usize) -> Vec<usize> {
    (0..units.len()).filter(|i| i / units.inner % units.count == u).collect()
}

#[test]
fn units_are_moved_to_where_the_slow_reference_moves_them() {
    fn check<T: Float>(constraint: &dyn ConstraintIn<T>, reference: fn(&[f64]) -> Vec<f64>) {
        for units in layouts() {
            let mut w = numbers::<T>(units.len(), 3.0, 1);
            // Every third unit has no weights.
            (0..units.count).step_by(3).flat_map(|u| places(units, u)).for_each(|i| w[i] = T::ZERO);
            let before = doubles(&w);
            constraint.project(units, &mut w);
            for u in 0..units.count {
                let places = places(units, u);
                let of_unit: Vec<f64> = places.iter().map(|&i| before[i]).collect();
                for (&i, expected) in places.iter().zip(reference(&of_unit)) {
                    let error = (w[i].to_f64() - expected).abs() / T::EPSILON.to_f64();
                    assert!(
                        error <= 8.0 * expected.abs(),
                        "{constraint:?} of {units:?}: {} at {i}, should be {expected}",
                        w[i]
                    );
                }
            }
        }
    }
    for case in cases() {
        check::<f32>(&*case.constraint, case.reference);
        check::<f64>(&*case.constraint, case.reference);
    }
}

#[test]
fn a_nan_stays_in_its_unit() {
    for case in cases() {
        let constraint: &dyn ConstraintIn<f32> = &*case.constraint;
        let units = Units::rows(3, 20);
        let (mut w, mut other) = (vec![0.5; 60], vec![0.5; 60]);
        w[25] = f32::NAN;
        constraint.project(units, &mut w);
        constraint.project(units, &mut other);
        assert!(w[25].is_nan(), "{constraint:?}");
        assert_eq!(bits(&w[..20]), bits(&other[..20]), "{constraint:?}");
        assert_eq!(bits(&w[40..]), bits(&other[40..]), "{constraint:?}");
    }
}

#[test]
fn constraints_name_themselves_and_refuse_other_lengths() {
    for case in cases() {
        let type_name = format!("{:?}", case.constraint);
        let type_name = type_name.split([' ', '(']).next().unwrap_or_default();
        assert!(case.constraint.name().starts_with(type_name), "{type_name}");
        let constraint: &dyn ConstraintIn<f32> = &*case.constraint;
        let call = || constraint.project(Units::rows(2, 3), &mut [0.5; 5]);
        let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("it should have panicked");
        let says = panic.downcast_ref::<String>().expect("a message with numbers");
        assert!(says.contains("5 numbers") && says.contains("[1, 2, 3]"), "{says}");
    }
}
