//! A single row through a program for inference: dense layers, one behind the other, as one piece
//! of work.
//!
//! With one row an op computes so little that the way into it takes as long. Where its weights are
//! packed, nothing of that depends on the row, so it is settled with the layout.

use super::layout::{Layout, StepLayout};
use super::program::{Program, Step};
use super::run::finish;
use crate::lend::{Place, Slot};
use crate::params::Params;
use crate::real::Real;
use neuropil_tensor::gemm::{Packed, RowLayer, RowLayers};

/// How a row goes through a program.
#[derive(Debug, Default)]
pub(crate) struct Single {
    pub parts: Vec<Part>,
}

/// A piece of the way.
#[derive(Debug)]
pub(crate) enum Part {
    /// Dense layers, and what finishes the last of them: a step, whose output this is.
    Layers { layers: RowLayers, finish: Option<(usize, Slot)> },
    /// Any other step.
    Step(usize),
}

impl Single {
    /// The parts of a program for one row; none if no layer of it can be taken together.
    pub fn new<T: Real>(program: &Program, params: &Params<T>, layout: &Layout) -> Self {
        let mut single = Self::default();
        if program.cost.is_some() || layout.rows != 1 {
            return single;
        }
        let mut open = Vec::new();
        let mut parts = Vec::new();
        let close = |open: &mut Vec<RowLayer>, parts: &mut Vec<Part>, finish| {
            if !open.is_empty() {
                let layers = RowLayers::new(open, &params.packs);
                parts.push(Part::Layers { layers, finish });
                open.clear();
            }
        };
        for (number, (step, at)) in program.steps.iter().zip(&layout.steps).enumerate() {
            match layer(step, at, params) {
                None => {
                    close(&mut open, &mut parts, None);
                    parts.push(Part::Step(number));
                }
                Some(layer) => {
                    open.push(layer);
                    if step.finish.is_some() && !layer.relu {
                        close(&mut open, &mut parts, Some((number, at.output)));
                    }
                }
            }
        }
        close(&mut open, &mut parts, None);
        if parts.iter().any(|part| matches!(part, Part::Layers { .. })) {
            single.parts = parts;
        }
        single
    }

    /// The layers, if the whole program is nothing else.
    #[inline]
    pub fn layers(&self) -> Option<&RowLayers> {
        match &self.parts[..] {
            [Part::Layers { layers, finish: None }] => Some(layers),
            _ => None,
        }
    }
}

/// Runs layers and what finishes them.
#[inline]
pub(super) fn run<T: Real>(
    program: &Program,
    (layers, finished): (&RowLayers, Option<(usize, Slot)>),
    (packs, weights, values): (&[Packed<T>], &[T], &mut [T]),
) {
    layers.run(packs, weights, values);
    if let Some((step, Slot { start, len, .. })) = finished
        && let Some(finish) = finish::<T>(&program.steps[step].finish)
    {
        finish.0.apply(&mut values[start..start + len]);
    }
}

/// A step as a layer for one row, if it is one.
fn layer<T: Real>(step: &Step, at: &StepLayout, params: &Params<T>) -> Option<RowLayer> {
    if !T::op(&*step.op).is_dense() || step.affine.is_some() {
        return None;
    }
    let weight = at.packs.iter().find(|pack| pack.input == 1 && !pack.transposed)?.pack;
    let (k, n) = (params.packs[weight].rows(), params.packs[weight].cols());
    let fits = |slot: &Slot, place, len| slot.place == place && slot.len == len;
    if !fits(&at.inputs[0], Place::Value, k) || !fits(&at.output, Place::Value, n) {
        return None;
    }
    let bias = match at.inputs.get(2) {
        None => None,
        Some(bias) if fits(bias, Place::Weight, n) => Some(bias.start),
        // Computed, or a part of another weight.
        Some(_) => return None,
    };
    let relu = finish::<T>(&step.finish).is_some_and(|finish| finish.0.is_relu());
    let (x, y) = (at.inputs[0].start, at.output.start);
    Some(RowLayer { weight, bias, relu, x, y })
}
