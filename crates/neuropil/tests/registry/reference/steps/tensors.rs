//! Optimizers that need the whole tensor.

use neuropil::optimizers::Step;

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Algorithm 2 of the paper on LAMB.
pub fn lamb(
    [beta1, beta2]: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    move |at, w, dw, slots| {
        let mut u = vec![0.0; w.len()];
        for i in 0..w.len() {
            slots[0][i] = beta1 * slots[0][i] + (1.0 - beta1) * dw[i];
            slots[1][i] = beta2 * slots[1][i] + (1.0 - beta2) * dw[i] * dw[i];
            let m_hat = slots[0][i] / (1.0 - beta1.powf(at.count as f64));
            let v_hat = slots[1][i] / (1.0 - beta2.powf(at.count as f64));
            u[i] = m_hat / (v_hat.sqrt() + epsilon) + weight_decay * w[i];
        }
        let trust = norm(w) / norm(&u);
        w.iter_mut().zip(u).for_each(|(w, u)| *w -= at.rate * trust * u);
    }
}

/// `torch.optim.Adafactor`; a matrix keeps the means of its rows, then those of its columns.
pub fn adafactor(
    beta2_decay: f64,
    [epsilon1, epsilon2]: [f64; 2],
    d: f64,
    weight_decay: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    move |at, w, dw, slots| {
        let t = at.count as f64;
        let (beta, n) = (1.0 - t.powf(beta2_decay), w.len() as f64);
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let mut v: Vec<f64> = dw.iter().map(|g| g * g).collect();
        if let &[rows, columns] = at.shape {
            let of_row = |i: usize| (0..columns).map(|j| v[i * columns + j]).collect::<Vec<_>>();
            let of_column = |j: usize| (0..rows).map(|i| v[i * columns + j]).collect::<Vec<_>>();
            let new: Vec<f64> = (0..rows).map(|i| mean(&of_row(i))).collect();
            let new = new.into_iter().chain((0..columns).map(|j| mean(&of_column(j))));
            for (old, new) in slots[0].iter_mut().zip(new) {
                *old = beta * *old + (1.0 - beta) * new;
            }
            let (r, c) = slots[0][..rows + columns].split_at(rows);
            for (i, v) in v.iter_mut().enumerate() {
                *v = r[i / columns] * c[i % columns] / mean(r).max(epsilon1);
            }
        } else {
            for (v, old) in v.iter_mut().zip(&mut slots[0]) {
                *old = beta * *old + (1.0 - beta) * *v;
                *v = *old;
            }
        }
        let u: Vec<f64> =
            dw.iter().zip(v).map(|(g, v)| g / v.max(epsilon1 * epsilon1).sqrt()).collect();
        let alpha = (norm(w) / n.sqrt()).max(epsilon2) * at.rate.min(1.0 / t.sqrt());
        let shortened = (norm(&u) / n.sqrt() / d).max(1.0);
        for (w, u) in w.iter_mut().zip(u) {
            *w = *w * (1.0 - at.rate * weight_decay) - alpha * u / shortened;
        }
    }
}

/// A square matrix product.
fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let n = a.len().isqrt();
    let of = |i: usize, j: usize| (0..n).map(|k| a[i * n + k] * b[k * n + j]).sum();
    (0..n * n).map(|place| of(place / n, place % n)).collect()
}

fn transposed(a: &[f64]) -> Vec<f64> {
    let n = a.len().isqrt();
    (0..n * n).map(|place| a[place % n * n + place / n]).collect()
}

/// `torch.optim.Muon` of a square matrix, in double precision. Of the slots it keeps the first alone.
pub fn muon(
    momentum: f64,
    nesterov: bool,
    weight_decay: f64,
    iterations: usize,
    factor: f64,
) -> impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) {
    move |at, w, dw, slots| {
        let [a, b, c] = [3.4445, -4.775, 2.0315];
        for (buffer, dw) in slots[0].iter_mut().zip(dw) {
            *buffer = momentum * *buffer + (1.0 - momentum) * dw;
        }
        let ahead = |(buffer, dw): (&f64, &f64)| match nesterov {
            true => momentum * buffer + (1.0 - momentum) * dw,
            false => *buffer,
        };
        let mut x: Vec<f64> = slots[0].iter().zip(dw).map(ahead).collect();
        let length = norm(&x).max(1e-7);
        x.iter_mut().for_each(|x| *x /= length);
        for _ in 0..iterations {
            let gram = product(&x, &transposed(&x));
            let square = product(&gram, &gram);
            let mixed: Vec<f64> =
                gram.iter().zip(&square).map(|(gram, square)| b * gram + c * square).collect();
            let moved = product(&mixed, &x);
            x = x.iter().zip(moved).map(|(x, moved)| a * x + moved).collect();
        }
        for (w, x) in w.iter_mut().zip(x) {
            *w = *w * (1.0 - at.rate * weight_decay) - at.rate * factor * x;
        }
    }
}
