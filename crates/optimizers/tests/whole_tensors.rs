//! What optimizers of whole tensors, and the one that minimizes by itself, promise beyond a step.

use neuropil_optimizers::{Adafactor, Lbfgs, LbfgsSpace, Muon, Optimizer, Step, Stop};

/// Numbers that look random.
fn numbers(n: usize, phase: f64) -> Vec<f64> {
    (0..n).map(|i| ((i * i) as f64 * 0.7 + phase).sin() * (1.0 + i as f64 % 5.0)).collect()
}

fn step(optimizer: &impl Optimizer, shape: &[usize], w: &mut [f64], dw: &[f64]) -> Vec<Vec<f64>> {
    let mut slots = vec![vec![0.0; w.len()]; optimizer.slots()];
    let mut state: Vec<&mut [f64]> = slots.iter_mut().map(|slot| &mut slot[..]).collect();
    optimizer.step(Step { rate: 0.5, count: 1, shape }, w, dw, &mut state);
    slots
}

/// The rows of the shorter side have lengths near 1 and stand nearly upright on each other, in wide and in
/// tall matrices.
#[test]
fn muons_step_is_nearly_orthogonal() {
    for (rows, columns) in [(3, 7), (7, 3), (4, 4), (1, 5), (5, 1), (17, 40)] {
        let muon = Muon::new().weight_decay(0.0).expect("no decay").match_rms_adamw();
        let dw = numbers(rows * columns, 0.3);
        let mut w = vec![0.0; rows * columns];
        step(&muon, &[rows, columns], &mut w, &dw);
        let length = 0.5 * 0.2 * (rows.max(columns) as f64).sqrt();
        let x: Vec<f64> = w.iter().map(|w| -w / length).collect();
        let at = |i: usize, k: usize| {
            if rows < columns { x[i * columns + k] } else { x[k * columns + i] }
        };
        let (short, long) = (rows.min(columns), rows.max(columns));
        let mut trace = 0.0;
        for i in 0..short {
            let square: f64 = (0..long).map(|k| at(i, k) * at(i, k)).sum();
            assert!((0.2..1.6).contains(&square), "[{rows}, {columns}]: row {i} is {square}");
            trace += square;
        }
        let mean = trace / short as f64;
        assert!((0.45..1.45).contains(&mean), "[{rows}, {columns}]: {mean}");
    }
}

/// A matrix and its transpose take the same step, but for the factor of the rate.
#[test]
fn muon_turns_with_the_matrix() {
    let muon = Muon::new().match_rms_adamw();
    let (w, dw) = (numbers(6, 1.0), numbers(6, 2.0));
    let turned = |x: &[f64]| -> Vec<f64> { (0..6).map(|i| x[i % 2 * 3 + i / 2]).collect() };
    let (mut a, mut b) = (w.clone(), turned(&w));
    step(&muon, &[2, 3], &mut a, &dw);
    step(&muon, &[3, 2], &mut b, &turned(&dw));
    for (a, b) in turned(&a).iter().zip(&b) {
        assert!((a - b).abs() < 1e-13, "{a} and {b}");
    }
}

/// Kernels are so many matrices of their last two axes; lines of one number are their own means.
#[test]
fn adafactor_sees_blocks_and_lines() {
    let adafactor = Adafactor::new();
    let dw = numbers(12, 0.5);
    // Two blocks of [2, 3]: rows first, then columns.
    let slots = step(&adafactor, &[2, 2, 3], &mut numbers(12, 0.0), &dw);
    for block in 0..2 {
        let (g, v) = (&dw[block * 6..][..6], &slots[0][block * 6..][..6]);
        for row in 0..2 {
            let mean = g[row * 3..][..3].iter().map(|g| g * g).sum::<f64>() / 3.0;
            assert!((v[row] - mean).abs() < 1e-12);
        }
        for column in 0..3 {
            let mean = (g[column] * g[column] + g[3 + column] * g[3 + column]) / 2.0;
            assert!((v[2 + column] - mean).abs() < 1e-12);
        }
        assert_eq!(v[5], 0.0);
    }
    // A line and a vector take one step.
    let steps = [&[12][..], &[1, 12], &[12, 1], &[3, 4, 1]].map(|shape| {
        let mut w = numbers(12, 0.0);
        step(&adafactor, shape, &mut w, &dw);
        w
    });
    for other in &steps[1..] {
        assert!(steps[0].iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}

fn bowl(x: &[f64], dx: &mut [f64]) -> f64 {
    let mut cost = 0.0;
    for (i, (x, dx)) in x.iter().zip(dx).enumerate() {
        let curvature = 4.0_f64.powi(i as i32);
        *dx = curvature * (x - 1.0);
        cost += *dx * (x - 1.0) / 2.0;
    }
    cost
}

#[test]
fn lbfgs_says_why_it_stops() {
    let stop = |lbfgs: Lbfgs, start: f64| {
        let mut x = [start; 4];
        lbfgs.minimize(&mut x, bowl)
    };
    let lbfgs = Lbfgs::new().iterations(100).expect("a number");
    assert_eq!(stop(lbfgs, 1.0).stop, Stop::Gradient);
    assert_eq!((stop(lbfgs, 1.0).evaluations, stop(lbfgs, 1.0).iterations), (1, 0));
    let found = stop(lbfgs, -3.0);
    assert!(matches!(found.stop, Stop::Gradient | Stop::Change), "{found:?}");
    assert!(found.cost < 1e-9, "{found:?}");
    let short = lbfgs.iterations(2).and_then(|lbfgs| lbfgs.evaluations(100)).expect("numbers");
    assert_eq!(stop(short, -3.0).stop, Stop::Iterations);
    let few = lbfgs.evaluations(3).expect("a number");
    assert_eq!(stop(few, -3.0).stop, Stop::Evaluations);
    assert!(stop(few, -3.0).evaluations <= 4);
    let none = lbfgs.minimize(&mut [0.0_f64; 2], |_, dx| {
        dx.fill(f64::NAN);
        1.0
    });
    assert_eq!((none.stop, none.evaluations), (Stop::NotFinite, 1));
    assert_eq!(lbfgs.minimize(&mut [0.0_f64; 0], |_, _| 7.0).cost, 7.0);
}

/// Where the cost has no value, the search goes back.
#[test]
fn lbfgs_comes_back_from_where_there_is_no_cost() {
    // x - ln x is smallest at 1, and has no value below 0, where the first step leads.
    let mut x = [5.0_f64];
    let found = Lbfgs::new().rate(50.0).expect("a rate").minimize(&mut x, |x, dx| {
        dx[0] = 1.0 - 1.0 / x[0];
        x[0] - x[0].ln()
    });
    assert!((x[0] - 1.0).abs() < 1e-4, "{x:?}, {found:?}");
}

/// The same memory serves again, to the same bits, for more numbers too; a cost that fails is told.
#[test]
fn lbfgs_forgets_between_functions() {
    let lbfgs = Lbfgs::new();
    let alone = |n: usize| {
        let mut x = vec![-2.0; n];
        lbfgs.minimize(&mut x, bowl);
        x
    };
    let mut space = LbfgsSpace::new();
    for n in [3, 5, 5, 2, 3] {
        let mut x = vec![-2.0; n];
        let found = lbfgs.minimize_in(&mut space, &mut x, |x, dx| Ok::<_, ()>(bowl(x, dx)));
        assert!(found.is_ok());
        assert_eq!(x, alone(n));
    }
    let mut calls = 0;
    let failed = lbfgs.minimize_in(&mut space, &mut [-2.0; 3], |x: &[f64], dx: &mut [f64]| {
        calls += 1;
        if calls == 4 { Err("enough") } else { Ok(bowl(x, dx)) }
    });
    assert_eq!(failed, Err("enough"));
}
