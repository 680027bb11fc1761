//! A layer and an activation of your own: what the library lacks you write in a screenful, and it
//! is a full member: checked, trained, saved, run at every SIMD level.
//!
//! ```text
//! cargo run --release --example custom_op
//! ```
//!
//! The layer is one of *radial* units: each has a center in the plane of the inputs and feels the
//! squared distance to it, instead of a weighted sum. The activation makes a bump of the distance,
//! y = exp(-d/2w²), so that each unit answers for the surroundings of its center. Together with a
//! linear output that is a radial basis function network (Broomhead and Lowe, 1988). Here it tells
//! two spirals apart, which no line can: `target/custom_op/spirals.png`.
#![forbid(unsafe_code)]

use examples::plot::plane::{Plane, grid, write_planes};
use examples::{Failure, options::Options};
use neuropil::activations::{Elementwise, Reads};
use neuropil::gradcheck::check_op;
use neuropil::prelude::*;
use neuropil::regularizers::random;
use neuropil::simd::{Float, Lanes, math};
use neuropil::tensor::ShapeError;
use neuropil::{Backward, Forward, Op, Spec};
use std::f64::consts::TAU;
use std::process::ExitCode;

/// d_j = Σ_k (x_k - c_jk)²: how far the row x, `[width]`, is from each of the centers c,
/// `[units, width]`.
#[derive(Debug)]
struct SquaredDistance;

impl<T: Float> Op<T> for SquaredDistance {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        match inputs[1].shape.dims() {
            &[units, width] if width == inputs[0].width() => Ok(inputs[0].with_shape([units])),
            _ => Err(ShapeError::mismatch("SquaredDistance", inputs[0].shape, inputs[1].shape)),
        }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, centers) = (step.x.get(0), step.x.get(1));
        let (width, units) = (step.x.spec(0).width(), step.x.spec(1).shape.dims()[0]);
        for (x, d) in x.chunks(width).zip(step.y.chunks_mut(units)) {
            for (c, d) in centers.chunks(width).zip(d) {
                *d = x.iter().zip(c).map(|(&x, &c)| (x - c) * (x - c)).sum();
            }
        }
    }

    /// ∂d_j/∂x_k = 2(x_k - c_jk) and ∂d_j/∂c_jk = -2(x_k - c_jk). Backward adds, and computes only
    /// what is wanted: nobody asks for the gradient of the data.
    fn backward(&self, mut step: Backward<'_, T>) {
        let (x, centers) = (step.x.get(0), step.x.get(1));
        let (width, units) = (step.x.spec(0).width(), step.x.spec(1).shape.dims()[0]);
        let [mut dx, mut dcenters] = step.dx.all::<2>();
        for (i, dd) in step.dy.iter().enumerate() {
            let (row, unit) = (i / units * width, i % units * width);
            for k in 0..width {
                let slope = T::of(2.0) * (x[row + k] - centers[unit + k]) * *dd;
                if let Some(dx) = &mut dx {
                    dx[row + k] += slope;
                }
                if let Some(dcenters) = &mut dcenters {
                    dcenters[unit + k] -= slope;
                }
            }
        }
    }
}

/// A layer: the op with centers of its own, which are trained.
#[derive(Debug)]
struct Radial {
    units: usize,
    start: Uniform,
}

impl Module for Radial {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let centers = x.graph().param("centers", [self.units, x.width()], self.start)?;
        x.op_with([centers], SquaredDistance)
    }
}

/// y = exp(-d/2w²) with slope -y/2w²: one body for `f32`, `f64` and every instruction set.
#[derive(Clone, Copy, Debug)]
struct Bump {
    w: f64,
}

impl Elementwise for Bump {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, d: V) -> V {
        math::exp(d * V::of(-0.5 / (self.w * self.w)))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _d: V, y: V) -> V {
        y * V::of(-0.5 / (self.w * self.w))
    }
}

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let about = "Tells two spirals apart with a layer and an activation of its own.";
    let options = Options::from_command_line(about)?;
    let layers = || -> Result<Sequential, Failure> {
        let radial = Radial { units: 32, start: Uniform::new(-0.3, 1.3)? };
        Ok(Sequential::new().then(radial).then(Bump { w: 0.2 }).then(Linear::new(32, 2)))
    };

    // Each derivative against a difference of two function values, in f64, before anything else.
    let alone = check_op(SquaredDistance, &[Spec::per_row([2]), Spec::single([5, 2])], 1)?;
    let whole = gradcheck(&layers()?, [2], 1)?;
    println!("gradients of the op alone: {} checked, off by {:.0e}", alone.checked, alone.largest);
    println!("... of the whole network: {} checked, off by {:.0e}\n", whole.checked, whole.largest);

    let (train, test) = (spirals(400, 1)?, spirals(400, 2)?);
    let mut net = Network::new(layers()?, [2], options.seed)?;
    println!("{}\n", net.summary());
    let fit = Fit::epochs(options.epochs.unwrap_or(if options.quick { 30 } else { 300 }));
    let history =
        Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.01).fit(&train, fit)?;
    for epoch in history.epochs.iter().filter(|epoch| epoch.number.is_power_of_two()) {
        let accuracy = epoch.accuracy.unwrap_or_default();
        println!("epoch {:>3}: cost {:.4}, accuracy {accuracy:.4}", epoch.number, epoch.cost);
    }

    let file = examples::output_folder("custom_op")?.join("spirals.png");
    write_planes(&[plane(&mut net, &train)?], &file)?;
    println!("\nthe spirals: {}", file.display());
    println!("test accuracy: {:.4}", net.evaluate(&test, Accuracy)?);
    Ok(())
}

/// Noisy points on two spirals around the middle of the unit square.
fn spirals(rows: usize, seed: u64) -> Result<Dataset, Failure> {
    // A number in [-1, 1] for each place.
    let noise =
        |place| 2.0 * random::bits(random::key(&[seed]), place) as f64 / u64::MAX as f64 - 1.0;
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let class = row % 2;
        let along = (row as f64 / rows as f64).sqrt();
        let angle = TAU * (1.4 * along + class as f64 / 2.0);
        let center = [angle.cos(), angle.sin()].map(|x| 0.5 + (0.1 + 0.8 * along) * x);
        inputs.extend([0, 1].map(|k| (center[k] + 0.08 * noise((2 * row + k) as u64)) as f32));
        labels.push(class as u32);
    }
    Ok(Dataset::labelled([2], inputs, labels, 2)?)
}

/// The points, and what the network says between them.
fn plane(net: &mut Network, data: &Dataset) -> Result<Plane, Failure> {
    let everywhere: Vec<f32> = grid().flatten().map(|x| x as f32).collect();
    let logits = net.predict(&everywhere)?;
    // Of two classes: the softmax is a sigmoid of the difference.
    let sure = logits.chunks(2).map(|y| 1.0 / (1.0 + f64::from(y[0] - y[1]).exp()));
    let point = |row| {
        let x = data.input(row);
        ([x[0].into(), x[1].into()], data.label(row).unwrap_or_default() as usize)
    };
    Ok(Plane {
        title: "two spirals".into(),
        points: (0..data.len()).map(point).collect(),
        surface: Some(sure.collect()),
        ..Plane::default()
    })
}
