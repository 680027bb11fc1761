//! A tensor as plain as can be: a list of indices, and the number at each.

use neuropil_tensor::{Tensor, View};
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct Naive {
    pub dims: Vec<usize>,
    pub data: Vec<f64>,
}

/// All indices of a shape in row-major order.
pub fn indices(dims: &[usize]) -> Vec<Vec<usize>> {
    match dims.split_first() {
        None => vec![vec![]],
        Some((&first, rest)) => (0..first)
            .flat_map(|i| indices(rest).into_iter().map(move |rest| [vec![i], rest].concat()))
            .collect(),
    }
}

impl Naive {
    pub fn from_fn(dims: &[usize], f: impl FnMut(&[usize]) -> f64) -> Self {
        let mut f = f;
        Self { dims: dims.to_vec(), data: indices(dims).iter().map(|index| f(index)).collect() }
    }

    /// Small whole numbers that differ from neighbour to neighbour: every sum is exact.
    pub fn numbered(dims: &[usize]) -> Self {
        let mut count = 0;
        Self::from_fn(dims, |_| {
            count += 1;
            f64::from(count * 37 % 101 - 50)
        })
    }

    pub fn at(&self, index: &[usize]) -> f64 {
        assert_eq!(index.len(), self.dims.len());
        let mut place = 0;
        for (i, dim) in index.iter().zip(&self.dims) {
            assert!(i < dim);
            place = place * dim + i;
        }
        self.data[place]
    }

    pub fn tensor(&self) -> Tensor<f64> {
        Tensor::new(self.dims.clone(), &self.data).unwrap()
    }

    /// The element that an index of a larger shape stands for when this one is broadcast to it.
    pub fn at_broadcast(&self, index: &[usize]) -> f64 {
        let mut own = index[index.len() - self.dims.len()..].to_vec();
        for (i, &dim) in own.iter_mut().zip(&self.dims) {
            if dim == 1 {
                *i = 0;
            }
        }
        self.at(&own)
    }
}

/// The view has the same shape and the same element everywhere, whichever way one asks.
#[track_caller]
pub fn assert_same(view: View<'_, f64>, naive: &Naive) {
    assert_eq!(view.shape().dims(), naive.dims);
    assert_eq!(view.rank(), naive.dims.len());
    assert_eq!(view.len(), naive.data.len());
    assert_eq!(view.is_empty(), naive.data.is_empty());
    assert_eq!(view.to_vec(), naive.data);
    assert_eq!(view.iter().copied().collect::<Vec<_>>(), naive.data);
    assert_eq!(view.iter().len(), naive.data.len());
    assert_eq!(view.to_tensor(), view);
    for index in indices(&naive.dims) {
        assert_eq!(view.get(&index), Some(&naive.at(&index)));
    }
    assert_eq!(
        view.get(&naive.dims),
        if naive.dims.is_empty() { Some(&naive.data[0]) } else { None }
    );
    if let Some(slice) = view.as_slice() {
        assert_eq!(slice, naive.data);
    }
}

/// One way of looking differently at a view; the numbers pick axes and indices, modulo what there
/// is.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    Transposed,
    Permuted(usize),
    Slice(usize, usize, usize),
    Step(usize, usize),
    Select(usize, usize),
    Insert(usize),
    Broadcast(usize),
}

pub fn any_look() -> impl Strategy<Value = Look> {
    let n = || 0_usize..100;
    prop_oneof![
        Just(Look::Transposed),
        n().prop_map(Look::Permuted),
        (n(), n(), n()).prop_map(|(axis, start, end)| Look::Slice(axis, start, end)),
        (n(), 1_usize..4).prop_map(|(axis, step)| Look::Step(axis, step)),
        (n(), n()).prop_map(|(axis, index)| Look::Select(axis, index)),
        n().prop_map(Look::Insert),
        (2_usize..4).prop_map(Look::Broadcast),
    ]
}

/// Axis lengths, up to `rank` of them.
pub fn any_dims(rank: usize) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1 => Just(0_usize), 9 => 1_usize..5], 0..=rank)
}

/// Applies a look to a view and, index by index, to its model. What cannot be applied is skipped.
pub fn look<'a>(view: View<'a, f64>, naive: Naive, look: Look) -> (View<'a, f64>, Naive) {
    let dims = naive.dims.clone();
    let rank = dims.len();
    match look {
        Look::Transposed if rank >= 2 => {
            let mut turned = dims;
            turned.swap(rank - 2, rank - 1);
            let model = Naive::from_fn(&turned, |index| {
                let mut old = index.to_vec();
                old.swap(rank - 2, rank - 1);
                naive.at(&old)
            });
            (view.transposed(), model)
        }
        Look::Permuted(seed) => {
            let mut axes: Vec<usize> = (0..rank).collect();
            for i in (1..rank).rev() {
                axes.swap(i, seed * (i + 7) % (i + 1));
            }
            let permuted: Vec<usize> = axes.iter().map(|&axis| dims[axis]).collect();
            let model = Naive::from_fn(&permuted, |index| {
                let mut old = vec![0; rank];
                for (&axis, &i) in axes.iter().zip(index) {
                    old[axis] = i;
                }
                naive.at(&old)
            });
            (view.permuted(&axes).unwrap(), model)
        }
        Look::Slice(axis, start, end) if rank > 0 => {
            let axis = axis % rank;
            let end = end % (dims[axis] + 1);
            let start = start % (end + 1);
            let mut cut = dims;
            cut[axis] = end - start;
            let model = Naive::from_fn(&cut, |index| {
                let mut old = index.to_vec();
                old[axis] += start;
                naive.at(&old)
            });
            (view.slice(axis, start..end).unwrap(), model)
        }
        Look::Step(axis, step) if rank > 0 => {
            let axis = axis % rank;
            let mut thinned = dims.clone();
            thinned[axis] = (0..dims[axis]).step_by(step).count();
            let model = Naive::from_fn(&thinned, |index| {
                let mut old = index.to_vec();
                old[axis] *= step;
                naive.at(&old)
            });
            (view.step_by(axis, step).unwrap(), model)
        }
        Look::Select(axis, at) if rank > 0 && dims[axis % rank] > 0 => {
            let axis = axis % rank;
            let at = at % dims[axis];
            let mut rest = dims;
            rest.remove(axis);
            let model = Naive::from_fn(&rest, |index| {
                let mut old = index.to_vec();
                old.insert(axis, at);
                naive.at(&old)
            });
            (view.select(axis, at).unwrap(), model)
        }
        Look::Insert(axis) if rank < 6 => {
            let axis = axis % (rank + 1);
            let mut wider = dims;
            wider.insert(axis, 1);
            let model = Naive { dims: wider, data: naive.data };
            (view.insert_axis(axis).unwrap(), model)
        }
        Look::Broadcast(times) if rank < 6 && naive.data.len() < 300 => {
            let mut wider: Vec<usize> =
                dims.iter().map(|&dim| if dim == 1 { times } else { dim }).collect();
            wider.insert(0, times);
            if wider.iter().product::<usize>() > 1000 {
                return (view, naive);
            }
            let model = Naive::from_fn(&wider, |index| naive.at_broadcast(index));
            (view.broadcast_to(wider).unwrap(), model)
        }
        _ => (view, naive),
    }
}
