//! Empty slices, rows of any width, lengths that don't fit.

use super::cases;
use crate::faces::ActivationIn;
use crate::numbers::{bits, numbers};
use neuropil::simd::Float;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message that the call panics with.
fn panics(call: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("it should have panicked");
    panic.downcast_ref::<String>().expect("a message with numbers").clone()
}

fn check_empty<T: Float>(f: &dyn ActivationIn<T>) {
    for width in [0, 2, 16] {
        f.forward(width, &[], &mut []);
        f.backward(width, &[], &[], &[], &mut []);
    }
    if f.is_elementwise() {
        f.apply_in_place(&mut []);
    }
}

#[test]
fn no_rows_are_no_work() {
    for case in cases() {
        check_empty::<f32>(&*case.f);
        check_empty::<f64>(&*case.f);
    }
}

/// Each row has the bits that it has alone, and nothing is written beside it.
fn check_rows_alone<T: Float>(f: &dyn ActivationIn<T>) {
    for width in 1..=40 {
        let Some(output_width) = f.output_width(width) else {
            continue;
        };
        let (x, dy) = (numbers::<T>(5 * width, 4.0, 1), numbers::<T>(5 * output_width, 1.0, 2));
        let (mut y, mut dx) = (vec![T::NAN; 5 * output_width], vec![T::ONE; 5 * width]);
        f.forward(width, &x, &mut y);
        f.backward(width, &x, &y, &dy, &mut dx);
        for row in 0..5 {
            let (wide, narrow) =
                (row * width..(row + 1) * width, row * output_width..(row + 1) * output_width);
            let (mut y_alone, mut dx_alone) = (vec![T::NAN; output_width], vec![T::ONE; width]);
            f.forward(width, &x[wide.clone()], &mut y_alone);
            f.backward(width, &x[wide.clone()], &y_alone, &dy[narrow.clone()], &mut dx_alone);
            assert_eq!(bits(&y[narrow]), bits(&y_alone), "{f:?}, width {width}, row {row}");
            assert_eq!(bits(&dx[wide]), bits(&dx_alone), "{f:?}, width {width}, row {row}");
        }
    }
}

#[test]
fn rows_do_not_know_of_each_other() {
    for case in cases() {
        check_rows_alone::<f32>(&*case.f);
        check_rows_alone::<f64>(&*case.f);
    }
}

#[test]
fn a_width_that_does_not_divide_the_length_panics_with_both() {
    fn check(f: &dyn ActivationIn<f32>) {
        // 26 numbers are no rows of 4, and no half rows either.
        let (x, mut y) = ([0.0; 26], [0.0; 26]);
        let y_len = f.output_width(26).expect("even widths are taken by all");
        let message = panics(|| f.forward(4, &x, &mut y[..y_len]));
        assert!(message.contains("26") && message.contains('4'), "{message}");
        assert!(message.contains(&f.name()), "{message}");
        let mut dx = [0.0; 26];
        let message = panics(|| f.backward(4, &x, &y[..y_len], &y[..y_len], &mut dx));
        assert!(message.contains("26") && message.contains('4'), "{message}");
        let message = panics(|| f.forward(0, &x, &mut y[..y_len]));
        assert!(message.contains("26") && message.contains('0'), "{message}");
    }
    for case in cases() {
        check(&*case.f);
    }
}

#[test]
fn other_lengths_that_differ_panic_with_both() {
    fn check(f: &dyn ActivationIn<f32>) {
        let (x, y, mut room) = ([0.5; 24], [0.5; 24], [0.5; 30]);
        let fits = f.output_width(24).expect("even widths are taken by all");
        let mut calls = vec![
            panics(|| f.forward(24, &x, &mut room[..fits + 1])),
            panics(|| f.backward(24, &x, &y[..fits], &y[..fits - 1], &mut [0.5; 24])),
        ];
        if f.reads().input() {
            calls.push(panics(|| f.backward(24, &x[1..], &y[..fits], &y[..fits], &mut [0.5; 24])));
        }
        if f.reads().output() {
            calls.push(panics(|| f.backward(24, &x, &y[..fits - 1], &y[..fits], &mut [0.5; 24])));
        }
        for message in calls {
            let neighbours = [fits - 1, fits + 1, 23].map(|n| n.to_string());
            assert!(neighbours.iter().any(|n| message.contains(n)), "{message}");
            assert!(message.contains("24"), "{message}");
        }
    }
    for case in cases() {
        check(&*case.f);
    }
}

/// The tail of a slice, which fills no vector, gets the bits that it would get inside one.
#[test]
fn a_number_does_not_know_its_place() {
    fn check<T: Float>(f: &dyn ActivationIn<T>) {
        if !f.is_elementwise() {
            return;
        }
        let x = numbers::<T>(70, 6.0, 9);
        let mut all = vec![T::NAN; 70];
        f.forward(1, &x, &mut all);
        for len in 0..70 {
            let mut y = [T::NAN; 70];
            f.forward(1, &x[..len], &mut y[..len]);
            assert_eq!(bits(&y[..len]), bits(&all[..len]), "{f:?}, {len} numbers");
            assert!(y[len..].iter().all(|y| y.is_nan()), "{f:?}: wrote behind {len} numbers");
        }
    }
    for case in cases() {
        check::<f32>(&*case.f);
        check::<f64>(&*case.f);
    }
}
