//! A loss at the end of a graph: its gradient is led back, fused and unfused, over NaN and over
//! other numbers.

use neuropil::activations::Sigmoid;
use neuropil::gradcheck::{check_loss, gradcheck};
use neuropil::losses::{Loss, Prediction, TargetKind};
use neuropil::tensor::Shape;
use neuropil::{BuildError, Error, Linear, Module, Node, Spec};

/// Checks a loss: each kind of target that it takes, with a weight for each row and without, on
/// rows and on rows within rows.
pub fn check(loss: &impl Loss) -> Result<(), Error> {
    for outer in [&[][..], &[3]] {
        for width in [2, 9] {
            let prediction: Shape = outer.iter().copied().chain([width]).collect();
            let values = outer.iter().copied().chain([loss.target_width(width)]);
            let targets = [
                (TargetKind::Labels, Spec::indices(outer)),
                (TargetKind::Values, Spec::per_row(values.collect::<Shape>())),
            ];
            for (kind, target) in targets {
                if loss.accepts(kind) {
                    // Any numbers are no probabilities.
                    if loss.prediction() != Prediction::Probabilities {
                        check_loss(loss.clone(), prediction, target, 1)?;
                    }
                    gradcheck(&WithWeights(loss.clone(), target), prediction, 2)?;
                }
            }
        }
    }
    Ok(())
}

/// A loss with a positive weight for each row, behind a product and, if it takes probabilities, a
/// sigmoid.
#[derive(Debug)]
struct WithWeights<L>(L, Spec);

impl<L: Loss> Module for WithWeights<L> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let Self(loss, target) = self;
        let dims = x.shape();
        let outer = &dims.dims()[..dims.rank() - 1];
        let root = x.graph().input("weights", outer);
        let weights = root.times(root)?;
        let target = match target.indices {
            true => x.graph().index_input("target", target.shape),
            false => {
                // In (0, 1), which any loss can take.
                let any = x.graph().input("target", target.shape);
                Sigmoid.build(any)?
            }
        };
        let mut y = x.named("0", &Linear::new(x.width(), x.width()))?;
        if loss.prediction() == Prediction::Probabilities {
            y = y.named("1", &Sigmoid)?;
        }
        y.weighted_loss(loss.clone(), target, weights)
    }
}
