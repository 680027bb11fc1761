//! All averages of weights.

use super::Member;
use crate::cases::{AverageCase, average};
use neuropil::regularizers::{Ema, Swa};

/// All of them, with the share that each of the weights taken so far has in the average.
pub fn all() -> Vec<Member<AverageCase>> {
    let ema = |decay| Ema::new(decay).expect("a decay");
    vec![
        Member::of::<Ema>([
            average(ema(0.75), |count| by_decays(count, |_| 0.75)),
            average(Ema::default(), |count| by_decays(count, |_| 0.999)),
            average(ema(0.9).warm_up(), |count| {
                by_decays(count, |t| f64::min(0.9, (1.0 + t) / (10.0 + t)))
            }),
            average(ema(0.75).bias_corrected(), |count| {
                let shares: Vec<f64> =
                    (1..=count).map(|i| 0.75_f64.powi((count - i) as i32)).collect();
                let sum: f64 = shares.iter().sum();
                shares.iter().map(|share| share / sum).collect()
            }),
            average(ema(1.0).bias_corrected(), |count| vec![1.0 / count as f64; count]),
        ]),
        Member::of::<Swa>([average(Swa::updates(0, 1).expect("a count"), |count| {
            vec![1.0 / count as f64; count]
        })]),
    ]
}

/// The first share is whole, and each later time multiplies all shares before by a decay.
fn by_decays(count: usize, decay: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut shares = vec![1.0];
    for t in 1..count {
        let decay = decay(t as f64);
        shares.iter_mut().for_each(|share| *share *= decay);
        shares.push(1.0 - decay);
    }
    shares
}
