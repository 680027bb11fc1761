//! L-BFGS: where so many iterations lead.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::Case;
use neuropil::optimizers::Lbfgs;
use neuropil::simd::Float;

/// In single precision the last digits of the cost decide how far the search goes, so that another way
/// leads down; but down it leads.
pub fn check(case: &Case) -> Result<(), Failure> {
    let single = run::<f32>(case)?;
    if let [first, .., last] = &single[..]
        && last.1 > 1e-2 * first.1
    {
        return Err(format!("in f32 the cost falls from {} to {}", first.1, last.1).into());
    }
    let found = run::<f64>(case)?;
    let x: Vec<f64> = found.iter().flat_map(|(x, _)| x.clone()).collect();
    let costs: Vec<f64> = found.iter().map(|&(_, cost)| cost).collect();
    case.compare("x", &x, LONG)?;
    case.compare("cost", &costs, LONG)
}

/// Rounding grows along a narrow valley.
const LONG: Closeness = Closeness { double: 1e-9, ..Closeness::TRAJECTORIES };

/// Where each number of iterations leads, and the cost there.
fn run<T: Float>(case: &Case) -> Result<Vec<(Vec<T>, f64)>, Failure> {
    let mut lbfgs = Lbfgs::new().rate(case.setting("rate").unwrap_or(1.0))?;
    lbfgs = lbfgs.history(case.setting("history").unwrap_or(100.0) as usize)?;
    if let Some(evaluations) = case.setting("evaluations") {
        lbfgs = lbfgs.evaluations(evaluations as u64)?;
    }
    let gradient = case.setting("tolerance_grad").unwrap_or(1e-7);
    lbfgs = lbfgs.tolerances(gradient, case.setting("tolerance_change").unwrap_or(1e-9))?;
    if case.flag("without_line_search") {
        lbfgs = lbfgs.without_line_search();
    }
    let start = case.input::<T>("start")?.values;
    let is_quadratic = case.text("function") == Some("quadratic");
    let given = |key| case.given::<T>(key).map(|array| array.values).unwrap_or_default();
    let (curvature, minimum) = (given("curvature"), given("minimum"));
    let cost = |x: &[T], dx: &mut [T]| {
        if is_quadratic {
            let mut cost = 0.0;
            for (i, dx) in dx.iter_mut().enumerate() {
                *dx = curvature[i] * (x[i] - minimum[i]);
                cost += (*dx * (x[i] - minimum[i])).to_f64() / 2.0;
            }
            return cost;
        }
        dx.fill(T::ZERO);
        let mut cost = 0.0;
        for i in 1..x.len() {
            let (beside, short) = (x[i] - x[i - 1] * x[i - 1], T::of(1.0) - x[i - 1]);
            dx[i - 1] -= T::of(400.0) * x[i - 1] * beside + T::of(2.0) * short;
            dx[i] += T::of(200.0) * beside;
            cost += (short * short + T::of(100.0) * beside * beside).to_f64();
        }
        cost
    };
    let iterations = case.indices("iterations").ok_or("no iterations")?;
    let lead = |&iterations: &u32| {
        let mut x = start.clone();
        lbfgs.iterations(iterations.into())?.minimize(&mut x, cost);
        let here = cost(&x, &mut vec![T::ZERO; x.len()]);
        Ok((x, here))
    };
    iterations.iter().map(lead).collect()
}
