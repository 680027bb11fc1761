//! What layers that pool and upsample refuse, and what the first of several readers leaves behind.

use neuropil_nn::ops::MaxPoolOp;
use neuropil_nn::{Spec, prelude::*};
use neuropil_tensor::pool::MaxPooling;
use neuropil_tensor::{Rounding, Window};

/// The first line of what is said of a layer on samples of a shape.
fn refused(layer: impl Module + 'static, sample: impl Into<Spec>) -> String {
    let layers = Sequential::new().then(Identity).then(layer);
    let error = Network::<f32>::new(layers, sample, 1).expect_err("it does not fit").to_string();
    error.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn messages_begin_with_the_path_and_name_the_layer() {
    for (found, expected) in [
        (
            refused(MaxPool2d::new(5), [3, 4, 4]),
            "1: MaxPool2d(kernel 5x5, stride 5x5): input shape [3, 4, 4], expected a height of at \
             least 5",
        ),
        (
            refused(MaxPool1d::new(3).padding(2), [3, 9]),
            "1: MaxPool1d(kernel 3, stride 3, padding 2): input shape [3, 9], expected a padding of \
             at most 1, half the window",
        ),
        (
            refused(AvgPool2d::new([2, 0]), [3, 4, 4]),
            "1: AvgPool2d(kernel 2x0, stride 2x0): input shape [3, 4, 4], expected a kernel, a \
             stride and a dilation of at least 1",
        ),
        (
            refused(LpPool1d::new(0.5, 2), [3, 4]),
            "1: LpPool1d(p 0.5, kernel 2, stride 2): input shape [3, 4], expected p of at least 1 \
             and finite",
        ),
        (
            refused(AdaptiveAvgPool2d::new(0), [3, 4, 4]),
            "1: AdaptiveAvgPool2d(0x0): input shape [3, 4, 4], expected an output of at least 1 each \
             way",
        ),
        (
            refused(AdaptiveMaxPool3d::new(1), [3, 4, 4]),
            "1: AdaptiveMaxPool3d(1x1x1): input shape [3, 4, 4], expected [channels, depth, height, \
             width]",
        ),
        (
            refused(GlobalAvgPool, [3]),
            "1: GlobalAvgPool: input shape [3], expected [channels, ..] without an axis of length 0",
        ),
        (
            refused(Upsample2d::nearest(2), [3, 4]),
            "1: Upsample2d(nearest to 2x2): input shape [3, 4], expected [channels, height, width]",
        ),
        (
            refused(Upsample1d::linear(usize::MAX), [3, 4]),
            "1: Upsample1d: input shape [3, 4], expected an output of fewer numbers",
        ),
        (
            refused(Reshape::new([5]), [3, 4]),
            "1: Reshape: reshape: shapes [3, 4] and [5] do not fit",
        ),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn an_op_takes_the_shape_alone_that_it_was_made_for() {
    let plan = MaxPooling::new([1, 4], [Window::new(2)], Rounding::Down).expect("it fits");
    let graph = Graph::new();
    let error = graph.input("x", [1, 5]).op(MaxPoolOp(plan)).expect_err("another shape");
    let message = error.to_string();
    let expected = "MaxPool: input shape [1, 5], expected [1, 4], for which it was made";
    assert!(message.starts_with(expected), "{message}");
    let indices = graph.index_input("i", [1, 4]).op(MaxPoolOp(plan)).expect_err("indices");
    assert!(indices.to_string().contains("numbers, found indices"));
}

/// Two pools read x: one overwrites its gradient, the other adds.
#[test]
fn gradients_of_two_readers_add_up() {
    #[derive(Debug)]
    struct Both;
    impl Module for Both {
        fn build<'g>(
            &self,
            x: neuropil_nn::Node<'g>,
        ) -> Result<neuropil_nn::Node<'g>, neuropil_nn::BuildError> {
            let sum = x.then(MaxPool2d::new(2))?.plus(x.then(AvgPool2d::new(2))?)?;
            sum.plus(x.then(MaxPool2d::new(2).padding(1).stride(3))?)
        }
    }
    gradcheck(&Both, [2, 4, 4], 1).expect("right gradients");
}
