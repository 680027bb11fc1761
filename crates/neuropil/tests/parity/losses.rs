//! Losses: of each row, reduced, and the gradient.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::losses::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal, CategoricalFocal,
    CategoricalHinge, CrossEntropy, Dice, GeneralizedCrossEntropy, Hinge, HingeEmbedding, Huber,
    KlDivergence, LogCosh, Loss, Lp, MeanAbsoluteError, MeanAbsolutePercentageError,
    MeanSquaredError, MeanSquaredLogError, MultiLabelMargin, MultiLabelSoftMargin, MultiMargin,
    Nll, PerceptronCriterion, PoissonNll, Quantile, SmoothL1, SoftMargin, SquaredHinge, Target,
    Tversky, Weighted, Weights,
};
use neuropil::simd::Float;

/// The cases of a loss: how its settings are read.
macro_rules! member {
    ($family:ident, $name:ident, $case:ident => $loss:expr) => {
        $family.member(stringify!($name), |$case| {
            let loss: $name = $loss;
            check(
                $case,
                match $case.text("reduction") {
                    Some("mean") => loss,
                    Some("sum") => loss.sum(),
                    Some("batch_mean") => loss.batch_mean(),
                    _ => return Err("no such reduction".into()),
                },
            )
        });
    };
    ($family:ident, $($name:ident),*) => {
        $(member!($family, $name, case => $name::new());)*
    };
}

/// A setting that the case must have.
fn setting(case: &Case, key: &str) -> Result<f64, Failure> {
    case.setting(key).ok_or_else(|| format!("no setting `{key}`").into())
}

/// The loss with the label to be ignored and the weights of classes that the case has.
macro_rules! with_options {
    ($case:ident, $loss:expr, $($option:ident),*) => {{
        let mut loss = $loss;
        $(with_options!(@$option, $case, loss);)*
        loss
    }};
    (@ignored, $case:ident, $loss:ident) => {
        if let Some(label) = $case.setting("ignore_index") {
            $loss = $loss.ignore_index(label as u32);
        }
    };
    (@class_weights, $case:ident, $loss:ident) => {
        if let Some(weights) = $case.given::<f64>("class_weights") {
            $loss = $loss.class_weights(&weights.values)?;
        }
    };
    (@pos_weight, $case:ident, $loss:ident) => {
        if let Some(weights) = $case.given::<f64>("pos_weight") {
            $loss = $loss.pos_weight(&weights.values)?;
        }
    };
    (@smoothing, $case:ident, $loss:ident) => {
        if let Some(epsilon) = $case.setting("label_smoothing") {
            $loss = $loss.label_smoothing(epsilon)?;
        }
    };
}

#[test]
fn losses_equal_pytorch() {
    let mut family = Family::open("losses");
    member!(
        family,
        MeanSquaredError,
        MeanAbsoluteError,
        LogCosh,
        MeanAbsolutePercentageError,
        MeanSquaredLogError,
        SoftMargin,
        Hinge,
        SquaredHinge,
        PerceptronCriterion,
        MultiLabelMargin,
        CategoricalHinge
    );
    member!(family, SmoothL1, case => SmoothL1::new().beta(setting(case, "beta")?)?);
    member!(family, Huber, case => Huber::new().delta(setting(case, "delta")?)?);
    member!(family, Lp, case => Lp::new(setting(case, "p")?)?);
    member!(family, Quantile, case => Quantile::new(setting(case, "tau")?)?);
    member!(family, HingeEmbedding, case => {
        HingeEmbedding::new().margin(setting(case, "margin")?)?
    });
    member!(family, KlDivergence, case => {
        let loss = KlDivergence::new();
        if case.flag("log_target") { loss.log_target() } else { loss }
    });
    member!(family, PoissonNll, case => {
        let mut loss = PoissonNll::new().epsilon(setting(case, "epsilon")?)?;
        if case.flag("rates") {
            loss = loss.rates();
        }
        if case.flag("full") { loss.full() } else { loss }
    });
    member!(family, BinaryCrossEntropy, case => {
        with_options!(case, BinaryCrossEntropy::new(), smoothing)
    });
    member!(family, BinaryCrossEntropyWithLogits, case => {
        with_options!(case, BinaryCrossEntropyWithLogits::new(), smoothing, pos_weight)
    });
    member!(family, BinaryFocal, case => {
        let loss = BinaryFocal::new().gamma(setting(case, "gamma")?)?;
        match case.setting("alpha") {
            Some(alpha) => loss.alpha(alpha)?,
            None => loss.unbalanced(),
        }
    });
    member!(family, MultiLabelSoftMargin, case => {
        with_options!(case, MultiLabelSoftMargin::new(), class_weights)
    });
    member!(family, Dice, case => Dice::new().epsilon(setting(case, "epsilon")?)?);
    member!(family, Tversky, case => {
        let loss = Tversky::new().weights(setting(case, "alpha")?, setting(case, "beta")?)?;
        loss.epsilon(setting(case, "epsilon")?)?
    });
    member!(family, CrossEntropy, case => {
        with_options!(case, CrossEntropy::new(), smoothing, class_weights, ignored)
    });
    member!(family, Nll, case => with_options!(case, Nll::new(), class_weights, ignored));
    member!(family, MultiMargin, case => {
        let loss = MultiMargin::new().p(setting(case, "p")? as u32)?;
        with_options!(case, loss.margin(setting(case, "margin")?)?, class_weights)
    });
    member!(family, GeneralizedCrossEntropy, case => {
        let loss = GeneralizedCrossEntropy::new().q(setting(case, "q")?)?;
        with_options!(case, loss, ignored)
    });
    member!(family, CategoricalFocal, case => {
        let loss = CategoricalFocal::new().alpha(setting(case, "alpha")?)?;
        with_options!(case, loss.gamma(setting(case, "gamma")?)?, ignored)
    });
    family.end();
}

fn check(case: &Case, loss: impl Loss) -> Result<(), Failure> {
    in_type::<f32>(case, &loss)?;
    in_type::<f64>(case, &loss)
}

fn in_type<T: Float>(case: &Case, loss: &impl Loss) -> Result<(), Failure> {
    if !case.is_for::<T>() {
        return Ok(());
    }
    let x = case.input::<T>("x")?;
    let width = x.shape.last().copied().ok_or("x is a single number")?;
    let (values, labels) = (case.given::<T>("target"), case.indices("labels"));
    let target = match (&values, &labels) {
        (Some(values), None) => Target::Values(&values.values),
        (None, Some(labels)) => Target::Labels(labels),
        _ => return Err("neither a target nor labels, or both".into()),
    };
    let weights = case.given::<T>("weights").map(|weights| weights.values);
    let weighted = Weighted { target, weights: weights.as_deref() };

    let mut rows = vec![T::NAN; x.values.len() / width];
    loss.rows(width, &x.values, target, Weights::uniform(T::ONE), &mut rows, None);
    // A row's loss is a sum over its classes.
    case.compare("rows", &rows, Closeness::SUMS)?;

    let mut dx = vec![T::NAN; x.values.len()];
    let value = loss.both(width, &x.values, weighted, &mut dx)?;
    case.compare("value", &[T::of(value)], Closeness::VALUES)?;
    case.compare("dx", &dx, Closeness::GRADIENTS)
}
