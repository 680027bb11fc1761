//! A loss written as a user of the crate would write it, on plain loops.

use neuropil_losses::{Float, Loss, Reduction, Target, TargetKind, Weights};

/// Σ_i (x_i - t)⁴ with one target for the whole row.
#[derive(Clone, Copy, Debug)]
pub struct Quartic {
    pub reduction: Reduction,
}

impl Quartic {
    pub fn new() -> Self {
        Self { reduction: Reduction::Mean }
    }

    pub fn sum(self) -> Self {
        Self { reduction: Reduction::Sum }
    }
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

#[test]
fn it_is_a_loss() {
    let x = [1.0_f32, 2.0, 3.0, 4.0];
    let target = Target::Values(&[1.0, 2.0]);
    assert_eq!(Quartic::new().name(), "Quartic");
    assert_eq!(Quartic::new().value(2, &x, target), Ok((1.0 + 17.0) / 2.0));
    let mut dx = [f32::NAN; 4];
    assert_eq!(Quartic::new().sum().both(2, &x, target, &mut dx), Ok(18.0));
    assert_eq!(dx, [0.0, 4.0, 4.0, 32.0]);
}
