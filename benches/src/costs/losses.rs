//! All losses.

use std::hint::black_box;

use neuropil_losses::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal, CategoricalFocal,
    CategoricalHinge, CosineDistance, CosineEmbedding, CrossEntropy, Ctc, CtcBatch, CtcLabels,
    Dice, GaussianNll, GeneralizedCrossEntropy, Hinge, HingeEmbedding, Huber, JointLoss,
    KlDivergence, LogCosh, Loss, Lp, MarginRanking, MeanAbsoluteError, MeanAbsolutePercentageError,
    MeanSquaredError, MeanSquaredLogError, MultiLabelMargin, MultiLabelSoftMargin, MultiMargin,
    Nll, PerceptronCriterion, PoissonNll, Quantile, SmoothL1, SoftMargin, SquaredHinge, Target,
    TargetKind, TripletMargin, TripletMarginWithDistance, Tversky,
};
use neuropil_simd::{AlignedVec, Float};

use super::{LEN, Member, ROWS, Run, WIDTH, spread};

pub(super) fn all() -> Vec<Member> {
    use TargetKind::{Labels, Values};
    vec![
        of(MeanSquaredError::new(), Values),
        of(MeanAbsoluteError::new(), Values),
        of(SmoothL1::new(), Values),
        of(Huber::new(), Values),
        of(LogCosh::new(), Values),
        of(Lp::new(3.0).expect("a power"), Values).with("p = 3"),
        of(Quantile::new(0.9).expect("a share"), Values),
        of(MeanAbsolutePercentageError::new(), Values),
        of(MeanSquaredLogError::new(), Values),
        of(PoissonNll::new(), Values),
        of(KlDivergence::new(), Values),
        of(BinaryCrossEntropy::new(), Values),
        of(BinaryCrossEntropyWithLogits::new(), Values),
        of(BinaryFocal::new(), Values),
        of(SoftMargin::new(), Values),
        of(Hinge::new(), Values),
        of(SquaredHinge::new(), Values),
        of(PerceptronCriterion::new(), Values),
        of(HingeEmbedding::new(), Values),
        of(MultiLabelSoftMargin::new(), Values),
        of(MultiLabelMargin::new(), Values),
        of(CrossEntropy::new(), Labels).with("labels"),
        of(CrossEntropy::new(), Values).with("probabilities"),
        of(Nll::new(), Labels),
        of(GeneralizedCrossEntropy::new(), Labels),
        of(CategoricalFocal::new(), Labels),
        of(MultiMargin::new(), Labels),
        of(CategoricalHinge::new(), Labels),
        of(Dice::new(), Values),
        of(Tversky::new(), Values),
        joint(MarginRanking::new(), Last::Ones),
        joint(CosineEmbedding::new(), Last::Ones),
        joint(TripletMargin::new(), Last::Any),
        joint(TripletMarginWithDistance::new(CosineDistance), Last::Any).with("cosine"),
        joint(GaussianNll::new(), Last::Ones),
        ctc(),
    ]
}

fn of(loss: impl Loss, kind: TargetKind) -> Member {
    let runs = [value::<f32>(&loss, kind), both::<f32>(&loss, kind), both::<f64>(&loss, kind)];
    Member::new(&loss, runs.map(Some).into())
}

/// Predictions and targets that every loss takes: numbers in (0, 1), classes of rows.
struct Data<T> {
    x: AlignedVec<T>,
    values: AlignedVec<T>,
    labels: Vec<u32>,
    kind: TargetKind,
}

impl<T: Float> Data<T> {
    fn new(loss: &impl Loss, kind: TargetKind) -> Self {
        let between = |len, seed| {
            let mut x = spread::<T>(len, seed);
            x.iter_mut().for_each(|x| *x = T::of(0.5 + x.to_f64() / 8.01));
            x
        };
        let classes = loss.classes(WIDTH).max(1) as u32;
        Self {
            x: between(LEN, 1),
            values: between(ROWS * loss.target_width(WIDTH), 2),
            labels: (0..ROWS as u32).map(|row| row * 7 % classes).collect(),
            kind,
        }
    }

    fn target(&self) -> Target<'_, T> {
        match self.kind {
            TargetKind::Values => Target::Values(black_box(&self.values)),
            TargetKind::Labels => Target::Labels(black_box(&self.labels)),
        }
    }
}

fn value<T: Float>(loss: &impl Loss, kind: TargetKind) -> Run {
    let (loss, data) = (loss.clone(), Data::<T>::new(loss, kind));
    Box::new(move || {
        let value = loss.value(WIDTH, black_box(&data.x), data.target());
        black_box(value.expect("targets that fit"));
    })
}

fn both<T: Float>(loss: &impl Loss, kind: TargetKind) -> Run {
    let (loss, data) = (loss.clone(), Data::<T>::new(loss, kind));
    let mut dx = AlignedVec::<T>::zeros(LEN);
    Box::new(move || {
        let value = loss.both(WIDTH, black_box(&data.x), data.target(), black_box(&mut dx));
        black_box(value.expect("targets that fit"));
    })
}

/// What the last of several inputs holds.
#[derive(Clone, Copy)]
enum Last {
    /// Numbers like the others.
    Any,
    /// A label 1, or a variance of 1.
    Ones,
}

/// A loss of several inputs; a run counts the numbers of one of them.
fn joint(loss: impl JointLoss<3>, last: Last) -> Member {
    let runs = [
        joint_run::<f32>(&loss, last, false),
        joint_run::<f32>(&loss, last, true),
        joint_run::<f64>(&loss, last, true),
    ];
    Member::new(&loss, runs.map(Some).into())
}

fn joint_run<T: Float>(loss: &impl JointLoss<3>, last: Last, gradients: bool) -> Run {
    let loss = loss.clone();
    let lens = [0, 1, 2].map(|input| ROWS * loss.input_width(input, WIDTH));
    let mut x = lens.map(|len| spread::<T>(len, 1));
    x[1] = spread(lens[1], 2);
    match last {
        Last::Any => x[2] = spread(lens[2], 3),
        Last::Ones => x[2].fill(T::ONE),
    }
    let mut dx = lens.map(AlignedVec::<T>::zeros);
    Box::new(move || {
        let x = x.each_ref().map(|x| &black_box(x)[..]);
        let value = if gradients {
            let [first, second, third] = dx.each_mut().map(|dx| &mut black_box(dx)[..]);
            let third = Some(third).filter(|_| loss.differentiates(2));
            loss.both(WIDTH, x, None, [Some(first), Some(second), third])
        } else {
            loss.value(WIDTH, x, None)
        };
        black_box(value.expect("inputs that fit"));
    })
}

/// Four rows of 32 steps and 32 classes, with eight labels each.
fn ctc() -> Member {
    let runs = [ctc_run::<f32>(false), ctc_run::<f32>(true), ctc_run::<f64>(true)];
    Member::new(&Ctc::new(), runs.map(Some).into()).with("32 steps, 32 classes, 8 labels")
}

fn ctc_run<T: Float>(gradient: bool) -> Run {
    let (time, classes, longest) = (32, 32, 8);
    let rows = LEN / (time * classes);
    let logits = spread::<T>(LEN, 1);
    let mut x = AlignedVec::<T>::zeros(LEN);
    neuropil_simd::rows::log_softmax(classes, &logits, &mut x);
    let labels: Vec<u32> = (0..(rows * longest) as u32).map(|i| 1 + i * 7 % 31).collect();
    let lengths = vec![longest as u32; rows];
    let mut workspace = vec![T::ZERO; Ctc::workspace_len(time, longest)];
    let mut dx = AlignedVec::<T>::zeros(LEN);
    Box::new(move || {
        let labels = CtcLabels::Padded(&labels);
        let batch = CtcBatch::new(time, classes, black_box(&x), labels, &lengths);
        let value = if gradient {
            Ctc::new().both(&batch, black_box(&mut dx), &mut workspace)
        } else {
            Ctc::new().value(&batch, &mut workspace)
        };
        black_box(value.expect("labels that fit"));
    })
}
