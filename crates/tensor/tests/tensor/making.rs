use neuropil_tensor::{Shape, Tensor};

#[test]
fn constants() {
    assert_eq!(Tensor::<f32>::zeros([2, 2]).as_slice(), [0.0; 4]);
    assert_eq!(Tensor::<f32>::ones(3).as_slice(), [1.0; 3]);
    assert_eq!(Tensor::full([1, 2], 7.0_f64).as_slice(), [7.0; 2]);
    assert_eq!(Tensor::<f32>::eye(2), Tensor::from([[1.0, 0.0], [0.0, 1.0]]));
    assert_eq!(Tensor::<f64>::arange(3), Tensor::from([0.0, 1.0, 2.0]));
    assert_eq!(Tensor::<f64>::arange(0).shape(), Shape::from([0]));
    assert_eq!(Tensor::from(2.5_f32).shape(), Shape::default());
}

#[test]
fn linspace_meets_both_ends() {
    for count in 2..200 {
        let x = Tensor::<f32>::linspace(0.1, 0.7, count);
        assert_eq!((x[[0]], x[[count - 1]]), (0.1, 0.7));
        assert!(x.as_slice().is_sorted());
    }
    assert_eq!(Tensor::linspace(3.0_f32, 9.0, 1).as_slice(), [3.0]);
    assert_eq!(Tensor::linspace(3.0_f32, 9.0, 0).as_slice(), []);
}

#[test]
fn from_and_to_std_types() {
    let x = Tensor::from([[[1.0_f32, 2.0]], [[3.0, 4.0]]]);
    assert_eq!(x.shape().dims(), [2, 1, 2]);
    assert_eq!(x.to_vec(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(Vec::from(x.clone()), x.to_vec());
    assert_eq!(Tensor::from(vec![1.0_f32, 2.0]), Tensor::from([1.0, 2.0]));
    assert_eq!(Tensor::from(&[1.0_f32, 2.0][..]), Tensor::from([1.0, 2.0]));
    let squares: Tensor<f64> = (0..4).map(|i| f64::from(i * i)).collect();
    assert_eq!(squares, Tensor::from([0.0, 1.0, 4.0, 9.0]));
    assert_eq!(Tensor::from(x.transposed()).shape().dims(), [2, 2, 1]);
    assert_eq!((&squares).into_iter().sum::<f64>(), 14.0);
}

#[test]
fn from_fn_counts_row_major() {
    let x = Tensor::from_fn([2, 3, 2], |[i, j, k]| (100 * i + 10 * j + k) as f32);
    assert_eq!(x.as_slice(), [0., 1., 10., 11., 20., 21., 100., 101., 110., 111., 120., 121.]);
    assert_eq!(Tensor::from_fn([], |[]| 5.0_f32), Tensor::from(5.0));
    assert!(Tensor::from_fn([2, 0], |[_, _]| -> f32 { panic!("there is no element") }).is_empty());
}

#[test]
fn elements_are_aligned() {
    for n in 1..40 {
        assert_eq!(Tensor::<f32>::ones(n).as_slice().as_ptr().align_offset(64), 0);
        assert_eq!(Tensor::<f64>::ones([n, 3]).as_slice().as_ptr().align_offset(64), 0);
    }
}

#[test]
fn writing() {
    let mut x = Tensor::<f32>::zeros([2, 3]);
    x[[1, 2]] = 5.0;
    x[[0, 0]] += 1.0;
    assert_eq!(x.as_slice(), [1.0, 0.0, 0.0, 0.0, 0.0, 5.0]);
    x.rows_mut().for_each(|row| row[1] = 2.0);
    assert_eq!(x.rows().map(|row| row.iter().sum()).collect::<Vec<f32>>(), [3.0, 7.0]);
    x.fill(9.0);
    x.as_mut_slice()[3] = 0.0;
    x.iter_mut().for_each(|x| *x += 1.0);
    assert_eq!(x.as_slice(), [10.0, 10.0, 10.0, 1.0, 10.0, 10.0]);
    assert_eq!(Tensor::from(3.0_f32).rows().collect::<Vec<_>>(), [[3.0]]);
    assert_eq!(Tensor::<f32>::zeros([3, 0]).rows().count(), 0);
}

#[test]
#[should_panic(expected = "index [2, 0] is outside of shape [2, 3]")]
fn writing_outside() {
    Tensor::<f32>::zeros([2, 3])[[2, 0]] = 1.0;
}
