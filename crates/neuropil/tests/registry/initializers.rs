//! What holds for every initializer: the law that it documents, every element overwritten, the
//! same numbers from the same seed, rounded in `f32`.

use crate::cases::InitializerCase;
use crate::law::Law;
use crate::list;
use neuropil::initializers::{Fan, Initializer};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A small weight.
const SHAPE: [usize; 2] = [7, 5];

fn cases() -> impl Iterator<Item = InitializerCase> {
    list::initializers::all().into_iter().flat_map(|member| member.cases)
}

fn filled(initializer: &dyn Initializer, shape: &[usize], fan: Fan, seed: u64) -> Vec<f64> {
    let mut w = vec![f64::NAN; shape.iter().product()];
    initializer.fill(&mut w, shape, fan, &mut ChaCha8Rng::seed_from_u64(seed));
    w
}

/// 100,000 draws, a weight of shape [400, 250].
pub fn sample(initializer: &dyn Initializer) -> Vec<f64> {
    filled(initializer, &[400, 250], Fan::of(&[400, 250]), 20_10)
}

#[test]
fn all_follow_their_laws() {
    for InitializerCase { initializer, law, drawn, .. } in cases() {
        let drawn = drawn(&sample(&initializer), &[400, 250]);
        if let Err(distance) = drawn.and_then(|w| law(400.0, 250.0).explains(&w)) {
            panic!("{initializer:?}: {distance}");
        }
    }
}

/// The fan alone decides the scale, the shape never does; or the shape alone.
#[test]
fn all_take_the_fan_and_not_the_shape() {
    for InitializerCase { initializer, law, of_shape, drawn, .. } in cases() {
        let w = filled(&initializer, &[5_000, 2], Fan::matrix(49, 3), 2010);
        let law = if of_shape { law(5_000.0, 2.0) } else { law(49.0, 3.0) };
        if let Err(distance) = drawn(&w, &[5_000, 2]).and_then(|w| law.explains(&w)) {
            panic!("{initializer:?}: {distance}");
        }
    }
}

#[test]
fn every_element_is_overwritten_with_a_finite_number() {
    for InitializerCase { initializer, .. } in cases() {
        for fan in [Fan::of(&SHAPE), Fan::matrix(0, 0)] {
            let w = filled(&initializer, &SHAPE, fan, 1);
            assert!(w.iter().all(|w| w.is_finite()), "{initializer:?}: {w:?}");
        }
    }
}

#[test]
fn the_seed_decides() {
    for InitializerCase { initializer, law, .. } in cases() {
        let w = |seed| filled(&initializer, &SHAPE, Fan::of(&SHAPE), seed);
        assert_eq!(w(1), w(1), "{initializer:?}");
        let constant = matches!(law(7.0, 5.0), Law::Constant(_));
        assert_eq!(w(1) == w(2), constant, "{initializer:?}");
    }
}

#[test]
fn f32_weights_are_the_f64_weights_rounded() {
    for InitializerCase { initializer, .. } in cases() {
        let mut w = vec![f32::NAN; 35];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        initializer.fill_f32(&mut w, &SHAPE, Fan::of(&SHAPE), &mut rng);
        let exact = filled(&initializer, &SHAPE, Fan::of(&SHAPE), 1);
        let rounded: Vec<f32> = exact.iter().map(|w| *w as f32).collect();
        assert_eq!(w, rounded, "{initializer:?}");
    }
}

#[test]
fn shared_and_boxed_ones_are_the_same() {
    for InitializerCase { initializer, .. } in cases() {
        let w = filled(&initializer, &SHAPE, Fan::of(&SHAPE), 1);
        let shared: Arc<dyn Initializer> = Arc::from(initializer);
        assert_eq!(filled(&shared, &SHAPE, Fan::of(&SHAPE), 1), w, "{shared:?}");
    }
}

#[test]
fn an_empty_weight_is_fine() {
    for InitializerCase { initializer, .. } in cases() {
        filled(&initializer, &[0, 5], Fan::of(&[0, 5]), 1);
    }
}

#[test]
fn a_slice_of_another_length_panics_with_both_numbers() {
    for InitializerCase { initializer, .. } in cases() {
        let message = format!("{initializer:?}");
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            initializer.fill(&mut [0.0; 6], &SHAPE, Fan::of(&SHAPE), &mut rng);
        }));
        let said = panic.expect_err(&message);
        let said = said.downcast_ref::<String>().expect("a formatted message");
        assert_eq!(
            said, "a weight of shape [7, 5] has 35 elements, but the slice has 6",
            "{message}"
        );
    }
}
