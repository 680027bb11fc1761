//! burn with its back end flex, the fastest on a CPU that needs no other software, with AVX-512
//! where the machine has it.

use std::hint::black_box;

use burn::{
    module::{Module, Param},
    nn::{
        Linear, LinearConfig,
        loss::{CrossEntropyLossConfig, MseLoss, Reduction},
    },
    optim::{AdamConfig, GradientsParams, SgdConfig},
    tensor::{DType, Device, Int, Tensor, TensorData, activation},
};
// Named so that the feature x86-v4 of the crate below burn is turned on.
use burn_flex as _;
use peers::{
    Arrays, Prepared, Refusal, Targets, held, in_pool, message::Array, serve, threads, work::Work,
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
        Work::Infer { widths } => {
            let x = matrix(arrays.f32()?, widths[0], &device);
            let network = Network::new(widths, &mut arrays, &device)?;
            repeated(move || network.forward(black_box(&x).clone(), true))
        }
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

/// A perceptron.
#[derive(Module, Debug)]
struct Network {
    layers: Vec<Linear>,
}

impl Network {
    fn new(widths: &[usize], arrays: &mut Arrays, device: &Device) -> Result<Self, Refusal> {
        let mut layers = Vec::new();
        for (pair, (weight, bias)) in widths.windows(2).zip(arrays.layers(widths)?) {
            let mut layer = LinearConfig::new(pair[0], pair[1]).init(device);
            layer.weight = Param::from_tensor(matrix(weight, pair[1], device));
            let bias = Tensor::from_data(TensorData::new(bias, [pair[1]]), device);
            layer.bias = Some(Param::from_tensor(bias));
            layers.push(layer);
        }
        Ok(Self { layers })
    }

    /// `classes`: rectifiers between the layers, or else tanh and a sigmoid at the end.
    fn forward(&self, mut x: Tensor<2>, classes: bool) -> Tensor<2> {
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            let is_last = i + 1 == self.layers.len();
            x = match (classes, is_last) {
                (true, false) => activation::relu(x),
                (true, true) => x,
                (false, false) => x.tanh(),
                (false, true) => activation::sigmoid(x),
            };
        }
        x
    }
}

/// What a batch is trained towards.
#[derive(Clone)]
enum Target {
    Labels(Tensor<1, Int>),
    Values(Tensor<2>),
}

fn step(work: &Work, mut arrays: Arrays, device: &Device) -> Result<Prepared, Refusal> {
    let Work::Step { widths, batch, classes, adam, rate, losses } = work.clone() else {
        return Err(Refusal::Lacks);
    };
    let (inputs, outputs) = (widths[0], widths[widths.len() - 1]);
    let samples = arrays.f32()?;
    let targets = arrays.targets()?;
    let count = samples.len() / inputs / batch;
    let batches: Vec<(Tensor<2>, Target)> = (0..count)
        .map(|i| {
            let rows = |width: usize| i * batch * width..(i + 1) * batch * width;
            let target = match &targets {
                Targets::Labels(labels) => {
                    let labels = labels[rows(1)].iter().map(|&label| i64::from(label)).collect();
                    let labels = TensorData::new::<i64, _>(labels, [batch]);
                    Target::Labels(Tensor::from_data(labels, device))
                }
                Targets::Values(values) => {
                    Target::Values(matrix(values[rows(outputs)].to_vec(), outputs, device))
                }
            };
            (matrix(samples[rows(inputs)].to_vec(), inputs, device), target)
        })
        .collect();
    let mut network = Some(Network::new(&widths, &mut arrays, device)?);
    let mut rule =
        if adam { AdamConfig::new().with_epsilon(1e-8).init() } else { SgdConfig::new().init() };
    let entropy = CrossEntropyLossConfig::new().init(device);
    let mut next = 0;
    let mut step = move || -> Tensor<1> {
        let (x, target) = batches[next].clone();
        next = (next + 1) % batches.len();
        let model = network.take().expect("each step gives it back");
        let y = model.forward(x, classes);
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
