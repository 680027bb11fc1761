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

/// Sums as they should be, and how large their terms are: a sum whose terms cancel each other is as
/// wrong as its terms are rounded.
pub struct Sums {
    pub values: Vec<f64>,
    /// The sum of the terms' magnitudes, of each.
    pub sizes: Vec<f64>,
}

impl Sums {
    /// The same with 0.5 added.
    fn and_half(&self) -> Self {
        let add = |x: &[f64]| x.iter().map(|x| x + 0.5).collect();
        Self { values: add(&self.values), sizes: add(&self.sizes) }
    }
}

/// Whether each sum errs by so many roundings of the sum of its terms' magnitudes at most.
#[track_caller]
pub fn assert_close<T: Float>(what: &str, found: &[T], expected: &Sums, roundings: f64) {
    assert_eq!(found.len(), expected.values.len(), "{what}");
    let epsilon = if size_of::<T>() == 4 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let sums = expected.values.iter().zip(&expected.sizes);
    for (i, (found, (expected, size))) in found.iter().zip(sums).enumerate() {
        let error = (found.to_f64() - expected).abs();
        let bound = roundings * epsilon * size;
        assert!(error <= bound, "{what}[{i}]: {found:?}, expected {expected}: {error} > {bound}");
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
    for level in fused() {
        let what = format!("{what} at {level}");
        assert_eq!(bits(&forward(level, of, &x, &w, false)), bits(&y), "y: {what}");
        assert_eq!(bits(&input_gradient(level, of, &dy, &w, false)), bits(&dx), "dx: {what}");
    }
    let [y, dx, dw, db] = sums(naive, &doubles(&x), &doubles(&w), &doubles(&dy));
    let mut first = None;
    for level in Level::available() {
        let what = format!("{what} at {level}");
        for adds in [false, true] {
            let close = |name: &str, found: &[T], sums: &Sums| match adds {
                false => assert_close(&format!("{name}: {what}"), found, sums, 16.0),
                true => assert_close(&format!("{name}: {what}"), found, &sums.and_half(), 16.0),
            };
            close("y", &forward(level, of, &x, &w, adds), &y);
            close("dx", &input_gradient(level, of, &dy, &w, adds), &dx);
            let found = weight_gradient(level, of, &x, &dy, adds);
            close("dw", &found.0, &dw);
            close("db", &found.1, &db);
            if level != Level::Portable && !adds {
                let first = first.get_or_insert_with(|| (bits(&found.0), bits(&found.1)));
                assert_eq!(*first, (bits(&found.0), bits(&found.1)), "dw: {what}");
            }
        }
    }
}

/// y, dx, dw and db of the loops in `f64`.
fn sums(naive: &Naive, x: &[f64], w: &[f64], dy: &[f64]) -> [Sums; 4] {
    let size = |x: &[f64]| x.iter().map(|x| x.abs()).collect::<Vec<_>>();
    let all = |x: &[f64], w: &[f64], dy: &[f64]| {
        let (dw, db) = naive.weight_gradient(x, dy);
        [naive.forward(x, w), naive.input_gradient(dy, w), dw, db]
    };
    let mut sizes = all(&size(x), &size(w), &size(dy)).into_iter();
    all(x, w, dy).map(|values| Sums { values, sizes: sizes.next().expect("as many sizes") })
}
