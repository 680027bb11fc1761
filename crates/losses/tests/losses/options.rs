//! All options of all losses in all their combinations, against slow forms.

use crate::slow::{Numbers, Shape, Slow, Targets, check};
use neuropil_losses::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal, CategoricalFocal,
    CategoricalHinge, CrossEntropy, Dice, GeneralizedCrossEntropy, Hinge, HingeEmbedding, Huber,
    KlDivergence, LogCosh, Loss, Lp, MeanAbsoluteError, MeanAbsolutePercentageError,
    MeanSquaredError, MeanSquaredLogError, MultiLabelMargin, MultiLabelSoftMargin, MultiMargin,
    Nll, PerceptronCriterion, PoissonNll, Quantile, Reduction, SmoothL1, SoftMargin, SquaredHinge,
    Target, Tversky,
};
use proptest::prelude::*;

/// The loss with a reduction.
macro_rules! reduced {
    ($loss:expr, $shape:expr) => {
        match $shape.reduction {
            Reduction::Mean => $loss,
            Reduction::Sum => $loss.sum(),
            Reduction::BatchMean => $loss.batch_mean(),
        }
    };
}

fn shapes() -> impl Strategy<Value = Shape> {
    let reductions =
        proptest::sample::select(vec![Reduction::Mean, Reduction::Sum, Reduction::BatchMean]);
    let sizes = (1_usize..9, 1_usize..20, 0_u64..1_000_000);
    (sizes, any::<bool>(), reductions).prop_map(|((rows, width, seed), weighted, reduction)| {
        Shape { rows, width, seed, weighted, reduction }
    })
}

/// Options of losses of classes: whether there are weights of classes, and which label is ignored.
fn class_options() -> impl Strategy<Value = (bool, Option<u32>)> {
    (any::<bool>(), proptest::sample::select(vec![None, Some(0), Some(3), Some(1_000)]))
}

/// Weights of classes; one of them is 0 where there are several.
fn class_weights(shape: Shape) -> Vec<f64> {
    let weight = |i: usize| f64::from((i as u32 * 7 + shape.seed as u32) % 5) / 2.0;
    let mut weights: Vec<f64> = (0..shape.width).map(weight).collect();
    weights[0] = 1.5;
    weights
}

fn label(target: Target<'_, f64>) -> u32 {
    let Target::Labels([label]) = target else { panic!("not one label") };
    *label
}

fn values<'a>(target: Target<'a, f64>) -> &'a [f64] {
    let Target::Values(values) = target else { panic!("labels") };
    values
}

fn mean(x: &[f64], target: Target<'_, f64>, f: impl Fn(f64, f64) -> f64) -> f64 {
    let terms = x.iter().zip(values(target)).map(|(&x, &t)| f(x, t));
    terms.sum::<f64>() / x.len() as f64
}

fn log_sum_exp(x: &[f64]) -> f64 {
    x.iter().map(|x| x.exp()).sum::<f64>().ln()
}

/// Checks a loss of numbers.
fn by_number(
    loss: &impl Loss,
    f: impl Fn(f64, f64) -> f64,
    (x, t): (Numbers, Numbers),
    shape: Shape,
) {
    let row = |x: &[f64], target: Target<'_, f64>| mean(x, target, &f);
    let slow = Slow { row: &row, count: &|_| 1.0, by_number: true, x };
    check(loss, &slow, &Targets::values(t, shape), shape);
}

/// Checks a loss of rows by values.
fn by_row(
    loss: &impl Loss,
    row: impl Fn(&[f64], &[f64]) -> f64,
    (x, t): (Numbers, Numbers),
    shape: Shape,
) {
    let row = |x: &[f64], target: Target<'_, f64>| row(x, values(target));
    let slow = Slow { row: &row, count: &|_| 1.0, by_number: false, x };
    check(loss, &slow, &Targets::values(t, shape), shape);
}

/// Checks a loss of labels, whose rows count `count` where they are not ignored.
fn by_label(
    loss: &impl Loss,
    row: impl Fn(&[f64], usize) -> f64,
    count: impl Fn(usize) -> f64,
    ignored: Option<u32>,
    shape: Shape,
) {
    let row = |x: &[f64], target: Target<'_, f64>| match label(target) {
        label if Some(label) == ignored => 0.0,
        label => row(x, label as usize),
    };
    let count = |target: Target<'_, f64>| match label(target) {
        label if Some(label) == ignored => 0.0,
        label => count(label as usize),
    };
    let slow = Slow { row: &row, count: &count, by_number: false, x: Numbers::Any };
    check(loss, &slow, &Targets::labels(ignored, shape), shape);
}

fn huber(delta: f64, d: f64) -> f64 {
    if d.abs() <= delta { d * d / 2.0 } else { delta * (d.abs() - delta / 2.0) }
}

fn binary(x: f64, t: f64, pos_weight: f64) -> f64 {
    pos_weight * t * (-x).exp().ln_1p() + (1.0 - t) * x.exp().ln_1p()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cross_entropy(
        shape in shapes(),
        (weighs, ignored) in class_options(),
        epsilon in proptest::sample::select(vec![0.0, 0.3, 1.0]),
        soft: bool,
    ) {
        let mut loss = CrossEntropy::new().label_smoothing(epsilon).unwrap();
        let weights = if weighs { class_weights(shape) } else { vec![1.0; shape.width] };
        if weighs {
            loss = loss.class_weights(&weights).unwrap();
        }
        if let Some(label) = ignored {
            loss = loss.ignore_index(label);
        }
        let loss = reduced!(loss, shape);
        let of = |x: &[f64], p: &dyn Fn(usize) -> f64| {
            let (sum, n) = (log_sum_exp(x), x.len() as f64);
            let term = |i: usize| weights[i] * ((1.0 - epsilon) * p(i) + epsilon / n) * (sum - x[i]);
            (0..x.len()).map(term).sum::<f64>()
        };
        if soft {
            let row = |x: &[f64], target: Target<'_, f64>| of(x, &|i| values(target)[i]);
            let slow = Slow { row: &row, count: &|_| 1.0, by_number: false, x: Numbers::Any };
            check(&loss, &slow, &Targets::values(Numbers::Units, shape), shape);
        } else {
            let row = |x: &[f64], label: usize| of(x, &|i| f64::from(i == label));
            by_label(&loss, row, |label| weights[label], ignored, shape);
        }
    }

    #[test]
    fn negative_log_likelihood(shape in shapes(), (weighs, ignored) in class_options()) {
        let mut loss = Nll::new();
        let weights = if weighs { class_weights(shape) } else { vec![1.0; shape.width] };
        if weighs {
            loss = loss.class_weights(&weights).unwrap();
        }
        if let Some(label) = ignored {
            loss = loss.ignore_index(label);
        }
        let row = |x: &[f64], label: usize| -weights[label] * x[label];
        by_label(&reduced!(loss, shape), row, |label| weights[label], ignored, shape);
    }

    #[test]
    fn multi_margin(
        shape in shapes(),
        (weighs, ignored) in class_options(),
        p in 1_u32..3,
        margin in proptest::sample::select(vec![1.0, 0.25, -0.5]),
    ) {
        let mut loss = MultiMargin::new().p(p).unwrap().margin(margin).unwrap();
        let weights = if weighs { class_weights(shape) } else { vec![1.0; shape.width] };
        if weighs {
            loss = loss.class_weights(&weights).unwrap();
        }
        if let Some(label) = ignored {
            loss = loss.ignore_index(label);
        }
        let row = |x: &[f64], label: usize| {
            let others = (0..x.len()).filter(|&i| i != label);
            let terms = others.map(|i| (margin - x[label] + x[i]).max(0.0).powi(p as i32));
            weights[label] * terms.sum::<f64>() / x.len() as f64
        };
        by_label(&reduced!(loss, shape), row, |_| 1.0, ignored, shape);
    }

    #[test]
    fn functions_of_the_probability(
        shape in shapes(),
        ignored in proptest::sample::select(vec![None, Some(0), Some(3), Some(1_000)]),
        q in 0.1_f64..1.0,
        (alpha, gamma) in (0.1_f64..2.0, proptest::sample::select(vec![0.0, 0.5, 1.0, 2.0, 2.7])),
    ) {
        let mut generalized = GeneralizedCrossEntropy::new().q(q).unwrap();
        let mut focal = CategoricalFocal::new().alpha(alpha).unwrap().gamma(gamma).unwrap();
        let mut hinge = CategoricalHinge::new();
        if let Some(label) = ignored {
            generalized = generalized.ignore_index(label);
            focal = focal.ignore_index(label);
            hinge = hinge.ignore_index(label);
        }
        let ln_p = |x: &[f64], label: usize| x[label] - log_sum_exp(x);
        let row = |x: &[f64], label: usize| (1.0 - (q * ln_p(x, label)).exp()) / q;
        by_label(&reduced!(generalized, shape), row, |_| 1.0, ignored, shape);
        let row = |x: &[f64], label: usize| {
            let wrong: f64 = (0..x.len()).filter(|&i| i != label).map(|i| ln_p(x, i).exp()).sum();
            -alpha * wrong.powf(gamma) * ln_p(x, label)
        };
        // Of one class, all is right.
        if shape.width > 1 {
            by_label(&reduced!(focal, shape), row, |_| 1.0, ignored, shape);
        }
        let row = |x: &[f64], label: usize| {
            let others = (0..x.len()).filter(|&i| i != label).map(|i| x[i]);
            (1.0 - x[label] + others.fold(f64::NEG_INFINITY, f64::max)).max(0.0)
        };
        by_label(&reduced!(hinge, shape), row, |_| 1.0, ignored, shape);
    }

    #[test]
    fn yes_or_no(
        shape in shapes(),
        epsilon in proptest::sample::select(vec![0.0, 0.3, 1.0]),
        weighs: bool,
        alpha in proptest::option::of(0.0_f64..1.0),
        gamma in proptest::sample::select(vec![0.0, 0.5, 1.0, 2.0, 2.7]),
    ) {
        let units = (Numbers::Any, Numbers::Units);
        let smooth = |t: f64| (1.0 - epsilon) * t + epsilon / 2.0;
        let loss = BinaryCrossEntropy::new().label_smoothing(epsilon).unwrap();
        let f = |x: f64, t: f64| -(smooth(t) * x.ln() + (1.0 - smooth(t)) * (1.0 - x).ln());
        by_number(&reduced!(loss, shape), f, (Numbers::Units, Numbers::Units), shape);

        let weights = if weighs { class_weights(shape) } else { vec![1.0; shape.width] };
        let mut loss = BinaryCrossEntropyWithLogits::new().label_smoothing(epsilon).unwrap();
        let mut multi = MultiLabelSoftMargin::new();
        if weighs {
            loss = loss.pos_weight(&weights).unwrap();
            multi = multi.class_weights(&weights).unwrap();
        }
        let row = |x: &[f64], target: Target<'_, f64>| {
            let terms = x.iter().zip(values(target)).zip(&weights);
            terms.map(|((&x, &t), &c)| binary(x, smooth(t), c)).sum::<f64>() / x.len() as f64
        };
        let slow = Slow { row: &row, count: &|_| 1.0, by_number: true, x: Numbers::Any };
        check(&reduced!(loss, shape), &slow, &Targets::values(Numbers::Units, shape), shape);
        let row = |x: &[f64], t: &[f64]| {
            let terms = x.iter().zip(t).zip(&weights).map(|((&x, &t), &c)| c * binary(x, t, 1.0));
            terms.sum::<f64>() / x.len() as f64
        };
        by_row(&reduced!(multi, shape), row, (Numbers::Any, Numbers::Bits), shape);

        let mut loss = BinaryFocal::new().gamma(gamma).unwrap();
        loss = alpha.map_or(loss.unbalanced(), |alpha| loss.alpha(alpha).unwrap());
        let f = |x: f64, t: f64| {
            let p = 1.0 / (1.0 + (-x).exp());
            let balance = alpha.map_or(1.0, |alpha| alpha * t + (1.0 - alpha) * (1.0 - t));
            balance * (p * (1.0 - t) + (1.0 - p) * t).powf(gamma) * binary(x, t, 1.0)
        };
        by_number(&reduced!(loss, shape), f, units, shape);
        by_number(&reduced!(loss, shape), f, (Numbers::Any, Numbers::Bits), shape);
    }

    #[test]
    fn signs(shape in shapes(), margin in -0.5_f64..2.0) {
        let signs = (Numbers::Any, Numbers::Signs);
        let f = |x: f64, t: f64| (-t * x).exp().ln_1p();
        by_number(&reduced!(SoftMargin::new(), shape), f, signs, shape);
        let f = |x: f64, t: f64| (1.0 - t * x).max(0.0);
        by_number(&reduced!(Hinge::new(), shape), f, signs, shape);
        let f = |x: f64, t: f64| (1.0 - t * x).max(0.0).powi(2);
        by_number(&reduced!(SquaredHinge::new(), shape), f, signs, shape);
        let f = |x: f64, t: f64| (-t * x).max(0.0);
        by_number(&reduced!(PerceptronCriterion::new(), shape), f, signs, shape);
        let loss = HingeEmbedding::new().margin(margin).unwrap();
        let f = |x: f64, t: f64| if t == 1.0 { x } else { (margin - x).max(0.0) };
        by_number(&reduced!(loss, shape), f, signs, shape);
    }

    #[test]
    fn differences(shape in shapes(), setting in 0.1_f64..3.0, tau in 0.0_f64..=1.0) {
        let any = (Numbers::Any, Numbers::Any);
        by_number(&reduced!(MeanSquaredError::new(), shape), |x, t| (x - t).powi(2), any, shape);
        by_number(&reduced!(MeanAbsoluteError::new(), shape), |x, t| (x - t).abs(), any, shape);
        let loss = Huber::new().delta(setting).unwrap();
        by_number(&reduced!(loss, shape), |x, t| huber(setting, x - t), any, shape);
        let loss = SmoothL1::new().beta(setting).unwrap();
        by_number(&reduced!(loss, shape), |x, t| huber(setting, x - t) / setting, any, shape);
        by_number(&reduced!(LogCosh::new(), shape), |x, t| (x - t).cosh().ln(), any, shape);
        let percent = (Numbers::Any, Numbers::Units);
        let f = |x: f64, t: f64| 100.0 * (x - t).abs() / t.abs();
        by_number(&reduced!(MeanAbsolutePercentageError::new(), shape), f, percent, shape);
        let f = |x: f64, t: f64| (x.max(0.0).ln_1p() - t.max(0.0).ln_1p()).powi(2);
        by_number(&reduced!(MeanSquaredLogError::new(), shape), f, any, shape);
        for p in [setting + 1.0, 1.0, 1.5, 2.0, 3.0, 4.0] {
            let loss = Lp::new(p).unwrap();
            by_number(&reduced!(loss, shape), |x, t| (x - t).abs().powf(p), any, shape);
        }
        let loss = Quantile::new(tau).unwrap();
        let f = |x: f64, t: f64| (tau * (t - x)).max((tau - 1.0) * (t - x));
        by_number(&reduced!(loss, shape), f, any, shape);
    }

    #[test]
    fn counts_and_divergences(shape in shapes(), full: bool, epsilon in 1e-8_f64..0.5, log_target: bool) {
        let stirling = |t: f64| match full && t > 1.0 {
            true => t * t.ln() - t + (2.0 * std::f64::consts::PI * t).ln() / 2.0,
            false => 0.0,
        };
        let mut loss = PoissonNll::new().epsilon(epsilon).unwrap();
        if full {
            loss = loss.full();
        }
        let f = |x: f64, t: f64| x.exp() - t * x + stirling(t);
        by_number(&reduced!(loss, shape), f, (Numbers::Any, Numbers::Any), shape);
        let f = |x: f64, t: f64| x - t * (x + epsilon).ln() + stirling(t);
        by_number(&reduced!(loss.rates(), shape), f, (Numbers::Units, Numbers::Any), shape);

        let mut loss = KlDivergence::new();
        if log_target {
            loss = loss.log_target();
        }
        let f = |x: f64, t: f64| match log_target {
            true => t.exp() * (t - x),
            false => t * (t.ln() - x),
        };
        by_number(&reduced!(loss, shape), f, (Numbers::Any, Numbers::Units), shape);
    }

    #[test]
    fn sets_and_several_labels(
        shape in shapes(),
        (alpha, beta) in (0.0_f64..2.0, 0.0_f64..2.0),
        epsilon in 0.01_f64..1.0,
    ) {
        let row = |x: &[f64], t: &[f64]| {
            let all = 0..x.len();
            let right = all.clone().filter(|&j| t[j] >= 0.5);
            let pairs = right.flat_map(|j| all.clone().filter(|&i| t[i] < 0.5).map(move |i| (i, j)));
            pairs.map(|(i, j)| (1.0 - x[j] + x[i]).max(0.0)).sum::<f64>() / x.len() as f64
        };
        by_row(&reduced!(MultiLabelMargin::new(), shape), row, (Numbers::Any, Numbers::Bits), shape);

        let tversky = |x: &[f64], t: &[f64], alpha: f64, beta: f64, epsilon: f64| {
            let sum = |f: &dyn Fn(usize) -> f64| (0..x.len()).map(f).sum::<f64>();
            let shared = sum(&|i| x[i] * t[i]) + epsilon;
            let wrong = alpha * sum(&|i| x[i] * (1.0 - t[i])) + beta * sum(&|i| (1.0 - x[i]) * t[i]);
            1.0 - shared / (shared + wrong)
        };
        let loss = Tversky::new().weights(alpha, beta).unwrap().epsilon(epsilon).unwrap();
        let loss = reduced!(loss, shape);
        for t in [Numbers::Bits, Numbers::Units] {
            let row = |x: &[f64], t: &[f64]| tversky(x, t, alpha, beta, epsilon);
            by_row(&loss, row, (Numbers::Units, t), shape);
            let row = |x: &[f64], t: &[f64]| tversky(x, t, 0.5, 0.5, epsilon / 2.0);
            let dice = reduced!(Dice::new().epsilon(epsilon).unwrap(), shape);
            by_row(&dice, row, (Numbers::Units, t), shape);
        }
    }
}
