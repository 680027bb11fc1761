//! What holds for every layer, every op, and every activation as a layer: right gradients, fused
//! and unfused, over NaN and over other numbers; right outputs in both types.

pub mod graphs;

use crate::activations;
use crate::cases::{LayerCase, OpCase};
use crate::list;
use crate::numbers::{bits, numbers};
use graphs::{Made, inference, training};
use neuropil::gradcheck::gradcheck;
use neuropil::{BuildError, Linear, Module, Network, Node, Spec};

/// Widths around those of SIMD lanes, and rows within rows.
const SHAPES: &[&[usize]] = &[&[1], &[2], &[5], &[6], &[16], &[17], &[3, 4]];

/// Every layer on each of its samples.
pub fn layers() -> impl Iterator<Item = LayerCase> {
    list::layers::all().into_iter().flat_map(|member| member.cases)
}

/// Every op on each of its inputs.
pub fn ops() -> impl Iterator<Item = OpCase> {
    list::ops::all().into_iter().flat_map(|member| member.cases)
}

fn check_gradients(module: &dyn Module, sample: Spec) {
    let fail = |error| panic!("{module:?} on {sample}: {error}");
    gradcheck(module, sample, 1).map(drop).unwrap_or_else(fail);
    // Nothing that makes numbers stands before a layer of indices.
    if !sample.indices {
        gradcheck(&BehindLinear(module), sample, 2).map(drop).unwrap_or_else(fail);
    }
}

#[test]
fn gradients_of_layers() {
    for case in layers().filter(|case| !case.lends_slope) {
        check_gradients(&*case.module, case.sample);
    }
}

#[test]
fn gradients_of_activations() {
    // A slope that is lent is not that of the function: differences don't see it.
    for case in activations::cases().filter(|case| case.surrogate.is_none()) {
        let f: &dyn crate::faces::ActivationIn<f64> = &*case.f;
        for shape in SHAPES {
            let width = shape.last().copied().unwrap_or(1);
            if f.output_width(width).is_some() {
                check_gradients(&*case.f, (*shape).into());
            }
        }
    }
}

#[test]
fn gradients_of_ops() {
    for case in ops().filter(|case| !case.lends_slope) {
        let report = (case.check)().unwrap_or_else(|error| panic!("{}: {error}", case.describe()));
        assert!(report.checked > 0);
    }
}

/// A module behind a product, with which it may be fused, and before another.
#[derive(Debug)]
struct BehindLinear<'m>(&'m dyn Module);

impl Module for BehindLinear<'_> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let y = x.named("first", &Linear::new(x.width(), x.width()))?;
        let y = y.named("module", self.0)?;
        y.named("last", &Linear::new(y.width(), 2))
    }
}

/// The numbers differ by no more than `ulps` units in the last place of the largest.
fn assert_close(what: &str, found: &[f64], expected: &[f64], epsilon: f64, ulps: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(f64::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / (epsilon * largest);
        assert!(error <= ulps, "{what}[{i}] is {found}, should be {expected}: {error} ULP");
    }
}

#[test]
fn outputs_of_layers_are_those_of_the_slow_reference() {
    for case in layers() {
        let what = format!("{:?} on {}", case.module, case.sample);
        let Made { params, inputs, y } = inference::<f64>(&case);
        let expected: Vec<f64> = inputs[0]
            .chunks(case.sample.shape.len())
            .flat_map(|x| (case.reference)(&params, x))
            .collect();
        assert_close(&what, &y, &expected, f64::EPSILON, 16.0);
        let single = inference::<f32>(&case);
        assert_close(&what, &single.y, &expected, f64::from(f32::EPSILON), 16.0);
    }
}

#[test]
fn outputs_of_ops_are_those_of_the_slow_reference() {
    for case in ops() {
        let Made { inputs, y, .. } = inference::<f64>(&case);
        let expected = (case.reference)(&inputs);
        let what = case.describe();
        assert_close(&what, &y, &expected, f64::EPSILON, 16.0);
        let single = inference::<f32>(&case);
        assert_close(&what, &single.y, &expected, f64::from(f32::EPSILON), 16.0);
    }
}

/// In training as well: outputs and all gradients.
#[test]
fn single_precision_follows_double() {
    let check = |what: String, double: Vec<Vec<f64>>, single: Vec<Vec<f64>>| {
        for (double, single) in double.iter().zip(&single) {
            assert_close(&what, single, double, f64::from(f32::EPSILON), 64.0);
        }
    };
    for case in layers() {
        check(format!("{:?}", case.module), training::<f64>(&case), training::<f32>(&case));
    }
    for case in ops() {
        check(case.describe(), training::<f64>(&case), training::<f32>(&case));
    }
}

#[test]
fn a_row_alone_is_the_row_in_any_batch() {
    let check = |module: Box<dyn Module>, sample: Spec| {
        let (what, width) = (format!("{module:?} on {sample}"), sample.shape.len());
        let mut net = Network::new(Boxed(module), sample, 1).expect("a network");
        let x: Vec<f32> = numbers(19 * width, 1.5, 6);
        let indices: Vec<u32> = x.iter().map(|&x| u32::from(x > 0.0)).collect();
        let mut outputs = |at: std::ops::Range<usize>| match sample.indices {
            true => net.predict_indices(&indices[at]).expect("rows"),
            false => net.predict(&x[at]).expect("rows"),
        };
        let alone: Vec<f32> =
            (0..19).flat_map(|row| outputs(row * width..(row + 1) * width)).collect();
        assert_eq!(bits(&outputs(0..19 * width)), bits(&alone), "{what}");
    };
    for case in layers() {
        check(case.module, case.sample);
    }
    for case in activations::cases() {
        check(case.f, [6].into());
    }
}

/// A network owns its module; the list's are boxed.
#[derive(Debug)]
struct Boxed(Box<dyn Module>);

impl Module for Boxed {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        self.0.build(x)
    }
}

/// Weights are drawn in `f64` and rounded.
#[test]
fn both_types_start_at_the_same_point() {
    for case in layers() {
        let (double, single) = (inference::<f64>(&case).params, inference::<f32>(&case).params);
        assert!(double.paths().eq(single.paths()), "{:?}", case.module);
        for path in double.paths() {
            let rounded: Vec<f32> =
                double.get(path).expect("a weight").iter().map(|&w| w as f32).collect();
            assert_eq!(single.get(path).expect("a weight"), rounded, "{:?}: {path}", case.module);
        }
    }
}
