//! Random shapes and options.

use crate::runs::{case, check, window};
use neuropil_tensor::Window;
use proptest::prelude::*;

/// An axis and the window along it: a kernel, stride, dilation, and padding on both sides.
fn axis(longest: usize) -> impl Strategy<Value = (usize, Window)> {
    (1..=longest, 1_usize..=5, 1_usize..=4, 1_usize..=3, 0_usize..=6, 0_usize..=6)
        .prop_map(|(len, kernel, stride, dilation, before, after)| {
            (len, window(kernel, stride, dilation, before, after))
        })
        .prop_filter("a window that fits", |(len, window)| window.places(*len).is_some())
}

/// Channels and outputs of a group, and groups.
fn channels() -> impl Strategy<Value = [usize; 3]> {
    (1_usize..=4, 1_usize..=9, 1_usize..=3)
        .prop_map(|(inputs, outputs, groups)| [inputs * groups, outputs * groups, groups])
}

fn both_types(
    channels: [usize; 3],
    axes: Vec<(usize, Window)>,
    images: usize,
) -> Result<(), TestCaseError> {
    let (lengths, windows): (Vec<usize>, Vec<Window>) = axes.into_iter().unzip();
    let (of, naive) = case(channels, &lengths, &windows);
    check::<f32>(&of, &naive, images);
    check::<f64>(&of, &naive, images);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn signals(of in channels(), axis in axis(70), images in 1_usize..=5) {
        both_types(of, vec![axis], images)?;
    }

    #[test]
    fn images(of in channels(), axes in prop::collection::vec(axis(20), 2), images in 1_usize..=4) {
        both_types(of, axes, images)?;
    }

    #[test]
    fn volumes(of in channels(), axes in prop::collection::vec(axis(7), 3), images in 1_usize..=2) {
        both_types(of, axes, images)?;
    }

    /// Paddings of more than a vector, or than the signal.
    #[test]
    fn long_windows(
        kernel in 1_usize..250, stride in 1_usize..3, dilation in 1_usize..3,
        before in 0_usize..250, after in 0_usize..250, len in 1_usize..400, channels in 1_usize..4,
    ) {
        let window = window(kernel, stride, dilation, before, after);
        prop_assume!(window.places(len).is_some());
        both_types([channels, 2, 1], vec![(len, window)], 2)?;
    }

    /// Signals that are cut into blocks.
    #[test]
    fn long_signals(
        kernel in 1_usize..60, before in 0_usize..60, after in 0_usize..60,
        len in 2_000_usize..4_000, channels in 1_usize..3,
    ) {
        both_types([channels, 2, 1], vec![(len, window(kernel, 1, 1, before, after))], 1)?;
    }
}
