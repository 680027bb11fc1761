//! What constructors refuse, and rows that do not fit what they were given.

use neuropil_losses::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal, CategoricalFocal, CrossEntropy,
    Dice, GeneralizedCrossEntropy, HingeEmbedding, Huber, Loss, LossError, Lp,
    MultiLabelSoftMargin, MultiMargin, Nll, PoissonNll, Quantile, SmoothL1, Target, Tversky,
};

const NAN: f64 = f64::NAN;
const INFINITY: f64 = f64::INFINITY;

/// The constructor refuses these values, and the message names loss, setting and value.
fn refuses<L>(
    name: &str,
    setting: &str,
    values: &[f64],
    expected: &str,
    make: impl Fn(f64) -> Result<L, LossError>,
) {
    for &value in values {
        let error = make(value).err().expect("it should have been refused");
        assert_eq!(
            error.to_string(),
            format!("{name}: {setting} is {value}; it must be {expected}")
        );
    }
}

#[test]
fn settings_out_of_range() {
    let positive = "positive and finite";
    let below = [0.0, -1.0, NAN, INFINITY];
    refuses("Huber", "delta", &below, positive, |v| Huber::new().delta(v));
    refuses("SmoothL1", "beta", &below, positive, |v| SmoothL1::new().beta(v));
    refuses("PoissonNll", "epsilon", &below, positive, |v| PoissonNll::new().epsilon(v));
    refuses("Dice", "epsilon", &below, positive, |v| Dice::new().epsilon(v));
    refuses("Tversky", "epsilon", &below, positive, |v| Tversky::new().epsilon(v));
    refuses("CategoricalFocal", "alpha", &below, positive, |v| CategoricalFocal::new().alpha(v));

    let (bad, expected) = ([-0.5, NAN, INFINITY], "finite and not negative");
    refuses("CategoricalFocal", "gamma", &bad, expected, |v| CategoricalFocal::new().gamma(v));
    refuses("BinaryFocal", "gamma", &bad, expected, |v| BinaryFocal::new().gamma(v));
    refuses("Tversky", "alpha", &bad, expected, |v| Tversky::new().weights(v, 0.5));
    refuses("Tversky", "beta", &bad, expected, |v| Tversky::new().weights(0.5, v));

    let (bad, expected) = ([-0.1, 1.1, NAN, INFINITY], "in [0, 1]");
    let smoothing = "label_smoothing";
    refuses("CrossEntropy", smoothing, &bad, expected, |v| CrossEntropy::new().label_smoothing(v));
    refuses("BinaryCrossEntropy", smoothing, &bad, expected, |v| {
        BinaryCrossEntropy::new().label_smoothing(v)
    });
    refuses("BinaryCrossEntropyWithLogits", smoothing, &bad, expected, |v| {
        BinaryCrossEntropyWithLogits::new().label_smoothing(v)
    });
    refuses("BinaryFocal", "alpha", &bad, expected, |v| BinaryFocal::new().alpha(v));
    refuses("Quantile", "tau", &bad, expected, Quantile::new);

    refuses("Lp", "p", &[0.0, 0.99, NAN, INFINITY], "finite and at least 1", Lp::new);
    refuses("GeneralizedCrossEntropy", "q", &[0.0, 1.1, NAN], "in (0, 1]", |v| {
        GeneralizedCrossEntropy::new().q(v)
    });
    refuses("MultiMargin", "p", &[0.0, 3.0], "1 or 2", |v| MultiMargin::new().p(v as u32));
    let bad = [NAN, INFINITY];
    refuses("MultiMargin", "margin", &bad, "finite", |v| MultiMargin::new().margin(v));
    refuses("HingeEmbedding", "margin", &bad, "finite", |v| HingeEmbedding::new().margin(v));
}

/// What is said of weights of classes, and then of rows of three that get two.
fn weights<L: Loss>(
    name: &str,
    setting: &str,
    target: Target<'_, f64>,
    make: impl Fn(&[f64]) -> Result<L, LossError>,
) {
    for bad in [-1.0, NAN, INFINITY, 1e300] {
        let error = make(&[1.0, bad]).expect_err("it should have been refused");
        let says = format!("{name}: {setting}[1] is {bad}; it must be finite and not negative");
        assert_eq!(error.to_string(), says);
    }
    for none in [&[][..], &[0.0, 0.0]] {
        let error = make(none).expect_err("it should have been refused");
        assert_eq!(error.to_string(), format!("{name}: {setting} has no weight above zero"));
    }
    let loss = make(&[1.0, 0.0]).expect("two weights");
    let says = format!("{name}: {setting} has 2 numbers, but rows have 3");
    let (x, mut dx) = ([0.5; 3], [7.0; 3]);
    assert_eq!(loss.value(3, &x, target).unwrap_err().to_string(), says);
    assert_eq!(loss.both(3, &x, target, &mut dx).unwrap_err().to_string(), says);
    assert_eq!(loss.each(3, &x, target, &mut [0.0]).unwrap_err().to_string(), says);
    assert_eq!(dx, [7.0; 3]);
}

#[test]
fn weights_of_classes() {
    let (values, labels) = (Target::Values(&[1.0, 0.0, 0.0]), Target::Labels(&[1]));
    let setting = "class_weights";
    weights("CrossEntropy", setting, values, |w| CrossEntropy::new().class_weights(w));
    weights("CrossEntropy", setting, labels, |w| CrossEntropy::new().class_weights(w));
    weights("Nll", setting, labels, |w| Nll::new().class_weights(w));
    weights("MultiMargin", setting, labels, |w| MultiMargin::new().class_weights(w));
    weights("MultiLabelSoftMargin", setting, values, |w| {
        MultiLabelSoftMargin::new().class_weights(w)
    });
    weights("BinaryCrossEntropyWithLogits", "pos_weight", values, |w| {
        BinaryCrossEntropyWithLogits::new().pos_weight(w)
    });
}

#[test]
fn nothing_counts() {
    let loss = CrossEntropy::new().ignore_index(7);
    let x = [0.5_f32; 6];
    let target = Target::Labels(&[7, 7]);
    let says = "CrossEntropy: none of the 2 rows counts: labels are ignored, or weights are zero";
    for loss in [loss.clone(), loss.clone().sum(), loss.clone().batch_mean()] {
        assert_eq!(loss.value(3, &x, target).unwrap_err().to_string(), says);
    }
    // What counts has no weight, and what has weight does not count.
    let weighted = Target::Labels(&[7, 1]).weighted(&[1.0, 0.0]);
    assert_eq!(loss.value(3, &x, weighted).unwrap_err().to_string(), says);
    let free = CrossEntropy::new().class_weights(&[0.0, 1.0, 1.0]).unwrap();
    assert_eq!(free.value(3, &x, Target::Labels(&[0, 0])).unwrap_err().to_string(), says);
    // The losses of the rows are there all the same.
    let mut losses = [1.0; 2];
    loss.each(3, &x, target, &mut losses).unwrap();
    assert_eq!(losses, [0.0; 2]);
    // A label that is neither a class nor ignored.
    let says = "CrossEntropy: the label of row 1 is 8, but there are only 3 classes";
    assert_eq!(loss.value(3, &x, Target::Labels(&[7, 8])).unwrap_err().to_string(), says);
}

/// An ignored row may hold anything.
#[test]
fn what_is_ignored_is_not_looked_at() {
    let loss = CrossEntropy::new().ignore_index(7);
    let x = [0.0_f64, 0.0, f64::NAN, f64::INFINITY];
    let mut dx = [1.0; 4];
    let value = loss.both(2, &x, Target::Labels(&[0, 7]), &mut dx).unwrap();
    assert_eq!(value, 2.0_f64.ln());
    assert_eq!(dx, [-0.5, 0.5, 0.0, 0.0]);
}
