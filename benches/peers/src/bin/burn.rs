//! burn with its back end flex, the fastest on a CPU that needs no other software, with AVX-512
//! where the machine has it.

use std::hint::black_box;

use burn::{
    module::{Module, Param},
    nn::{
        BatchNorm, BatchNormConfig, GateController, Gru, GruConfig, Linear, LinearConfig, Lstm,
        LstmConfig, PaddingConfig2d, Rnn, RnnConfig,
        conv::{Conv2d, Conv2dConfig},
        loss::{CrossEntropyLossConfig, MseLoss, Reduction},
        pool::MaxPool2dConfig,
    },
    optim::{AdamConfig, GradientsParams, SgdConfig, momentum::MomentumConfig},
    tensor::{DType, Device, Int, Tensor, TensorData, activation},
};
// Named so that the feature x86-v4 of the crate below burn is turned on.
use burn_flex as _;
use peers::{
    Arrays, Prepared, Refusal, Targets, held, in_pool,
    layer::{Cell, Layer},
    message::Array,
    serve, threads,
    work::Work,
};

fn main() {
    let threads = threads();
    in_pool(threads, |found| serve(held("a rayon pool of n", threads, found), prepare));
}

fn prepare(work: &Work, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let device = Device::flex();
    match work {
        Work::Product { form, m, k, n } => product(form, [*m, *k, *n], arrays, &device),
        Work::Map { function, width } => map(function, *width, arrays, &device),
        Work::Infer { sample, layers } => {
            let x = samples(arrays.f32()?, sample, &device)?;
            let network = Network::new(layers, &mut arrays, &device)?;
            let layers = layers.clone();
            let answer = move |x: Data| network.forward(&layers, x).rows();
            repeated(move || answer(black_box(&x).clone()))
        }
        Work::Stream { inputs, layers } => stream(*inputs, layers, arrays, &device),
        Work::Pass { .. } => Err(Refusal::Lacks),
        Work::Step { .. } => step(work, arrays, &device.autodiff()),
    }
}

/// A function of no argument as work: its first result, and its runs.
fn repeated<const D: usize>(run: impl Fn() -> Tensor<D> + 'static) -> Result<Prepared, Refusal> {
    let data = run().into_data();
    let result = match data.dtype() {
        DType::F64 => Array::F64(data.try_to_vec().map_err(|error| format!("{error:?}"))?),
        _ => Array::F32(data.try_to_vec().map_err(|error| format!("{error:?}"))?),
    };
    Ok((result, Box::new(move || drop(black_box(run())))))
}

fn matrix(x: Vec<f32>, columns: usize, device: &Device) -> Tensor<2> {
    let rows = x.len() / columns;
    Tensor::from_data(TensorData::new(x, [rows, columns]), device)
}

fn product(
    form: &str,
    [m, k, n]: [usize; 3],
    mut arrays: Arrays,
    device: &Device,
) -> Result<Prepared, Refusal> {
    let mut side = |[rows, columns]: [usize; 2], transposed: bool| -> Result<Tensor<2>, Refusal> {
        let stored = if transposed { [columns, rows] } else { [rows, columns] };
        let tensor = match arrays.array()? {
            Array::F32(x) => Tensor::from_data(TensorData::new(x, stored), device),
            Array::F64(x) => Tensor::from_data(TensorData::new(x, stored), (device, DType::F64)),
            Array::U32(_) => return Err(Refusal::Lacks),
        };
        Ok(if transposed { tensor.transpose() } else { tensor })
    };
    let (a, b) = (side([m, k], form == "TN")?, side([k, n], form == "NT")?);
    repeated(move || black_box(&a).clone().matmul(black_box(&b).clone()))
}

fn map(
    function: &str,
    width: usize,
    mut arrays: Arrays,
    device: &Device,
) -> Result<Prepared, Refusal> {
    let x = matrix(arrays.f32()?, width, device);
    let f: fn(Tensor<2>) -> Tensor<2> = match function {
        "relu" => activation::relu,
        "exp" => Tensor::exp,
        "ln" => Tensor::log,
        "sigmoid" => activation::sigmoid,
        "tanh" => Tensor::tanh,
        "gelu" => activation::gelu,
        "silu" => activation::silu,
        "softplus" => |x| activation::softplus(x, 1.0),
        "softmax" => |x| activation::softmax(x, 1),
        "log_softmax" => |x| activation::log_softmax(x, 1),
        "sum" => return repeated(move || black_box(&x).clone().sum()),
        _ => return Err(Refusal::Lacks),
    };
    // A clone shares the numbers, so that none can be overwritten in place.
    repeated(move || f(black_box(&x).clone()))
}

/// A batch of rows, of sequences `[batch, steps, numbers]`, or of images.
#[derive(Clone)]
enum Data {
    Rows(Tensor<2>),
    Sequences(Tensor<3>),
    Images(Tensor<4>),
}

impl Data {
    /// An image is a row, and each step of a sequence.
    fn rows(self) -> Tensor<2> {
        match self {
            Self::Rows(x) => x,
            Self::Sequences(x) => x.flatten(0, 1),
            Self::Images(x) => x.flatten(1, 3),
        }
    }

    fn sequences(self) -> Tensor<3> {
        match self {
            Self::Sequences(x) => x,
            _ => panic!("a recurrent layer behind what is no sequence"),
        }
    }

    fn images(self) -> Tensor<4> {
        match self {
            Self::Images(x) => x,
            _ => panic!("a layer of images behind what is no image"),
        }
    }
}

/// Samples of this shape.
fn samples(x: Vec<f32>, sample: &[usize], device: &Device) -> Result<Data, Refusal> {
    let count = x.len() / sample.iter().product::<usize>();
    match *sample {
        [width] => Ok(Data::Rows(matrix(x, width, device))),
        [steps, width] => {
            let shape = [count, steps, width];
            Ok(Data::Sequences(Tensor::from_data(TensorData::new(x, shape), device)))
        }
        [channels, height, width] => {
            let shape = [count, channels, height, width];
            Ok(Data::Images(Tensor::from_data(TensorData::new(x, shape), device)))
        }
        _ => Err(Refusal::Lacks),
    }
}

/// A recurrent layer.
#[derive(Module, Debug)]
enum Recurrent {
    Rnn(Rnn),
    Gru(Gru),
    Lstm(Lstm),
}

impl Recurrent {
    fn new(
        cell: Cell,
        inputs: usize,
        hidden: usize,
        weights: &[Vec<f32>; 4],
        device: &Device,
    ) -> Self {
        let gate = |place| gate(place, cell.gates(), weights, device);
        match cell {
            Cell::Rnn => {
                let mut layer = RnnConfig::new(inputs, hidden, true).init(device);
                layer.gate = gate(0);
                Self::Rnn(layer)
            }
            Cell::Gru => {
                let mut layer = GruConfig::new(inputs, hidden, true).init(device);
                (layer.reset_gate, layer.update_gate, layer.new_gate) = (gate(0), gate(1), gate(2));
                Self::Gru(layer)
            }
            Cell::Lstm => {
                let mut layer = LstmConfig::new(inputs, hidden, true).init(device);
                (layer.input_gate, layer.forget_gate) = (gate(0), Some(gate(1)));
                (layer.cell_gate, layer.output_gate) = (gate(2), gate(3));
                Self::Lstm(layer)
            }
        }
    }

    /// Sequences from a state of zeros.
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Rnn(layer) => layer.forward(x, None).0,
            Self::Gru(layer) => layer.forward(x, None),
            Self::Lstm(layer) => layer.forward(x, None).0,
        }
    }

    /// The output of a step of one sequence, whose state is carried to the next.
    fn stepping(self) -> Box<dyn FnMut(Tensor<3>) -> Tensor<3>> {
        match self {
            Self::Rnn(layer) => {
                let mut state = None;
                Box::new(move |x| {
                    let (y, next) = layer.forward(x, state.take());
                    state = Some(next);
                    y
                })
            }
            Self::Gru(layer) => {
                let mut state = None;
                Box::new(move |x| {
                    let y = layer.forward(x, state.take());
                    state = Some(y.clone().squeeze_dim(1));
                    y
                })
            }
            Self::Lstm(layer) => {
                let mut state = None;
                Box::new(move |x| {
                    let (y, next) = layer.forward(x, state.take());
                    state = Some(next);
                    y
                })
            }
        }
    }
}

/// One of `gates` gates: a weight of x and of the state, each with a bias.
fn gate(
    place: usize,
    gates: usize,
    [w, u, b, c]: &[Vec<f32>; 4],
    device: &Device,
) -> GateController {
    let hidden = b.len() / gates;
    // Of each row of a weight of all gates, those of this one.
    let part = |of: &[f32]| -> Vec<f32> {
        let rows = of.chunks_exact(gates * hidden);
        rows.flat_map(|row| &row[place * hidden..][..hidden]).copied().collect()
    };
    let transform = |weight: &[f32], bias: &[f32]| {
        let mut linear = LinearConfig::new(weight.len() / b.len(), hidden).init(device);
        linear.weight = Param::from_tensor(matrix(part(weight), hidden, device));
        linear.bias = Some(vector(part(bias), device));
        linear
    };
    GateController { input_transform: transform(w, b), hidden_transform: transform(u, c) }
}

fn vector(x: Vec<f32>, device: &Device) -> Param<Tensor<1>> {
    let len = x.len();
    let x: Tensor<1> = Tensor::from_data(TensorData::new(x, [len]), device);
    Param::from_tensor(x)
}

/// The layers with weights, of each kind in their order.
#[derive(Module, Debug)]
struct Network {
    linears: Vec<Linear>,
    recurrents: Vec<Recurrent>,
    convs: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
}

impl Network {
    fn new(layers: &[Layer], arrays: &mut Arrays, device: &Device) -> Result<Self, Refusal> {
        let mut network = Self {
            linears: Vec::new(),
            recurrents: Vec::new(),
            convs: Vec::new(),
            norms: Vec::new(),
        };
        for &layer in layers {
            match layer {
                Layer::Linear { inputs, outputs } => {
                    let [weight, bias] = arrays.weights(layer)?;
                    let mut linear = LinearConfig::new(inputs, outputs).init(device);
                    linear.weight = Param::from_tensor(matrix(weight, outputs, device));
                    linear.bias = Some(vector(bias, device));
                    network.linears.push(linear);
                }
                Layer::Conv { inputs, outputs, kernel, stride, padding, groups } => {
                    let [weight, bias] = arrays.weights(layer)?;
                    let mut conv = Conv2dConfig::new([inputs, outputs], [kernel; 2])
                        .with_stride([stride; 2])
                        .with_groups(groups)
                        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
                        .init(device);
                    let shape = [outputs, inputs / groups, kernel, kernel];
                    let weight = Tensor::from_data(TensorData::new(weight, shape), device);
                    conv.weight = Param::from_tensor(weight);
                    conv.bias = Some(vector(bias, device));
                    network.convs.push(conv);
                }
                Layer::BatchNorm { channels } => {
                    let [weight, bias] = arrays.weights(layer)?;
                    let mut norm = BatchNormConfig::new(channels).init(device);
                    (norm.gamma, norm.beta) = (vector(weight, device), vector(bias, device));
                    network.norms.push(norm);
                }
                Layer::Recurrent { cell, inputs, hidden } => {
                    let weights = arrays.weights(layer)?;
                    let made = Recurrent::new(cell, inputs, hidden, &weights, device);
                    network.recurrents.push(made);
                }
                Layer::MaxPool { .. }
                | Layer::Flatten
                | Layer::Relu
                | Layer::Tanh
                | Layer::Sigmoid => {}
            }
        }
        Ok(network)
    }

    fn forward(&self, layers: &[Layer], x: Data) -> Data {
        let (mut linears, mut recurrents) = (self.linears.iter(), self.recurrents.iter());
        let (mut convs, mut norms) = (self.convs.iter(), self.norms.iter());
        const MADE: &str = "a layer for each that was made";
        layers.iter().fold(x, |x, layer| match layer {
            Layer::Linear { .. } => {
                let linear = linears.next().expect(MADE);
                match x {
                    Data::Sequences(x) => Data::Sequences(linear.forward(x)),
                    x => Data::Rows(linear.forward(x.rows())),
                }
            }
            Layer::Recurrent { .. } => {
                Data::Sequences(recurrents.next().expect(MADE).forward(x.sequences()))
            }
            Layer::Conv { .. } => Data::Images(convs.next().expect(MADE).forward(x.images())),
            Layer::BatchNorm { .. } => Data::Images(norms.next().expect(MADE).forward(x.images())),
            Layer::MaxPool { kernel } => {
                Data::Images(MaxPool2dConfig::new([*kernel; 2]).init().forward(x.images()))
            }
            Layer::Flatten => Data::Rows(x.rows()),
            Layer::Relu => match x {
                Data::Rows(x) => Data::Rows(activation::relu(x)),
                Data::Sequences(x) => Data::Sequences(activation::relu(x)),
                Data::Images(x) => Data::Images(activation::relu(x)),
            },
            Layer::Tanh => Data::Rows(x.rows().tanh()),
            Layer::Sigmoid => Data::Rows(activation::sigmoid(x.rows())),
        })
    }
}

/// A step of one sequence at a time.
fn stream(
    inputs: usize,
    layers: &[Layer],
    mut arrays: Arrays,
    device: &Device,
) -> Result<Prepared, Refusal> {
    let [Layer::Recurrent { .. }, rest @ ..] = layers else { return Err(Refusal::Lacks) };
    let rest = rest.to_vec();
    let steps = arrays.f32()?;
    let steps = steps.chunks_exact(inputs).map(|x| TensorData::new(x.to_vec(), [1, 1, inputs]));
    let steps: Vec<Tensor<3>> = steps.map(|x| Tensor::from_data(x, device)).collect();
    let mut network = Network::new(layers, &mut arrays, device)?;
    let mut first = network.recurrents.remove(0).stepping();
    let (mut next, count) = (0, steps.len());
    let mut step = move || -> Tensor<2> {
        let x = black_box(&steps[next]).clone();
        next = (next + 1) % steps.len();
        network.forward(&rest, Data::Sequences(first(x))).rows()
    };
    let answers = Tensor::cat((0..count).map(|_| step()).collect(), 0).into_data();
    let answers = answers.try_to_vec().map_err(|error| format!("{error:?}"))?;
    Ok((Array::F32(answers), Box::new(move || drop(black_box(step())))))
}

/// What a batch is trained towards.
#[derive(Clone)]
enum Target {
    Labels(Tensor<1, Int>),
    Values(Tensor<2>),
}

fn step(work: &Work, mut arrays: Arrays, device: &Device) -> Result<Prepared, Refusal> {
    let Work::Step { sample, layers, batch, rule, rate, losses, .. } = work.clone() else {
        return Err(Refusal::Lacks);
    };
    let inputs = sample.iter().product::<usize>();
    let all = arrays.f32()?;
    let targets = arrays.targets()?;
    let count = all.len() / inputs / batch;
    let batches: Vec<(Data, Target)> = (0..count)
        .map(|i| {
            let rows = |width: usize| i * batch * width..(i + 1) * batch * width;
            let target = match &targets {
                Targets::Labels(labels) => {
                    // One for each row, or for each step of a sequence.
                    let labels = &labels[rows(labels.len() / (count * batch))];
                    let labels: Vec<_> = labels.iter().map(|&label| i64::from(label)).collect();
                    let len = labels.len();
                    let labels = TensorData::new::<i64, _>(labels, [len]);
                    Target::Labels(Tensor::from_data(labels, device))
                }
                Targets::Values(values) => {
                    let outputs = values.len() / (count * batch);
                    Target::Values(matrix(values[rows(outputs)].to_vec(), outputs, device))
                }
            };
            Ok((samples(all[rows(inputs)].to_vec(), &sample, device)?, target))
        })
        .collect::<Result<_, Refusal>>()?;
    let mut network = Some(Network::new(&layers, &mut arrays, device)?);
    let mut rule = match rule.as_str() {
        "sgd" => SgdConfig::new().init(),
        "momentum" => {
            let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
            SgdConfig::new().with_momentum(Some(momentum)).init()
        }
        "adam" => AdamConfig::new().with_epsilon(1e-8).init(),
        _ => return Err(Refusal::Lacks),
    };
    let entropy = CrossEntropyLossConfig::new().init(device);
    let mut next = 0;
    let mut step = move || -> Tensor<1> {
        let (x, target) = batches[next].clone();
        next = (next + 1) % batches.len();
        let model = network.take().expect("each step gives it back");
        let y = model.forward(&layers, x).rows();
        let cost = match target {
            Target::Labels(labels) => entropy.forward(y, labels),
            Target::Values(values) => MseLoss::new().forward(y, values, Reduction::Mean),
        };
        let gradients = GradientsParams::from_grads(cost.backward(), &model);
        network = Some(rule.step(rate, model, gradients));
        cost
    };
    let first: Vec<f32> = (0..losses)
        .map(|_| step().into_data().try_to_vec::<f32>().map(|cost| cost[0]))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{error:?}"))?;
    Ok((Array::F32(first), Box::new(move || drop(black_box(step())))))
}
