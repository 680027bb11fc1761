//! Every optimizer against the recurrences that PyTorch documents, written out in scalar f64.

use std::{
    env,
    hash::{DefaultHasher, Hasher},
    process::Command,
};

use neuropil_optimizers::{Adam, Optimizer, Sgd, Step};
use neuropil_simd::{Float, LEVEL_VARIABLE, Level};

const STEPS: u64 = 50;
const RATE: f64 = 0.02;

/// Nine weights, so that vectors and tails of every level take part.
const START: [f64; 9] = [1.0, -1.0, 0.5, 3.0, -0.25, 2.0, -2.5, 0.125, 1e-3];

/// The gradient of Σ curvature/2 · w² + sin(w) with curvatures from 0.5 to 4.5: neither constant nor
/// of one sign.
fn gradient(i: usize, w: f64) -> f64 {
    (0.5 + 0.5 * i as f64) * w + w.cos()
}

/// PyTorch's documentation of `torch.optim.SGD`, line by line; maximize = false.
struct ReferenceSgd {
    momentum: f64,
    dampening: f64,
    weight_decay: f64,
    nesterov: bool,
}

impl ReferenceSgd {
    fn run(&self) -> Vec<[f64; 9]> {
        let (mut theta, mut b) = (START, [0.0; 9]);
        let mut trajectory = Vec::new();
        for t in 1..=STEPS {
            for i in 0..9 {
                let mut g = gradient(i, theta[i]);
                if self.weight_decay != 0.0 {
                    g += self.weight_decay * theta[i];
                }
                if self.momentum != 0.0 {
                    if t > 1 {
                        b[i] = self.momentum * b[i] + (1.0 - self.dampening) * g;
                    } else {
                        b[i] = g;
                    }
                    if self.nesterov {
                        g += self.momentum * b[i];
                    } else {
                        g = b[i];
                    }
                }
                theta[i] -= RATE * g;
            }
            trajectory.push(theta);
        }
        trajectory
    }
}

/// PyTorch's documentation of `torch.optim.Adam`, line by line; amsgrad = maximize = false.
struct ReferenceAdam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl ReferenceAdam {
    fn run(&self) -> Vec<[f64; 9]> {
        let (mut theta, mut m, mut v) = (START, [0.0; 9], [0.0; 9]);
        let (mut power1, mut power2) = (1.0, 1.0);
        let mut trajectory = Vec::new();
        for _ in 1..=STEPS {
            power1 *= self.beta1;
            power2 *= self.beta2;
            for i in 0..9 {
                let g = gradient(i, theta[i]) + self.weight_decay * theta[i];
                m[i] = self.beta1 * m[i] + (1.0 - self.beta1) * g;
                v[i] = self.beta2 * v[i] + (1.0 - self.beta2) * g * g;
                let m_hat = m[i] / (1.0 - power1);
                let v_hat = v[i] / (1.0 - power2);
                theta[i] -= RATE * m_hat / (v_hat.sqrt() + self.epsilon);
            }
            trajectory.push(theta);
        }
        trajectory
    }
}

/// The weights after each step of the optimizer under test.
fn run<T: Float>(optimizer: &impl Optimizer) -> Vec<[f64; 9]> {
    let mut w = START.map(T::of);
    let mut state = vec![[T::ZERO; 9]; optimizer.slots()];
    let mut trajectory = Vec::new();
    for count in 1..=STEPS {
        let mut dw = [T::ZERO; 9];
        for i in 0..9 {
            dw[i] = T::of(gradient(i, w[i].to_f64()));
        }
        let mut slots: Vec<&mut [T]> = state.iter_mut().map(|slot| &mut slot[..]).collect();
        let at = Step { rate: RATE, count, shape: &[9] };
        optimizer.step(at, &mut w, &dw, &mut slots);
        trajectory.push(w.map(T::to_f64));
    }
    trajectory
}

fn farthest(a: &[[f64; 9]], b: &[[f64; 9]]) -> f64 {
    assert_eq!(a.len(), b.len());
    let mut farthest = 0.0_f64;
    for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
        let distance = (a - b).abs();
        assert!(!distance.is_nan(), "{a} and {b}");
        farthest = farthest.max(distance);
    }
    farthest
}

/// Measured at every level: 2.2e-15 in f64 and 1.2e-6 in f32, some ten roundings of a weight near 3. The
/// settings move the trajectories apart by 1e-3 and more: see `settings_matter`.
fn assert_follows(optimizer: &impl Optimizer, reference: &[[f64; 9]]) {
    let double = farthest(&run::<f64>(optimizer), reference);
    let single = farthest(&run::<f32>(optimizer), reference);
    assert!(double < 5e-15, "{optimizer:?} in f64: off by {double:e}");
    assert!(single < 3e-6, "{optimizer:?} in f32: off by {single:e}");
}

#[test]
fn sgd_follows_pytorch() {
    for (momentum, dampening, nesterov) in
        [(0.0, 0.0, false), (0.9, 0.0, false), (0.9, 0.3, false), (0.9, 0.0, true)]
    {
        for weight_decay in [0.0, 0.1] {
            let mut sgd = Sgd::new()
                .momentum(momentum)
                .and_then(|sgd| sgd.dampening(dampening))
                .and_then(|sgd| sgd.weight_decay(weight_decay))
                .unwrap();
            if nesterov {
                sgd = sgd.nesterov().unwrap();
            }
            let reference = ReferenceSgd { momentum, dampening, weight_decay, nesterov };
            assert_follows(&sgd, &reference.run());
        }
    }
}

#[test]
fn adam_follows_pytorch() {
    for (beta1, beta2) in [(0.9, 0.999), (0.5, 0.9), (0.0, 0.99), (0.9, 0.5)] {
        for epsilon in [1e-8, 1e-2] {
            for weight_decay in [0.0, 0.1] {
                let adam = Adam::new()
                    .betas(beta1, beta2)
                    .and_then(|adam| adam.epsilon(epsilon))
                    .and_then(|adam| adam.weight_decay(weight_decay))
                    .unwrap();
                let reference = ReferenceAdam { beta1, beta2, epsilon, weight_decay };
                assert_follows(&adam, &reference.run());
            }
        }
    }
}

/// No setting is without effect, or the comparisons above would prove nothing about it.
#[test]
fn settings_matter() {
    let sgd = Sgd::new();
    let heavy = sgd.momentum(0.9).unwrap();
    let adam = Adam::new();
    let sgds = [
        sgd,
        sgd.weight_decay(0.1).unwrap(),
        heavy,
        heavy.dampening(0.3).unwrap(),
        heavy.nesterov().unwrap(),
        heavy.weight_decay(0.1).unwrap(),
    ];
    let adams = [
        adam,
        adam.betas(0.5, 0.999).unwrap(),
        adam.betas(0.9, 0.9).unwrap(),
        adam.epsilon(1e-2).unwrap(),
        adam.weight_decay(0.1).unwrap(),
    ];
    let mut trajectories: Vec<_> = sgds.iter().map(run::<f64>).collect();
    trajectories.extend(adams.iter().map(run::<f64>));
    for i in 0..trajectories.len() {
        for j in 0..i {
            let distance = farthest(&trajectories[i], &trajectories[j]);
            assert!(distance > 1e-3, "trajectories {i} and {j}: {distance:e}");
        }
    }
}

/// What a test of this file prints when it is run by itself with the level forced.
fn output_at(level: Level, test: &str) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(LEVEL_VARIABLE, level.name())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test} at {level}:\n{text}\n{errors}");
    assert!(text.contains("1 passed"), "{test} at {level}:\n{text}");
    text
}

#[test]
fn every_level_follows_pytorch() {
    for level in Level::available() {
        output_at(level, "sgd_follows_pytorch");
        output_at(level, "adam_follows_pytorch");
    }
}

/// Prints a digest of all trajectories' bits, for `fused_levels_agree_to_the_bit`.
#[test]
fn digest() {
    let heavy = Sgd::new().momentum(0.9).unwrap();
    let mut hasher = DefaultHasher::new();
    for trajectory in [
        run::<f32>(&heavy),
        run::<f64>(&heavy.nesterov().unwrap()),
        run::<f32>(&Adam::new()),
        run::<f64>(&Adam::new()),
    ] {
        for w in trajectory.iter().flatten() {
            hasher.write_u64(w.to_bits());
        }
    }
    println!("digest: {:x}", hasher.finish());
}

#[test]
fn fused_levels_agree_to_the_bit() {
    let digest_at = |level| {
        let text = output_at(level, "digest");
        let begin = text.find("digest: ").expect("the digest");
        text[begin..].lines().next().map(str::to_owned)
    };
    let fused: Vec<Level> = Level::available().filter(|&level| level != Level::Portable).collect();
    println!("levels: {fused:?}");
    for pair in fused.windows(2) {
        assert_eq!(digest_at(pair[0]), digest_at(pair[1]), "{pair:?}");
    }
    // The comparison can fail: another level runs other code.
    for &level in &fused {
        assert_ne!(digest_at(level), digest_at(Level::Portable), "{level}");
    }
}
