//! A gradient that is missing, zero, not finite or exploding is found, and named by its path.

use crate::Failure;
use neuropil_nn::inspect::{Audit, Verdict};
use neuropil_nn::{Backward, Forward, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

fn data() -> Result<Dataset, Failure> {
    Ok(Dataset::with_values([2], vec![0.5, -1.0, 0.25, 2.0], [1], vec![1.0, -1.0])?)
}

/// The audit after one batch, the gradients changed by `change` in between.
fn audited(
    layers: Sequential,
    frozen: Option<&str>,
    change: impl Fn(&mut Params),
) -> Result<Audit, Failure> {
    let mut net = Network::new(layers, [2], 3)?;
    if let Some(frozen) = frozen {
        net.params_mut().freeze(frozen)?;
    }
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?;
    for batch in &data()?.batches(2) {
        trainer.gradients(batch)?;
    }
    change(trainer.network().params_mut());
    Ok(trainer.audit()?)
}

fn tanh() -> Sequential {
    Sequential::new().then(Linear::new(2, 3)).then(Tanh).then(Linear::new(3, 1))
}

fn verdicts(audit: &Audit) -> Vec<(&str, Verdict)> {
    audit.rows.iter().map(|row| (row.path.as_str(), row.verdict)).collect()
}

/// Sets the gradient of a weight in the flat buffer, which begins with the first.
fn set(params: &mut Params, path: &str, to: impl Fn(f32) -> f32) {
    let before = params.gradient(path).expect("a path").to_vec();
    let all = params.gradients_mut();
    let start = all.windows(before.len()).position(|window| window == before).expect("in there");
    all[start..start + before.len()].iter_mut().for_each(|dw| *dw = to(*dw));
}

#[test]
fn nothing_is_wrong() -> Result<(), Failure> {
    let audit = audited(tanh(), None, |_| ())?;
    assert!(audit.is_clean(), "{audit}");
    let row = &audit.rows[0];
    assert_eq!((row.path.as_str(), row.count, row.zeros), ("0.weight", 6, 0));
    assert!(row.largest > 0.0 && row.largest <= row.norm && row.norm <= 3.0 * row.largest);
    Ok(())
}

/// The gradients that are there after a resume are not those of the weights that were read.
#[test]
fn a_resume_forgets_the_gradients() -> Result<(), Failure> {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit.safetensors");
    let data = data()?;
    let mut net = Network::new(tanh(), [2], 3)?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?;
    let batch = Batch { data: &data, rows: &[0, 1] };
    trainer.gradients(batch)?;
    trainer.save(&file)?;
    assert!(trainer.audit().is_ok());
    trainer.resume(&file)?;
    let error = trainer.audit().unwrap_err().to_string();
    assert!(error.contains("gradients") && error.contains("audit"), "{error}");
    trainer.gradients(batch)?;
    assert!(trainer.audit()?.is_clean());
    Ok(())
}

#[test]
fn norms_are_those_of_the_gradients() -> Result<(), Failure> {
    let audit = audited(tanh(), None, |params| set(params, "0.weight", |_| -2.0))?;
    let row = &audit.rows[0];
    assert_eq!((row.norm, row.largest), (24.0_f64.sqrt(), 2.0));
    Ok(())
}

#[test]
fn frozen_is_no_trouble() -> Result<(), Failure> {
    let audit = audited(tanh(), Some("0.*"), |_| ())?;
    assert!(audit.is_clean());
    assert_eq!(verdicts(&audit)[0], ("0.weight", Verdict::Frozen));
    assert_eq!(verdicts(&audit)[2], ("2.weight", Verdict::Fine));
    Ok(())
}

#[test]
fn zero() -> Result<(), Failure> {
    // Behind a step all slopes are zero; the layer behind it learns.
    let layers = Sequential::new().then(Linear::new(2, 3)).then(Step).then(Linear::new(3, 1));
    let audit = audited(layers, None, |_| ())?;
    assert_eq!(
        verdicts(&audit)[..2],
        [("0.weight", Verdict::Zero), ("0.bias", Verdict::Zero)],
        "{audit}"
    );
    assert!(!audit.is_clean());
    Ok(())
}

#[test]
fn not_finite() -> Result<(), Failure> {
    let audit = audited(tanh(), None, |params| {
        set(params, "0.bias", |_| f32::INFINITY);
        params.gradients_mut()[1] = f32::NAN;
    })?;
    assert_eq!(verdicts(&audit)[0], ("0.weight", Verdict::NotFinite { count: 1 }));
    assert_eq!(verdicts(&audit)[1], ("0.bias", Verdict::NotFinite { count: 3 }));
    assert_eq!(audit.troubles().count(), 2);
    assert!(audit.to_string().contains("1 NaN OR INFINITE"), "{audit}");
    Ok(())
}

#[test]
fn exploding_and_vanishing() -> Result<(), Failure> {
    // Small gradients all of them, so that the norm alone is no reason.
    let scale = |params: &mut Params, factor: f32| {
        params.gradients_mut().iter_mut().for_each(|dw| *dw *= 1e-4);
        set(params, "0.weight", |dw| dw * factor);
    };
    let scaled = |factor: f32| audited(tanh(), None, |params| scale(params, factor));
    assert!(scaled(10.0)?.is_clean());
    let audit = scaled(1e5)?;
    assert_eq!(verdicts(&audit)[0], ("0.weight", Verdict::Exploding), "{audit}");
    assert_eq!(audit.troubles().count(), 1);
    let audit = scaled(1e-9)?;
    assert_eq!(verdicts(&audit)[0], ("0.weight", Verdict::Vanishing), "{audit}");
    assert!(scaled(1e-4)?.is_clean());
    // Of two tensors one is measured by the other.
    let one = Sequential::new().then(Linear::new(2, 1));
    let audit = audited(one, None, |params| scale(params, 1e5))?;
    assert_eq!(verdicts(&audit)[0], ("0.weight", Verdict::Exploding), "{audit}");
    // All of them at once: none stands out, but all are too large.
    let all = audited(tanh(), None, |params| {
        params.gradients_mut().iter_mut().for_each(|dw| *dw *= 1e7);
    })?;
    assert!(all.rows.iter().all(|row| row.verdict == Verdict::Exploding), "{all}");
    Ok(())
}

/// y = x g, whose backward forgets the gradient of g.
#[derive(Clone, Copy, Debug)]
struct Forgetful;

impl<T: Float> Op<T> for Forgetful {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(inputs[0])
    }
    fn forward(&self, step: Forward<'_, T>) {
        let g = step.x.get(1)[0];
        for (y, &x) in step.y.iter_mut().zip(step.x.get(0)) {
            *y = x * g;
        }
    }
    fn backward(&self, mut step: Backward<'_, T>) {
        let g = step.x.get(1)[0];
        if let Some(dx) = step.dx.get(0) {
            for (dx, &dy) in dx.iter_mut().zip(&*step.dy) {
                *dx += dy * g;
            }
        }
    }
}

impl Module for Forgetful {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op_with([x.graph().param("gain", [1], Ones)?], *self)
    }
}

/// y = x + detached f(x).
#[derive(Clone, Copy, Debug)]
struct Teacher;

impl Module for Teacher {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.plus(x.named("teacher", &Linear::new(2, 2))?.detach())
    }
}

#[test]
fn missing() -> Result<(), Failure> {
    let layers = Sequential::new().then(Linear::new(2, 1)).then(Forgetful);
    let audit = audited(layers, None, |_| ())?;
    assert_eq!(verdicts(&audit)[2], ("1.gain", Verdict::Missing), "{audit}");
    assert_eq!(audit.troubles().count(), 1);

    // A penalty gives a detached weight a gradient, but none of the cost's.
    let layers = Sequential::new().then(Teacher).then(Linear::new(2, 1));
    let mut net = Network::new(layers, [2], 3)?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?
        .penalty("*", L2::new(0.1)?)?;
    for batch in &data()?.batches(1) {
        trainer.gradients(batch)?;
        trainer.accumulate(batch)?;
    }
    let audit = trainer.audit()?;
    let missing: Vec<&str> = audit.troubles().map(|row| row.path.as_str()).collect();
    assert_eq!(missing, ["0.teacher.weight", "0.teacher.bias"]);
    assert!(audit.rows[0].norm > 0.0);
    Ok(())
}

#[test]
fn there_is_nothing_to_look_at_before_gradients() -> Result<(), Failure> {
    let mut net = Network::new(tanh(), [2], 3)?;
    let trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?;
    let error = trainer.audit().expect_err("no gradients").to_string();
    assert!(error.contains("gradients"), "{error}");
    Ok(())
}

/// What others have looked at is no gradient that could be audited.
#[test]
fn a_look_before_the_first_gradients_leaves_nothing_to_audit() -> Result<(), Failure> {
    let data = Dataset::labelled([2], vec![0.0, 0.5, 1.0, -0.5], vec![0, 1], 2)?;
    let layers = Sequential::new().then(Linear::new(2, 4)).then(Tanh).then(Linear::new(4, 2));
    let mut net = Network::new(layers, [2], 42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let batch = Batch { data: &data, rows: &[0, 1] };
    trainer.health(batch)?;
    let error = trainer.audit().unwrap_err().to_string();
    assert!(error.contains("`gradients`"), "{error}");
    trainer.gradients(batch)?;
    trainer.health(batch)?;
    assert!(trainer.audit()?.is_clean());
    Ok(())
}
