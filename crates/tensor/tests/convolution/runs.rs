//! Convolutions to try, what they compute, and whether that is what the loops say.

use crate::naive::Naive;
use neuropil_simd::{Float, Level};
use neuropil_tensor::convolution::{After, Convolution};
use neuropil_tensor::{Shape, Window};

/// Numbers in [-1, 1] that look random and are not.
pub fn numbers<T: Float>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        T::of((state >> 40) as f64 / f64::from(1 << 23) - 1.0)
    };
    (0..len).map(next).collect()
}

pub fn window(
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    after: usize,
) -> Window {
    Window { kernel, stride, dilation, before, after }
}

/// A case: channels, outputs, groups, the axes and their windows.
pub fn case(channels: [usize; 3], input: &[usize], windows: &[Window]) -> (Convolution, Naive) {
    let [inputs, outputs, groups] = channels;
    let shape: Shape = std::iter::once(inputs).chain(input.iter().copied()).collect();
    let convolution = Convolution::new(shape, outputs, windows, groups).expect("a convolution");
    let (mut three, mut all) = ([1; 3], [Window::new(1); 3]);
    three[3 - input.len()..].copy_from_slice(input);
    all[3 - input.len()..].copy_from_slice(windows);
    (convolution, Naive { inputs, outputs, groups, input: three, windows: all })
}

/// Levels that fuse, whose bits are those of the chain.
pub fn fused() -> Vec<Level> {
    Level::available().filter(|&level| level != Level::Portable).collect()
}

pub fn forward<T: Float>(level: Level, of: &Convolution, x: &[T], w: &[T], adds: bool) -> Vec<T> {
    let images = x.len() / of.input().len();
    let mut y = vec![T::of(if adds { 0.5 } else { f64::NAN }); images * of.output().len()];
    let mut scratch = vec![T::NAN; of.scratch_len::<T>(images)];
    of.forward_at(level, x, w, After::NOTHING, adds, &mut y, &mut scratch);
    y
}

pub fn input_gradient<T: Float>(
    level: Level,
    of: &Convolution,
    dy: &[T],
    w: &[T],
    adds: bool,
) -> Vec<T> {
    let images = dy.len() / of.output().len();
    let mut dx = vec![T::of(if adds { 0.5 } else { f64::NAN }); images * of.input().len()];
    let mut scratch = vec![T::NAN; of.scratch_len::<T>(images)];
    of.input_gradient_at(level, dy, w, After::NOTHING, adds, &mut dx, &mut scratch);
    dx
}

pub fn weight_gradient<T: Float>(
    level: Level,
    of: &Convolution,
    x: &[T],
    dy: &[T],
    adds: bool,
) -> (Vec<T>, Vec<T>) {
    let images = x.len() / of.input().len();
    let start = T::of(if adds { 0.5 } else { f64::NAN });
    let (mut dw, mut db) = (vec![start; of.weight().len()], vec![start; of.output()[0]]);
    let mut scratch = vec![T::NAN; of.scratch_len::<T>(images)];
    let (to_dw, to_db) = (Some((&mut dw[..], adds)), Some((&mut db[..], adds)));
    of.weight_gradient_at(level, x, dy, to_dw, to_db, &mut scratch);
    (dw, db)
}

#[track_caller]
pub fn assert_close<T: Float>(what: &str, found: &[T], expected: &[f64], ulps: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-3, |largest: f64, x| largest.max(x.abs()));
    let epsilon = if size_of::<T>() == 4 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found.to_f64() - expected).abs() / (epsilon * largest);
        assert!(error <= ulps, "{what}[{i}]: {found:?}, expected {expected}: {error} ULP");
    }
}

pub fn doubles<T: Float>(x: &[T]) -> Vec<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}

pub fn bits<T: Float>(x: &[T]) -> Vec<u64> {
    x.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// Whether all passes over so many images are those of the loops, at every level: to the bit where
/// multiply-adds are fused.
pub fn check<T: Float>(of: &Convolution, naive: &Naive, images: usize) {
    let what = of.name() + &format!(" on {images} of {}", of.input());
    assert_eq!(of.output().len(), naive.y_len(), "{what}");
    let x: Vec<T> = numbers(images * naive.x_len(), 1);
    let dy: Vec<T> = numbers(images * naive.y_len(), 2);
    let w: Vec<T> = numbers(naive.w_len(), 3);
    let (y, dx) = (naive.forward(&x, &w), naive.input_gradient(&dy, &w));
    let (dw, db) = naive.weight_gradient(&doubles(&x), &doubles(&dy));
    for level in fused() {
        let what = format!("{what} at {level}");
        assert_eq!(bits(&forward(level, of, &x, &w, false)), bits(&y), "y: {what}");
        assert_eq!(bits(&input_gradient(level, of, &dy, &w, false)), bits(&dx), "dx: {what}");
    }
    let mut first = None;
    for level in Level::available() {
        let what = format!("{what} at {level}");
        let added: Vec<f64> = doubles(&y).iter().map(|y| y + 0.5).collect();
        assert_close(&what, &forward(level, of, &x, &w, false), &doubles(&y), 16.0);
        assert_close(&what, &forward(level, of, &x, &w, true), &added, 16.0);
        let added: Vec<f64> = doubles(&dx).iter().map(|dx| dx + 0.5).collect();
        assert_close(&what, &input_gradient(level, of, &dy, &w, false), &doubles(&dx), 16.0);
        assert_close(&what, &input_gradient(level, of, &dy, &w, true), &added, 16.0);
        let found = weight_gradient(level, of, &x, &dy, false);
        assert_close(&format!("dw: {what}"), &found.0, &dw, 64.0);
        assert_close(&format!("db: {what}"), &found.1, &db, 64.0);
        if level != Level::Portable {
            let first = first.get_or_insert_with(|| (bits(&found.0), bits(&found.1)));
            assert_eq!(*first, (bits(&found.0), bits(&found.1)), "dw: {what}");
        }
        let added = weight_gradient(level, of, &x, &dy, true);
        let half = |x: &[f64]| x.iter().map(|x| x + 0.5).collect::<Vec<_>>();
        assert_close(&format!("dw: {what}"), &added.0, &half(&dw), 64.0);
        assert_close(&format!("db: {what}"), &added.1, &half(&db), 64.0);
    }
}
