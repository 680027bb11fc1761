//! Functions of slices: every length, and results that do not depend on the place.

mod reference;

use neuropil_simd::slices::{self, *};
use neuropil_simd::{Float, Map, map, map_in_place};
use reference::with_functions;

/// Each function of this crate, as pairs of its slice forms.
type Function<T> = (&'static str, fn(&[T], &mut [T]), fn(&mut [T]));

macro_rules! functions {
    ($($name:ident, $in_place:ident: $map:ident, $exact:expr, $golden:literal;)*) => {
        fn functions<T: Float>() -> Vec<Function<T>> {
            vec![$((stringify!($name), slices::$name, slices::$in_place)),*]
        }

        #[test]
        fn names_belong_to_functions() {
            $(belongs($map, slices::$name, $exact);)*
        }
    };
}

with_functions!(functions);

fn bits<T: Float>(y: &[T]) -> Vec<u64> {
    y.iter().map(|y| y.to_f64().to_bits()).collect()
}

fn every_length<T: Float>() {
    let x: Vec<T> = (0..70).map(|i| T::of(0.37 * i as f64 + 0.01)).collect();
    for (name, function, in_place) in functions::<T>() {
        // The numbers alone, each in the first lane of a partial vector.
        let alone: Vec<T> = x
            .iter()
            .map(|x| {
                let mut y = [T::NAN];
                function(std::slice::from_ref(x), &mut y);
                y[0]
            })
            .collect();
        assert!(alone.iter().all(|y| y.is_finite()), "{name}");
        for start in [0, 1, 3] {
            for end in start..=x.len() {
                let mut y = vec![T::of(-7.0); x.len() + 8];
                function(&x[start..end], &mut y[start..end]);
                assert_eq!(
                    bits(&y[start..end]),
                    bits(&alone[start..end]),
                    "{name}: {start}..{end}"
                );
                let outside = y[..start].iter().chain(&y[end..]);
                assert!(
                    outside.into_iter().all(|&y| y == T::of(-7.0)),
                    "{name}: around {start}..{end}"
                );

                y.fill(T::of(-7.0));
                y[start..end].copy_from_slice(&x[start..end]);
                in_place(&mut y[start..end]);
                assert_eq!(
                    bits(&y[start..end]),
                    bits(&alone[start..end]),
                    "{name}: {start}..{end}"
                );
                let outside = y[..start].iter().chain(&y[end..]);
                assert!(
                    outside.into_iter().all(|&y| y == T::of(-7.0)),
                    "{name}: around {start}..{end}"
                );
            }
        }
    }
}

#[test]
fn every_length_single() {
    every_length::<f32>();
}

#[test]
fn every_length_double() {
    every_length::<f64>();
}

/// A function does what its name says, and its [`Map`] the same.
fn belongs(f: impl Map, function: fn(&[f32], &mut [f32]), exact: fn(f64) -> f64) {
    let x = [0.3_f32, 0.7, 2.5];
    let (mut y, mut z) = ([0.0; 3], x);
    map(f, &x, &mut y);
    map_in_place(f, &mut z);
    assert_eq!(y, z);
    function(&x, &mut z);
    assert_eq!(y, z);
    for (x, y) in x.into_iter().zip(y) {
        approx::assert_relative_eq!(y as f64, exact(x as f64), max_relative = 5e-7);
    }
}

#[test]
#[should_panic(expected = "map: x has 2 numbers, y 3")]
fn different_lengths_panic() {
    slices::exp(&[1.0_f32, 2.0], &mut [0.0; 3]);
}
