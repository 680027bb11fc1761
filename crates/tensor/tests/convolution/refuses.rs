//! What a convolution refuses, and that it says why with the numbers.

use crate::runs::window;
use neuropil_tensor::Window;
use neuropil_tensor::convolution::{After, Convolution};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn refused(input: &[usize], outputs: usize, windows: &[Window], groups: usize) -> String {
    Convolution::new(input, outputs, windows, groups).expect_err("it does not fit").to_string()
}

/// The message of a panic.
fn message(f: impl FnOnce()) -> String {
    let error = catch_unwind(AssertUnwindSafe(f)).expect_err("should have panicked");
    error.downcast_ref::<String>().expect("a message with numbers").clone()
}

#[test]
fn shapes_that_do_not_fit_are_errors_with_numbers() {
    let three = Window::new(3);
    for (text, expected) in [
        (
            refused(&[3, 4, 9], 8, &[Window::new(5); 2], 1),
            "Conv2d(3 -> 8, kernel 5x5): input shape [3, 4, 9], expected axis 1 of at least 5: the \
             kernel of 5 reaches over 5 where 4 with padding are",
        ),
        (
            refused(&[3, 9, 4], 8, &[window(3, 2, 1, 1, 0), window(3, 1, 3, 1, 1)], 1),
            "Conv2d(3 -> 8, kernel 3x3, stride 2x1, dilation 1x3, padding 1x1, padding behind 0x1): \
             input shape [3, 9, 4], expected axis 2 of at least 5: the kernel of 3 reaches over 7 \
             where 6 with padding are",
        ),
        (
            refused(&[4, 9], 6, &[three], 3),
            "Conv1d(4 -> 6, kernel 3, groups 3): input shape [4, 9], expected 3 groups that divide \
             the 4 channels and the 6 outputs",
        ),
        (
            refused(&[4, 9], 6, &[three], 4),
            "Conv1d(4 -> 6, kernel 3, groups 4): input shape [4, 9], expected 4 groups that divide \
             the 4 channels and the 6 outputs",
        ),
        (
            refused(&[4, 9], 6, &[three; 2], 1),
            "Conv2d(4 -> 6, kernel 3x3): input shape [4, 9], expected [channels, height, width]",
        ),
        (
            refused(&[4, 9, 9], 6, &[three], 1),
            "Conv1d(4 -> 6, kernel 3): input shape [4, 9, 9], expected [channels, length]",
        ),
    ] {
        assert_eq!(text, expected);
    }
    for (windows, outputs, groups) in [
        (window(0, 1, 1, 0, 0), 6, 1),
        (window(3, 0, 1, 0, 0), 6, 1),
        (window(3, 1, 0, 0, 0), 6, 1),
        (three, 0, 1),
        (three, 6, 0),
    ] {
        let text = refused(&[4, 9], outputs, &[windows], groups);
        let end = "expected a kernel, stride, dilation, groups and outputs of at least 1";
        assert!(text.ends_with(end), "{text}");
    }
    for input in [[0, 9], [4, 0]] {
        let text = refused(&input, 6, &[window(1, 1, 1, 1, 1)], 1);
        assert!(text.ends_with("expected axes of at least 1"), "{text}");
    }
    for (input, windows) in [(&[4][..], &[][..]), (&[1; 5], &[three; 4]), (&[], &[three])] {
        let text = refused(input, 6, windows, 1);
        assert!(text.contains("expected [channels, "), "{text}");
    }
}

#[test]
fn wrong_lengths_panic_with_numbers() {
    let of = Convolution::new([2, 5], 3, &[Window::new(2)], 1).expect("it fits");
    let (x, w, dy) = ([0.0_f32; 20], [0.0; 12], [0.0; 24]);
    let (mut y, mut dx, mut dw) = ([0.0; 24], [0.0; 20], [0.0; 12]);
    let mut scratch = vec![0.0; of.scratch_len::<f32>(2)];
    let nothing = After::NOTHING;
    let name = "Conv1d(2 -> 3, kernel 2)";
    for (text, expected) in [
        (
            message(|| of.forward(&x[1..], &w, nothing, &mut y, &mut scratch)),
            &*format!("{name}: x has 19 numbers, no images of 10"),
        ),
        (
            message(|| of.forward(&x, &w[1..], nothing, &mut y, &mut scratch)),
            "convolution: w has 11 numbers, expected 12",
        ),
        (
            message(|| of.forward(&x, &w, nothing, &mut y[1..], &mut scratch)),
            "convolution: the output has 23 numbers, expected 24",
        ),
        (
            message(|| {
                let after = After { bias: Some(&w[..2]), ..nothing };
                of.forward(&x, &w, after, &mut y, &mut scratch);
            }),
            "convolution: a bias of 2 for 3 channels",
        ),
        (
            message(|| {
                let after = After { affine: Some((&w[..3], &w[..4])), ..nothing };
                of.forward(&x, &w, after, &mut y, &mut scratch);
            }),
            "convolution: a shift of 4 for 3 channels",
        ),
        (
            message(|| {
                let after = After { bias: Some(&w[..3]), ..nothing };
                of.transposed(&dy, &w, after, &mut dx, &mut scratch);
            }),
            "convolution: a bias of 3 for 2 channels",
        ),
        (
            message(|| of.input_gradient(&dy[1..], &w, false, &mut dx, &mut scratch)),
            &format!("{name}: dy has 23 numbers, no images of 12"),
        ),
        (
            message(|| of.weight_gradient(&x, &dy[1..], None, None, &mut scratch)),
            "convolution: dy has 23 numbers, expected 24",
        ),
        (
            message(|| {
                of.weight_gradient(&x, &dy, Some((&mut dw[1..], true)), None, &mut scratch);
            }),
            "convolution: dw has 11 numbers, expected 12",
        ),
        (
            message(|| {
                of.weight_gradient(&x, &dy, None, Some((&mut dw[1..], true)), &mut scratch);
            }),
            "convolution: db has 11 numbers, expected 3",
        ),
    ] {
        assert_eq!(text, expected);
    }
    for text in [
        message(|| of.forward(&x, &w, nothing, &mut y, &mut scratch[..7])),
        message(|| of.input_gradient(&dy, &w, false, &mut dx, &mut scratch[..7])),
        message(|| of.weight_gradient(&x, &dy, None, None, &mut scratch[..7])),
    ] {
        assert!(text.starts_with("convolution: a scratch of 7 numbers where "), "{text}");
    }
    let mut short = vec![0.0; of.scratch_len::<f32>(2) - 1];
    let text = message(|| of.weight_gradient(&x, &dy, None, None, &mut short));
    assert!(text.starts_with("convolution: a scratch of "), "{text}");
}
