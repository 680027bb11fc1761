//! Proximal steps, constraints and averages: what their definitions say, and what is refused.

use neuropil_regularizers::{
    Average, Constraint, ElasticNet, Ema, GroupLasso, L1, L2, MaxNorm, MinMaxNorm, Orthogonal,
    Proximal, RegularizerError, Swa, UnitNorm, Units, random,
};

/// Numbers in [-range, range).
fn numbers(seed: u64, count: usize, range: f64) -> Vec<f64> {
    let unit = |i| (random::bits(random::key(&[seed]), i) >> 11) as f64 / (1_u64 << 53) as f64;
    (0..count as u64).map(|i| (2.0 * unit(i) - 1.0) * range).collect()
}

/// penalty(v) + ‖v − w‖² / (2 rate)
fn objective(penalty: &impl Proximal, units: Units, rate: f64, v: &[f64], w: &[f64]) -> f64 {
    let distance: f64 = v.iter().zip(w).map(|(v, w)| (v - w) * (v - w)).sum();
    penalty.penalty_of_units(units, v) + distance / (2.0 * rate)
}

/// Nothing near the step's end, nothing on the way to zero and no other start is better.
fn is_least(penalty: &impl Proximal) {
    let units = Units { outer: 2, count: 3, inner: 2 };
    for (trial, rate) in [0.1, 0.5, 2.0].into_iter().enumerate() {
        let w = numbers(trial as u64, 12, 1.5);
        let mut v = w.clone();
        penalty.shrink(units, rate, &mut v);
        let least = objective(penalty, units, rate, &v, &w);
        for other in 0..2_000 {
            let size = [1e-3, 1e-2, 0.1, 1.0][other % 4];
            let moved = numbers(other as u64 + 100, 12, size);
            let moved: Vec<f64> = v.iter().zip(moved).map(|(v, by)| v + by).collect();
            let value = objective(penalty, units, rate, &moved, &w);
            assert!(value >= least - 1e-12, "{penalty:?} at {rate}: {value} below {least}");
        }
        for i in 0..12 {
            let mut without = v.clone();
            without[i] = 0.0;
            assert!(objective(penalty, units, rate, &without, &w) >= least - 1e-12, "{penalty:?}");
        }
    }
}

#[test]
fn a_proximal_step_ends_at_the_least() -> Result<(), RegularizerError> {
    is_least(&L1::new(0.7)?);
    is_least(&L2::new(0.7)?);
    is_least(&ElasticNet::new(0.4, 0.7)?);
    is_least(&GroupLasso::new(0.4)?);
    Ok(())
}

/// The lasso by iterated shrinkage: the conditions of its optimum hold, and most weights are zero.
#[test]
fn iterated_shrinkage_solves_the_lasso() -> Result<(), RegularizerError> {
    let (rows, columns, lambda) = (40, 12, 0.15);
    let x = numbers(1, rows * columns, 1.0);
    let truth: Vec<f64> = (0..columns).map(|i| if i % 5 == 0 { 1.0 } else { 0.0 }).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let noise = numbers(2, rows, 0.1);
    let y: Vec<f64> =
        (0..rows).map(|r| dot(&x[r * columns..(r + 1) * columns], &truth) + noise[r]).collect();
    let gradient = |w: &[f64]| {
        let mut dw = vec![0.0; columns];
        for (row, &y) in x.chunks(columns).zip(&y) {
            let error = (dot(row, w) - y) / rows as f64;
            dw.iter_mut().zip(row).for_each(|(dw, x)| *dw += error * x);
        }
        dw
    };
    let (l1, mut w) = (L1::new(lambda)?, vec![0.5; columns]);
    for _ in 0..5_000 {
        let dw = gradient(&w);
        w.iter_mut().zip(dw).for_each(|(w, dw)| *w -= 0.5 * dw);
        l1.shrink(Units::whole(columns), 0.5, &mut w);
    }
    assert!(w.iter().filter(|&&w| w == 0.0).count() >= 6, "{w:?}");
    for (w, dw) in w.iter().zip(gradient(&w)) {
        match *w == 0.0 {
            true => assert!(dw.abs() <= lambda + 1e-12),
            false => assert!((dw + lambda * w.signum()).abs() < 1e-9, "{w} {dw}"),
        }
    }
    Ok(())
}

/// What is within a bound is not touched, to the bit; nor is zero.
#[test]
fn what_may_stay_stays_to_the_bit() -> Result<(), RegularizerError> {
    let bits = |w: &[f32]| w.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
    let start = [0.1_f32, -0.7, 0.3, 1.1, -0.0, 0.0];
    let units = Units::rows(3, 2);
    for constraint in [MinMaxNorm::new(0.5, 1.2)?, MinMaxNorm::new(2.0, 3.0)?.rate(0.0)?] {
        let mut w = start;
        constraint.project(units, &mut w);
        assert_eq!(bits(&w), bits(&start), "{constraint:?}");
    }
    let mut w = start;
    MaxNorm::default().project(units, &mut w);
    assert_eq!(bits(&w), bits(&start));
    UnitNorm.project(units, &mut w);
    assert_eq!(bits(&w[4..]), bits(&start[4..]));
    Ok(())
}

#[test]
fn wrong_settings_are_refused_with_their_value() {
    let wrong = [f64::NAN, f64::INFINITY, -1.0];
    for value in wrong {
        for error in [
            L1::new(value).unwrap_err(),
            ElasticNet::new(value, 1.0).unwrap_err(),
            ElasticNet::new(1.0, value).unwrap_err(),
            GroupLasso::new(value).unwrap_err(),
            Orthogonal::new(value).unwrap_err(),
            MaxNorm::new(value).unwrap_err(),
            MinMaxNorm::new(value, 1.0).unwrap_err(),
            MinMaxNorm::new(0.0, value).unwrap_err(),
        ] {
            let says = error.to_string();
            assert!(says.ends_with(&format!("but is {value}")), "{says}");
        }
        assert!(MinMaxNorm::default().rate(value).is_err() && Ema::new(value).is_err());
    }
    let error = MinMaxNorm::new(2.0, 1.0).unwrap_err().to_string();
    assert_eq!(error, "MinMaxNorm: min must be at most 1, but is 2");
    let error = Swa::epochs(3, 0).unwrap_err().to_string();
    assert_eq!(error, "Swa: every must be at least 1, but is 0");
}

#[test]
fn averages_are_taken_when_it_is_time() -> Result<(), RegularizerError> {
    let times =
        |swa: Swa, of: fn(&Swa, u64) -> bool| (1..=10).filter(|&n| of(&swa, n)).collect::<Vec<_>>();
    let (update, epoch) = (<Swa as Average>::after_update, <Swa as Average>::after_epoch);
    assert_eq!(times(Swa::updates(4, 3)?, update), [4, 7, 10]);
    assert_eq!(times(Swa::updates(0, 5)?, update), [5, 10]);
    assert_eq!(times(Swa::updates(4, 3)?, epoch), []);
    assert_eq!(times(Swa::epochs(9, 1)?, epoch), [9, 10]);
    assert_eq!(times(Swa::epochs(9, 1)?, update), []);
    let ema = Ema::default();
    assert!(ema.after_update(1) && !ema.after_epoch(1));
    Ok(())
}
