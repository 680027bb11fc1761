//! Where the weights start, measured by drawing some, so that initializers of a user's own are
//! judged by what they do.

use super::{Lint, Rule};
use crate::graph::Weight;
use crate::inspect::Role;
use crate::inspect::anatomy::Anatomy;
use neuropil_initializers::Fan;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::HashMap;

/// Rows and columns of the weights that are drawn, or as many numbers: their deviation is known to some 1 %.
const SIDE: usize = 64;

/// How far a measured number may be from the one that it is taken for.
const TOLERANCE: f64 = 0.06;

/// What is left of the signal's deviation when it is taken to vanish.
const VANISHED: f64 = 1.0 / 30.0;

pub(super) fn check(anatomy: &Anatomy<'_>, lint: &mut Lint) {
    let mut measured = HashMap::new();
    initialization(anatomy, &mut measured, lint);
    vanishing_signal(anatomy, &mut measured, lint);
    symmetric_start(anatomy, lint);
}

/// What an initializer does: standard deviation times √fan_in.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// With the fan of the weight.
    gain: f64,
    /// With as many inputs as outputs.
    square: f64,
    /// With four times as many outputs as inputs, over `square`: 1 if the fan-in decides, √(2/5)
    /// if the sum of both does, 1/2 if the fan-out does.
    wide: f64,
}

impl Start {
    fn of(weight: &Weight) -> Self {
        let gain =
            |fan: Fan, shape: &[usize]| deviation(weight, fan, shape) * (fan.input as f64).sqrt();
        let shape = square(weight, SIDE);
        let square = gain(Fan::matrix(SIDE, SIDE), &shape);
        let wide = gain(Fan::matrix(SIDE, 4 * SIDE), &shape) / square;
        Self { gain: gain(weight.fan, &narrowed(weight)), square, wide }
    }

    /// He's start for ReLU, over the fan-in or the fan-out.
    fn is_for_rectifiers(&self) -> bool {
        close(self.square, 2.0_f64.sqrt()) && (close(self.wide, 1.0) || close(self.wide, 0.5))
    }

    /// Glorot's start with a gain of 1.
    fn is_xavier(&self) -> bool {
        close(self.square, 1.0) && close(self.wide, 0.4_f64.sqrt())
    }
}

fn close(found: f64, expected: f64) -> bool {
    (found / expected - 1.0).abs() < TOLERANCE
}

/// A square of the weight's own rank, which an initializer may count on: as a convolution of single places
/// has it.
fn square(weight: &Weight, side: usize) -> Vec<usize> {
    let mut shape = vec![1; weight.shape.rank().max(2)];
    shape[..2].fill(side);
    shape
}

/// The weight's own shape, with less of the shorter one of the first two axes: the longer one decides how
/// large the numbers of an orthogonal matrix are.
fn narrowed(weight: &Weight) -> Vec<usize> {
    let mut shape: Vec<usize> = weight.shape.dims().iter().map(|&len| len.max(1)).collect();
    if let [first, rest @ ..] = &mut shape[..]
        && let [second, others @ ..] = rest
    {
        let columns = *second * others.iter().product::<usize>();
        let shorter = if *first < columns { first } else { second };
        *shorter = (*shorter).min(SIDE);
    }
    shape
}

/// Weights of this shape, one after the other, until there are at least so many numbers.
fn draw(weight: &Weight, fan: Fan, shape: &[usize], least: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut all = Vec::new();
    while all.len() < least {
        let mut w = vec![0.0; shape.iter().product()];
        weight.initializer.fill(&mut w, shape, fan, &mut rng);
        all.extend(w);
    }
    all
}

fn deviation(weight: &Weight, fan: Fan, shape: &[usize]) -> f64 {
    let w = draw(weight, fan, shape, SIDE * SIDE);
    let mean = w.iter().sum::<f64>() / w.len() as f64;
    (w.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / w.len() as f64).sqrt()
}

/// Whether all numbers of the weight start equal.
fn is_constant(weight: &Weight) -> bool {
    let w = draw(weight, weight.fan, &square(weight, 4), 1);
    w.iter().all(|&x| x == w[0])
}

fn initializer(weight: &Weight) -> String {
    let debug = format!("{:?}", weight.initializer);
    debug.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

type Measured = HashMap<usize, Start>;

fn measure(anatomy: &Anatomy<'_>, measured: &mut Measured, weight: usize) -> Start {
    *measured.entry(weight).or_insert_with(|| Start::of(&anatomy.record.weights[weight]))
}

fn initialization(anatomy: &Anatomy<'_>, measured: &mut Measured, lint: &mut Lint) {
    for (index, _) in anatomy.ops() {
        let Some(weight) = anatomy.linear(index).and_then(|parts| parts.weight) else { continue };
        let Some(reader) = anatomy.only_reader(index, true) else { continue };
        let Role::Curve(curve) = anatomy.role(reader) else { continue };
        if !curve.saturates() && !curve.rectifies {
            continue;
        }
        let start = measure(anatomy, measured, weight);
        let weight = &anatomy.record.weights[weight];
        let (init, activation) = (initializer(weight), anatomy.name(reader));
        let message = if curve.saturates() && start.is_for_rectifiers() {
            format!(
                "{init} starts weights for ReLU, too large for {activation}, which saturates: take \
                 XavierUniform or XavierNormal, or give {init} the nonlinearity that follows"
            )
        } else if curve.rectifies && start.is_xavier() {
            format!(
                "{init} starts weights for Tanh and Sigmoid; {activation} halves the signal's mean \
                 square, layer after layer: take KaimingUniform or KaimingNormal"
            )
        } else {
            continue;
        };
        lint.add(Rule::Initialization, vec![weight.path.clone()], message);
    }
}

fn vanishing_signal(anatomy: &Anatomy<'_>, measured: &mut Measured, lint: &mut Lint) {
    // By value: what is left of the signal behind a row of hidden layers, and their weights.
    let mut rows: HashMap<usize, (f64, Vec<usize>)> = HashMap::new();
    for (index, _) in anatomy.ops() {
        let Some(parts) = anatomy.linear(index) else { continue };
        let Some(weight) = parts.weight else { continue };
        let Some(reader) = anatomy.only_reader(index, true) else { continue };
        let Role::Curve(curve) = anatomy.role(reader) else { continue };
        let behind = anatomy.only_reader(reader, true);
        if !curve.saturates() || behind.is_none_or(|next| anatomy.linear(next).is_none()) {
            continue;
        }
        // Near 0 the function is its slope; where its start is constant there is nothing to say.
        let gain = measure(anatomy, measured, weight).gain;
        let before = rows.remove(&anatomy.origin(parts.input, true));
        let (left, mut weights) = before.unwrap_or((1.0, Vec::new()));
        weights.push(weight);
        if gain > 0.0 {
            rows.insert(reader, (left * gain * curve.slope.abs(), weights));
        }
    }
    let mut rows: Vec<(usize, (f64, Vec<usize>))> = rows.into_iter().collect();
    rows.sort_by_key(|row| row.0);
    for (last, (left, weights)) in rows {
        if left >= VANISHED {
            continue;
        }
        let message = format!(
            "{} hidden layers leave {} of the signal's deviation at the start, and {} saturates \
             where it is larger: take XavierNormal with Tanh, or KaimingNormal with ReLU, or \
             normalize between",
            weights.len(),
            crate::inspect::table::short(left),
            anatomy.name(last)
        );
        let path = |&weight: &usize| anatomy.record.weights[weight].path.clone();
        lint.add(Rule::VanishingSignal, weights.iter().map(path).collect(), message);
    }
}

fn symmetric_start(anatomy: &Anatomy<'_>, lint: &mut Lint) {
    let weight_of = |index| anatomy.linear(index).map(|parts| (parts.weight, parts.bias));
    for (first, _) in anatomy.ops() {
        let Some((Some(weight), bias)) = weight_of(first) else { continue };
        // The channels of a convolution, the width of a product.
        let shape = anatomy.record.values[first].spec.shape;
        let units = match anatomy.record.weights[weight].shape.rank() {
            3.. => shape[0],
            _ => anatomy.record.values[first].spec.width(),
        };
        let mut second = anatomy.only_reader(first, true);
        if let Some(reader) = second
            && matches!(anatomy.role(reader), Role::Curve(_))
        {
            second = anatomy.only_reader(reader, true);
        }
        let Some((Some(next), _)) = second.and_then(weight_of) else { continue };
        let weights = &anatomy.record.weights;
        let constant = |weight: usize| is_constant(&weights[weight]);
        if units > 1 && constant(weight) && bias.is_none_or(constant) && constant(next) {
            let message = "all hidden units between them start equal, get equal gradients, and \
                           stay equal for ever: start one of the two at random";
            let paths = [weight, next].map(|weight| weights[weight].path.clone());
            lint.add(Rule::SymmetricStart, paths.into(), message.into());
        }
    }
}
