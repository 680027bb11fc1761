//! All regularizers that work on slices.

use std::hint::black_box;

use neuropil_regularizers::{Dropout, L2, Regularizer, layer_norm};
use neuropil_simd::AlignedVec;

use super::{LEN, Member, ROWS, Run, WIDTH, spread};

pub(super) fn all() -> Vec<Member> {
    vec![penalty(L2::new(1e-4).expect("a strength")), dropout(), layer_normalization()]
}

fn penalty(regularizer: impl Regularizer) -> Member {
    let (own, w) = (regularizer.clone(), spread::<f32>(LEN, 1));
    let value = move || {
        black_box(own.penalty(black_box(&w[..])));
    };
    let (own, w) = (regularizer.clone(), spread::<f32>(LEN, 1));
    let mut dw = AlignedVec::<f32>::zeros(LEN);
    let backward = move || own.backward(black_box(&w), black_box(&mut dw));
    Member::new(&regularizer, vec![Some(Box::new(value)), Some(Box::new(backward))])
}

fn dropout() -> Member {
    let (own, x) = (Dropout::default(), spread::<f32>(LEN, 1));
    let mut y = AlignedVec::<f32>::zeros(LEN);
    let forward = move || own.forward(42, 0, black_box(&x), black_box(&mut y));
    let dy = spread::<f32>(LEN, 2);
    let mut dx = AlignedVec::<f32>::zeros(LEN);
    let backward = move || own.backward(42, 0, black_box(&dy), black_box(&mut dx));
    Member::new(&own, vec![Some(Box::new(forward)), Some(Box::new(backward))])
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
