//! Where every value, gradient and buffer of a program stands for one size of batch.

use super::program::{Folded, Program, Step};
use super::single::Single;
use crate::graph::{Source, Weight};
use crate::lend::{GradientSlot, PackSlot, Place, Slot};
use crate::op::{Affine, Memory, Pack};
use crate::params::Params;
use crate::real::Real;
use crate::spec::Spec;
use neuropil_simd::ALIGNMENT;
use std::ops::Range;

/// Which numbers stand where, for so many rows and a set of weights.
#[derive(Debug)]
pub(crate) struct Layout {
    pub rows: usize,
    pub structure: u64,
    pub steps: Vec<StepLayout>,
    /// Per value of the record; meaningful for the values that the program reads or writes.
    pub values: Vec<Slot>,
    pub gradients: Vec<Option<GradientSlot>>,
    /// Flags of the gradients that outlive backward: weights' and tracked inputs'.
    pub leaves: Vec<GradientSlot>,
    pub cost: Option<GradientSlot>,
    /// Packs of `Params` that the steps use.
    pub packs: Vec<usize>,
    /// How a single row goes through the steps faster than one by one.
    pub single: Single,
    /// Whether a step has an index input whose indices have a range.
    pub has_ranges: bool,
    pub sizes: Sizes,
}

/// What one step uses.
#[derive(Debug)]
pub(crate) struct StepLayout {
    pub inputs: Vec<Slot>,
    pub specs: Vec<Spec>,
    pub output: Slot,
    pub dx: Vec<Option<GradientSlot>>,
    pub dy: Option<GradientSlot>,
    pub saved: Range<usize>,
    pub words: Range<usize>,
    pub states: Vec<(usize, usize)>,
    pub packs: Vec<PackSlot>,
    /// Index inputs that must be checked before forward, with the range of their indices and the
    /// one that may be out of it.
    pub ranges: Vec<(usize, Range<u32>, Option<u32>)>,
    pub affine: Option<AffineLayout>,
}

/// What a folded normalization uses.
#[derive(Debug)]
pub(crate) struct AffineLayout {
    pub inputs: Vec<Slot>,
    pub specs: Vec<Spec>,
    pub states: Vec<(usize, usize)>,
    pub channels: usize,
    /// Where scale and shift stand, before what the step itself saves.
    pub saved: Range<usize>,
}

/// Lengths of the buffers of an arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub values: usize,
    pub gradients: usize,
    pub saved: usize,
    pub words: usize,
    pub scratch: usize,
    pub indices: usize,
    pub flags: usize,
}

/// Numbers to a cache line, to which every slot is aligned: of the smaller type, so that the
/// layout does not depend on the type.
const LINE: usize = ALIGNMENT / size_of::<f32>();

impl Layout {
    pub fn new<T: Real>(program: &Program, params: &Params<T>, rows: usize) -> Self {
        let record = &program.record;
        let count = record.values.len();
        let weights = bind(program, params);
        let wants = wants(program, |weight| params.entries()[weights[weight]].trainable);

        let mut sizes = Sizes::default();
        let none = Slot { place: Place::Value, start: usize::MAX, len: 0 };
        let mut values = vec![none; count];
        let mut gradients: Vec<Option<GradientSlot>> = vec![None; count];
        let mut leaves = Vec::new();

        // Weights and inputs first.
        for (index, value) in record.values.iter().enumerate() {
            let len = value.spec.len(rows);
            match value.source {
                Source::Weight(weight) => {
                    let start = params.entries()[weights[weight]].start;
                    values[index] = Slot { place: Place::Weight, start, len };
                    if wants[index] {
                        let gradient = GradientSlot { slot: values[index], touched: sizes.flags };
                        sizes.flags += 1;
                        gradients[index] = Some(gradient);
                        leaves.push(gradient);
                    }
                }
                Source::Input if value.spec.indices => {
                    values[index] = Slot { place: Place::Index, start: sizes.indices, len };
                    sizes.indices += len;
                }
                Source::Input if wants[index] => {
                    let gradient = gradient_slot(&mut sizes, len);
                    gradients[index] = Some(gradient);
                    leaves.push(gradient);
                }
                _ => {}
            }
        }
        place_values(program, rows, &mut values, &mut sizes);
        for (index, value) in record.values.iter().enumerate() {
            if let Source::Alias(of) | Source::Detached(of) = value.source {
                values[index] = values[of];
            }
        }

        // Gradients of computed values in the order of the steps: a gradient stands behind those
        // of the inputs that it is led back to, so that both can be lent at once.
        let mut steps = Vec::with_capacity(program.steps.len());
        let mut packs = Vec::new();
        let readers = readers(program);
        for step in &program.steps {
            if wants[step.output] {
                let len = record.values[step.output].spec.len(rows);
                gradients[step.output] = Some(gradient_slot(&mut sizes, len));
            }
            let dy = gradients[step.output];
            let specs: Vec<Spec> = step.inputs.iter().map(|&x| record.values[x].spec).collect();
            let dx: Vec<Option<GradientSlot>> = step
                .inputs
                .iter()
                .map(
                    |&input| {
                        if wants[input] { gradients[gradient_root(program, input)] } else { None }
                    },
                )
                .collect();
            let op = T::op(&*step.op);
            let Memory { saved, words, scratch } = op.memory(rows, &specs);
            sizes.scratch = sizes.scratch.max(scratch);
            let step_packs: Vec<PackSlot> =
                step_packs::<T>(program, step, &weights, (&wants, &readers))
                    .filter_map(|(input, weight, transposed)| {
                        let pack = params.find_pack(weight, transposed)?;
                        packs.push(pack);
                        Some(PackSlot { input, transposed, pack })
                    })
                    .collect();
            let states = |states: &[usize]| {
                states.iter().map(|&state| place_of_state(program, params, state)).collect()
            };
            let affine = step.affine.as_ref().map(|Folded { op, inputs, states: of_op }| {
                // Only ops with an affine form are folded.
                let channels = T::op(&**op).as_affine().map_or(0, Affine::channels);
                AffineLayout {
                    inputs: inputs.iter().map(|&input| values[input]).collect(),
                    specs: inputs.iter().map(|&x| record.values[x].spec).collect(),
                    states: states(of_op),
                    channels,
                    saved: reserve(&mut sizes.saved, 2 * channels),
                }
            });
            let states = states(&step.states);
            steps.push(StepLayout {
                inputs: step.inputs.iter().map(|&input| values[input]).collect(),
                output: values[step.output],
                dx,
                dy,
                saved: reserve(&mut sizes.saved, saved),
                words: reserve(&mut sizes.words, words),
                states,
                packs: step_packs,
                ranges: (0..specs.len())
                    .filter_map(|input| {
                        let range = program.index_range(step, input, &specs)?;
                        Some((input, range, T::op(&*step.op).passes_index(input)))
                    })
                    .collect(),
                specs,
                affine,
            });
        }
        packs.sort_unstable();
        packs.dedup();
        let cost = program.cost.and_then(|cost| gradients[gradient_root(program, cost)]);
        let structure = params.structure();
        let has_ranges = steps.iter().any(|step| !step.ranges.is_empty());
        let single = Single::default();
        let mut layout = Self {
            rows,
            structure,
            steps,
            values,
            gradients,
            leaves,
            cost,
            packs,
            single,
            has_ranges,
            sizes,
        };
        layout.single = Single::new(program, params, &layout);
        layout
    }
}

/// The weights that the program's layouts for these `Params` want packed: the number of the
/// weight, and whether transposed.
pub(crate) fn packs<T: Real>(program: &Program, params: &Params<T>) -> Vec<(usize, bool)> {
    let weights = bind(program, params);
    let wants = wants(program, |weight| params.entries()[weights[weight]].trainable);
    let readers = readers(program);
    let of_step = |step| step_packs::<T>(program, step, &weights, (&wants, &readers));
    program
        .steps
        .iter()
        .flat_map(of_step)
        .map(|(_, weight, transposed)| (weight, transposed))
        .collect()
}

/// The packs that a step can use: the input, the number of the weight, and whether transposed.
fn step_packs<'a, T: Real>(
    program: &'a Program,
    step: &'a Step,
    weights: &'a [usize],
    (wants, readers): (&'a [bool], &'a [usize]),
) -> impl Iterator<Item = (usize, usize, bool)> + 'a {
    let record = &program.record;
    let of_use = move |pack: &Pack| match pack.for_gradient_of {
        None => program.cost.is_none() || pack.repeated,
        // A weight in training changes after most backwards: what one product alone reads it packs
        // as it goes, on all threads and while the block is in the cache.
        Some(input) => {
            let weight = step.inputs[pack.input];
            let pays = pack.repeated || !wants[weight] || readers[record.root(weight)] > 1;
            wants[step.inputs[input]] && pays
        }
    };
    T::op(&*step.op).packs().into_iter().filter(of_use).filter_map(move |pack| {
        let value = &record.values[step.inputs[pack.input]];
        match record.values[record.root(step.inputs[pack.input])].source {
            // A weight in another shape is another matrix than the one that `Params` would pack.
            Source::Weight(weight) if value.spec.shape == record.weights[weight].shape => {
                Some((pack.input, weights[weight], pack.transposed))
            }
            _ => None,
        }
    })
}

/// How many inputs of steps each value is, under whatever alias; by its root.
fn readers(program: &Program) -> Vec<usize> {
    let mut readers = vec![0; program.record.values.len()];
    for &input in program.steps.iter().flat_map(|step| &step.inputs) {
        readers[program.record.root(input)] += 1;
    }
    readers
}

/// Where a state of the program stands.
fn place_of_state<T: Real>(program: &Program, params: &Params<T>, state: usize) -> (usize, usize) {
    let path = &program.record.states[state].path;
    let found = params.state_entries().iter().find(|entry| entry.path == *path);
    let entry = found.unwrap_or_else(|| panic!("no state {path:?} in these Params"));
    (entry.start, entry.shape.len())
}

/// Which entry of `params` each weight of the program is.
fn bind<T: Real>(program: &Program, params: &Params<T>) -> Vec<usize> {
    let entry = |weight: &Weight| {
        let found = params.entries().iter().position(|entry| entry.path == weight.path);
        let index = found.unwrap_or_else(|| panic!("no weight {:?} in these Params", weight.path));
        let (wanted, found) = (weight.shape, params.entries()[index].shape);
        assert!(wanted == found, "{}: shape {wanted}, these Params have {found}", weight.path);
        index
    };
    program.record.weights.iter().map(entry).collect()
}

/// Which values have a gradient that somebody wants.
fn wants(program: &Program, trainable: impl Fn(usize) -> bool) -> Vec<bool> {
    let record = &program.record;
    let mut wants = vec![false; record.values.len()];
    if program.cost.is_none() {
        return wants;
    }
    for (index, value) in record.values.iter().enumerate() {
        wants[index] = match &value.source {
            Source::Input => program.tracked.contains(&index),
            Source::Weight(weight) => trainable(*weight),
            Source::Alias(of) => wants[*of],
            Source::Detached(_) => false,
            Source::Op { inputs, .. } => inputs.iter().any(|&input| wants[input]),
        };
    }
    wants
}

/// The value whose gradient an alias shares.
fn gradient_root(program: &Program, mut index: usize) -> usize {
    while let Source::Alias(of) = program.record.values[index].source {
        index = of;
    }
    index
}

fn reserve(end: &mut usize, len: usize) -> Range<usize> {
    let start = *end;
    *end = (start + len).next_multiple_of(LINE);
    start..start + len
}

fn gradient_slot(sizes: &mut Sizes, len: usize) -> GradientSlot {
    let start = reserve(&mut sizes.gradients, len).start;
    let touched = sizes.flags;
    sizes.flags += 1;
    GradientSlot { slot: Slot { place: Place::Value, start, len }, touched }
}

/// Places inputs and outputs of steps in the arena of values. In training all values are kept for
/// backward, in order; in inference a place is used again once its last reader has run.
fn place_values(program: &Program, rows: usize, values: &mut [Slot], sizes: &mut Sizes) {
    let record = &program.record;
    let keep = program.cost.is_some();
    let mut last_reader = vec![0; record.values.len()];
    for (number, step) in program.steps.iter().enumerate() {
        for &input in &step.inputs {
            last_reader[record.root(input)] = number;
        }
    }
    for &output in &program.outputs {
        last_reader[record.root(output)] = usize::MAX;
    }
    // Forward may run again over the same inputs.
    for (index, value) in record.values.iter().enumerate() {
        if matches!(value.source, Source::Input) {
            last_reader[index] = usize::MAX;
        }
    }
    let mut free: Vec<Range<usize>> = Vec::new();
    let mut place = |len: usize, free: &mut Vec<Range<usize>>| {
        let lines = len.next_multiple_of(LINE);
        let start = match free.iter_mut().find(|range| range.len() >= lines) {
            Some(range) => {
                range.start += lines;
                range.start - lines
            }
            None => reserve(&mut sizes.values, len).start,
        };
        Slot { place: Place::Value, start, len }
    };
    for (index, value) in record.values.iter().enumerate() {
        if matches!(value.source, Source::Input) && !value.spec.indices {
            values[index] = place(value.spec.len(rows), &mut free);
        }
    }
    for (number, step) in program.steps.iter().enumerate() {
        values[step.output] = place(record.values[step.output].spec.len(rows), &mut free);
        if keep {
            continue;
        }
        let mut done: Vec<usize> = step.inputs.iter().map(|&input| record.root(input)).collect();
        done.push(step.output);
        done.sort_unstable();
        done.dedup();
        for root in done {
            let slot = values[root];
            let value = &record.values[root];
            let computed = slot.place == Place::Value && !matches!(value.source, Source::Weight(_));
            if computed && last_reader[root] <= number {
                free.push(slot.start..slot.start + slot.len.next_multiple_of(LINE));
            }
        }
    }
}
