//! A product of two vectors with a weight for each pair of their numbers.

use crate::op::{Backward, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use neuropil_tensor::gemm::{Matrix, MatrixMut, Plain, Right, gemm, scratch_len};

/// y_k = Σ_ij a_i W_kij b_j + c_k over the last axes of a and b; inputs a, b, W `[out, a, b]` and, if there is one, c
/// `[out]`.
///
/// With T_ki = Σ_j W_kij b_j: da_i = Σ_k dy_k T_ki, db_j = Σ_ki dy_k a_i W_kij, dW_kij = Σ dy_k a_i b_j and dc_k = Σ dy_k
/// over the rows. All sums over j, and those of the gradients of b and W, are products of matrices. PyTorch's
/// `functional.bilinear`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::BilinearOp, prelude::*};
///
/// let graph = Graph::new();
/// let (a, b) = (graph.input("a", [2]), graph.input("b", [3]));
/// let w = graph.param("w", [1, 2, 3], Ones)?;
/// let y = a.op_with([b, w], BilinearOp)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(a).copy_from_slice(&[1.0, 2.0]);
/// run.input(b).copy_from_slice(&[1.0, 10.0, 100.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [333.0]); // (1 + 2) (1 + 10 + 100)
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BilinearOp;

/// Sizes: a is [rows, m], b [rows, n], y [rows, out].
#[derive(Clone, Copy)]
struct Sizes {
    rows: usize,
    m: usize,
    n: usize,
    out: usize,
}

impl Sizes {
    fn of(rows: usize, a: Spec, w: Spec) -> Self {
        let dims = a.shape.dims();
        let outer: usize = dims[..dims.len() - 1].iter().product();
        let rows = outer * if a.per_row { rows } else { 1 };
        Self { rows, m: w.shape[1], n: w.shape[2], out: w.shape[0] }
    }
}

impl<T: Float> Op<T> for BilinearOp {
    fn name(&self) -> String {
        "Bilinear".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let w = inputs[2];
        if w.shape.rank() != 3 || w.per_row || w.shape.is_empty() {
            let what = "a weight [out, a, b], none of them 0, the same for all rows";
            return Err(ShapeError::unsupported("Bilinear: weight", w.shape, what));
        }
        let (out, m, n) = (w.shape[0], w.shape[1], w.shape[2]);
        let op = || format!("Bilinear({m} x {n} -> {out})");
        let (a, b) = (inputs[0].numbers(&op())?, inputs[1].numbers(&op())?);
        for (x, width) in [(a, m), (b, n)] {
            if x.shape.dims().last() != Some(&width) {
                let what = format!("a last axis of {width} numbers");
                return Err(ShapeError::unsupported(op(), x.shape, what));
            }
        }
        let outer = |x: Spec| x.shape.dims()[..x.shape.rank() - 1].to_vec();
        if outer(a) != outer(b) || a.per_row != b.per_row {
            return Err(ShapeError::mismatch("Bilinear", a.shape, b.shape));
        }
        if let Some(c) = inputs.get(3)
            && (c.shape.dims() != [out] || c.per_row)
        {
            return Err(ShapeError::unsupported(op() + ": bias", c.shape, format!("[{out}]")));
        }
        let dims = outer(a).into_iter().chain([out]);
        Ok(a.with_shape(dims.collect::<neuropil_tensor::Shape>()))
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let Sizes { rows, m, n, out } = Sizes::of(rows, inputs[0], inputs[2]);
        let pairs = out * m;
        let products = [(rows, pairs, n), (rows, n, pairs), (pairs, n, rows)];
        let scratch = products.map(|(m, n, k)| scratch_len::<T>(m, n, k)).into_iter().max();
        // In backward dT stands in front of what the products need.
        let scratch = rows * pairs + scratch.unwrap_or(0);
        Memory { saved: rows * pairs, scratch, ..Memory::default() }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let Sizes { rows, m, n, out } = Sizes::of(step.rows, step.x.spec(0), step.x.spec(2));
        let (a, b, w) = (step.x.get(0), step.x.get(1), step.x.get(2));
        let bias = (step.x.len() > 3).then(|| step.x.get(3));
        // T = b Wᵀ, [rows, out, m].
        let t = &mut step.saved[..rows * out * m];
        let w = Right::Matrix(Matrix::new(w, out * m, n).transposed());
        let into = MatrixMut::new(t, rows, out * m);
        gemm(Matrix::new(b, rows, n), w, T::ZERO, into, Plain, step.scratch);
        let rows = step.y.chunks_exact_mut(out).zip(a.chunks_exact(m));
        for ((y, a), t) in rows.zip(t.chunks_exact(out * m)) {
            for (k, (y, t)) in y.iter_mut().zip(t.chunks_exact(m)).enumerate() {
                let mut sum = bias.map_or(T::ZERO, |bias| bias[k]);
                for (&a, &t) in a.iter().zip(t) {
                    sum += a * t;
                }
                *y = sum;
            }
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let Sizes { rows, m, n, out } = Sizes::of(step.rows, step.x.spec(0), step.x.spec(2));
        let (a, b, w) = (step.x.get(0), step.x.get(1), step.x.get(2));
        let dy = &*step.dy;
        if let Some(da) = step.dx.get(0) {
            let rows = da.chunks_exact_mut(m).zip(dy.chunks_exact(out));
            for ((da, dy), t) in rows.zip(step.saved.chunks_exact(out * m)) {
                for (&dy, t) in dy.iter().zip(t.chunks_exact(m)) {
                    for (da, &t) in da.iter_mut().zip(t) {
                        *da += dy * t;
                    }
                }
            }
        }
        if let Some(dc) = (step.x.len() > 3).then(|| step.dx.get(3)).flatten() {
            for dy in dy.chunks_exact(out) {
                for (dc, &dy) in dc.iter_mut().zip(dy) {
                    *dc += dy;
                }
            }
        }
        // dT = dy aᵀ, [rows, out, m].
        let (dt, scratch) = step.scratch.split_at_mut(rows * out * m);
        let of_row = dt.chunks_exact_mut(out * m).zip(dy.chunks_exact(out));
        for ((dt, dy), a) in of_row.zip(a.chunks_exact(m)) {
            for (dt, &dy) in dt.chunks_exact_mut(m).zip(dy) {
                for (dt, &a) in dt.iter_mut().zip(a) {
                    *dt = dy * a;
                }
            }
        }
        let dt = Matrix::new(&*dt, rows, out * m);
        if let Some(db) = step.dx.target(1) {
            let (beta, w) = (db.beta(), Right::Matrix(Matrix::new(w, out * m, n)));
            gemm(dt, w, beta, MatrixMut::new(db.values, rows, n), Plain, scratch);
        }
        if let Some(dw) = step.dx.target(2) {
            let (beta, b) = (dw.beta(), Right::Matrix(Matrix::new(b, rows, n)));
            gemm(dt.transposed(), b, beta, MatrixMut::new(dw.values, out * m, n), Plain, scratch);
        }
    }
}
