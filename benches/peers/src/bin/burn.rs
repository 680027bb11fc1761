//! burn with its back end flex, the fastest on a CPU that needs no other software, with AVX-512
//! where the machine has it.

use std::hint::black_box;

use burn::{
    module::{Module, Param},
    nn::{
        BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d,
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
    Arrays, Prepared, Refusal, Targets, held, in_pool, layer::Layer, message::Array, serve,
    threads, work::Work,
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

/// A batch of rows or of images.
#[derive(Clone)]
enum Data {
    Rows(Tensor<2>),
    Images(Tensor<4>),
}

impl Data {
    fn rows(self) -> Tensor<2> {
        match self {
            Self::Rows(x) => x,
            Self::Images(x) => x.flatten(1, 3),
        }
    }

    fn images(self) -> Tensor<4> {
        match self {
            Self::Rows(_) => panic!("a layer of images behind rows"),
            Self::Images(x) => x,
        }
    }
}

/// Samples of this shape.
fn samples(x: Vec<f32>, sample: &[usize], device: &Device) -> Result<Data, Refusal> {
    let count = x.len() / sample.iter().product::<usize>();
    match *sample {
        [width] => Ok(Data::Rows(matrix(x, width, device))),
        [channels, height, width] => {
            let shape = [count, channels, height, width];
            Ok(Data::Images(Tensor::from_data(TensorData::new(x, shape), device)))
        }
        _ => Err(Refusal::Lacks),
    }
}

/// The layers with weights, of each kind in their order.
#[derive(Module, Debug)]
struct Network {
    linears: Vec<Linear>,
    convs: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
}

impl Network {
    fn new(layers: &[Layer], arrays: &mut Arrays, device: &Device) -> Result<Self, Refusal> {
        let mut network = Self { linears: Vec::new(), convs: Vec::new(), norms: Vec::new() };
        let vector = |x: Vec<f32>| {
            let len = x.len();
            let x: Tensor<1> = Tensor::from_data(TensorData::new(x, [len]), device);
            Param::from_tensor(x)
        };
        for &layer in layers {
            match layer {
                Layer::Linear { inputs, outputs } => {
                    let (weight, bias) = arrays.weights(layer)?;
                    let mut linear = LinearConfig::new(inputs, outputs).init(device);
                    linear.weight = Param::from_tensor(matrix(weight, outputs, device));
                    linear.bias = Some(vector(bias));
                    network.linears.push(linear);
                }
                Layer::Conv { inputs, outputs, kernel, stride, padding, groups } => {
                    let (weight, bias) = arrays.weights(layer)?;
                    let mut conv = Conv2dConfig::new([inputs, outputs], [kernel; 2])
                        .with_stride([stride; 2])
                        .with_groups(groups)
                        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
                        .init(device);
                    let shape = [outputs, inputs / groups, kernel, kernel];
                    let weight = Tensor::from_data(TensorData::new(weight, shape), device);
                    conv.weight = Param::from_tensor(weight);
                    conv.bias = Some(vector(bias));
                    network.convs.push(conv);
                }
                Layer::BatchNorm { channels } => {
                    let (weight, bias) = arrays.weights(layer)?;
                    let mut norm = BatchNormConfig::new(channels).init(device);
                    (norm.gamma, norm.beta) = (vector(weight), vector(bias));
                    network.norms.push(norm);
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
        let mut linears = self.linears.iter();
        let (mut convs, mut norms) = (self.convs.iter(), self.norms.iter());
        const MADE: &str = "a layer for each that was made";
        layers.iter().fold(x, |x, layer| match layer {
            Layer::Linear { .. } => Data::Rows(linears.next().expect(MADE).forward(x.rows())),
            Layer::Conv { .. } => Data::Images(convs.next().expect(MADE).forward(x.images())),
            Layer::BatchNorm { .. } => Data::Images(norms.next().expect(MADE).forward(x.images())),
            Layer::MaxPool { kernel } => {
                Data::Images(MaxPool2dConfig::new([*kernel; 2]).init().forward(x.images()))
            }
            Layer::Flatten => Data::Rows(x.rows()),
            Layer::Relu => match x {
                Data::Rows(x) => Data::Rows(activation::relu(x)),
                Data::Images(x) => Data::Images(activation::relu(x)),
            },
            Layer::Tanh => Data::Rows(x.rows().tanh()),
            Layer::Sigmoid => Data::Rows(activation::sigmoid(x.rows())),
        })
    }
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
                    let labels = labels[rows(1)].iter().map(|&label| i64::from(label)).collect();
                    let labels = TensorData::new::<i64, _>(labels, [batch]);
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
