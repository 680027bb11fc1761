//! What a loss says of rows, targets and weights that don't fit.

use neuropil_losses::{
    CrossEntropy, Float, Loss, LossError, MeanSquaredError, Target, TargetKind, Weighted, Weights,
};

fn message<T>(result: Result<T, LossError>) -> String {
    result.err().expect("it should have failed").to_string()
}

/// The three methods say the same, and leave dx alone when they say no.
fn fails<'a, T: Float, L: Loss>(
    loss: &L,
    width: usize,
    x: &[T],
    target: impl Into<Weighted<'a, T>>,
) -> String {
    let target = target.into();
    let mut dx = vec![T::of(7.0); x.len()];
    let says = message(loss.value(width, x, target));
    assert_eq!(says, message(loss.both(width, x, target, &mut dx)));
    assert_eq!(says, message(loss.backward(width, x, target, &mut dx)));
    assert_eq!(says, message(loss.check(width, x, target)));
    assert!(dx.iter().all(|&dx| dx == T::of(7.0)));
    assert!(says.starts_with(&loss.name()), "{says}");
    says
}

#[test]
fn labels_out_of_range() {
    let x = [0.0_f32; 12];
    let says = fails(&CrossEntropy::new(), 4, &x, Target::Labels(&[0, 3, 4]));
    assert_eq!(says, "CrossEntropy: the label of row 2 is 4, but there are only 4 classes");
    let says = fails(&CrossEntropy::new(), 4, &x, Target::Labels(&[0, u32::MAX, 9]));
    assert_eq!(
        says,
        "CrossEntropy: the label of row 1 is 4294967295, but there are only 4 classes"
    );
}

#[test]
fn weights_that_are_none() {
    let (loss, x) = (MeanSquaredError::new(), [0.0_f64; 3]);
    let target = Target::Values(&[1.0; 3]);
    for (bad, shown) in [(-0.5, "-0.5"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let says = fails(&loss, 1, &x, target.weighted(&[1.0, bad, 1.0]));
        let expected = "the weight of row 1 is {}; it must be finite and not negative";
        assert_eq!(says, format!("MeanSquaredError: {}", expected.replace("{}", shown)));
    }
    let says = fails(&loss, 1, &x, target.weighted(&[0.0; 3]));
    assert_eq!(says, "MeanSquaredError: the weights of all 3 rows are zero");
    assert_eq!(loss.value(1, &x, target.weighted(&[0.0, 2.0, 0.0])), Ok(1.0));
}

/// The message that `rows` panics with.
fn rows_panics<L: Loss>(
    loss: &L,
    target: Target<'_, f32>,
    weights: Weights<'_, f32>,
    lens: [usize; 3],
) -> String {
    let [x, losses, dx] = lens;
    let (x, mut losses, mut dx) = (vec![0.0; x], vec![0.0; losses], vec![0.0; dx]);
    let call = std::panic::AssertUnwindSafe(|| {
        loss.rows(4, &x, target, weights, &mut losses, Some(&mut dx))
    });
    let panic = std::panic::catch_unwind(call).expect_err("it should have panicked");
    panic.downcast_ref::<String>().expect("a message with numbers").clone()
}

#[test]
fn rows_panics_with_the_numbers() {
    let (loss, one) = (CrossEntropy::new(), Weights::uniform(1.0));
    let labels = Target::Labels(&[0, 1, 2]);
    let cases = [
        (rows_panics(&loss, labels, one, [13, 3, 12]), "x has 13 numbers, which are no rows of 4"),
        (rows_panics(&loss, labels, one, [12, 2, 12]), "2 losses for 3 rows"),
        (rows_panics(&loss, labels, one, [12, 3, 11]), "x has 12 numbers, dx 11"),
        (rows_panics(&loss, Target::Labels(&[0]), one, [12, 3, 12]), "1 labels for 3 rows of 4"),
        (
            rows_panics(&loss, Target::Values(&[0.0; 11]), one, [12, 3, 12]),
            "11 values for 3 rows of 4",
        ),
        (
            rows_panics(&loss, labels, Weights::per_row(1.0, &[1.0; 4]), [12, 3, 12]),
            "4 weights for 3 rows",
        ),
        (
            rows_panics(&loss, Target::Labels(&[0, 4, 1]), one, [12, 3, 12]),
            "the label of row 1 is 4, but there are only 4 classes",
        ),
    ];
    for (says, expected) in cases {
        assert_eq!(says, format!("CrossEntropy: {expected}"));
    }
    let loss = MeanSquaredError::new();
    let cases = [
        (rows_panics(&loss, labels, one, [12, 3, 12]), "takes no labels as target"),
        (
            rows_panics(&loss, Target::Values(&[0.0; 11]), one, [12, 3, 12]),
            "11 values for 3 rows of 4",
        ),
        (rows_panics(&loss, Target::Values(&[0.0; 12]), one, [12, 4, 12]), "4 losses for 3 rows"),
    ];
    for (says, expected) in cases {
        assert_eq!(says, format!("MeanSquaredError: {expected}"));
    }
}

#[test]
fn kinds_have_names() {
    assert_eq!(
        [TargetKind::Values, TargetKind::Labels].map(|kind| kind.to_string()),
        ["values", "labels"]
    );
    assert_eq!(Target::<f32>::Labels(&[]).kind(), TargetKind::Labels);
}
