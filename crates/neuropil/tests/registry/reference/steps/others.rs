//! Rules of signs, of averages, of leaders.

use super::each;
use neuropil::optimizers::Step;

/// `torch.optim.Rprop`.
pub fn rprop(
    [shrink, grow]: [f64; 2],
    [smallest, largest]: [f64; 2],
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, mut g, state| {
        let [last, size] = state else { panic!("two slots") };
        if at.count == 1 {
            *size = at.rate;
        }
        if g * *last > 0.0 {
            *size = (*size * grow).min(largest);
        } else if g * *last < 0.0 {
            *size = (*size * shrink).max(smallest);
            g = 0.0;
        }
        *last = g;
        theta - if g == 0.0 { 0.0 } else { g.signum() * *size }
    })
}

/// `torch.optim.ASGD`.
pub fn asgd(
    lambda: f64,
    alpha: f64,
    t0: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let g = g + weight_decay * theta;
        let t = at.count as f64 - 1.0;
        let eta = at.rate / (1.0 + lambda * at.rate * t).powf(alpha);
        let theta = theta * (1.0 - lambda * eta) - eta * g;
        let mu = 1.0 / (t - t0).max(1.0);
        state[0] = if mu == 1.0 { theta } else { state[0] + mu * (theta - state[0]) };
        theta
    })
}

/// Algorithm 2 of the paper on Lion.
pub fn lion(
    [beta1, beta2]: [f64; 2],
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let c = beta1 * state[0] + (1.0 - beta1) * g;
        state[0] = beta2 * state[0] + (1.0 - beta2) * g;
        theta - at.rate * (c.signum() + weight_decay * theta)
    })
}

/// Algorithm 1 of the paper on Adan, with shares that are kept.
pub fn adan(
    [beta1, beta2, beta3]: [f64; 3],
    epsilon: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let [m, v, n, last] = state else { panic!("four slots") };
        let difference = if at.count == 1 { 0.0 } else { g + *last };
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * difference;
        *n = beta3 * *n + (1.0 - beta3) * (g + beta2 * difference).powi(2);
        *last = -g;
        let corrected = |x: f64, beta: f64| x / (1.0 - beta.powf(at.count as f64));
        let eta = at.rate / (corrected(*n, beta3).sqrt() + epsilon);
        let ahead = corrected(*m, beta1) + beta2 * corrected(*v, beta2);
        (theta - eta * ahead) / (1.0 + at.rate * weight_decay)
    })
}

/// Keras's `Ftrl` with a power of -0.5.
pub fn ftrl(
    initial: f64,
    beta: f64,
    l1: f64,
    l2: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, theta, g, state| {
        let [n, z] = state else { panic!("two slots") };
        let before = if at.count == 1 { initial } else { *n };
        *n = before + g * g;
        *z += g - (n.sqrt() - before.sqrt()) / at.rate * theta;
        let quadratic = n.sqrt() / at.rate + 2.0 * (l2 + beta / (2.0 * at.rate));
        (z.clamp(-l1, l1) - *z) / quadratic
    })
}

/// `AdamWScheduleFree` of the authors' code, with x in the place of y: y = (1 - beta1) z + beta1 x.
pub fn schedule_free(
    [beta1, beta2]: [f64; 2],
    weight_decay: f64,
    warmup: u64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    each(move |at, y, g, state| {
        let [z, v] = state else { panic!("two slots") };
        if at.count == 1 {
            *z = y;
        }
        let x = (y - (1.0 - beta1) * *z) / beta1;
        let rate = |t: u64| at.rate * (t as f64 / warmup.max(1) as f64).min(1.0);
        let weights: f64 = (1..=at.count).map(|t| rate(t).powi(2)).sum();
        let c = rate(at.count).powi(2) / weights;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        let v_hat = *v / (1.0 - beta2.powf(at.count as f64));
        *z -= rate(at.count) * (g / (v_hat.sqrt() + 1e-8) + weight_decay * y);
        let x = (1.0 - c) * x + c * *z;
        (1.0 - beta1) * *z + beta1 * x
    })
}
