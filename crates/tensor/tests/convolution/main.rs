//! Convolutions against loops, at every level, on some threads.

mod naive;

use naive::Naive;
use neuropil_simd::{Float, Level};
use neuropil_tensor::convolution::{After, Convolution};
use neuropil_tensor::{Shape, Window};

/// Numbers in [-1, 1] that look random and are not.
fn numbers<T: Float>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        T::of((state >> 40) as f64 / f64::from(1 << 23) - 1.0)
    };
    (0..len).map(next).collect()
}

fn window(kernel: usize, stride: usize, dilation: usize, before: usize, after: usize) -> Window {
    Window { kernel, stride, dilation, before, after }
}

/// A case: channels, outputs, groups, the axes and their windows.
fn case(channels: [usize; 3], input: &[usize], windows: &[Window]) -> (Convolution, Naive) {
    let [inputs, outputs, groups] = channels;
    let shape: Shape = std::iter::once(inputs).chain(input.iter().copied()).collect();
    let convolution = Convolution::new(shape, outputs, windows, groups).expect("a convolution");
    let (mut three, mut all) = ([1; 3], [Window::new(1); 3]);
    three[3 - input.len()..].copy_from_slice(input);
    all[3 - input.len()..].copy_from_slice(windows);
    (convolution, Naive { inputs, outputs, groups, input: three, windows: all })
}

/// Shapes and options that reach every path: in place, packed, side by side, in blocks, by strips and
/// dense, with phases and kinds.
fn cases() -> Vec<(Convolution, Naive)> {
    let mut all = Vec::new();
    let axes = [
        window(1, 1, 1, 0, 0),
        window(2, 1, 1, 0, 0),
        window(3, 1, 1, 1, 1),
        window(3, 2, 1, 1, 1),
        window(3, 1, 2, 2, 2),
        window(2, 3, 1, 0, 1),
        window(1, 2, 1, 0, 0),
        window(5, 2, 3, 4, 6),
        window(3, 4, 2, 3, 0),
        window(2, 2, 1, 5, 5),
    ];
    for (i, &first) in axes.iter().enumerate() {
        for (len, channels) in [(13, [1, 1, 1]), (40, [3, 7, 1]), (9, [4, 6, 2])] {
            all.push(case(channels, &[len], &[first]));
        }
        for second in [axes[(i + 3) % 10], axes[(i + 4) % 10], first] {
            for (size, channels) in [
                ([9, 7], [2, 3, 1]),
                ([7, 20], [3, 13, 1]),
                ([8, 9], [4, 8, 4]),
                ([11, 8], [3, 3, 3]),
            ] {
                all.push(case(channels, &size, &[first, second]));
            }
        }
        all.push(case([2, 3, 1], &[4, 6, 7], &[axes[(i + 2) % 10], first, axes[(i + 5) % 10]]));
    }
    // Images of one number, of one row, of one column.
    for size in [[1, 1], [1, 17], [17, 1], [2, 2]] {
        all.push(case([20, 19, 1], &size, &[window(3, 1, 1, 1, 1); 2]));
    }
    // Channels that compete for places of the cache; more places than a block has; many channels.
    all.push(case([9, 2, 1], &[32, 32], &[window(1, 1, 1, 0, 0); 2]));
    all.push(case([2, 2, 1], &[70, 61], &[window(3, 1, 1, 1, 1); 2]));
    all.push(case([2, 2, 1], &[70, 61], &[window(3, 2, 1, 0, 1); 2]));
    all.push(case([1, 2, 1], &[5000], &[window(3, 1, 1, 1, 1)]));
    all.push(case([1, 7, 1], &[3000], &[window(4, 2, 1, 1, 1)]));
    all.push(case([1, 1, 1], &[9, 18, 19], &[window(3, 1, 1, 1, 1); 3]));
    all
}

/// Levels that fuse, whose bits are those of the chain.
fn fused() -> Vec<Level> {
    Level::available().filter(|&level| level != Level::Portable).collect()
}

const IMAGES: usize = 3;

fn forward<T: Float>(level: Level, of: &Convolution, x: &[T], w: &[T], adds: bool) -> Vec<T> {
    let images = x.len() / of.input().len();
    let mut y = vec![T::of(if adds { 0.5 } else { f64::NAN }); images * of.output().len()];
    let mut scratch = vec![T::NAN; of.scratch_len::<T>(images)];
    of.forward_at(level, x, w, After::NOTHING, adds, &mut y, &mut scratch);
    y
}

fn input_gradient<T: Float>(
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

fn weight_gradient<T: Float>(
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
fn assert_close<T: Float>(what: &str, found: &[T], expected: &[f64], ulps: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-3, |largest: f64, x| largest.max(x.abs()));
    let epsilon = if size_of::<T>() == 4 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found.to_f64() - expected).abs() / (epsilon * largest);
        assert!(error <= ulps, "{what}[{i}]: {found:?}, expected {expected}: {error} ULP");
    }
}

fn doubles<T: Float>(x: &[T]) -> Vec<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}

fn bits<T: Float>(x: &[T]) -> Vec<u64> {
    x.iter().map(|x| x.to_f64().to_bits()).collect()
}

fn check<T: Float>() {
    for (of, naive) in cases() {
        let what = of.name() + &format!(" on {}", of.input());
        assert_eq!(of.output().len(), naive.y_len(), "{what}");
        let x: Vec<T> = numbers(IMAGES * naive.x_len(), 1);
        let dy: Vec<T> = numbers(IMAGES * naive.y_len(), 2);
        let w: Vec<T> = numbers(naive.w_len(), 3);
        let (y, dx) = (naive.forward(&x, &w), naive.input_gradient(&dy, &w));
        let (dw, db) = naive.weight_gradient(&doubles(&x), &doubles(&dy));
        for level in fused() {
            let what = format!("{what} at {level}");
            assert_eq!(bits(&forward(level, &of, &x, &w, false)), bits(&y), "y: {what}");
            assert_eq!(bits(&input_gradient(level, &of, &dy, &w, false)), bits(&dx), "dx: {what}");
        }
        let mut first = None;
        for level in Level::available() {
            let what = format!("{what} at {level}");
            let added: Vec<f64> = doubles(&y).iter().map(|y| y + 0.5).collect();
            assert_close(&what, &forward(level, &of, &x, &w, false), &doubles(&y), 16.0);
            assert_close(&what, &forward(level, &of, &x, &w, true), &added, 16.0);
            let added: Vec<f64> = doubles(&dx).iter().map(|dx| dx + 0.5).collect();
            assert_close(&what, &input_gradient(level, &of, &dy, &w, false), &doubles(&dx), 16.0);
            assert_close(&what, &input_gradient(level, &of, &dy, &w, true), &added, 16.0);
            let found = weight_gradient(level, &of, &x, &dy, false);
            assert_close(&format!("dw: {what}"), &found.0, &dw, 64.0);
            assert_close(&format!("db: {what}"), &found.1, &db, 64.0);
            if level != Level::Portable {
                let first = first.get_or_insert_with(|| (bits(&found.0), bits(&found.1)));
                assert_eq!(*first, (bits(&found.0), bits(&found.1)), "dw: {what}");
            }
            let added = weight_gradient(level, &of, &x, &dy, true);
            let half = |x: &[f64]| x.iter().map(|x| x + 0.5).collect::<Vec<_>>();
            assert_close(&format!("dw: {what}"), &added.0, &half(&dw), 64.0);
            assert_close(&format!("db: {what}"), &added.1, &half(&db), 64.0);
        }
    }
}

#[test]
fn single_precision_follows_the_loops() {
    check::<f32>();
}

#[test]
fn double_precision_follows_the_loops() {
    check::<f64>();
}
