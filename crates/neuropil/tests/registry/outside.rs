//! Members as a user would write them, who have only the crate of their family: what holds for
//! ours holds for theirs.

use crate::cases::{ActivationCase, LossCase, elementwise, loss};
use neuropil::activations::{Activation, Elementwise, Lanes, Reads};
use neuropil::losses::{Loss, Reduction, Target, TargetKind, Weights};
use neuropil::simd::Float;

/// The inverse square root unit: x/√(x² + 1)
#[derive(Clone, Copy, Debug)]
struct Isru;

impl Elementwise for Isru {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        x / x.mul_add(x, V::of(1.0)).sqrt()
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let square = x.mul_add(x, V::of(1.0));
        V::of(1.0) / (square * square.sqrt())
    }
}

/// An activation.
pub fn activation() -> ActivationCase {
    elementwise(Isru, |x| x / (x * x + 1.0).sqrt())
}

#[test]
fn it_is_an_activation() {
    let x = [-0.75_f64, 0.0, 0.75];
    let mut y = [0.0; 3];
    Isru.forward(3, &x, &mut y);
    assert_eq!(y, [-0.6, 0.0, 0.6]);
    assert_eq!(Isru.name(), "Isru");
    assert!(Isru.is_elementwise());
    assert!(!Isru.is_relu());
    assert_eq!(Activation::clamp(&Isru), None);
}

/// Σ_i (x_i - t)⁴ with one target for the whole row, on plain loops.
#[derive(Clone, Copy, Debug)]
struct Quartic {
    reduction: Reduction,
}

impl Loss for Quartic {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn target_width(&self, _width: usize) -> usize {
        1
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn rows<T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        mut dx: Option<&mut [T]>,
    ) {
        let Target::Values(target) = target else { panic!("Quartic: takes no labels") };
        assert_eq!((x.len(), target.len()), (loss.len() * width, loss.len()));
        for (row, (x, t)) in x.chunks_exact(width).zip(target).enumerate() {
            loss[row] = x.iter().map(|&x| (x - *t) * (x - *t) * (x - *t) * (x - *t)).sum();
            if let Some(dx) = &mut dx {
                for (dx, &x) in dx[row * width..][..width].iter_mut().zip(x) {
                    *dx = T::of(4.0) * (x - *t) * (x - *t) * (x - *t) * weights.of(row);
                }
            }
        }
    }
}

/// A loss, by mean and by sum.
pub fn losses() -> [LossCase; 2] {
    [Reduction::Mean, Reduction::Sum].map(|reduction| {
        loss(Quartic { reduction }, |x, target| {
            let Target::Values(t) = target else { panic!("Quartic: takes no labels") };
            x.iter().map(|x| (x - t[0]).powi(4)).sum()
        })
    })
}

#[test]
fn it_is_a_loss() {
    let x = [1.0_f32, 2.0, 3.0, 4.0];
    let target = Target::Values(&[1.0, 2.0]);
    let quartic = Quartic { reduction: Reduction::Mean };
    assert_eq!(quartic.name(), "Quartic");
    assert_eq!(quartic.value(2, &x, target), Ok((1.0 + 17.0) / 2.0));
    let mut dx = [f32::NAN; 4];
    let quartic = Quartic { reduction: Reduction::Sum };
    assert_eq!(quartic.both(2, &x, target, &mut dx), Ok(18.0));
    assert_eq!(dx, [0.0, 4.0, 4.0, 32.0]);
}
