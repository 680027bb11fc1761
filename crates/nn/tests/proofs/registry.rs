//! The list of all ops, activations, losses and layers: what holds for all is tested by walking
//! it, and a test reads the sources to see that nobody is forgotten.

use neuropil_losses::{Loss, TargetKind};
use neuropil_nn::gradcheck::{check_loss, check_op};
use neuropil_nn::ops::{Activate, Add, Copy, DropoutOp, LinearOp, LossOp, Multiply};
use neuropil_nn::{AnyOp, Spec, prelude::*};
use neuropil_regularizers::Dropout as DropoutRule;
use neuropil_tensor::Shape;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A public type, and what is done to test it.
pub enum Member {
    /// An activation or a layer, each as it is built for samples of some shape.
    Module(&'static str, fn() -> Vec<Sample>),
    /// An op, with a check of its gradients.
    Op(&'static str, fn() -> Result<(), Error>),
    /// A loss, with a check of its gradients.
    Loss(&'static str, fn() -> Result<(), Error>),
}

impl Member {
    fn name(&self) -> &'static str {
        match self {
            Self::Module(name, _) | Self::Op(name, _) | Self::Loss(name, _) => name,
        }
    }
}

/// A module and the shape of a sample that it takes.
pub type Sample = (Box<dyn Module>, Shape);

/// All of them.
pub const MEMBERS: &[Member] = &[
    Member::Module("Glu", || on(EVEN, Glu)),
    Member::Module("Identity", || on(ANY, Identity)),
    Member::Module("Relu", || on(ANY, Relu)),
    Member::Module("Sigmoid", || on(ANY, Sigmoid)),
    Member::Module("Softmax", || on(ANY, Softmax)),
    Member::Module("Step", || on(ANY, Step)),
    Member::Module("Tanh", || on(ANY, Tanh)),
    Member::Module("Dropout", || on(ANY, Dropout::new(0.4).expect("a rate"))),
    Member::Module("Linear", || {
        let mut samples = on(&[&[5], &[2, 5]], Linear::new(5, 3));
        samples.extend(on(&[&[17]], Linear::new(17, 9)));
        samples.extend(on(&[&[1]], Linear::new(1, 1)));
        samples.extend(on(&[&[4]], Linear::new(4, 33).without_bias()));
        samples
    }),
    Member::Module("Residual", || {
        let block = Sequential::new().then(Linear::new(4, 4)).then(Tanh);
        let mut samples = on(&[&[4], &[3, 4]], Residual::new(block));
        samples.extend(on(&[&[5]], Residual::new(Sequential::new())));
        samples
    }),
    Member::Module("Sequential", || {
        let layers = Sequential::new().then(Linear::new(5, 4)).then(Sigmoid);
        let mut samples = on(&[&[5]], layers.then(Linear::new(4, 3)).then(Softmax));
        samples.extend(on(&[&[5]], Sequential::new()));
        samples
    }),
    Member::Op("Activate", || {
        for x in [rows(), matrix(), Spec::per_row([])] {
            check_op(Activate(Tanh), &[x], 1)?;
            check_op(Activate(Relu), &[x], 2)?;
        }
        check_op(Activate(Softmax), &[matrix()], 3).map(drop)
    }),
    Member::Op("Add", || on_pairs(|| Add)),
    Member::Op("Copy", || {
        check_op(Copy, &[rows()], 1)?;
        check_op(Copy, &[matrix()], 2).map(drop)
    }),
    Member::Op("DropoutOp", || {
        for rate in [0.0, 0.3, 1.0] {
            let rule = DropoutRule::new(rate).expect("a rate");
            check_op(DropoutOp(rule), &[rows()], 1)?;
            check_op(DropoutOp(rule), &[matrix()], 2)?;
        }
        Ok(())
    }),
    Member::Op("LinearOp", || {
        let computed = Spec::single([4, 5]);
        for x in [rows(), Spec::per_row([2, 5]), computed] {
            check_op(LinearOp, &[x, matrix()], 1)?;
            check_op(LinearOp, &[x, matrix(), Spec::single([3])], 2)?;
        }
        Ok(())
    }),
    Member::Op("LossOp", || {
        // With labels; targets and weights of numbers are data, whose gradients losses don't have.
        check_op(LossOp::new(CrossEntropy::new()), &[rows(), Spec::indices([])], 1)?;
        let rows_of_rows = [Spec::per_row([2, 5]), Spec::indices([2])];
        check_op(LossOp::new(CrossEntropy::new()), &rows_of_rows, 2).map(drop)
    }),
    Member::Op("Multiply", || on_pairs(|| Multiply)),
    Member::Loss("CrossEntropy", || {
        of_loss(CrossEntropy::new())?;
        of_loss(CrossEntropy::new().sum())
    }),
    Member::Loss("MeanSquaredError", || {
        of_loss(MeanSquaredError::new())?;
        of_loss(MeanSquaredError::new().sum())
    }),
];

/// Widths around those of SIMD lanes, and rows within rows.
const ANY: &[&[usize]] = &[&[1], &[2], &[5], &[16], &[33], &[3, 4]];
const EVEN: &[&[usize]] = &[&[2], &[6], &[16], &[34], &[3, 4]];

fn on(shapes: &[&[usize]], module: impl Module + Clone + 'static) -> Vec<Sample> {
    let of = |&shape: &&[usize]| (Box::new(module.clone()) as Box<dyn Module>, shape.into());
    shapes.iter().map(of).collect()
}

fn rows() -> Spec {
    Spec::per_row([5])
}

fn matrix() -> Spec {
    Spec::single([5, 3])
}

/// Checks an op of two equal inputs.
fn on_pairs<O: AnyOp>(op: fn() -> O) -> Result<(), Error> {
    for x in [rows(), matrix(), Spec::per_row([])] {
        check_op(op(), &[x, x], 1)?;
    }
    Ok(())
}

/// Checks a loss: each kind of target that it takes, with a weight for each row and without, on
/// rows and on rows within rows.
fn of_loss(loss: impl Loss) -> Result<(), Error> {
    for outer in [&[][..], &[3]] {
        for width in [2, 5, 33] {
            let prediction: Shape = outer.iter().copied().chain([width]).collect();
            let values = outer.iter().copied().chain([loss.target_width(width)]);
            let targets = [
                (TargetKind::Labels, Spec::indices(outer)),
                (TargetKind::Values, Spec::per_row(values.collect::<Shape>())),
            ];
            for (kind, target) in targets {
                if loss.accepts(kind) {
                    check_loss(loss.clone(), prediction, target, 1)?;
                    gradcheck(&Weighted(loss.clone(), target), prediction, 2)?;
                }
            }
        }
    }
    Ok(())
}

/// A loss with a positive weight for each row, behind a product.
#[derive(Debug)]
struct Weighted<L>(L, Spec);

impl<L: Loss> Module for Weighted<L> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let Self(loss, target) = self;
        let dims = x.shape();
        let outer = &dims.dims()[..dims.rank() - 1];
        let root = x.graph().input("weights", outer);
        let weights = root.times(root)?;
        let target = match target.indices {
            true => x.graph().index_input("target", target.shape),
            false => x.graph().input("target", target.shape),
        };
        let y = x.named("0", &Linear::new(x.width(), x.width()))?;
        y.weighted_loss(loss.clone(), target, weights)
    }
}

#[test]
fn the_list_is_complete() {
    let listed: BTreeSet<String> = MEMBERS.iter().map(|member| member.name().to_owned()).collect();
    assert_eq!(listed.len(), MEMBERS.len(), "a name is listed twice");

    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut public = BTreeSet::new();
    for (sources, starts) in [
        ("activations/src", &["impl Elementwise for ", "impl Activation for "][..]),
        ("losses/src", &["impl Loss for "]),
        ("nn/src/ops", &["pub struct "]),
        ("nn/src/layers", &["pub struct "]),
    ] {
        let before = public.len();
        let sources = crates.join(sources);
        read_names(&sources, starts, &mut public);
        assert!(public.len() > before, "nothing found in {}", sources.display());
    }
    assert_eq!(listed, public);
}

/// The names behind `starts`, wherever a line begins with one of them.
fn read_names(folder: &Path, starts: &[&str], names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            read_names(&path, starts, names);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a readable source");
        for line in text.lines() {
            let Some(rest) = starts.iter().find_map(|start| line.strip_prefix(start)) else {
                continue;
            };
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            names.extend(rest.split(|c| !is_name(c)).next().map(str::to_owned));
        }
    }
}
