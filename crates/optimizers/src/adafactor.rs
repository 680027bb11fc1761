//! Adafactor: the sizes of a matrix's gradients from those of its rows and columns.

use neuropil_simd::{
    Float, Lanes,
    reduce::{self, Term, sum_of},
};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{non_negative, within},
    norm, scale, sweep,
};

/// Adam's divisor from one running mean for each row and one for each column of a matrix, no momentum,
/// and steps in proportion to the weights.
///
/// At step t (1 for the first), with k = t^beta2_decay and root mean squares RMS(x) = ‖x‖/√n:
///
/// a matrix:  r = (1 − k) r + k · mean of g² over each row,  c = the same over each column,
///            v = r cᵀ / max(mean r, ε₁)
/// a vector:  v = (1 − k) v + k g²
/// u = g / √max(v, ε₁²)
/// w = (1 − rate · weight_decay) w
/// w −= min(rate, 1/√t) · max(ε₂, RMS(w)) / max(1, RMS(u)/d) · u
///
/// A tensor of more axes is as many matrices as the axes before the last two count. All means of a tensor
/// lie in one slot `variance` of its size: a matrix keeps its rows' means first, then its columns'. The
/// rest stays unused, so that the state here is half of Adam's rather than nearly none.
///
/// Defaults: beta2_decay = −0.8, ε₁ = the distance from 1 to the next number of the type, ε₂ = 10⁻³,
/// d = 1, no decay (decoupled), and a rate of 10⁻². Keras has ε₁ = 10⁻³⁰ and a rate of 10⁻³.
///
/// Source: Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost" (2018),
/// algorithms 4 and 5. Equals PyTorch's `torch.optim.Adafactor`.
///
/// ```
/// use neuropil_optimizers::{Adafactor, Optimizer, Step};
///
/// let (mut w, mut v) = ([1.0_f64; 4], [0.0; 4]);
/// let at = Step { rate: 0.01, count: 1, shape: &[2, 2] };
/// Adafactor::new().step(at, &mut w, &[3.0, -3.0, 3.0, 3.0], &mut [&mut v]);
/// assert_eq!(v, [9.0; 4]); // of two rows and two columns
/// assert!(w.iter().zip([0.99, 1.01, 0.99, 0.99]).all(|(w, expected)| (w - expected).abs() < 1e-12));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adafactor {
    beta2_decay: f64,
    epsilon1: Option<f64>,
    epsilon2: f64,
    threshold: f64,
    weight_decay: f64,
}

impl Adafactor {
    /// beta2_decay = −0.8, ε₁ of the type, ε₂ = 10⁻³, d = 1, no decay.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            beta2_decay: -0.8,
            epsilon1: None,
            epsilon2: 1e-3,
            threshold: 1.0,
            weight_decay: 0.0,
        }
    }

    /// The power of t by which the share of each new gradient in the means falls.
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta2_decay` is NaN, infinite or above 0.
    pub fn beta2_decay(self, beta2_decay: f64) -> Result<Self, OptimizerError> {
        let name = ("Adafactor", "beta2_decay");
        let passes = beta2_decay <= 0.0;
        let beta2_decay = within(name, beta2_decay, "finite and at most 0", passes)?;
        Ok(Self { beta2_decay, ..self })
    }

    /// The smallest size of gradients ε₁, and the smallest of weights ε₂, to which steps are in
    /// proportion.
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them is NaN, infinite or negative.
    pub fn epsilons(self, epsilon1: f64, epsilon2: f64) -> Result<Self, OptimizerError> {
        let epsilon1 = Some(non_negative("Adafactor", "epsilon1", epsilon1)?);
        let epsilon2 = non_negative("Adafactor", "epsilon2", epsilon2)?;
        Ok(Self { epsilon1, epsilon2, ..self })
    }

    /// The root mean square d to which an update is shortened.
    ///
    /// # Errors
    /// [`OptimizerError`] if `threshold` is NaN, infinite or below 1.
    pub fn threshold(self, threshold: f64) -> Result<Self, OptimizerError> {
        let name = ("Adafactor", "threshold");
        let threshold = within(name, threshold, "finite and at least 1", threshold >= 1.0)?;
        Ok(Self { threshold, ..self })
    }

    /// The decoupled decay: each step first multiplies the weights by 1 − rate · weight_decay.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Adafactor", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for Adafactor {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Adafactor {
    fn name(&self) -> &'static str {
        "Adafactor"
    }

    fn default_rate(&self) -> f64 {
        1e-2
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["variance"]
    }

    fn is_elementwise(&self) -> bool {
        false
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let share = (at.count as f64).powf(self.beta2_decay);
        sweep(Square { share, is_whole: at.shape.len() < 2 }, w, dw, state);
        if w.is_empty() {
            return;
        }
        let (n, v) = (w.len() as f64, &mut *state[0]);
        let epsilon1 = self.epsilon1.unwrap_or(T::EPSILON.to_f64());
        let form = Form::of(at.shape);
        form.mean(share, dw, v);
        let mut squares = 0.0;
        form.each_row(epsilon1, v, |range, size, v| {
            squares += sum_of(size, [&dw[range], v]).to_f64();
        });
        let length = at.rate.min(1.0 / (at.count as f64).sqrt())
            * (norm(w) / n.sqrt()).max(self.epsilon2)
            / ((squares / n).sqrt() / self.threshold).max(1.0);
        if self.weight_decay != 0.0 {
            scale(w, 1.0 - at.rate * self.weight_decay);
        }
        form.each_row(epsilon1, v, |range, size, v| {
            sweep(Move { length, size }, &mut w[range.clone()], &dw[range], &mut [v]);
        });
    }
}

/// How a tensor's gradients are seen.
#[derive(Clone, Copy)]
enum Form {
    /// One mean a weight.
    Vector,
    /// The same of matrices of one row or one column, whose factors are the means themselves: so many
    /// numbers each.
    Line(usize),
    /// Matrices of so many rows and columns, at least two of each.
    Matrix(usize, usize),
}

impl Form {
    fn of(shape: &[usize]) -> Self {
        match shape {
            [.., rows, columns] if *rows.min(columns) > 1 => Self::Matrix(*rows, *columns),
            [.., rows, columns] => Self::Line(rows * columns),
            _ => Self::Vector,
        }
    }

    /// Moves the means of all squares but those of a vector.
    fn mean<T: Float>(self, share: f64, dw: &[T], v: &mut [T]) {
        match self {
            Self::Vector => {}
            Self::Line(_) => {
                for (v, &g) in v.iter_mut().zip(dw) {
                    *v += T::of(share) * (g * g - *v);
                }
            }
            Self::Matrix(rows, columns) => {
                let blocks = dw.chunks_exact(rows * columns);
                for (dw, v) in blocks.zip(v.chunks_exact_mut(rows * columns)) {
                    let (of_rows, of_columns) = v[..rows + columns].split_at_mut(rows);
                    scale(of_columns, 1.0 - share);
                    for (dw, mean) in dw.chunks_exact(columns).zip(of_rows) {
                        let new = reduce::sum_of_squares(dw) / T::of(columns as f64);
                        *mean += T::of(share) * (new - *mean);
                        add_squares(share / rows as f64, dw, of_columns);
                    }
                }
            }
        }
    }

    /// Visits each piece of a tensor whose variances are a factor times a slice: where it lies, how
    /// sizes come from the slice, and the slice.
    fn each_row<T: Float>(
        self,
        epsilon1: f64,
        v: &mut [T],
        mut visit: impl FnMut(std::ops::Range<usize>, Size, &mut [T]),
    ) {
        let smallest = epsilon1 * epsilon1;
        match self {
            Self::Vector => visit(0..v.len(), Size { factor: 1.0, smallest }, v),
            Self::Line(len) => {
                for (block, v) in v.chunks_exact_mut(len).enumerate() {
                    let mean = mean(v);
                    let factor = mean / not_below(epsilon1, mean);
                    visit(block * len..(block + 1) * len, Size { factor, smallest }, v);
                }
            }
            Self::Matrix(rows, columns) => {
                for (block, v) in v.chunks_exact_mut(rows * columns).enumerate() {
                    let (of_rows, of_columns) = v[..rows + columns].split_at_mut(rows);
                    let mean = not_below(epsilon1, mean(of_rows));
                    for (row, of_row) in of_rows.iter().enumerate() {
                        let start = (block * rows + row) * columns;
                        let size = Size { factor: of_row.to_f64() / mean, smallest };
                        visit(start..start + columns, size, of_columns);
                    }
                }
            }
        }
    }
}

fn mean<T: Float>(x: &[T]) -> f64 {
    reduce::sum(x).to_f64() / x.len() as f64
}

/// The larger number; a NaN stays.
fn not_below(smallest: f64, x: f64) -> f64 {
    if x < smallest { smallest } else { x }
}

/// y += a x², as a rule with y for the weights.
fn add_squares<T: Float>(a: f64, x: &[T], y: &mut [T]) {
    struct AddSquares(f64);

    impl Rule<0> for AddSquares {
        #[inline(always)]
        fn update<T: Float, V: Lanes<T>>(&self, y: V, x: V, _state: &mut [V; 0]) -> V {
            (V::of(self.0) * x).mul_add(x, y)
        }
    }
    sweep(AddSquares(a), y, x, &mut []);
}

/// Moves the means of a vector, and leaves others; checks all lengths.
struct Square {
    share: f64,
    is_whole: bool,
}

impl Rule<1> for Square {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, g: V, [v]: &mut [V; 1]) -> V {
        if self.is_whole {
            *v = V::of(self.share).mul_add(g * g - *v, *v);
        }
        w
    }
}

/// u of a gradient and the number of its slice; as a term of a sum, u².
#[derive(Clone, Copy)]
struct Size {
    factor: f64,
    /// The smallest variance.
    smallest: f64,
}

impl Size {
    #[inline(always)]
    fn scaled<T: Float, V: Lanes<T>>(&self, g: V, v: V) -> V {
        // A NaN stands second, and stays.
        g / V::of(self.smallest).max(V::of(self.factor) * v).sqrt()
    }
}

impl<T: Float> Term<T, 2> for Size {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [g, v]: [V; 2]) -> V {
        let u = self.scaled(g, v);
        u * u
    }
}

struct Move {
    length: f64,
    size: Size,
}

impl Rule<1> for Move {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, g: V, [v]: &mut [V; 1]) -> V {
        w - V::of(self.length) * self.size.scaled(g, *v)
    }
}
