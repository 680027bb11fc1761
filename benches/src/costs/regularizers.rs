//! All regularizers that work on slices.

use std::hint::black_box;

use neuropil_regularizers::{
    AlphaDropout, Average, ChannelDropout, Constraint, CutMix, Dropout, ElasticNet, Ema,
    FeatureAlphaDropout, GaussianDropout, GaussianNoise, GroupLasso, L1, L2, MaxNorm, MinMaxNorm,
    Mixture, Mixup, Noise, NonNeg, Orthogonal, Proximal, Regularizer, Swa, UnitNoise, UnitNorm,
    Units, layer_norm, take_average,
};
use neuropil_simd::AlignedVec;

use super::{LEN, Member, ROWS, Run, WIDTH, spread};

/// How weights are divided: 64 units with 64 inputs each.
const UNITS: Units = Units::rows(ROWS, WIDTH);

pub(super) fn all() -> Vec<Member> {
    let lambda = 1e-4;
    vec![
        penalty(L1::new(lambda).expect("a strength")),
        penalty(L2::new(lambda).expect("a strength")),
        penalty(ElasticNet::new(lambda, lambda).expect("strengths")),
        penalty(GroupLasso::new(lambda).expect("a strength")),
        penalty(Orthogonal::new(lambda).expect("a strength")),
        proximal(L1::new(lambda).expect("a strength")),
        constraint(MaxNorm::default()),
        constraint(NonNeg),
        constraint(UnitNorm),
        constraint(MinMaxNorm::new(0.5, 2.0).expect("bounds in order")),
        average(Ema::default()),
        average(Swa::updates(1, 1).expect("a start")),
        mixture(Mixup::default()),
        mixture(CutMix::default()),
        noise(Dropout::default()),
        noise(AlphaDropout::default()),
        noise(GaussianDropout::new(0.5).expect("a rate")),
        noise(GaussianNoise::new(0.1).expect("a deviation")),
        unit_noise(ChannelDropout::default()),
        unit_noise(FeatureAlphaDropout::default()),
        layer_normalization(),
    ]
}

fn penalty(regularizer: impl Regularizer) -> Member {
    let (own, w) = (regularizer.clone(), spread::<f32>(LEN, 1));
    let value = move || {
        black_box(own.penalty_of_units(UNITS, black_box(&w[..])));
    };
    let (own, w) = (regularizer.clone(), spread::<f32>(LEN, 1));
    let mut dw = AlignedVec::<f32>::zeros(LEN);
    let backward = move || own.backward_of_units(UNITS, black_box(&w), black_box(&mut dw));
    Member::new(&regularizer, vec![Some(Box::new(value)), Some(Box::new(backward))])
}

fn proximal(regularizer: impl Proximal) -> Member {
    let (own, mut w) = (regularizer.clone(), spread::<f32>(LEN, 1));
    // So small a rate that weights stay what they are.
    let shrink = move || own.shrink(UNITS, 1e-20, black_box(&mut w));
    Member::new(&regularizer, vec![None, Some(Box::new(shrink))]).with("proximal step")
}

fn constraint(constraint: impl Constraint) -> Member {
    let (own, mut w) = (constraint.clone(), spread::<f32>(LEN, 1));
    let project = move || own.project(UNITS, black_box(&mut w));
    Member::new(&constraint, vec![None, Some(Box::new(project))])
}

fn average(average: impl Average) -> Member {
    let (w, mut mean) = (spread::<f32>(LEN, 1), AlignedVec::<f32>::zeros(LEN));
    let share = average.share(9);
    let take = move || take_average(share, black_box(&w), black_box(&mut mean));
    Member::new(&average, vec![Some(Box::new(take)), None])
}

fn mixture(mixture: impl Mixture) -> Member {
    let (mut x, partner) = (spread::<f32>(LEN, 1), spread::<f32>(LEN, 2));
    let mix = mixture.draw(1, &[4, 32, 32]);
    let inputs = move || mix.inputs(black_box(&mut x), black_box(&partner));
    Member::new(&mixture, vec![Some(Box::new(inputs)), None])
}

fn noise(noise: impl Noise) -> Member {
    let (own, x) = (noise, spread::<f32>(LEN, 1));
    let mut y = AlignedVec::<f32>::zeros(LEN);
    let forward = move || own.forward(42, 0, black_box(&x), black_box(&mut y));
    let (own, dy) = (noise, spread::<f32>(LEN, 2));
    let mut dx = AlignedVec::<f32>::zeros(LEN);
    let backward = move || own.backward(42, 0, black_box(&dy), black_box(&mut dx));
    Member::new(&noise, vec![Some(Box::new(forward)), Some(Box::new(backward))])
}

fn unit_noise(noise: impl UnitNoise) -> Member {
    let (own, x) = (noise, spread::<f32>(LEN, 1));
    let mut y = AlignedVec::<f32>::zeros(LEN);
    let forward = move || own.forward(42, 0, WIDTH, black_box(&x), black_box(&mut y));
    let (own, dy) = (noise, spread::<f32>(LEN, 2));
    let mut dx = AlignedVec::<f32>::zeros(LEN);
    let backward = move || own.backward(42, 0, WIDTH, black_box(&dy), black_box(&mut dx));
    let runs: [Run; 2] = [Box::new(forward), Box::new(backward)];
    Member::new(&noise, runs.map(Some).into()).with("units of 64")
}

fn layer_normalization() -> Member {
    let gain = spread::<f32>(WIDTH, 2);
    let (x, dy) = (spread::<f32>(LEN, 1), spread::<f32>(LEN, 3));
    let [mut y, mut dx] = [(); 2].map(|()| AlignedVec::<f32>::zeros(LEN));
    let [mut mean, mut rstd] = [(); 2].map(|()| AlignedVec::<f32>::zeros(ROWS));
    layer_norm::forward(WIDTH, &x, Some((&gain, &gain)), 1e-5, &mut y, &mut mean, &mut rstd);
    let backward = {
        let (x, gain, mean, rstd) = (x.clone(), gain.clone(), mean.clone(), rstd.clone());
        move || {
            let (x, gain) = (black_box(&x[..]), Some(&gain[..]));
            layer_norm::backward(WIDTH, x, gain, &mean, &rstd, black_box(&dy), black_box(&mut dx));
        }
    };
    let forward = move || {
        let (x, affine) = (black_box(&x[..]), Some((&gain[..], &gain[..])));
        layer_norm::forward(WIDTH, x, affine, 1e-5, black_box(&mut y), &mut mean, &mut rstd);
    };
    let runs: [Run; 2] = [Box::new(forward), Box::new(backward)];
    Member::new(&"layer_norm", runs.map(Some).into()).named("layer_norm")
}
