//! Shapes and options that are refused, by name and number.

use neuropil_tensor::pool::{
    AdaptiveAverage, AdaptiveMax, AveragePooling, Divisor, Interpolation, LpPooling, MaxPooling,
    Upsampling,
};
use neuropil_tensor::{Rounding, Shape, Window};

fn max<const N: usize>(input: impl Into<Shape>, windows: [Window; N]) -> String {
    MaxPooling::new(input, windows, Rounding::Down).expect_err("it is wrong").to_string()
}

#[test]
fn messages_name_the_window_and_the_shape() {
    let five = Window { stride: 5, ..Window::new(5) };
    let padded = Window { before: 1, after: 1, dilation: 2, ..Window::new(3) };
    let messages = [
        (
            max([3, 6, 4], [five; 2]),
            "MaxPool2d(kernel 5x5, stride 5x5): input shape [3, 6, 4], expected a width of at least 5",
        ),
        (
            max([3, 4], [five; 2]),
            "MaxPool2d(kernel 5x5, stride 5x5): input shape [3, 4], expected [channels, height, width]",
        ),
        (
            max([2, 1, 9, 9], [five; 3]),
            "MaxPool3d(kernel 5x5x5, stride 5x5x5): input shape [2, 1, 9, 9], expected a depth of at \
             least 5",
        ),
        (
            max([3, 0], [five]),
            "MaxPool1d(kernel 5, stride 5): input shape [3, 0], expected no axis of length 0",
        ),
        (
            max([3, 2], [padded]),
            "MaxPool1d(kernel 3, stride 1, padding 1, dilation 2): input shape [3, 2], expected a \
             width of at least 3",
        ),
        (
            max([3, 9], [Window { before: 3, ..five }]),
            "MaxPool1d(kernel 5, stride 5, padding 3 before and 0 after): input shape [3, 9], expected \
             a padding of at most 2, half the window",
        ),
        (
            max([3, 9], [Window { stride: 0, ..five }]),
            "MaxPool1d(kernel 5, stride 0): input shape [3, 9], expected a kernel, a stride and a \
             dilation of at least 1",
        ),
        (
            max([3, 9], [Window { kernel: usize::MAX, ..five }]),
            "MaxPool1d(kernel 18446744073709551615, stride 5): input shape [3, 9], expected windows \
             and padding of at most 1073741824",
        ),
    ];
    for (found, expected) in messages {
        assert_eq!(found, expected);
    }
}

#[test]
fn the_other_kinds_name_themselves() {
    let window = Window { before: 1, after: 1, stride: 2, ..Window::new(2) };
    let average = AveragePooling::new([1, 2, 2], [window], Rounding::Up, Divisor::Padded);
    assert_eq!(
        average.expect_err("the rank").to_string(),
        "AvgPool1d(kernel 2, stride 2, padding 1, ceil mode): input shape [1, 2, 2], expected \
         [channels, width]"
    );
    let norm = |p, window| {
        let norm = LpPooling::new([1, 4], [window], Rounding::Down, p);
        norm.expect_err("it is wrong").to_string()
    };
    assert_eq!(
        norm(0.5, Window::new(2)),
        "LpPool1d(p 0.5, kernel 2, stride 1): input shape [1, 4], expected p of at least 1 and finite"
    );
    assert!(norm(f64::NAN, Window::new(2)).contains("p NaN"));
    assert!(norm(2.0, window).ends_with("expected no padding"));
    assert_eq!(
        AdaptiveAverage::new([1, 4, 4], [2, 0]).expect_err("a zero").to_string(),
        "AdaptiveAvgPool2d(2x0): input shape [1, 4, 4], expected an output of at least 1 each way"
    );
    assert_eq!(
        AdaptiveMax::new([4, 4], [2, 2]).expect_err("the rank").to_string(),
        "AdaptiveMaxPool2d(2x2): input shape [4, 4], expected [channels, height, width]"
    );
    let linear = Interpolation::Linear { align_corners: true };
    assert_eq!(
        Upsampling::new([1, 4], [0], linear).expect_err("a zero").to_string(),
        "Upsample1d(linear, corners aligned, to 0): input shape [1, 4], expected an output of at \
         least 1 each way"
    );
}

#[test]
#[should_panic(expected = "MaxPool: 8 numbers of x and 3 of y, where a row has 4 and 2")]
fn slices_of_other_lengths_are_refused() {
    let halves = Window { stride: 2, ..Window::new(2) };
    let pool = MaxPooling::new([1, 4], [halves], Rounding::Down).expect("it fits");
    pool.forward(&[0.0_f32; 8], &mut [0.0; 3], &mut [0; 3]);
}

#[test]
#[should_panic(expected = "MaxPool: places and numbers of y")]
fn too_few_places_are_refused() {
    let pool = MaxPooling::new([1, 4], [Window::new(4)], Rounding::Down).expect("it fits");
    pool.forward(&[0.0_f32; 4], &mut [0.0], &mut []);
}
