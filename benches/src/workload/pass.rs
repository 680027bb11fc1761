//! A layer of images by itself: forward, or one of its gradients.

mod arrived;

use std::hint::black_box;

use neuropil_nn::{Graph, Params, Plan, ops::BatchNormOp};
use neuropil_simd::AlignedVec;
use neuropil_tensor::{
    Rounding, Window,
    convolution::{After, Convolution},
    pool::MaxPooling,
};

use super::{Workload, numbers};
use crate::{
    layer::Layer,
    scale::{Number, Scale, Work},
};
use arrived::Arrived;

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The layer's output, in training.
    Y,
    /// The gradient of its input; of batch normalization also those of gain and shift.
    Dx,
    /// The gradients of a convolution's weight and bias.
    Dw,
}

impl Of {
    /// As peers know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Y => "y",
            Self::Dx => "dx",
            Self::Dw => "dw",
        }
    }
}

/// A layer in one direction, over a batch of images in `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// A convolution, max pooling, or batch normalization.
    pub layer: Layer,
    /// Images in the batch.
    pub images: usize,
    /// The shape of an image: `[channels, height, width]`.
    pub sample: [usize; 3],
    /// What is computed.
    pub of: Of,
}

/// Images, their shape, and a convolution of them: outputs, kernel, stride, padding and groups.
type Convolved = (usize, [usize; 3], [usize; 5]);

/// Those of workloads d and e, of larger images, depthwise, and with a stride.
const CONVOLUTIONS: [Convolved; 10] = [
    (64, [1, 28, 28], [6, 5, 1, 2, 1]),
    (64, [6, 14, 14], [16, 5, 1, 0, 1]),
    (32, [3, 32, 32], [32, 3, 1, 1, 1]),
    (32, [32, 32, 32], [32, 3, 1, 1, 1]),
    (32, [64, 16, 16], [64, 3, 1, 1, 1]),
    (8, [32, 56, 56], [32, 3, 1, 1, 1]),
    (8, [64, 56, 56], [64, 3, 1, 1, 1]),
    (8, [64, 56, 56], [64, 1, 1, 0, 1]),
    (8, [64, 56, 56], [64, 3, 1, 1, 64]),
    (8, [64, 56, 56], [128, 3, 2, 1, 1]),
];

/// Max pooling of workload d, and batch normalization of e.
const OTHERS: [(Layer, usize, [usize; 3]); 2] = [
    (Layer::MaxPool { kernel: 2 }, 64, [6, 28, 28]),
    (Layer::BatchNorm { channels: 32 }, 32, [32, 32, 32]),
];

/// All, in the order of the table.
pub(crate) fn all() -> impl Iterator<Item = Pass> {
    let convolutions = CONVOLUTIONS.iter().flat_map(|&(images, sample, settings)| {
        let [outputs, kernel, stride, padding, groups] = settings;
        let inputs = sample[0];
        let layer = Layer::Conv { inputs, outputs, kernel, stride, padding, groups };
        [Of::Y, Of::Dx, Of::Dw].map(|of| Pass { layer, images, sample, of })
    });
    let others = OTHERS.iter().flat_map(|&(layer, images, sample)| {
        [Of::Y, Of::Dx].map(|of| Pass { layer, images, sample, of })
    });
    convolutions.chain(others)
}

impl Pass {
    fn inputs(&self) -> usize {
        self.images * self.sample.iter().product::<usize>()
    }

    fn outputs(&self) -> usize {
        self.images * self.layer.output(&self.sample).iter().product::<usize>()
    }

    /// What is read, in the order in which peers get it.
    pub(crate) fn operands(&self) -> Vec<AlignedVec<f32>> {
        let [x, dy] = [(self.inputs(), 10), (self.outputs(), 11)];
        let weights = self.layer.weights();
        let weight = |i: usize| (weights[i], 12 + i as u64);
        let read = match (self.layer, self.of) {
            (Layer::Conv { .. }, Of::Y) => vec![x, weight(0), weight(1)],
            (Layer::Conv { .. }, Of::Dx) => vec![dy, weight(0)],
            (Layer::Conv { .. }, Of::Dw) => vec![x, dy],
            (Layer::BatchNorm { .. }, Of::Y) => vec![x, weight(0), weight(1)],
            (Layer::BatchNorm { .. }, _) => vec![x, dy, weight(0), weight(1)],
            (_, Of::Y) => vec![x],
            (..) => vec![x, dy],
        };
        read.into_iter().map(|(len, seed)| numbers(len, seed)).collect()
    }

    /// Lends the run, which is to be called at least once; returns what the last call computed, as
    /// peers do.
    pub(crate) fn over(
        &self,
        operands: &[AlignedVec<f32>],
        time: &mut dyn FnMut(&mut dyn FnMut()),
    ) -> Vec<f32> {
        match self.layer {
            Layer::Conv { .. } => self.convolution(operands, time),
            Layer::MaxPool { kernel } => self.max_pooling(kernel, operands, time),
            Layer::BatchNorm { channels } => self
                .batch_norm(channels, operands, time)
                .unwrap_or_else(|error| panic!("{}: {error}", self.name())),
            layer => panic!("{layer:?} is not timed by itself"),
        }
    }

    fn convolution(
        &self,
        operands: &[AlignedVec<f32>],
        time: &mut dyn FnMut(&mut dyn FnMut()),
    ) -> Vec<f32> {
        let Layer::Conv { outputs, kernel, stride, padding, groups, .. } = self.layer else {
            panic!("{} is no convolution", self.name());
        };
        let window = Window { stride, before: padding, after: padding, ..Window::new(kernel) };
        let conv = Convolution::new(self.sample, outputs, &[window; 2], groups)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name()));
        let mut scratch = AlignedVec::<f32>::zeros(conv.scratch_len::<f32>(self.images));
        match (self.of, operands) {
            (Of::Y, [x, w, b]) => {
                let mut y = AlignedVec::<f32>::zeros(self.outputs());
                let after = After { bias: Some(b), ..After::NOTHING };
                time(&mut || {
                    conv.forward(black_box(x), black_box(w), after, &mut y, &mut scratch);
                    black_box(&mut y);
                });
                y.to_vec()
            }
            (Of::Dx, [dy, w]) => {
                let mut dx = AlignedVec::<f32>::zeros(self.inputs());
                time(&mut || {
                    conv.input_gradient(black_box(dy), black_box(w), false, &mut dx, &mut scratch);
                    black_box(&mut dx);
                });
                dx.to_vec()
            }
            (Of::Dw, [x, dy]) => {
                let [mut dw, mut db] = [conv.weight().len(), outputs].map(AlignedVec::<f32>::zeros);
                time(&mut || {
                    let (dw, db) = (Some((&mut dw[..], false)), Some((&mut db[..], false)));
                    conv.weight_gradient(black_box(x), black_box(dy), dw, db, &mut scratch);
                });
                [&dw[..], &db[..]].concat()
            }
            _ => panic!("{}: other operands are expected", self.name()),
        }
    }

    fn max_pooling(
        &self,
        kernel: usize,
        operands: &[AlignedVec<f32>],
        time: &mut dyn FnMut(&mut dyn FnMut()),
    ) -> Vec<f32> {
        let window = Window { stride: kernel, ..Window::new(kernel) };
        let pool = MaxPooling::new(self.sample, [window; 2], Rounding::Down)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name()));
        let mut y = AlignedVec::<f32>::zeros(self.outputs());
        let mut places = vec![0; self.outputs()];
        let x = &operands[0];
        let mut forward = || {
            pool.forward(black_box(x), &mut y, &mut places);
            black_box((&mut y, &mut places));
        };
        if self.of == Of::Y {
            time(&mut forward);
            return y.to_vec();
        }
        forward();
        let mut dx = AlignedVec::<f32>::zeros(self.inputs());
        time(&mut || {
            pool.backward_over(black_box(&places), black_box(&operands[1]), &mut dx);
            black_box(&mut dx);
        });
        dx.to_vec()
    }

    /// By the op, which shares out the functions on slices: as a part of a network runs.
    fn batch_norm(
        &self,
        channels: usize,
        operands: &[AlignedVec<f32>],
        time: &mut dyn FnMut(&mut dyn FnMut()),
    ) -> Result<Vec<f32>, neuropil_nn::Error> {
        let graph = Graph::new();
        let x = graph.input("x", self.sample);
        let ones = neuropil_nn::prelude::Ones;
        let gain = graph.param("gain", [channels], ones)?;
        let shift = graph.param("shift", [channels], ones)?;
        // Without running statistics, those of the batch are used in each mode.
        let norm = BatchNormOp::new(channels).without_running_statistics();
        let y = x.op_with([gain, shift], norm)?;
        let mut params = Params::<f32>::new(&[&graph], 1)?;
        let [.., gain, shift] = operands else { panic!("batch normalization has two weights") };
        for (path, values) in [("gain", gain), ("shift", shift)] {
            params.get_mut(path).expect("a weight of the graph").copy_from_slice(values);
        }
        if self.of == Of::Y {
            let mut plan = Plan::inference(&graph, &[y])?;
            let mut run = plan.run(&mut params, self.images)?;
            run.input(x).copy_from_slice(&operands[0]);
            time(&mut || run.forward().expect("the op takes any numbers"));
            return Ok(run.value(y).to_vec());
        }
        let cost = y.op(Arrived::new(&operands[1]))?;
        let mut plan = Plan::training(&graph, cost, &[y])?;
        plan.track(x);
        let mut run = plan.run(&mut params, self.images)?;
        run.input(x).copy_from_slice(&operands[0]);
        run.forward()?;
        time(&mut || run.backward());
        let dx = run.gradient(x).expect("x is tracked").to_vec();
        let gradient = |path| params.gradient(path).expect("a weight of the graph");
        Ok([&dx[..], gradient("gain"), gradient("shift")].concat())
    }
}

impl Workload for Pass {
    fn name(&self) -> String {
        let [channels, height, width] = self.sample;
        let image = format!("{channels}x{height}x{width}");
        let layer = match self.layer {
            Layer::Conv { outputs, kernel, stride, groups, .. } => {
                let mut name = format!("conv {image} {kernel}x{kernel} {outputs}");
                for (setting, value) in [("stride", stride), ("groups", groups)] {
                    if value > 1 {
                        name += &format!(" {setting} {value}");
                    }
                }
                name
            }
            Layer::MaxPool { kernel } => format!("max pool {image} {kernel}x{kernel}"),
            _ => format!("batch norm {image}"),
        };
        match self.of {
            Of::Y => layer,
            of => format!("{layer} {}", of.name()),
        }
    }

    /// A depthwise convolution has few operations a number, and is held to the memory, as what has no
    /// products is.
    fn work(&self) -> Work {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        // The places that pooling notes count nothing.
        let moved = match (self.layer, self.of) {
            (Layer::Conv { inputs, groups, .. }, _) if groups < inputs || inputs == 1 => {
                let operations = 2 * self.images * self.layer.multiply_adds(&self.sample);
                return Work::operations(Number::F32, operations);
            }
            // x and dy are read, dx is written.
            (Layer::BatchNorm { .. }, Of::Dx) => 2 * inputs + outputs,
            (..) => inputs + outputs,
        };
        Work { scale: Scale::Copy { floats: inputs }, amount: 4 * moved as u64 }
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        self.over(&self.operands(), time);
    }
}

#[cfg(test)]
mod tests {
    use super::{Of, Pass, all};
    use crate::{
        layer::Layer,
        scale::{Number, Work},
        workload::Workload,
    };

    #[test]
    fn a_pass_has_its_layer_image_and_direction_in_its_name() {
        let names: Vec<String> = all().map(|pass| pass.name()).collect();
        assert_eq!(
            names[..3],
            ["conv 1x28x28 5x5 6", "conv 1x28x28 5x5 6 dx", "conv 1x28x28 5x5 6 dw"]
        );
        for name in [
            "conv 32x32x32 3x3 32",
            "conv 64x56x56 1x1 64 dx",
            "conv 64x56x56 3x3 64 groups 64 dw",
            "conv 64x56x56 3x3 128 stride 2",
            "max pool 6x28x28 2x2",
            "batch norm 32x32x32 dx",
        ] {
            assert!(names.iter().any(|other| other == name), "{name} of {names:?}");
        }
        assert_eq!(names.len(), 34);
    }

    #[test]
    fn a_convolution_is_two_operations_a_multiply_add_in_each_direction() {
        let layer = Layer::conv(32, 32, 3, 1);
        for of in [Of::Y, Of::Dx, Of::Dw] {
            let pass = Pass { layer, images: 32, sample: [32, 32, 32], of };
            let operations = 2 * 32 * 32 * 32 * 32 * 32 * 9;
            assert_eq!(pass.work(), Work::operations(Number::F32, operations));
        }
    }

    #[test]
    fn what_has_few_operations_is_held_to_the_memory() {
        let work = |name: &str| all().find(|pass| pass.name() == name).unwrap().work();
        let plane = 8 * 64 * 56 * 56;
        assert_eq!(work("conv 64x56x56 3x3 64 groups 64"), Work::passes(plane, 2));
        assert_eq!(work("batch norm 32x32x32"), Work::passes(32 * 32 * 32 * 32, 2));
        assert_eq!(work("batch norm 32x32x32 dx"), Work::passes(32 * 32 * 32 * 32, 3));
        let pixels = 64 * 6 * 28 * 28;
        assert_eq!(work("max pool 6x28x28 2x2 dx").amount, 4 * (pixels + pixels / 4));
    }

    /// Each gradient is held to differences of what the layer itself gives: of <y, dy> for a change
    /// of the input or of the weights.
    #[test]
    fn the_arrays_and_the_results_belong_together() {
        let sample = [4, 6, 6];
        let conv =
            Layer::Conv { inputs: 4, outputs: 6, kernel: 3, stride: 2, padding: 1, groups: 2 };
        for layer in [conv, Layer::BatchNorm { channels: 4 }, Layer::MaxPool { kernel: 2 }] {
            let pass = |of| Pass { layer, images: 3, sample, of };
            let once = |of, operands: &[_]| {
                pass(of).over(operands, &mut |run| {
                    run();
                    run();
                })
            };
            let forward = pass(Of::Y).operands();
            let dy = &crate::workload::numbers::<f32>(pass(Of::Y).outputs(), 11);
            let cost = |operands: &[neuropil_simd::AlignedVec<f32>]| -> f64 {
                let y = once(Of::Y, operands);
                y.iter().zip(&dy[..]).map(|(&y, &dy)| f64::from(y) * f64::from(dy)).sum()
            };
            let mut gradients = once(Of::Dx, &pass(Of::Dx).operands());
            if layer == conv {
                gradients.extend(once(Of::Dw, &pass(Of::Dw).operands()));
            }
            let mut from = 0;
            for (i, operand) in forward.iter().enumerate() {
                for at in [0, operand.len() / 2, operand.len() - 1] {
                    let moved = |by: f32| {
                        let mut operands = forward.clone();
                        operands[i][at] += by;
                        cost(&operands)
                    };
                    let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                    let found = f64::from(gradients[from + at]);
                    assert!((found - slope).abs() < 0.02, "{layer:?} {i} {at}: {found} {slope}");
                }
                from += operand.len();
            }
            assert_eq!(from, gradients.len(), "{layer:?}");
        }
    }
}
