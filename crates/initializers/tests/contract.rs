//! What holds for every initializer: overwrites all, repeats with its seed, rounds to f32, turns
//! down a wrong length.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use neuropil_initializers::{
    Constant, Fan, Initializer, KaimingNormal, KaimingUniform, Normal, Ones, Uniform, UniformFanIn,
    XavierNormal, XavierUniform, Zeros,
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

const SHAPE: [usize; 2] = [7, 5];

fn all() -> Vec<Box<dyn Initializer>> {
    vec![
        Box::new(Zeros),
        Box::new(Ones),
        Box::new(Constant(0.1)),
        Box::new(Uniform::new(0.5, 2.0).unwrap()),
        Box::new(UniformFanIn),
        Box::new(Normal::new(1.0, 2.0).unwrap()),
        Box::new(XavierUniform::new()),
        Box::new(XavierNormal::new()),
        Box::new(KaimingUniform::new()),
        Box::new(KaimingNormal::new()),
        Box::new(Arc::new(KaimingUniform::pytorch_linear())),
    ]
}

fn filled(initializer: &dyn Initializer, seed: u64) -> Vec<f64> {
    let mut w = vec![f64::NAN; 35];
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    initializer.fill(&mut w, &SHAPE, Fan::of(&SHAPE), &mut rng);
    w
}

#[test]
fn every_element_is_overwritten_with_a_finite_number() {
    for initializer in all() {
        let w = filled(&initializer, 1);
        assert!(w.iter().all(|w| w.is_finite()), "{initializer:?}: {w:?}");
    }
}

#[test]
fn the_seed_decides() {
    for initializer in all() {
        let w = filled(&initializer, 1);
        assert_eq!(w, filled(&initializer, 1), "{initializer:?}");
        let constant = w.iter().all(|x| *x == w[0]);
        assert_eq!(w == filled(&initializer, 2), constant, "{initializer:?}");
    }
}

#[test]
fn f32_weights_are_the_f64_weights_rounded() {
    for initializer in all() {
        let mut w = vec![f32::NAN; 35];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        initializer.fill_f32(&mut w, &SHAPE, Fan::of(&SHAPE), &mut rng);
        let rounded: Vec<f32> = filled(&initializer, 1).iter().map(|w| *w as f32).collect();
        assert_eq!(w, rounded, "{initializer:?}");
    }
}

#[test]
fn an_empty_weight_is_fine() {
    for initializer in all() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        initializer.fill(&mut [], &[0, 5], Fan::of(&[0, 5]), &mut rng);
    }
}

#[test]
fn a_slice_of_another_length_panics_with_both_numbers() {
    for initializer in all() {
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
