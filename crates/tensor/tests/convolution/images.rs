//! No images, and images that know nothing of each other.

use crate::runs::{bits, case, forward, input_gradient, numbers, weight_gradient, window};
use neuropil_simd::{Float, Level};

#[test]
fn no_images_give_nothing_and_no_gradient() {
    let (of, _) = case([2, 3, 1], &[5, 4], &[window(3, 1, 1, 1, 1); 2]);
    for level in Level::available() {
        assert!(forward::<f32>(level, &of, &[], &[0.5; 54], false).is_empty());
        assert!(input_gradient::<f32>(level, &of, &[], &[0.5; 54], true).is_empty());
        let (dw, db) = weight_gradient::<f32>(level, &of, &[], &[], false);
        assert_eq!((dw, db), (vec![0.0; 54], vec![0.0; 3]));
        let (dw, db) = weight_gradient::<f32>(level, &of, &[], &[], true);
        assert_eq!((dw, db), (vec![0.5; 54], vec![0.5; 3]));
    }
}

/// An image that is not finite leaves the others alone, side by side with them or not.
fn check<T: Float>() {
    let (plain, padded) = (window(3, 1, 1, 0, 0), window(3, 1, 1, 1, 1));
    let strided = window(3, 2, 1, 1, 1);
    for (of, _) in [
        case([3, 7, 1], &[4, 4], &[padded; 2]),
        case([3, 7, 1], &[4, 5], &[plain; 2]),
        case([4, 6, 2], &[5, 5], &[strided; 2]),
        case([20, 19, 1], &[1, 1], &[padded; 2]),
        case([2, 7, 1], &[11], &[window(4, 1, 2, 3, 3)]),
        case([3, 7, 1], &[9, 8], &[window(1, 1, 1, 0, 0); 2]),
        case([2, 3, 1], &[3, 4, 3], &[padded; 3]),
    ] {
        const IMAGES: usize = 11;
        let (input, output) = (of.input().len(), of.output().len());
        let w: Vec<T> = numbers(of.weight().len(), 3);
        let x: Vec<T> = numbers(IMAGES * input, 1);
        let dy: Vec<T> = numbers(IMAGES * output, 2);
        for level in Level::available() {
            let y = forward(level, &of, &x, &w, false);
            let dx = input_gradient(level, &of, &dy, &w, false);
            for bad in [T::NAN, T::INFINITY] {
                for image in [0, 1, 5, IMAGES - 1] {
                    let what = format!("{}, image {image}, {level}", of.name());
                    let others = |of: &[T], len: usize| {
                        let (left, right) = of.split_at(image * len);
                        [bits(left), bits(&right[len..])]
                    };
                    let mut x = x.clone();
                    x[image * input..][..input].fill(bad);
                    let found = forward(level, &of, &x, &w, false);
                    assert!(others(&found, output) == others(&y, output), "y: {what}");
                    let of_image = &found[image * output..][..output];
                    assert!(of_image.iter().any(|y| !y.to_f64().is_finite()), "y: {what}");
                    let mut dy = dy.clone();
                    dy[image * output..][..output].fill(bad);
                    let found = input_gradient(level, &of, &dy, &w, false);
                    assert!(others(&found, input) == others(&dx, input), "dx: {what}");
                }
            }
        }
    }
}

#[test]
fn an_image_that_is_not_finite_leaves_the_others_alone() {
    check::<f32>();
    check::<f64>();
}
