use crate::naive::{Naive, any_dims, any_look, indices, look};
use neuropil_simd::reduce;
use neuropil_tensor::{Tensor, View};
use proptest::prelude::*;

/// For each place along the axes that stay, the elements along those that go.
fn groups(naive: &Naive, axes: &[usize]) -> (Vec<usize>, Vec<Vec<f64>>) {
    let pick = |reduced: bool| -> Vec<usize> {
        (0..naive.dims.len()).filter(|axis| axes.contains(axis) == reduced).collect()
    };
    let (kept, reduced) = (pick(false), pick(true));
    let dims = |axes: &[usize]| axes.iter().map(|&axis| naive.dims[axis]).collect::<Vec<_>>();
    let groups = indices(&dims(&kept))
        .iter()
        .map(|outer| {
            let element = |inner: &Vec<usize>| {
                let mut index = vec![0; naive.dims.len()];
                kept.iter().zip(outer).for_each(|(&axis, &i)| index[axis] = i);
                reduced.iter().zip(inner).for_each(|(&axis, &i)| index[axis] = i);
                naive.at(&index)
            };
            indices(&dims(&reduced)).iter().map(element).collect()
        })
        .collect();
    (dims(&kept), groups)
}

proptest! {
    #[test]
    fn over_any_axes_of_any_view(
        dims in any_dims(4),
        looks in prop::collection::vec(any_look(), 0..4),
        mask in 0_usize..64,
    ) {
        let naive = Naive::numbered(&dims);
        let tensor = naive.tensor();
        let (view, naive) = looks.into_iter().fold((tensor.view(), naive), |(view, naive), step| look(view, naive, step));
        let axes: Vec<usize> = (0..view.rank()).filter(|axis| mask >> axis & 1 == 1).collect();
        let (kept, groups) = groups(&naive, &axes);
        let each = |f: &dyn Fn(&[f64]) -> f64| Tensor::new(kept.clone(), groups.iter().map(|x| f(x)).collect::<Vec<_>>()).unwrap();
        let over = view.over(&axes).unwrap();

        // Whole numbers: every order gives the same sum.
        prop_assert_eq!(over.sum(), each(&|x| x.iter().sum()));
        let kept_dims: Vec<usize> = naive.dims.iter().enumerate().map(|(axis, &dim)| if axes.contains(&axis) { 1 } else { dim }).collect();
        prop_assert_eq!(over.keep_dims().sum(), over.sum().reshape(kept_dims).unwrap());

        let count: usize = axes.iter().map(|&axis| naive.dims[axis]).product();
        if count == 0 {
            prop_assert!(over.mean().iter().all(|x| x.is_nan()));
            prop_assert!(over.max().is_err() && over.min().is_err() && over.argmax().is_err() && over.argmin().is_err());
        } else {
            prop_assert_eq!(over.mean(), each(&|x| x.iter().sum::<f64>() / x.len() as f64));
            prop_assert_eq!(over.max().unwrap(), each(&|x| x.iter().copied().fold(f64::NEG_INFINITY, f64::max)));
            prop_assert_eq!(over.min().unwrap(), each(&|x| x.iter().copied().fold(f64::INFINITY, f64::min)));
            let largest = |x: &Vec<f64>| (0..x.len()).find(|&i| x.iter().all(|&other| x[i] >= other)).unwrap();
            let smallest = |x: &Vec<f64>| (0..x.len()).find(|&i| x.iter().all(|&other| x[i] <= other)).unwrap();
            prop_assert_eq!(over.argmax().unwrap(), groups.iter().map(largest).collect::<Vec<_>>());
            prop_assert_eq!(over.argmin().unwrap(), groups.iter().map(smallest).collect::<Vec<_>>());
        }

        prop_assert_eq!(view.sum(), naive.data.iter().sum::<f64>());
        prop_assert_eq!(view.max(), naive.data.iter().copied().reduce(f64::max));
        prop_assert_eq!(view.min(), naive.data.iter().copied().reduce(f64::min));
    }
}

/// Numbers whose sum depends on the order.
fn rough(len: usize) -> Vec<f32> {
    (0..len)
        .map(|i| ((i * 7919 % 1009) as f32 - 500.0) / 7.0 * 10_f32.powi((i % 7) as i32 - 3))
        .collect()
}

#[test]
fn sums_are_canonical_however_the_elements_lie() {
    let numbers = rough(3 * 9001);
    let rows = View::new([3, 9001], &numbers).unwrap();
    let columns = rows.transposed().to_tensor();
    let expected: Vec<f32> = numbers.chunks(9001).map(reduce::sum).collect();
    assert_ne!(
        expected[0],
        numbers[..9001].iter().sum::<f32>(),
        "the order makes no difference here"
    );
    assert_eq!(rows.over([1]).unwrap().sum().to_vec(), expected);
    assert_eq!(columns.over([0]).unwrap().sum().to_vec(), expected);
    assert_eq!(rows.sum(), reduce::sum(&numbers));
    assert_eq!(columns.transposed().sum(), reduce::sum(&numbers));
    let mean: Vec<f32> = expected.iter().map(|sum| sum / 9001.0).collect();
    assert_eq!(rows.over([1]).unwrap().mean().to_vec(), mean);
}

#[test]
fn nan_wins() {
    let x = Tensor::from([[1.0_f32, f32::NAN, 3.0], [4.0, 5.0, f32::INFINITY]]);
    let max = x.over([1]).unwrap().max().unwrap();
    assert!(max[[0]].is_nan() && max[[1]] == f32::INFINITY);
    let min = x.over([1]).unwrap().min().unwrap();
    assert!(min[[0]].is_nan() && min[[1]] == 4.0);
    assert_eq!(x.over([1]).unwrap().argmax().unwrap(), [1, 2]);
    assert!(x.max().unwrap().is_nan() && x.min().unwrap().is_nan() && x.mean().is_nan());
}

#[test]
fn nothing() {
    let x = Tensor::<f32>::zeros([0]);
    assert_eq!((x.sum(), x.max(), x.min()), (0.0, None, None));
    assert!(x.mean().is_nan());
}

#[test]
fn errors_name_axes_and_shape() {
    let x = Tensor::<f32>::zeros([2, 0, 3]);
    assert_eq!(x.over([3]).unwrap_err().to_string(), "over: shape [2, 0, 3] has no axis 3");
    assert_eq!(
        x.over([2, 2]).unwrap_err().to_string(),
        "over([2, 2]): input shape [2, 0, 3], expected each axis at most once"
    );
    assert_eq!(
        x.over([0, 1]).unwrap().max().unwrap_err().to_string(),
        "max over axes [0, 1]: input shape [2, 0, 3], expected at least one element along them"
    );
    assert_eq!(x.over([0]).unwrap().max().unwrap().shape().dims(), [0, 3]);
    assert_eq!(x.over([1]).unwrap().sum(), Tensor::zeros([2, 3]));
}
