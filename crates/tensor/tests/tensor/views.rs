use crate::naive::{Naive, any_dims, any_look, assert_same, indices, look};
use neuropil_tensor::{ShapeError, Tensor, View};
use proptest::prelude::*;

proptest! {
    #[test]
    fn views_of_views_of_views(dims in any_dims(4), looks in prop::collection::vec(any_look(), 0..8)) {
        let naive = Naive::numbered(&dims);
        let tensor = naive.tensor();
        let (mut view, mut naive) = (tensor.view(), naive);
        assert_same(view, &naive);
        for step in looks {
            (view, naive) = look(view, naive, step);
            assert_same(view, &naive);
        }
        // Reshaping keeps the elements, or says why it cannot.
        match view.reshape([view.len()]) {
            Ok(flat) => prop_assert_eq!(flat.as_slice(), Some(&naive.data[..])),
            Err(error) => {
                prop_assert!(view.as_slice().is_none());
                prop_assert!(error.to_string().contains("copy with to_tensor first"), "{}", error);
            }
        }
    }
}

#[test]
fn strides_say_how_it_lies() {
    let x = Tensor::<f32>::zeros([2, 3, 4]);
    assert_eq!(x.view().strides(), [12, 4, 1]);
    assert_eq!(x.transposed().strides(), [12, 1, 4]);
    assert_eq!(x.slice(1, ..2).unwrap().strides(), [12, 4, 1]);
    assert_eq!(x.view().step_by(2, 3).unwrap().strides(), [12, 4, 3]);
    assert_eq!(x.select(1, 2).unwrap().strides(), [12, 1]);
    assert_eq!(x.view().broadcast_to([5, 2, 3, 4]).unwrap().strides(), [0, 12, 4, 1]);
}

#[test]
fn what_lies_side_by_side_is_lent() {
    let x = Tensor::<f32>::arange(24).reshape([2, 3, 4]).unwrap();
    assert_eq!(x.select(0, 1).unwrap().as_slice(), Some(&x.as_slice()[12..]));
    assert_eq!(
        x.slice(0, 1..).unwrap().select(1, 2).unwrap().as_slice(),
        Some(&x.as_slice()[20..])
    );
    assert_eq!(x.slice(1, ..2).unwrap().as_slice(), None);
    assert_eq!(x.transposed().as_slice(), None);
    assert_eq!(x.slice(2, 1..1).unwrap().as_slice(), Some(&[][..]));
}

#[test]
fn all_kinds_of_ranges() {
    let x = Tensor::<f64>::arange(5);
    assert_eq!(x.slice(0, ..).unwrap(), x);
    assert_eq!(x.slice(0, ..=1).unwrap().to_vec(), [0.0, 1.0]);
    assert_eq!(x.slice(0, 3..=4).unwrap().to_vec(), [3.0, 4.0]);
    assert_eq!(x.slice(0, 5..).unwrap().to_vec(), []);
    use std::ops::Bound::{Excluded, Included};
    assert_eq!(x.slice(0, (Excluded(1), Included(2))).unwrap().to_vec(), [2.0]);
    assert!(x.slice(0, ..=usize::MAX).is_err());
    assert!(x.slice(0, (Excluded(usize::MAX), Included(2))).is_err());
}

#[test]
fn huge_steps_do_not_overflow() {
    let x = Tensor::<f32>::arange(6).reshape([3, 2]).unwrap();
    let first = x.view().step_by(0, usize::MAX).unwrap();
    assert_eq!(first.to_vec(), [0.0, 1.0]);
}

#[test]
#[allow(clippy::reversed_empty_ranges)]
fn errors_name_op_and_shape() {
    let x = Tensor::<f32>::zeros([2, 3]);
    let message = |result: Result<View<'_, f32>, ShapeError>| result.unwrap_err().to_string();
    assert_eq!(message(View::new([2, 3], &[1.0; 5])), "shape [2, 3] does not hold 5 numbers");
    assert_eq!(
        message(View::new([usize::MAX, 9], &[])),
        format!("shape [{}, 9] does not hold 0 numbers", usize::MAX)
    );
    assert_eq!(message(x.view().reshape([4])), "reshape: shapes [2, 3] and [4] do not fit");
    assert_eq!(
        message(x.transposed().reshape([6])),
        "reshape to [6]: input shape [3, 2], expected contiguous elements, got strides [1, 3]: copy with to_tensor first"
    );
    assert_eq!(
        message(x.permuted(&[0, 0])),
        "permuted([0, 0]): input shape [2, 3], expected each of its 2 axes once"
    );
    assert!(
        x.permuted(&[0]).is_err()
            && x.permuted(&[0, 2]).is_err()
            && x.permuted(&[0, 1, 1]).is_err()
    );
    assert_eq!(message(x.slice(2, ..)), "slice: shape [2, 3] has no axis 2");
    assert_eq!(
        message(x.slice(1, 2..5)),
        "slice(axis 1, from Included(2) to Excluded(5)): input shape [2, 3], expected a range within 0..3"
    );
    assert!(x.slice(1, 2..1).is_err());
    assert_eq!(message(x.view().step_by(2, 1)), "step_by: shape [2, 3] has no axis 2");
    assert_eq!(
        message(x.view().step_by(1, 0)),
        "step_by(step 0): input shape [2, 3], expected a step of at least 1"
    );
    assert_eq!(message(x.select(2, 0)), "select: shape [2, 3] has no axis 2");
    assert_eq!(
        message(x.select(1, 3)),
        "select(axis 1, index 3): input shape [2, 3], expected an index below 3"
    );
    assert_eq!(message(x.view().insert_axis(3)), "insert_axis: shape [2, 3] has no axis 3");
    assert_eq!(
        message(Tensor::zeros([1; 8]).view().insert_axis(0)),
        "insert_axis: input shape [1, 1, 1, 1, 1, 1, 1, 1], expected fewer than 8 axes"
    );
    assert_eq!(
        message(x.view().broadcast_to([3, 3])),
        "broadcast_to: shapes [2, 3] and [3, 3] do not fit"
    );
    assert_eq!(
        message(x.view().broadcast_to([3])),
        "broadcast_to: shapes [2, 3] and [3] do not fit"
    );
}

#[test]
#[should_panic(expected = "index [0, 3] is outside of shape [2, 3]")]
fn index_outside() {
    let x = Tensor::<f32>::zeros([2, 3]);
    let _ = x.view()[[0, 3]];
}

#[test]
#[should_panic(expected = "index [0] is outside of shape [2, 3]")]
fn index_of_another_rank() {
    let x = Tensor::<f32>::zeros([2, 3]);
    let _ = x.view()[[0]];
}

#[test]
fn equality() {
    let x = Tensor::<f64>::arange(4);
    let square = x.clone().reshape([2, 2]).unwrap();
    assert_ne!(x, square, "other shape");
    assert_eq!(square.transposed().transposed(), square);
    assert_ne!(square.transposed(), square);
    assert_ne!(Tensor::from([f64::NAN]), Tensor::from([f64::NAN]));
}

/// Copies of turned views go tile by tile: sizes around the tile, and axes in every order.
#[test]
fn turned_copies_of_all_sizes() {
    for m in [1, 2, 15, 16, 17, 33] {
        for n in [1, 2, 15, 16, 17, 33] {
            let x = Tensor::<f32>::arange(m * n * 3).reshape([m, 3, n]).unwrap();
            for axes in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                let turned = x.permuted(&axes).unwrap();
                let copy = turned.to_tensor();
                for (place, index) in indices(turned.shape().dims()).iter().enumerate() {
                    assert_eq!(copy.as_slice()[place], *turned.get(index).unwrap());
                }
            }
        }
    }
}

#[test]
fn lengths_that_no_memory_holds() {
    let empty = View::<f32>::new([0, usize::MAX, usize::MAX], &[]).unwrap();
    assert!(empty.is_empty() && empty.to_vec().is_empty() && empty.as_slice().is_some());
    assert!(empty.transposed().step_by(1, 2).unwrap().slice(2, 5..9).unwrap().is_empty());
    let one = View::new([1], &[1.0_f32]).unwrap();
    assert!(one.broadcast_to([usize::MAX, 2]).is_err());
}
