//! Muon: momentum whose matrix is made orthogonal.

use neuropil_simd::{Float, Lanes, reduce};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    axpy::axpy,
    error::{below_one, non_negative, within},
    norm, scale, sweep,
};

/// Momentum, orthogonalized by Newton and Schulz: all directions of a hidden layer's matrix learn at
/// one speed.
///
/// For a matrix of weights, at each step:
///
/// b = μ b + (1 − μ) dw
/// u = (1 − μ) dw + μ b, or without Nesterov's form u = b
/// x = u / max(‖u‖, ε), then `iterations` times x = a x + b y + c (x xᵀ) y, where y = (x xᵀ) x
/// w = (1 − rate · weight_decay) w − rate · √max(1, outputs/inputs) · x
///
/// With the coefficients (a, b, c) all singular values of x come near 1: to between about 0.7 and 1.2.
///
/// The step takes matrices alone, and panics for others; [`check_shape`](Optimizer::check_shape) tells
/// before. As PyTorch's, it is for the hidden layers: give biases, norms, embeddings and the last layer a
/// group with another optimizer, such as [`AdamW`](crate::AdamW). A matrix is `[inputs, outputs]`, as the
/// linear layers of Neuropil have it; where yours is `[outputs, inputs]`, only the factor of the rate is
/// another.
///
/// It costs 3 · iterations · m² n multiplications for a matrix whose shorter side is m and whose longer one
/// is n, which for batches of fewer than about 15 · m/2 rows is more than forward and backward cost.
/// Three of the four slots are scratch space, which is of no use after the step.
///
/// Defaults: μ = 0.95, Nesterov's form, a decay of 0.1 (decoupled), coefficients 3.4445, −4.775 and
/// 2.0315, 5 iterations, ε = 10⁻⁷, and a rate of 10⁻³.
///
/// Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024). Equals
/// PyTorch's `torch.optim.Muon`, which iterates in `bfloat16` instead of the weights' own type.
///
/// ```
/// use neuropil_optimizers::{Muon, Optimizer, Step};
///
/// let muon = Muon::new().weight_decay(0.0)?;
/// let mut w = [0.0_f64; 4];
/// let [mut b, mut x, mut gram, mut product] = [[0.0; 4]; 4];
/// let at = Step { rate: 1.0, count: 1, shape: &[2, 2] };
/// let mut state = [&mut b[..], &mut x, &mut gram, &mut product];
/// muon.step(at, &mut w, &[100.0, 0.0, 0.0, -20.0], &mut state);
/// assert!((0.7..1.2).contains(&-w[0]) && (0.7..1.2).contains(&w[3])); // as far in both directions
/// assert!(muon.check_shape(&[4]).is_err());
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Muon {
    momentum: f64,
    weight_decay: f64,
    coefficients: [f64; 3],
    iterations: u32,
    epsilon: f64,
    is_plain: bool,
    matches_adam: bool,
}

impl Muon {
    /// μ = 0.95, Nesterov's form, a decay of 0.1, 5 iterations.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            momentum: 0.95,
            weight_decay: 0.1,
            coefficients: [3.4445, -4.775, 2.0315],
            iterations: 5,
            epsilon: 1e-7,
            is_plain: false,
            matches_adam: false,
        }
    }

    /// How much of the running mean of gradients each step keeps, in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `momentum` lies outside [0, 1).
    pub fn momentum(self, momentum: f64) -> Result<Self, OptimizerError> {
        let momentum = below_one("Muon", "momentum", momentum)?;
        Ok(Self { momentum, ..self })
    }

    /// Plain momentum: the mean itself is made orthogonal, without Nesterov's look ahead.
    #[must_use]
    pub const fn without_nesterov(self) -> Self {
        Self { is_plain: true, ..self }
    }

    /// The decoupled decay: each step first multiplies the weights by 1 − rate · weight_decay.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Muon", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }

    /// The coefficients (a, b, c) of an iteration.
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them is NaN or infinite.
    pub fn coefficients(self, coefficients: [f64; 3]) -> Result<Self, OptimizerError> {
        for (name, value) in ["a", "b", "c"].into_iter().zip(coefficients) {
            within(("Muon", name), value, "finite", true)?;
        }
        Ok(Self { coefficients, ..self })
    }

    /// How often the iteration is done, fewer than 100 times.
    ///
    /// # Errors
    /// [`OptimizerError`] if `iterations` is 100 or more.
    pub fn iterations(self, iterations: u32) -> Result<Self, OptimizerError> {
        let name = ("Muon", "iterations");
        within(name, iterations.into(), "below 100", iterations < 100)?;
        Ok(Self { iterations, ..self })
    }

    /// The smallest norm that a matrix is divided by.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("Muon", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// Multiplies the rate by 0.2 · √max(inputs, outputs), so that steps are about as long as those of
    /// AdamW, whose rate and decay then serve: PyTorch's `match_rms_adamw`.
    #[must_use]
    pub const fn match_rms_adamw(self) -> Self {
        Self { matches_adam: true, ..self }
    }

    fn factor(&self, inputs: usize, outputs: usize) -> f64 {
        if self.matches_adam {
            0.2 * (inputs.max(outputs) as f64).sqrt()
        } else {
            (outputs as f64 / inputs as f64).max(1.0).sqrt()
        }
    }

    /// Makes the m rows of `x` orthogonal, in place; the other slices are scratch.
    fn orthogonalize<T: Float>(&self, m: usize, x: &mut [T], gram: &mut [T], y: &mut [T]) {
        let n = x.len() / m;
        // A NaN stays.
        let length = norm(x);
        scale(x, 1.0 / if length < self.epsilon { self.epsilon } else { length });
        let [a, b, c] = self.coefficients;
        for _ in 0..self.iterations {
            for i in 0..m {
                for j in 0..=i {
                    let product = reduce::dot(&x[i * n..][..n], &x[j * n..][..n]);
                    (gram[i * m + j], gram[j * m + i]) = (product, product);
                }
            }
            y.fill(T::ZERO);
            add_product(1.0, &gram[..m * m], x, y);
            scale(x, a);
            axpy(b, y, x);
            add_product(c, &gram[..m * m], y, x);
        }
    }
}

/// y += factor · gram x, a row at a time.
fn add_product<T: Float>(factor: f64, gram: &[T], x: &[T], y: &mut [T]) {
    let m = gram.len().isqrt();
    let n = x.len() / m;
    for (row, y) in gram.chunks_exact(m).zip(y.chunks_exact_mut(n)) {
        for (share, x) in row.iter().zip(x.chunks_exact(n)) {
            axpy(factor * share.to_f64(), x, y);
        }
    }
}

/// y = xᵀ, where x has so many columns.
fn transpose<T: Float>(columns: usize, x: &[T], y: &mut [T]) {
    let rows = x.len() / columns;
    for (i, row) in x.chunks_exact(columns).enumerate() {
        for (j, &x) in row.iter().enumerate() {
            y[j * rows + i] = x;
        }
    }
}

impl Default for Muon {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Muon {
    fn name(&self) -> &'static str {
        "Muon"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["momentum_buffer", "scratch_x", "scratch_gram", "scratch_y"]
    }

    fn is_elementwise(&self) -> bool {
        false
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn check_shape(&self, shape: &[usize]) -> Result<(), OptimizerError> {
        match shape.len() {
            2 => Ok(()),
            axes => Err(OptimizerError::NoMatrix { of: "Muon", axes }),
        }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let &[inputs, outputs] = at.shape else {
            panic!("{}", OptimizerError::NoMatrix { of: "Muon", axes: at.shape.len() })
        };
        assert!(
            w.len() == inputs * outputs,
            "w has {} numbers, but its shape is [{inputs}, {outputs}]",
            w.len()
        );
        let update = Momentum {
            new: 1.0 - self.momentum,
            momentum: if self.is_plain { 1.0 } else { self.momentum },
        };
        sweep(update, w, dw, state);
        if w.is_empty() {
            return;
        }
        let [_, x, gram, y] = state else { unreachable!("the sweep has counted the slots") };
        // The rows are the shorter side.
        if inputs > outputs {
            transpose(outputs, y, x);
            self.orthogonalize(outputs, x, gram, y);
            transpose(inputs, x, y);
        } else {
            x.copy_from_slice(y);
            self.orthogonalize(inputs, x, gram, y);
            y.copy_from_slice(x);
        }
        let rate = at.rate * self.factor(inputs, outputs);
        sweep(Move { rate, kept: 1.0 - at.rate * self.weight_decay }, w, y, &mut []);
    }
}

/// Moves the mean, and leaves u in the last slot.
struct Momentum {
    /// 1 - momentum
    new: f64,
    /// What u takes of the mean.
    momentum: f64,
}

impl Rule<4> for Momentum {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [b, _, _, u]: &mut [V; 4]) -> V {
        *b = V::of(self.new).mul_add(dw - *b, *b);
        *u = if self.momentum == 1.0 { *b } else { V::of(self.momentum).mul_add(*b - dw, dw) };
        w
    }
}

struct Move {
    rate: f64,
    kept: f64,
}

impl Rule<0> for Move {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, x: V, _state: &mut [V; 0]) -> V {
        V::of(self.kept) * w - V::of(self.rate) * x
    }
}
