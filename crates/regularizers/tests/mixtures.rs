//! What mixtures draw, as statistics: shares of Beta(α, α), partners and places without a preference.

use neuropil_regularizers::{CutMix, Mix, Mixture, Mixup, RegularizerError, partners, random};

const DRAWS: u64 = 20_000;

/// Shares of as many steps.
fn shares(alpha: f64) -> Result<Vec<f64>, RegularizerError> {
    let mixup = Mixup::new(alpha)?;
    Ok((0..DRAWS).map(|step| mixup.draw(random::key(&[42, step]), &[3]).share()).collect())
}

/// The largest distance between the shares' distribution and another: of Kolmogorov and Smirnov.
fn distance(mut shares: Vec<f64>, distribution: impl Fn(f64) -> f64) -> f64 {
    shares.sort_by(f64::total_cmp);
    let count = shares.len() as f64;
    let distances = shares.iter().enumerate().map(|(i, &share)| {
        let expected = distribution(share);
        (expected - i as f64 / count).abs().max((expected - (i + 1) as f64 / count).abs())
    });
    distances.fold(0.0, f64::max)
}

#[test]
fn shares_are_of_the_beta_distribution() -> Result<(), RegularizerError> {
    // One in a thousand good sources would be further off.
    let limit = 1.95 / (DRAWS as f64).sqrt();
    let arcsine = |x: f64| 2.0 / std::f64::consts::PI * x.sqrt().asin();
    assert!(distance(shares(0.5)?, arcsine) < limit);
    assert!(distance(shares(1.0)?, |x| x) < limit);
    assert!(distance(shares(2.0)?, |x| x * x * (3.0 - 2.0 * x)) < limit);
    assert!(distance(shares(3.0)?, |x| x.powi(3) * (10.0 - 15.0 * x + 6.0 * x * x)) < limit);
    // And the measure sees a difference.
    assert!(distance(shares(1.2)?, |x| x) > limit && distance(shares(0.55)?, arcsine) > limit);
    Ok(())
}

/// Mean 1/2, variance 1/(4(2α + 1)), excess −6/(3 + 2α), also where one share is nearly all.
#[test]
fn moments_are_those_of_the_beta_distribution() -> Result<(), RegularizerError> {
    for alpha in [0.01, 0.1, 0.2, 0.4, 0.5, 0.51, 1.0, 5.0, 100.0] {
        let shares = shares(alpha)?;
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{alpha}");
        let moment = |power: i32| {
            shares.iter().map(|share| (share - 0.5).powi(power)).sum::<f64>() / DRAWS as f64
        };
        let variance = 0.25 / (2.0 * alpha + 1.0);
        let fourth = variance * variance * (3.0 - 6.0 / (3.0 + 2.0 * alpha));
        let of_mean = (variance / DRAWS as f64).sqrt();
        let of_variance = ((fourth - variance * variance) / DRAWS as f64).sqrt();
        assert!(moment(1).abs() < 4.0 * of_mean, "{alpha}: a mean of {}", moment(1));
        let error = (moment(2) - variance).abs();
        assert!(error < 4.0 * of_variance, "{alpha}: a variance of {}", moment(2));
        // Neighbouring steps have nothing to do with each other.
        let product = |pair: &[f64]| (pair[0] - 0.5) * (pair[1] - 0.5);
        let sum: f64 = shares.windows(2).map(product).sum();
        assert!((sum / DRAWS as f64).abs() < 4.0 * variance / (DRAWS as f64).sqrt(), "{alpha}");
    }
    Ok(())
}

#[test]
fn every_row_may_be_the_partner_of_every_row() {
    const ROWS: usize = 6;
    let mut counts = [[0_u32; ROWS]; ROWS];
    for step in 0..DRAWS {
        let mut partner = [0; ROWS];
        partners(random::key(&[1, step]), &mut partner);
        for (of, &partner) in counts.iter_mut().zip(&partner) {
            of[partner as usize] += 1;
        }
    }
    let mean = DRAWS as f64 / ROWS as f64;
    let deviation = (mean * (1.0 - 1.0 / ROWS as f64)).sqrt();
    for count in counts.iter().flatten() {
        assert!((f64::from(*count) - mean).abs() < 4.5 * deviation, "{counts:?}");
    }
}

/// With an α so large that every λ is 1/2, the rectangle's middle tells where it lies.
#[test]
fn rectangles_lie_everywhere() -> Result<(), RegularizerError> {
    let (cut_mix, image) = (CutMix::new(1e9)?, [1, 6, 10]);
    let mut covered = vec![0.0; 60];
    for step in 0..DRAWS {
        let mix = cut_mix.draw(random::key(&[3, step]), &image);
        let mut x = vec![0.0_f64; 60];
        mix.inputs(&mut x, &[1.0; 60]);
        covered.iter_mut().zip(&x).for_each(|(sum, x)| *sum += x / DRAWS as f64);
        assert!((mix.share() - (1.0 - x.iter().sum::<f64>() / 60.0)).abs() < 1e-12);
    }
    // Half of the sides are 2 and 3: a place is within if the middle is among so many.
    for (row, of_row) in covered.chunks(10).enumerate() {
        for (column, share) in of_row.iter().enumerate() {
            let within = |at: usize, half: usize, end: usize| {
                (0..end).filter(|&m| at + half >= m && at < m + half).count() as f64 / end as f64
            };
            let expected = within(row, 2, 6) * within(column, 3, 10);
            assert!((share - expected).abs() < 0.015, "{row}, {column}: {share} {expected}");
        }
    }
    Ok(())
}

#[test]
fn wrong_settings_and_samples_are_refused() {
    for alpha in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-60] {
        let error = Mixup::new(alpha).unwrap_err().to_string();
        assert!(error.contains("Mixup: alpha") && error.contains(&alpha.to_string()), "{error}");
        assert!(CutMix::new(alpha).is_err());
    }
    let (cut_mix, mixup) = (CutMix::default(), Mixup::default());
    for sample in [&[][..], &[784], &[28, 28], &[2, 3, 4, 5]] {
        let error = cut_mix.check(sample).unwrap_err().to_string();
        assert!(error.contains(&format!("have {} axes", sample.len())), "{error}");
        assert!(mixup.check(sample).is_ok());
    }
}

#[test]
#[should_panic(expected = "rows 0..3")]
fn a_rectangle_beyond_the_image_panics() {
    let _ = Mix::of_rectangle(0..3, 0..1, [2, 2]);
}
