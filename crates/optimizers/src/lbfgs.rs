//! L-BFGS: Newton's method with what the last gradients tell of the curvature.

mod line_search;

use std::{collections::VecDeque, convert::Infallible};

use neuropil_simd::{
    Float, Lanes,
    reduce::{Term, dot, largest, smallest, sum_of},
};

use crate::{OptimizerError, axpy::axpy, error::within, scale};
use line_search::{Found, Search};

/// Limited-memory BFGS: minimizes a function of all weights at once, by its whole cost and gradient.
///
/// Each iteration goes along d = −H g, where H, an estimate of the inverse curvature, is never written
/// down: the last `history` pairs of steps s and changes of the gradient y give H g in two loops. A line
/// search then finds a length that meets the strong Wolfe conditions
///
/// f(x + t d) ≤ f(x) + 10⁻⁴ t g·d,  |g(x + t d)·d| ≤ 0.9 |g·d|
///
/// so that f never rises. For smooth functions without noise: a whole data set, not batches, and no
/// dropout. Needs 2 · history + 10 numbers per weight.
///
/// It is no [`Optimizer`](crate::Optimizer), since it asks for the gradient where it likes. It runs until
/// the largest gradient is at most `tolerance_gradient`; or a step, the change of f or the slope g·d is at
/// most `tolerance_change`; or it has made so many iterations or evaluations.
///
/// Defaults are PyTorch's: 20 iterations, 5/4 as many evaluations, tolerances of 10⁻⁷ and 10⁻⁹, a history
/// of 100, a rate of 1; but the line search is on, which PyTorch leaves out by default.
///
/// Source: Liu and Nocedal, "On the limited memory BFGS method for large scale optimization" (1989); line
/// search of Nocedal and Wright, "Numerical Optimization" (2006), algorithms 3.5 and 3.6, with cubic
/// interpolation. Equals a first step of PyTorch's `torch.optim.LBFGS(line_search_fn="strong_wolfe")`;
/// where the cost is not finite, the search goes back half of the way.
///
/// ```
/// use neuropil_optimizers::Lbfgs;
///
/// // Rosenbrock's valley.
/// let mut x = [-1.2_f64, 1.0];
/// let found = Lbfgs::new().iterations(100)?.minimize(&mut x, |x, dx| {
///     let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
///     dx[0] = -2.0 * a - 400.0 * x[0] * b;
///     dx[1] = 200.0 * b;
///     a * a + 100.0 * b * b
/// });
/// assert!((x[0] - 1.0).abs() < 1e-4 && (x[1] - 1.0).abs() < 1e-4, "{found:?}");
/// assert!(found.iterations < 50);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lbfgs {
    iterations: u64,
    evaluations: Option<u64>,
    tolerance_gradient: f64,
    tolerance_change: f64,
    history: usize,
    rate: f64,
    searches: bool,
}

/// Where [`Lbfgs`] has come to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Minimum {
    /// The cost there.
    pub cost: f64,
    /// Directions followed.
    pub iterations: u64,
    /// How often cost and gradient were asked for.
    pub evaluations: u64,
    /// Why it went no farther.
    pub stop: Stop,
}

/// Why [`Lbfgs`] went no farther.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// The largest gradient is within the tolerance.
    Gradient,
    /// The last step, or what it changed of the cost, is within the tolerance.
    Change,
    /// The direction leads down by no more than the tolerance.
    NoDescent,
    /// All iterations are done.
    Iterations,
    /// All evaluations are done.
    Evaluations,
    /// Cost or gradient is not finite where it stands.
    NotFinite,
}

/// The memory of [`Lbfgs`], to be used again for functions of as many numbers: it grows in the first
/// iterations and is then kept.
#[derive(Clone, Debug, Default)]
pub struct LbfgsSpace<T> {
    d: Vec<T>,
    g: Vec<T>,
    before: Vec<T>,
    search: Search<T>,
    pairs: VecDeque<Pair<T>>,
    /// Pairs that are forgotten, whose memory is not.
    unused: Vec<Pair<T>>,
    shares: Vec<f64>,
}

/// A step, and what it changed of the gradient.
#[derive(Clone, Debug, Default)]
struct Pair<T> {
    s: Vec<T>,
    y: Vec<T>,
    /// 1 / s·y
    rho: f64,
}

impl Lbfgs {
    /// 20 iterations, 25 evaluations, tolerances of 10⁻⁷ and 10⁻⁹, a history of 100, the line search.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            iterations: 20,
            evaluations: None,
            tolerance_gradient: 1e-7,
            tolerance_change: 1e-9,
            history: 100,
            rate: 1.0,
            searches: true,
        }
    }

    /// The most directions to follow; the most evaluations are 5/4 of it, unless they are
    /// [set](Self::evaluations).
    ///
    /// # Errors
    /// [`OptimizerError`] if `iterations` is 0.
    pub fn iterations(self, iterations: u64) -> Result<Self, OptimizerError> {
        let name = ("Lbfgs", "iterations");
        within(name, iterations as f64, "at least 1", iterations > 0)?;
        Ok(Self { iterations, ..self })
    }

    /// The most evaluations of cost and gradient. The last line search ends within them.
    ///
    /// # Errors
    /// [`OptimizerError`] if `evaluations` is 0.
    pub fn evaluations(self, evaluations: u64) -> Result<Self, OptimizerError> {
        let name = ("Lbfgs", "evaluations");
        within(name, evaluations as f64, "at least 1", evaluations > 0)?;
        Ok(Self { evaluations: Some(evaluations), ..self })
    }

    /// Where to stop: at a largest gradient, and at a smallest change of weights or cost.
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them is NaN, infinite or negative.
    pub fn tolerances(self, gradient: f64, change: f64) -> Result<Self, OptimizerError> {
        let expected = "finite and at least 0";
        let name = ("Lbfgs", "tolerance_gradient");
        let tolerance_gradient = within(name, gradient, expected, gradient >= 0.0)?;
        let name = ("Lbfgs", "tolerance_change");
        let tolerance_change = within(name, change, expected, change >= 0.0)?;
        Ok(Self { tolerance_gradient, tolerance_change, ..self })
    }

    /// How many steps are remembered.
    ///
    /// # Errors
    /// [`OptimizerError`] if `history` is 0.
    pub fn history(self, history: usize) -> Result<Self, OptimizerError> {
        within(("Lbfgs", "history"), history as f64, "at least 1", history > 0)?;
        Ok(Self { history, ..self })
    }

    /// The length of a step in units of d, the first that the line search tries.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite, 0 or negative.
    pub fn rate(self, rate: f64) -> Result<Self, OptimizerError> {
        let rate = within(("Lbfgs", "rate"), rate, "finite and above 0", rate > 0.0)?;
        Ok(Self { rate, ..self })
    }

    /// Leaves the line search out: each step is as long as the rate says, and the cost may rise.
    #[must_use]
    pub const fn without_line_search(self) -> Self {
        Self { searches: false, ..self }
    }

    /// Minimizes a cost from `x` on, in place. `cost` gets the numbers, writes its gradient there over the
    /// second slice, and gives its value.
    pub fn minimize<T: Float>(
        &self,
        x: &mut [T],
        mut cost: impl FnMut(&[T], &mut [T]) -> f64,
    ) -> Minimum {
        let mut space = LbfgsSpace::default();
        let cost = |x: &[T], dx: &mut [T]| Ok::<_, Infallible>(cost(x, dx));
        match self.minimize_in(&mut space, x, cost) {
            Ok(minimum) => minimum,
            Err(never) => match never {},
        }
    }

    /// The same in memory that is there, of a cost that can fail.
    ///
    /// # Errors
    /// What `cost` fails with; `x` is then where the last iteration has led.
    pub fn minimize_in<T: Float, E>(
        &self,
        space: &mut LbfgsSpace<T>,
        x: &mut [T],
        mut cost: impl FnMut(&[T], &mut [T]) -> Result<f64, E>,
    ) -> Result<Minimum, E> {
        let most = self.evaluations.unwrap_or(self.iterations * 5 / 4);
        space.reset(x.len());
        let mut f = cost(x, &mut space.g)?;
        let mut found = Minimum { cost: f, iterations: 0, evaluations: 1, stop: Stop::Gradient };
        if !f.is_finite() || !magnitude(&space.g).is_finite() {
            return Ok(Minimum { stop: Stop::NotFinite, ..found });
        }
        if magnitude(&space.g) <= self.tolerance_gradient {
            return Ok(found);
        }
        let mut t = 0.0;
        let mut scaling = 1.0;
        loop {
            found.iterations += 1;
            if found.iterations > 1 {
                scaling = space.remember(t, self.history).unwrap_or(scaling);
            }
            space.direct(scaling);
            space.before.copy_from_slice(&space.g);
            t = self.rate;
            if found.iterations == 1 {
                t *= (1.0 / sum_of(Magnitude, [&space.g[..]]).to_f64()).min(1.0);
            }
            let slope = dot(&space.g, &space.d).to_f64();
            // NaN leads nowhere, either.
            if slope > -self.tolerance_change || slope.is_nan() {
                found.stop = Stop::NoDescent;
                return Ok(found);
            }
            let before = f;
            if self.searches {
                let left = most.saturating_sub(found.evaluations);
                let LbfgsSpace { d, g, search, .. } = space;
                let from = (f, &mut g[..], slope);
                let tolerance = self.tolerance_change;
                let Found { cost: f_new, length, evaluations } =
                    search.strong_wolfe(x, d, t, from, (tolerance, left), &mut cost)?;
                (f, t) = (f_new, length);
                found.evaluations += evaluations;
                axpy(t, &space.d, x);
            } else {
                axpy(t, &space.d, x);
                if found.iterations < self.iterations {
                    f = cost(x, &mut space.g)?;
                    found.evaluations += 1;
                }
            }
            found.cost = f;
            let stop = if !f.is_finite() || !magnitude(&space.g).is_finite() {
                Some(Stop::NotFinite)
            } else if found.iterations >= self.iterations {
                Some(Stop::Iterations)
            } else if found.evaluations >= most {
                Some(Stop::Evaluations)
            } else if magnitude(&space.g) <= self.tolerance_gradient {
                Some(Stop::Gradient)
            } else if t * magnitude(&space.d) <= self.tolerance_change
                || (f - before).abs() < self.tolerance_change
            {
                Some(Stop::Change)
            } else {
                None
            };
            if let Some(stop) = stop {
                return Ok(Minimum { stop, ..found });
            }
        }
    }
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Float> LbfgsSpace<T> {
    /// Memory that will be made when it is first used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins anew with so many numbers.
    fn reset(&mut self, n: usize) {
        for buffer in [&mut self.d, &mut self.g, &mut self.before] {
            buffer.resize(n, T::ZERO);
        }
        self.search.resize(n);
        self.unused.extend(self.pairs.drain(..));
        self.unused.retain(|pair| pair.s.len() == n);
    }

    /// Takes the last step, t d, and what it changed of the gradient among the pairs, unless the gradient
    /// has not grown along it. Gives the new scaling s·y / y·y then.
    fn remember(&mut self, t: f64, history: usize) -> Option<f64> {
        let n = self.d.len();
        let mut pair = self.unused.pop().unwrap_or_else(|| Pair {
            s: vec![T::ZERO; n],
            y: vec![T::ZERO; n],
            rho: 0.0,
        });
        pair.s.copy_from_slice(&self.d);
        scale(&mut pair.s, t);
        pair.y.copy_from_slice(&self.g);
        axpy(-1.0, &self.before, &mut pair.y);
        let product = dot(&pair.y, &pair.s).to_f64();
        if product <= 1e-10 || product.is_nan() {
            self.unused.push(pair);
            return None;
        }
        if self.pairs.len() == history {
            self.unused.extend(self.pairs.pop_front());
        }
        pair.rho = 1.0 / product;
        let scaling = product / dot(&pair.y, &pair.y).to_f64();
        self.pairs.push_back(pair);
        Some(scaling)
    }

    /// d = -H g in two loops over the pairs.
    fn direct(&mut self, scaling: f64) {
        let d = &mut self.d;
        d.copy_from_slice(&self.g);
        scale(d, -1.0);
        self.shares.clear();
        for Pair { s, y, rho } in self.pairs.iter().rev() {
            let share = dot(s, d).to_f64() * rho;
            self.shares.push(share);
            axpy(-share, y, d);
        }
        scale(d, scaling);
        for (Pair { s, y, rho }, share) in self.pairs.iter().zip(self.shares.iter().rev()) {
            axpy(share - dot(y, d).to_f64() * rho, s, d);
        }
    }
}

/// The largest |x|; NaN if there is one.
fn magnitude<T: Float>(x: &[T]) -> f64 {
    if x.is_empty() {
        return 0.0;
    }
    let (high, low) = (largest(x).to_f64(), -smallest(x).to_f64());
    if high.is_nan() { high } else { high.max(low) }
}

/// |x|, as a term of a sum.
#[derive(Clone, Copy)]
struct Magnitude;

impl<T: Float> Term<T, 1> for Magnitude {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        x.abs()
    }
}
