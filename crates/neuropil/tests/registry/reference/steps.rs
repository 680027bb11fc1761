//! Steps of optimizers as PyTorch documents them, line by line, a weight at a time.

mod adaptive;
mod others;
mod tensors;

pub use adaptive::{adadelta, adagrad, adam_w, adamax, amsgrad, nadam, radam, rmsprop};
pub use others::{adan, asgd, ftrl, lion, rprop, schedule_free};
pub use tensors::{adafactor, lamb, muon};

use neuropil::optimizers::Step;

/// The step of a weight: its number, the weight, its gradient, its state.
fn each(
    of_weight: impl Fn(Step<'_>, f64, f64, &mut [f64]) -> f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    move |at, w, dw, slots| {
        for (i, w) in w.iter_mut().enumerate() {
            let mut state: Vec<f64> = slots.iter().map(|slot| slot[i]).collect();
            *w = of_weight(at, *w, dw[i], &mut state);
            slots.iter_mut().zip(state).for_each(|(slot, state)| slot[i] = state);
        }
    }
}

/// `torch.optim.Adam`; amsgrad = maximize = false.
pub fn adam(
    [beta1, beta2]: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        let [m, v] = state else { panic!("two slots") };
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        let m_hat = *m / (1.0 - beta1.powf(at.count as f64));
        let v_hat = *v / (1.0 - beta2.powf(at.count as f64));
        theta - at.rate * m_hat / (v_hat.sqrt() + epsilon)
    })
}

/// The running sum of gradients of `torch.optim.SGD`.
fn momentum_buffer(b: &mut f64, count: u64, momentum: f64, dampening: f64, g: f64) -> f64 {
    *b = if count > 1 { momentum * *b + (1.0 - dampening) * g } else { g };
    *b
}

/// `torch.optim.SGD`; nesterov = maximize = false.
pub fn sgd(
    momentum: f64,
    dampening: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        let step = match state {
            [b] => momentum_buffer(b, at.count, momentum, dampening, g),
            _ => g,
        };
        theta - at.rate * step
    })
}

/// `torch.optim.SGD`; nesterov = true.
pub fn nesterov(
    momentum: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        theta
            - at.rate * (g + momentum * momentum_buffer(&mut state[0], at.count, momentum, 0.0, g))
    })
}
