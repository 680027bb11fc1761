use crate::naive::{Naive, any_dims, any_look, indices, look};
use neuropil_tensor::{Shape, ShapeError, Tensor, View};
use proptest::prelude::*;

/// NumPy's rule, axis by axis from the last.
fn broadcast(left: &[usize], right: &[usize]) -> Option<Vec<usize>> {
    let rank = left.len().max(right.len());
    let from_last = |dims: &[usize], i: usize| {
        if i < dims.len() { dims[dims.len() - 1 - i] } else { 1 }
    };
    let mut dims = vec![];
    for i in (0..rank).rev() {
        match (from_last(left, i), from_last(right, i)) {
            (a, b) if a == b => dims.push(a),
            (1, b) => dims.push(b),
            (a, 1) => dims.push(a),
            _ => return None,
        }
    }
    Some(dims)
}

/// A shape, and what of it an operand leaves out: axes in front, and axes that it has once.
fn operand(dims: &[usize], skip: usize, ones: usize) -> Vec<usize> {
    let dims = &dims[skip.min(dims.len())..];
    dims.iter().enumerate().map(|(i, &dim)| if ones >> i & 1 == 1 { 1 } else { dim }).collect()
}

/// The naive tensor's elements, lying in memory in reversed order of axes and with gaps.
fn scattered(naive: &Naive) -> Tensor<f64> {
    let reversed: Vec<usize> = naive.dims.iter().rev().map(|dim| 2 * dim).collect();
    let mut tensor = Tensor::full(reversed, f64::NAN);
    let shape = tensor.shape();
    for index in indices(&naive.dims) {
        let place =
            index.iter().rev().zip(shape.dims()).fold(0, |place, (i, dim)| place * dim + 2 * i);
        tensor.as_mut_slice()[place] = naive.at(&index);
    }
    tensor
}

fn gathered(tensor: &Tensor<f64>) -> View<'_, f64> {
    let axes: Vec<usize> = (0..tensor.rank()).rev().collect();
    (0..tensor.rank())
        .fold(tensor.permuted(&axes).unwrap(), |view, axis| view.step_by(axis, 2).unwrap())
}

proptest! {
    #[test]
    fn operators_broadcast(
        dims in any_dims(4),
        skips in (0_usize..3, 0_usize..3),
        ones in (0_usize..16, 0_usize..16),
    ) {
        let x = Naive::numbered(&operand(&dims, skips.0, ones.0));
        let y = Naive { data: Naive::numbered(&operand(&dims, skips.1, ones.1)).data.iter().map(|y| y + 0.5).collect(), dims: operand(&dims, skips.1, ones.1) };
        let shape = broadcast(&x.dims, &y.dims).unwrap();
        prop_assert_eq!(Shape::new(&x.dims).broadcast(&Shape::new(&y.dims)), Some(Shape::new(&shape)));
        let expected = |f: fn(f64, f64) -> f64| {
            Naive::from_fn(&shape, |index| f(x.at_broadcast(index), y.at_broadcast(index))).tensor()
        };
        let (a, b) = (x.tensor(), y.tensor());
        let (a_far, b_far) = (scattered(&x), scattered(&y));
        for (a, b) in [(a.view(), b.view()), (gathered(&a_far), b.view()), (a.view(), gathered(&b_far)), (gathered(&a_far), gathered(&b_far))] {
            prop_assert_eq!(a + b, expected(|x, y| x + y));
            prop_assert_eq!(a - b, expected(|x, y| x - y));
            prop_assert_eq!(a * b, expected(|x, y| x * y));
            prop_assert_eq!(a / b, expected(|x, y| x / y));
            prop_assert_eq!(a.zip_with(b, f64::min).unwrap(), expected(f64::min));
            if shape == x.dims {
                let mut sum = a.to_tensor();
                sum -= b;
                prop_assert_eq!(sum, expected(|x, y| x - y));
            }
        }
    }

    #[test]
    fn misfits_are_errors(left in any_dims(3), right in any_dims(3)) {
        let (x, y) = (Tensor::<f32>::zeros(left.clone()), Tensor::<f32>::zeros(right.clone()));
        let fits = broadcast(&left, &right);
        match x.try_add(&y) {
            Ok(sum) => prop_assert_eq!(Some(sum.shape()), fits.map(Shape::from)),
            Err(error) => {
                prop_assert_eq!(fits, None);
                prop_assert_eq!(error, ShapeError::mismatch("add", left, right));
            }
        }
    }

    #[test]
    fn map_of_any_view(dims in any_dims(3), looks in prop::collection::vec(any_look(), 0..5)) {
        let naive = Naive::numbered(&dims);
        let tensor = naive.tensor();
        let (view, naive) = looks.into_iter().fold((tensor.view(), naive), |(view, naive), step| look(view, naive, step));
        let expected = Naive { data: naive.data.iter().map(|x| x * x).collect(), dims: naive.dims };
        prop_assert_eq!(view.map(|x| x * x), expected.tensor());
    }
}

#[test]
fn every_operand_pair() {
    let (x, y) = (Tensor::from([6.0_f32, 8.0]), Tensor::from([3.0_f32, 4.0]));
    let (nine, two) = (Tensor::from([9.0, 12.0]), Tensor::from([2.0, 2.0]));
    assert_eq!(&x + &y, nine);
    assert_eq!(x.clone() + &y, nine);
    assert_eq!(&x + y.clone(), nine);
    assert_eq!(x.clone() + y.clone(), nine);
    assert_eq!(x.view() + &y, nine);
    assert_eq!(&x + y.view(), nine);
    assert_eq!(x.view() / y.clone(), two);
    assert_eq!(x.clone() / y.view(), two);
    assert_eq!(&x / 2.0, Tensor::from([3.0, 4.0]));
    assert_eq!(x.clone() - 1.0, Tensor::from([5.0, 7.0]));
    assert_eq!(x.view() * 2.0, Tensor::from([12.0, 16.0]));
    assert_eq!(24.0 / &x, Tensor::from([4.0, 3.0]));
    assert_eq!(1.0 - x.clone(), Tensor::from([-5.0, -7.0]));
    assert_eq!(2.0_f64 * Tensor::from([1.0]).view(), Tensor::from([2.0]));
    assert_eq!(-&x, Tensor::from([-6.0, -8.0]));
    assert_eq!(-x.clone(), -x.view());
    assert_eq!(x.try_mul(&y).unwrap(), x.view().try_mul(y.view()).unwrap());
    let mut z = x.clone();
    z += &y;
    z -= y.clone();
    z *= y.view();
    z /= 2.0;
    assert_eq!(z, Tensor::from([9.0, 16.0]));
    z.zip_in_place(&Tensor::from(10.0), f32::max).unwrap();
    assert_eq!(z, Tensor::from([10.0, 16.0]));
}

#[test]
#[should_panic(expected = "mul: shapes [2, 3] and [2] do not fit")]
fn operators_panic_with_both_shapes() {
    let _ = Tensor::<f32>::zeros([2, 3]) * Tensor::zeros([2]);
}

#[test]
#[should_panic(expected = "div: shapes [3] and [2, 3] do not fit")]
fn assignment_never_grows_the_left_side() {
    let mut x = Tensor::<f32>::zeros([3]);
    x /= Tensor::ones([2, 3]);
}

#[test]
fn closeness() {
    let x = Tensor::from([1.0_f64, -2.0, f64::INFINITY]);
    assert!(x.all_close(&x, 0.0, 0.0));
    assert!(x.all_close(&Tensor::from([1.1, -2.2, f64::INFINITY]), 0.1, 0.0));
    assert!(!x.all_close(&Tensor::from([1.1, -2.3, f64::INFINITY]), 0.1, 0.0));
    assert!(x.all_close(&Tensor::from([1.1, -2.1, f64::INFINITY]), 0.0, 0.1001));
    assert!(!x.all_close(&Tensor::from([1.0, -2.0, f64::NEG_INFINITY]), 1.0, 1.0));
    assert!(!x.all_close(&Tensor::from([1.0, -2.0, 3.0]), 1.0, 1.0));
    assert!(!Tensor::from([3.0]).all_close(&Tensor::from([f64::INFINITY]), 1.0, 1.0));
    assert!(!Tensor::from([f64::NAN]).all_close(&Tensor::from([f64::NAN]), 1.0, 1.0));
    assert!(!x.all_close(&Tensor::from([[1.0, -2.0, f64::INFINITY]]), 1.0, 1.0), "other shape");
}
