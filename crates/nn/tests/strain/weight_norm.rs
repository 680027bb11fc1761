//! Weight normalization: a weight that is computed from weights.

use neuropil_nn::ops::LinearOp;
use neuropil_nn::{Backward, Forward, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// w = g v / |v|, for each column of v `[inputs, outputs]`.
#[derive(Debug)]
struct NormalizeColumns;

impl<T: Float> Op<T> for NormalizeColumns {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(inputs[0])
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (v, g) = (step.x.get(0), step.x.get(1));
        let n = g.len();
        for (j, &g) in g.iter().enumerate() {
            let norm = (j..v.len()).step_by(n).map(|i| v[i] * v[i]).sum::<T>().sqrt();
            for i in (j..v.len()).step_by(n) {
                step.y[i] = g * v[i] / norm;
            }
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (v, g, dw) = (step.x.get(0), step.x.get(1), &*step.dy);
        let n = g.len();
        let [mut dv, mut dg] = step.dx.all::<2>();
        for j in 0..n {
            let column = || (j..v.len()).step_by(n);
            let square = column().map(|i| v[i] * v[i]).sum::<T>();
            let norm = square.sqrt();
            let dot = column().map(|i| dw[i] * v[i]).sum::<T>();
            if let Some(dg) = &mut dg {
                dg[j] += dot / norm;
            }
            if let Some(dv) = &mut dv {
                for i in column() {
                    dv[i] += g[j] / norm * (dw[i] - dot * v[i] / square);
                }
            }
        }
    }
}

#[derive(Debug)]
struct WeightNormLinear(usize);

impl Module for WeightNormLinear {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let graph = x.graph();
        let v = graph.matrix("weight_v", [x.width(), self.0], XavierUniform::new())?;
        let g = graph.param("weight_g", [self.0], Ones)?;
        let b = graph.param("bias", [self.0], Zeros)?;
        let w = v.op_with([g], NormalizeColumns)?;
        x.op_with([w, b], LinearOp)
    }
}

#[test]
fn gradients() -> Result<(), Error> {
    gradcheck(&WeightNormLinear(4), [3], 1)?;
    let two = Sequential::new().then(WeightNormLinear(4)).then(Tanh).then(WeightNormLinear(2));
    gradcheck(&two, [3], 2)?;
    Ok(())
}
