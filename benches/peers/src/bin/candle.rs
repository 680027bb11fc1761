//! candle on the CPU.

use std::hint::black_box;

use candle_core::{
    DType, Device, Error, Result as CandleResult, Tensor, Var,
    utils::{get_num_threads, with_threadpool},
};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW, SGD, loss, ops};
use peers::{Arrays, Prepared, Refusal, Targets, held, message::Array, serve, threads, work::Work};

/// Its pools have as many threads as the variables say.
fn main() {
    let threads = threads();
    with_threadpool(|| {
        // Its products have as many threads as it says, all else those of the pool.
        let found = match get_num_threads() {
            found if found == rayon::current_num_threads() => found,
            _ => 0,
        };
        serve(held("RAYON_NUM_THREADS=n, CANDLE_NUM_THREADS=n", threads, found), prepare);
    });
}

fn prepare(work: &Work, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    match work {
        Work::Product { form, m, k, n } => product(form, [*m, *k, *n], arrays),
        Work::Map { function, width } => map(function, *width, arrays),
        Work::Infer { widths } => {
            let x = Tensor::from_vec(arrays.f32()?, (1, widths[0]), &Device::Cpu)?;
            let network = Network::new(widths, true, &mut arrays)?;
            // Variables would be recorded for a gradient.
            let layers = network.layers.iter().map(|layer| {
                let bias = layer.bias().map(Tensor::detach);
                Linear::new(layer.weight().detach(), bias)
            });
            let network = Network { layers: layers.collect(), ..network };
            repeated(move || network.forward(black_box(&x)))
        }
        Work::Step { .. } => step(work, arrays),
    }
}

/// A function of no argument as work: its first result, and its runs.
fn repeated(mut run: impl FnMut() -> CandleResult<Tensor> + 'static) -> Result<Prepared, Refusal> {
    let result = numbers(&run()?)?;
    let run = move || drop(black_box(run().expect("it has run before")));
    Ok((result, Box::new(run)))
}

fn numbers(tensor: &Tensor) -> CandleResult<Array> {
    let tensor = tensor.flatten_all()?;
    Ok(match tensor.dtype() {
        DType::F64 => Array::F64(tensor.to_vec1()?),
        _ => Array::F32(tensor.to_vec1()?),
    })
}

fn product(form: &str, [m, k, n]: [usize; 3], mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let mut side = |shape: (usize, usize), transposed: bool| -> Result<Tensor, Refusal> {
        let stored = if transposed { (shape.1, shape.0) } else { shape };
        let tensor = match arrays.array()? {
            Array::F32(x) => Tensor::from_vec(x, stored, &Device::Cpu)?,
            Array::F64(x) => Tensor::from_vec(x, stored, &Device::Cpu)?,
            Array::U32(_) => return Err(Refusal::Lacks),
        };
        Ok(if transposed { tensor.t()? } else { tensor })
    };
    let (a, b) = (side((m, k), form == "TN")?, side((k, n), form == "NT")?);
    repeated(move || black_box(&a).matmul(black_box(&b)))
}

fn map(function: &str, width: usize, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let f: fn(&Tensor) -> CandleResult<Tensor> = match function {
        "relu" => Tensor::relu,
        "exp" => Tensor::exp,
        "ln" => Tensor::log,
        "sigmoid" => ops::sigmoid,
        "tanh" => Tensor::tanh,
        "gelu" => Tensor::gelu_erf,
        "silu" => Tensor::silu,
        "softmax" => ops::softmax_last_dim,
        "log_softmax" => |x| ops::log_softmax(x, 1),
        "sum" => Tensor::sum_all,
        _ => return Err(Refusal::Lacks),
    };
    let x = arrays.f32()?;
    let x = Tensor::from_vec(x, ((), width), &Device::Cpu)?;
    repeated(move || f(black_box(&x)))
}

/// A perceptron.
struct Network {
    layers: Vec<Linear>,
    variables: Vec<Var>,
    /// Rectifiers between the layers, or tanh and a sigmoid at the end.
    classes: bool,
}

impl Network {
    fn new(widths: &[usize], classes: bool, arrays: &mut Arrays) -> Result<Self, Refusal> {
        let (mut layers, mut variables) = (Vec::new(), Vec::new());
        for (pair, (weight, bias)) in widths.windows(2).zip(arrays.layers(widths)?) {
            // candle's layer has [out, in].
            let weight = Tensor::from_vec(weight, (pair[0], pair[1]), &Device::Cpu)?;
            let weight = Var::from_tensor(&weight.t()?.contiguous()?)?;
            let bias = Var::from_tensor(&Tensor::from_vec(bias, pair[1], &Device::Cpu)?)?;
            layers.push(Linear::new(weight.as_tensor().clone(), Some(bias.as_tensor().clone())));
            variables.extend([weight, bias]);
        }
        Ok(Self { layers, variables, classes })
    }

    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        let mut x = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x)?;
            let is_last = i + 1 == self.layers.len();
            x = match (self.classes, is_last) {
                (true, false) => x.relu()?,
                (true, true) => x,
                (false, false) => x.tanh()?,
                (false, true) => ops::sigmoid(&x)?,
            };
        }
        Ok(x)
    }
}

/// Either optimizer.
enum Rule {
    Sgd(SGD),
    Adam(AdamW),
}

fn step(work: &Work, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let Work::Step { widths, batch, classes, adam, rate, losses } = work else {
        return Err(Refusal::Lacks);
    };
    let (inputs, outputs) = (widths[0], widths[widths.len() - 1]);
    let samples = Tensor::from_vec(arrays.f32()?, ((), inputs), &Device::Cpu)?;
    let targets = match arrays.targets()? {
        Targets::Labels(labels) => {
            let rows = labels.len();
            Tensor::from_vec(labels, rows, &Device::Cpu)?
        }
        Targets::Values(values) => Tensor::from_vec(values, ((), outputs), &Device::Cpu)?,
    };
    let batches: Vec<(Tensor, Tensor)> = (0..samples.dim(0)? / batch)
        .map(|i| Ok((samples.narrow(0, i * batch, *batch)?, targets.narrow(0, i * batch, *batch)?)))
        .collect::<Result<_, Error>>()?;
    let network = Network::new(widths, *classes, &mut arrays)?;
    let variables = network.variables.clone();
    let mut rule = if *adam {
        // Without decay it is Adam.
        let settings = ParamsAdamW { lr: *rate, weight_decay: 0.0, ..ParamsAdamW::default() };
        Rule::Adam(AdamW::new(variables, settings)?)
    } else {
        Rule::Sgd(SGD::new(variables, *rate)?)
    };
    let mut next = 0;
    let mut step = move || -> CandleResult<Tensor> {
        let (x, target) = &batches[next];
        next = (next + 1) % batches.len();
        let y = network.forward(x)?;
        let cost = match network.classes {
            true => loss::cross_entropy(&y, target)?,
            false => loss::mse(&y, target)?,
        };
        match &mut rule {
            Rule::Sgd(rule) => rule.backward_step(&cost)?,
            Rule::Adam(rule) => rule.backward_step(&cost)?,
        }
        Ok(cost)
    };
    let first: Vec<f32> =
        (0..*losses).map(|_| step()?.to_scalar()).collect::<Result<_, Error>>()?;
    let run = move || drop(black_box(step().expect("it has run before")));
    Ok((Array::F32(first), Box::new(run)))
}
