//! The same bits on one, two and three threads.

use crate::runs::{bits, case, numbers, window};
use neuropil_simd::Float;
use neuropil_tensor::convolution::{After, Convolution};
use neuropil_tensor::grain;

/// The bits of y, dx, dw and db, computed in a pool of so many threads, and the scratch that they
/// asked for.
fn on_threads<T: Float>(threads: usize, of: &Convolution, images: usize) -> ([Vec<u64>; 4], usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| {
        let x: Vec<T> = numbers(images * of.input().len(), 1);
        let dy: Vec<T> = numbers(images * of.output().len(), 2);
        let w: Vec<T> = numbers(of.weight().len(), 3);
        let (mut y, mut dx) = (vec![T::NAN; dy.len()], vec![T::NAN; x.len()]);
        let (mut dw, mut db) = (vec![T::NAN; w.len()], vec![T::NAN; of.output()[0]]);
        let len = of.scratch_len::<T>(images);
        let mut scratch = vec![T::NAN; len];
        of.forward(&x, &w, After::NOTHING, &mut y, &mut scratch);
        of.input_gradient(&dy, &w, false, &mut dx, &mut scratch);
        let (to_dw, to_db) = (Some((&mut dw[..], false)), Some((&mut db[..], false)));
        of.weight_gradient(&x, &dy, to_dw, to_db, &mut scratch);
        ([y, dx, dw, db].map(|numbers| bits(&numbers)), len)
    })
}

/// Shapes that are worth several threads: images shared, blocks of one image, and channels of one
/// small image; in place and packed, with strides and groups.
fn shared() -> Vec<(Convolution, usize)> {
    let (plain, padded) = (window(3, 1, 1, 0, 0), window(3, 1, 1, 1, 1));
    let strided = window(3, 2, 1, 1, 1);
    [
        (case([5, 19, 1], &[17, 18], &[padded; 2]), 16),
        (case([5, 19, 1], &[17, 18], &[plain; 2]), 16),
        (case([6, 40, 2], &[33, 21], &[strided; 2]), 16),
        (case([16, 32, 1], &[3, 4], &[padded; 2]), 61),
        (case([8, 24, 1], &[64, 61], &[padded; 2]), 1),
        (case([3, 48, 1], &[9000], &[padded]), 1),
        (case([130, 111, 1], &[9, 8], &[padded; 2]), 1),
        (case([96, 192, 3], &[12, 12], &[strided; 2]), 1),
        (case([7, 31, 1], &[9, 10, 11], &[padded; 3]), 2),
        (case([700, 610, 1], &[1, 1], &[window(1, 1, 1, 0, 0); 2]), 5),
    ]
    .map(|((of, _), images)| (of, images))
    .into()
}

fn check<T: Float>() {
    for (of, images) in shared() {
        let what = of.name() + &format!(" on {images} of {}", of.input());
        assert!(images * of.multiply_adds() >= 3 * grain::PRODUCT, "{what} is not shared");
        let (one, scratch) = on_threads::<T>(1, &of, images);
        for threads in [2, 3] {
            let (several, more) = on_threads::<T>(threads, &of, images);
            assert!(more > scratch, "{what}: no scratch for {threads} threads");
            for (i, pass) in ["y", "dx", "dw", "db"].iter().enumerate() {
                assert!(one[i] == several[i], "{pass} on {threads} threads: {what}");
            }
        }
    }
}

#[test]
fn single_precision_does_not_depend_on_threads() {
    check::<f32>();
}

#[test]
fn double_precision_does_not_depend_on_threads() {
    check::<f64>();
}

/// A scratch for one thread does for a pool of several, and gives the same.
#[test]
fn scratch_for_one_thread_is_enough() {
    let (of, _) = case([5, 19, 1], &[17, 18], &[window(3, 1, 1, 1, 1); 2]);
    let (x, w) = (numbers::<f32>(16 * of.input().len(), 1), numbers(of.weight().len(), 3));
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let forward = |threads, len| {
        let mut y = vec![f32::NAN; 16 * of.output().len()];
        let mut scratch = vec![f32::NAN; len];
        let pool = pool(threads).expect("threads");
        pool.install(|| of.forward(&x, &w, After::NOTHING, &mut y, &mut scratch));
        bits(&y)
    };
    let [one, three] =
        [1, 3].map(|threads| pool(threads).expect("threads").install(|| of.scratch_len::<f32>(16)));
    assert!(one < three);
    assert_eq!(forward(3, one), forward(3, three));
    assert_eq!(forward(3, one), forward(1, three));
}
