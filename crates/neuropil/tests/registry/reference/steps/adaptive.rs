//! Adam and its relatives, which divide by the size of the gradient.

use super::each;
use neuropil::optimizers::Step;

/// `torch.optim.Adam`; amsgrad = true.
pub fn amsgrad(
    [beta1, beta2]: [f64; 2],
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        let [m, v, largest] = state else { panic!("three slots") };
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        *largest = largest.max(*v);
        let m_hat = *m / (1.0 - beta1.powf(at.count as f64));
        let v_hat = *largest / (1.0 - beta2.powf(at.count as f64));
        theta - at.rate * m_hat / (v_hat.sqrt() + 1e-8)
    })
}

/// `torch.optim.AdamW`.
pub fn adam_w(
    [beta1, beta2]: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
    amsgrad: bool,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let theta = theta - at.rate * weight_decay * theta;
        state[0] = beta1 * state[0] + (1.0 - beta1) * g;
        state[1] = beta2 * state[1] + (1.0 - beta2) * g * g;
        let mut v = state[1];
        if amsgrad {
            state[2] = state[2].max(v);
            v = state[2];
        }
        let m_hat = state[0] / (1.0 - beta1.powf(at.count as f64));
        let v_hat = v / (1.0 - beta2.powf(at.count as f64));
        theta - at.rate * m_hat / (v_hat.sqrt() + epsilon)
    })
}

/// A weight after decoupled decay, and its gradient after coupled decay.
fn decayed(at: Step<'_>, theta: f64, g: f64, (decay, decoupled): (f64, bool)) -> (f64, f64) {
    if decoupled { (theta - at.rate * decay * theta, g) } else { (theta, g + decay * theta) }
}

/// `torch.optim.NAdam`, with the product of momentums multiplied anew in each step.
pub fn nadam(
    [beta1, beta2]: [f64; 2],
    momentum_decay: f64,
    decay: (f64, bool),
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let (theta, g) = decayed(at, theta, g, decay);
        let mu = |t: u64| beta1 * (1.0 - 0.5 * 0.96_f64.powf(t as f64 * momentum_decay));
        let product: f64 = (1..=at.count).map(mu).product();
        let next = mu(at.count + 1);
        let [m, v] = state else { panic!("two slots") };
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        let m_hat = next * *m / (1.0 - product * next) + (1.0 - mu(at.count)) * g / (1.0 - product);
        let v_hat = *v / (1.0 - beta2.powf(at.count as f64));
        theta - at.rate * m_hat / (v_hat.sqrt() + 1e-8)
    })
}

/// `torch.optim.RAdam`.
pub fn radam(
    [beta1, beta2]: [f64; 2],
    decay: (f64, bool),
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let (theta, g) = decayed(at, theta, g, decay);
        let [m, v] = state else { panic!("two slots") };
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        let t = at.count as f64;
        let m_hat = *m / (1.0 - beta1.powf(t));
        let rho_inf = 2.0 / (1.0 - beta2) - 1.0;
        let rho = rho_inf - 2.0 * t * beta2.powf(t) / (1.0 - beta2.powf(t));
        if rho > 5.0 {
            let l = (1.0 - beta2.powf(t)).sqrt() / (v.sqrt() + 1e-8);
            let r = (rho - 4.0) * (rho - 2.0) * rho_inf;
            let r = (r / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho)).sqrt();
            theta - at.rate * m_hat * r * l
        } else {
            theta - at.rate * m_hat
        }
    })
}

/// `torch.optim.Adamax`.
pub fn adamax(
    [beta1, beta2]: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        let [m, u] = state else { panic!("two slots") };
        *m = beta1 * *m + (1.0 - beta1) * g;
        *u = (beta2 * *u).max(g.abs() + epsilon);
        theta - at.rate * *m / ((1.0 - beta1.powf(at.count as f64)) * *u)
    })
}

/// `torch.optim.Adagrad`.
pub fn adagrad(
    rate_decay: f64,
    initial: f64,
    epsilon: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        if at.count == 1 {
            state[0] = initial;
        }
        state[0] += g * g;
        let rate = at.rate / (1.0 + (at.count as f64 - 1.0) * rate_decay);
        theta - rate * g / (state[0].sqrt() + epsilon)
    })
}

/// `torch.optim.Adadelta`.
pub fn adadelta(
    rho: f64,
    epsilon: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        let [v, u] = state else { panic!("two slots") };
        *v = rho * *v + (1.0 - rho) * g * g;
        let delta = (*u + epsilon).sqrt() / (*v + epsilon).sqrt() * g;
        *u = rho * *u + (1.0 - rho) * delta * delta;
        theta - at.rate * delta
    })
}

/// `torch.optim.RMSprop`.
pub fn rmsprop(
    alpha: f64,
    momentum: f64,
    centered: bool,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        state[0] = alpha * state[0] + (1.0 - alpha) * g * g;
        let mut v = state[0];
        if centered {
            let mean = state.last_mut().expect("a mean");
            *mean = alpha * *mean + (1.0 - alpha) * g;
            v -= *mean * *mean;
        }
        let scaled = g / (v.sqrt() + 1e-8);
        if momentum > 0.0 {
            state[1] = momentum * state[1] + scaled;
            theta - at.rate * state[1]
        } else {
            theta - at.rate * scaled
        }
    })
}
