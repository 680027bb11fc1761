//! LAMB: an optimizer that needs each tensor as a whole.

use neuropil_nn::prelude::*;
use neuropil_optimizers::{Step, norm};
use neuropil_simd::Float;

/// Adam's direction, scaled so that its norm is the weight's (You et al., 2020; without decay).
#[derive(Clone, Copy, Debug)]
struct Lamb;

impl Optimizer for Lamb {
    fn name(&self) -> &'static str {
        "Lamb"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_avg_sq"]
    }

    fn is_elementwise(&self) -> bool {
        false
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        let [m, v] = state else { panic!("LAMB has two slots, got {}", state.len()) };
        let count = at.count as i32;
        let (m_unbias, v_unbias) =
            (1.0 / (1.0 - 0.9_f64.powi(count)), 1.0 / (1.0 - 0.999_f64.powi(count)));
        let mut direction = vec![T::ZERO; w.len()];
        for i in 0..w.len() {
            m[i] = T::of(0.9) * m[i] + T::of(0.1) * dw[i];
            v[i] = T::of(0.999) * v[i] + T::of(0.001) * dw[i] * dw[i];
            direction[i] = m[i] * T::of(m_unbias) / ((v[i] * T::of(v_unbias)).sqrt() + T::of(1e-6));
        }
        let (length, way) = (norm(w), norm(&direction));
        let trust = if length > 0.0 && way > 0.0 { length / way } else { 1.0 };
        for (w, d) in w.iter_mut().zip(direction) {
            *w -= T::of(at.rate * trust) * d;
        }
    }
}

#[test]
fn each_tensor_moves_by_its_own_norm() -> Result<(), Box<dyn std::error::Error>> {
    let layers = Sequential::new().then(Linear::new(3, 40)).then(Tanh).then(Linear::new(40, 2));
    let mut net = Network::<f64>::build(layers, [3], 1)?;
    let before: Vec<(String, Vec<f64>)> = net
        .params()
        .paths()
        .map(|path| Ok((path.to_owned(), net.params().get(path)?.to_vec())))
        .collect::<Result<_, Error>>()?;
    let data = Dataset::labelled([3], vec![0.1, -0.4, 0.3, 0.9, 0.2, -0.8], vec![0, 1], 2)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Lamb)?.rate(0.01);
    for batch in &data.batches(2) {
        trainer.gradients(batch)?;
    }
    trainer.update();
    for (path, old) in before {
        let new = net.params().get(&path)?;
        let moved: Vec<f64> = new.iter().zip(&old).map(|(new, old)| new - old).collect();
        let ratio = norm(&moved) / norm(&old);
        assert!((ratio - 0.01).abs() < 1e-9, "{path}: {ratio}");
    }
    Ok(())
}
