//! What holds for every mixture: nothing is lost or made, of samples and of targets, and what is drawn
//! is a function of the stream.

use crate::cases::MixtureCase;
use crate::list;
use crate::numbers::numbers;
use neuropil::regularizers::{Mix, partners, random};
use neuropil::simd::Float;

/// Every mixture in each of its settings.
pub fn cases() -> impl Iterator<Item = MixtureCase> {
    list::mixtures::all().into_iter().flat_map(|member| member.cases)
}

/// Draws of a mixture.
pub fn drawn(case: &MixtureCase) -> impl Iterator<Item = Mix> {
    (0..200).map(|step| case.mixture.draw(random::key(&[42, step]), case.sample))
}

#[test]
fn what_is_drawn_is_a_function_of_the_stream() {
    for case in cases() {
        assert_eq!(case.mixture.check(case.sample), Ok(()));
        let mixes: Vec<Mix> = drawn(&case).collect();
        assert!(mixes.iter().eq(&drawn(&case).collect::<Vec<_>>()));
        assert!(mixes.iter().any(|mix| *mix != mixes[0]), "{:?}", case.mixture);
        let type_name = format!("{:?}", case.mixture);
        let type_name = type_name.split([' ', '(']).next().unwrap_or_default();
        assert!(case.mixture.name().starts_with(type_name), "{type_name}");
    }
}

/// A number of 0 and a partner of 1: the sum is the partner's share, in samples and in targets.
#[test]
fn samples_and_targets_are_mixed_in_the_same_shares() {
    fn check<T: Float>(case: &MixtureCase) {
        let len: usize = case.sample.iter().product();
        for mix in drawn(case) {
            assert!((0.0..=1.0).contains(&mix.share()), "{:?}: {mix:?}", case.mixture);
            let mut x = vec![T::ZERO; 3 * len];
            mix.inputs(&mut x, &vec![T::ONE; 3 * len]);
            let rest = 1.0 - mix.share();
            match mix.rectangle() {
                Some(_) => {
                    let ones = x.iter().filter(|&&x| x == T::ONE).count();
                    assert!(x.iter().all(|&x| x == T::ONE || x == T::ZERO));
                    let share = ones as f64 / x.len() as f64;
                    assert!((share - rest).abs() <= f64::EPSILON, "{:?}: {mix:?}", case.mixture);
                }
                None => {
                    let is_rest = |x: &T| (x.to_f64() - rest).abs() <= T::EPSILON.to_f64();
                    assert!(x.iter().all(is_rest), "{:?}: {mix:?}", case.mixture);
                }
            }

            for (class, partner) in [(0, 2), (2, 1), (1, 1)] {
                let (mut p, mut t, mut other) = ([T::NAN; 3], [T::ZERO; 3], [T::ZERO; 3]);
                mix.classes(class, partner, &mut p);
                (t[class as usize], other[partner as usize]) = (T::ONE, T::ONE);
                mix.targets(&mut t, &other);
                let sum: f64 = p.iter().map(|p| p.to_f64()).sum();
                assert!((sum - 1.0).abs() <= T::EPSILON.to_f64(), "{:?}: {sum}", case.mixture);
                for (p, t) in p.iter().zip(t) {
                    assert!((p.to_f64() - t.to_f64()).abs() <= T::EPSILON.to_f64());
                }
            }
        }
    }
    for case in cases() {
        check::<f32>(&case);
        check::<f64>(&case);
    }
}

/// Mixed with itself a sample is what it was.
#[test]
fn a_sample_is_its_own_partner() {
    for case in cases() {
        let len: usize = case.sample.iter().product();
        for mix in drawn(&case) {
            let x = numbers::<f64>(2 * len, 3.0, 1);
            let mut mixed = x.clone();
            mix.inputs(&mut mixed, &x);
            for (mixed, x) in mixed.iter().zip(&x) {
                assert!((mixed - x).abs() <= 2.0 * f64::EPSILON * x.abs(), "{:?}", case.mixture);
            }
        }
    }
}

#[test]
fn partners_are_an_order_of_the_rows() {
    for rows in 0..70 {
        let mut partner = vec![u32::MAX; rows];
        partners(random::key(&[7]), &mut partner);
        partner.sort_unstable();
        assert!(partner.iter().copied().eq(0..rows as u32));
    }
}
