use crate::naive::{Naive, any_look, look};
use neuropil_simd::{Float, reduce};
use neuropil_tensor::{ShapeError, Tensor, View};
use proptest::prelude::*;

/// `[batch, m, k]` times `[batch, k, n]` by three loops, with NumPy's treatment of vectors.
fn matmul(x: &Naive, y: &Naive) -> Option<Naive> {
    let (mut a, mut b) = (x.clone(), y.clone());
    if a.dims.is_empty() || b.dims.is_empty() {
        return None;
    }
    if x.dims.len() == 1 {
        a.dims.insert(0, 1);
    }
    if y.dims.len() == 1 {
        b.dims.push(1);
    }
    let (a_batch, a_dims) = a.dims.split_at(a.dims.len() - 2);
    let (b_batch, b_dims) = b.dims.split_at(b.dims.len() - 2);
    if a_dims[1] != b_dims[0] {
        return None;
    }
    let rank = a_batch.len().max(b_batch.len());
    let padded = |batch: &[usize]| [vec![1; rank - batch.len()], batch.to_vec()].concat();
    let mut dims = vec![];
    for (a, b) in padded(a_batch).into_iter().zip(padded(b_batch)) {
        match (a, b) {
            _ if a == b => dims.push(a),
            (1, _) => dims.push(b),
            (_, 1) => dims.push(a),
            _ => return None,
        }
    }
    dims.extend([a_dims[0], b_dims[1]]);
    let mut product = Naive::from_fn(&dims, |index| {
        let (batch, place) = index.split_at(rank);
        (0..a_dims[1])
            .map(|p| a.at_matrix(batch, [place[0], p]) * b.at_matrix(batch, [p, place[1]]))
            .sum()
    });
    if y.dims.len() == 1 {
        product.dims.pop();
    }
    if x.dims.len() == 1 {
        product.dims.remove(rank);
    }
    Some(product)
}

impl Naive {
    fn at_matrix(&self, batch: &[usize], place: [usize; 2]) -> f64 {
        let own = self.dims.len() - 2;
        let mut index: Vec<usize> = batch[batch.len() - own..]
            .iter()
            .zip(&self.dims)
            .map(|(&i, &dim)| if dim == 1 { 0 } else { i })
            .collect();
        index.extend(place);
        self.at(&index)
    }
}

/// Shapes that fit: a batch with axes left out or of length 1, and m, n, k.
fn fitting() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    let small = || prop_oneof![1 => Just(0_usize), 12 => 1_usize..6, 2 => 6_usize..20];
    (
        prop::collection::vec(1_usize..4, 0..3),
        small(),
        small(),
        small(),
        0_usize..3,
        0_usize..3,
        0_usize..8,
        0_usize..8,
    )
        .prop_map(|(batch, m, k, n, skip_a, skip_b, ones_a, ones_b)| {
            let part = |skip: usize, ones: usize, matrix: [usize; 2]| {
                let rest = &batch[skip.min(batch.len())..];
                let mut dims: Vec<usize> = rest
                    .iter()
                    .enumerate()
                    .map(|(i, &dim)| if ones >> i & 1 == 1 { 1 } else { dim })
                    .collect();
                dims.extend(matrix);
                dims
            };
            (part(skip_a, ones_a, [m, k]), part(skip_b, ones_b, [k, n]))
        })
}

/// The same elements, stored so that the last two axes are swapped in memory.
fn turned(naive: &Naive) -> Tensor<f64> {
    naive.tensor().transposed().to_tensor()
}

proptest! {
    #[test]
    fn batches_and_forms((a, b) in fitting()) {
        let (a, b) = (Naive::numbered(&a), Naive::numbered(&b));
        let expected = matmul(&a, &b).unwrap().tensor();
        let (x, y, x_turned, y_turned) = (a.tensor(), b.tensor(), turned(&a), turned(&b));
        prop_assert_eq!(x.matmul(&y).unwrap(), expected.clone());
        prop_assert_eq!(x_turned.transposed().matmul(&y).unwrap(), expected.clone());
        prop_assert_eq!(x.matmul(y_turned.transposed()).unwrap(), expected.clone());
        prop_assert_eq!(x_turned.transposed().matmul(y_turned.transposed()).unwrap(), expected);
    }

    /// Sliced, stepped, repeated, empty, vectors, scalars: the result or the error is the naive one.
    #[test]
    fn any_views(
        looks in prop::collection::vec(any_look(), 0..5),
        other in prop::collection::vec(any_look(), 0..5),
    ) {
        let start = Naive::numbered(&[3, 3, 3]);
        let tensor = start.tensor();
        let apply = |looks: Vec<_>| looks.into_iter().fold((tensor.view(), start.clone()), |(view, naive), step| look(view, naive, step));
        let ((x, a), (y, b)) = (apply(looks), apply(other));
        match matmul(&a, &b) {
            Some(expected) => prop_assert_eq!(x.matmul(y).unwrap(), expected.tensor()),
            None => prop_assert_eq!(x.matmul(y), Err(ShapeError::mismatch("matmul", a.dims, b.dims))),
        }
    }
}

fn known_products<T: Float>() {
    let t = |x: f64| T::of(x);
    let a = Tensor::from([[t(1.0), t(2.0)], [t(3.0), t(4.0)], [t(5.0), t(6.0)]]);
    let v = Tensor::from([t(1.0), t(-1.0)]);
    assert_eq!(a.matmul(&v).unwrap(), Tensor::from([t(-1.0); 3]));
    assert_eq!(v.matmul(a.transposed()).unwrap(), Tensor::from([t(-1.0); 3]));
    assert_eq!(v.matmul(&v).unwrap(), Tensor::from(t(2.0)));
    assert_eq!(v.dot(&v).unwrap(), t(2.0));
    assert_eq!(
        a.transposed().matmul(&a).unwrap(),
        Tensor::from([[t(35.0), t(44.0)], [t(44.0), t(56.0)]])
    );
}

#[test]
fn known_products_in_both_types() {
    known_products::<f32>();
    known_products::<f64>();
}

#[test]
fn an_inner_length_of_zero_gives_zeros() {
    let product = Tensor::<f32>::ones([2, 0]).matmul(&Tensor::ones([0, 3])).unwrap();
    assert_eq!(product, Tensor::zeros([2, 3]));
}

#[test]
fn dot_is_canonical_for_strided_vectors_too() {
    let numbers: Vec<f32> = (0..20_000).map(|i| ((i * 7919 % 1009) as f32 - 500.0) / 7.0).collect();
    let matrix = View::new([10_000, 2], &numbers).unwrap();
    let (x, y) = (matrix.select(1, 0).unwrap(), matrix.select(1, 1).unwrap());
    assert_eq!(x.dot(y).unwrap(), reduce::dot(&x.to_vec(), &y.to_vec()));
    assert_eq!(Tensor::<f32>::zeros([0]).dot(&Tensor::zeros([0])).unwrap(), 0.0);
}

#[test]
fn errors_name_both_shapes() {
    let (x, y) = (Tensor::<f32>::zeros([2, 3]), Tensor::<f32>::zeros([2, 4]));
    assert_eq!(
        x.matmul(&y).unwrap_err().to_string(),
        "matmul: shapes [2, 3] and [2, 4] do not fit"
    );
    assert_eq!(
        x.matmul(&Tensor::from(1.0)).unwrap_err().to_string(),
        "matmul: shapes [2, 3] and [] do not fit"
    );
    let (x, y) = (Tensor::<f32>::zeros([2, 2, 3]), Tensor::<f32>::zeros([3, 3, 4]));
    assert_eq!(
        x.matmul(&y).unwrap_err().to_string(),
        "matmul: shapes [2, 2, 3] and [3, 3, 4] do not fit"
    );
    let (x, y) = (Tensor::<f32>::zeros([2]), Tensor::<f32>::zeros([3]));
    assert_eq!(x.dot(&y).unwrap_err().to_string(), "dot: shapes [2] and [3] do not fit");
    assert!(Tensor::<f32>::zeros([2, 2]).dot(&Tensor::zeros([2, 2])).is_err());
}
