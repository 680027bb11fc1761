//! The product with a weight matrix, and a bias.

use crate::inspect::Role;
use crate::op::{Backward, Forward, Memory, Op, Pack};
use crate::parallel;
use crate::spec::Spec;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};
use neuropil_tensor::ShapeError;
use neuropil_tensor::gemm::{
    Bias, BiasRelu, Epilogue, Matrix, MatrixMut, Plain, Right, gemm, gemm_finish, scratch_len,
};

/// y = x W + b over the last axis of x; inputs x, W `[in, out]` and, if there is one, b `[out]`.
///
/// dx = dy Wᵀ, dW = xᵀ dy, db = the sum of dy over the rows. PyTorch's `functional.linear(x, Wᵀ, b)`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::LinearOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2]);
/// let (w, b) = (graph.param("w", [2, 3], Ones)?, graph.param("b", [3], Zeros)?);
/// let y = x.op_with([w, b], LinearOp)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// params.get_mut("b")?.copy_from_slice(&[10.0, 20.0, 30.0]);
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [13.0, 23.0, 33.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LinearOp;

/// Sizes of the product: y [m, n] = x [m, k] W [k, n].
#[derive(Clone, Copy)]
struct Sizes {
    m: usize,
    n: usize,
    k: usize,
}

impl Sizes {
    fn of(rows: usize, x: Spec, w: Spec) -> Self {
        let dims = x.shape.dims();
        let outer: usize = dims[..dims.len() - 1].iter().product();
        Self { m: outer * if x.per_row { rows } else { 1 }, n: w.shape[1], k: w.shape[0] }
    }
}

impl<T: Float> Op<T> for LinearOp {
    fn name(&self) -> String {
        "Linear".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (x, w) = (inputs[0], inputs[1]);
        let dims = x.shape.dims();
        if w.shape.rank() != 2 || w.per_row {
            let what = "a weight [in, out], the same for all rows";
            return Err(ShapeError::unsupported("Linear: weight", w.shape, what));
        }
        let (input, output) = (w.shape[0], w.shape[1]);
        let op = || format!("Linear({input} -> {output})");
        let x = x.numbers(&op())?;
        if dims.last() != Some(&input) {
            return Err(ShapeError::unsupported(
                op(),
                x.shape,
                format!("a last axis of {input} numbers"),
            ));
        }
        if let Some(b) = inputs.get(2)
            && (b.shape.dims() != [output] || b.per_row)
        {
            return Err(ShapeError::unsupported(op() + ": bias", b.shape, format!("[{output}]")));
        }
        let outer = dims[..dims.len() - 1].iter().copied();
        Ok(x.with_shape(outer.chain([output]).collect::<neuropil_tensor::Shape>()))
    }

    fn role(&self) -> Role {
        Role::Linear { weight: 1, bias: 2 }
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let Sizes { m, n, k } = Sizes::of(rows, inputs[0], inputs[1]);
        let products = [(m, n, k), (m, k, n), (k, n, m)];
        let scratch = products.map(|(m, n, k)| scratch_len::<T>(m, n, k)).into_iter().max();
        Memory { scratch: scratch.unwrap_or(0), ..Memory::default() }
    }

    fn packs(&self) -> Vec<Pack> {
        let pack = Pack { input: 1, transposed: false, for_gradient_of: None, repeated: false };
        vec![pack, Pack { transposed: true, for_gradient_of: Some(0), ..pack }]
    }

    fn is_dense(&self) -> bool {
        true
    }

    fn takes_finish(&self) -> bool {
        true
    }

    /// Channels are the columns of the product where a row is a row of it.
    fn takes_affine(&self, output: Spec) -> bool {
        output.shape.rank() == 1
    }

    fn forward(&self, step: Forward<'_, T>) {
        let Sizes { m, n, k } = Sizes::of(step.rows, step.x.spec(0), step.x.spec(1));
        let x = Matrix::new(step.x.get(0), m, k);
        let w = match step.x.packed(1, false) {
            Some(packed) => Right::Packed(packed),
            None => Right::Matrix(Matrix::new(step.x.get(1), k, n)),
        };
        let bias = (step.x.len() > 2).then(|| step.x.get(2));
        let (y, scratch) = (MatrixMut::new(step.y, m, n), step.scratch);
        let zero = T::ZERO;
        if let Some((scale, shift)) = step.affine {
            let epilogue = BiasAffine { bias, scale, shift };
            match step.finish {
                None => gemm(x, w, zero, y, epilogue, scratch),
                Some(finish) => {
                    gemm_finish(x, w, zero, y, epilogue, &|y| finish.0.apply(y), scratch);
                }
            }
            return;
        }
        match (bias, step.finish) {
            (Some(bias), Some(finish)) if finish.0.is_relu() => {
                gemm(x, w, zero, y, BiasRelu(bias), scratch);
            }
            (Some(bias), Some(finish)) => {
                gemm_finish(x, w, zero, y, Bias(bias), &|y| finish.0.apply(y), scratch);
            }
            (None, Some(finish)) => {
                gemm_finish(x, w, zero, y, Plain, &|y| finish.0.apply(y), scratch);
            }
            (Some(bias), None) => gemm(x, w, zero, y, Bias(bias), scratch),
            (None, None) => gemm(x, w, zero, y, Plain, scratch),
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let Sizes { m, n, k } = Sizes::of(step.rows, step.x.spec(0), step.x.spec(1));
        let dy = Matrix::new(&*step.dy, m, n);
        if let Some(dx) = step.dx.target(0) {
            let w = match step.x.packed(1, true) {
                Some(packed) => Right::Packed(packed),
                None => Right::Matrix(Matrix::new(step.x.get(1), k, n).transposed()),
            };
            let beta = dx.beta();
            gemm(dy, w, beta, MatrixMut::new(dx.values, m, k), Plain, step.scratch);
        }
        if let Some(dw) = step.dx.target(1) {
            let x = Matrix::new(step.x.get(0), m, k).transposed();
            let beta = dw.beta();
            gemm(x, dy, beta, MatrixMut::new(dw.values, k, n), Plain, step.scratch);
        }
        if step.x.len() > 2
            && let Some(db) = step.dx.get(2)
        {
            let dy = &*step.dy;
            parallel::columns(db, m, |first, db| dispatch(AddRows { dy, n, first, db }));
        }
    }
}

/// (C + bias) a + b, a number a column each: what a normalization makes of C in inference.
#[derive(Clone, Copy)]
struct BiasAffine<'a, T> {
    bias: Option<&'a [T]>,
    scale: &'a [T],
    shift: &'a [T],
}

impl<T: Float> Epilogue<T> for BiasAffine<'_, T> {
    fn columns(&self) -> Option<usize> {
        Some(self.scale.len())
    }

    #[inline(always)]
    fn apply<V: Lanes<T>>(&self, x: V, column: usize, lanes: usize) -> V {
        let x = match self.bias {
            None => x,
            Some(bias) => x + at(bias, column, lanes),
        };
        x.mul_add(at(self.scale, column, lanes), at(self.shift, column, lanes))
    }
}

/// A vector of some columns, or a part of one.
#[inline(always)]
fn at<T: Float, V: Lanes<T>>(x: &[T], column: usize, lanes: usize) -> V {
    let x = &x[column..column + lanes];
    if lanes < V::LEN { V::load_partial(x) } else { V::load(x) }
}

/// db += the sum of the rows of dy, each column one chain in ascending row.
pub(super) struct AddRows<'a, T> {
    /// Rows of `n` numbers.
    pub dy: &'a [T],
    pub n: usize,
    /// The column at which db begins.
    pub first: usize,
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for AddRows<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let n = self.n;
        let mut columns = self.db.chunks_exact_mut(V::LEN);
        let mut at = self.first;
        for db in &mut columns {
            let mut sum = V::load(db);
            for dy in self.dy.chunks_exact(n) {
                sum = sum + V::load(&dy[at..]);
            }
            sum.store(db);
            at += V::LEN;
        }
        let db = columns.into_remainder();
        if db.is_empty() {
            return;
        }
        let mut sum = V::load_partial(db);
        for dy in self.dy.chunks_exact(n) {
            sum = sum + V::load_partial(&dy[at..at + db.len()]);
        }
        sum.store_partial(db);
    }
}
