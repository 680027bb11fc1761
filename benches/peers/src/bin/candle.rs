//! candle on the CPU.

use std::{collections::HashMap, hint::black_box};

use candle_core::{
    DType, Device, Error, Result as CandleResult, Tensor, Var,
    utils::{get_num_threads, with_threadpool},
};
use candle_nn::{
    AdamW, BatchNorm, Conv2d, Conv2dConfig, GRU, LSTM, Linear, Module, Optimizer, ParamsAdamW, RNN,
    SGD, VarBuilder, gru, loss, lstm, ops,
};
use peers::{
    Arrays, Prepared, Refusal, Targets, held,
    layer::{Cell, Layer},
    message::Array,
    serve, threads,
    work::Work,
};

/// How much of the last step's direction is kept.
const MOMENTUM: f64 = 0.9;

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
        Work::Infer { sample, layers } => {
            let x = rows(arrays.f32()?, sample)?;
            // Variables would be recorded for a gradient.
            let network = Network::new(layers, &mut arrays, Tensor::detach)?;
            repeated(move || network.forward(black_box(&x)))
        }
        Work::Stream { inputs, layers } => stream(*inputs, layers, arrays),
        Work::Pass { .. } => Err(Refusal::Lacks),
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

/// Samples of this shape.
fn rows(samples: Vec<f32>, sample: &[usize]) -> CandleResult<Tensor> {
    let count = samples.len() / sample.iter().product::<usize>();
    let shape: Vec<usize> = [count].into_iter().chain(sample.iter().copied()).collect();
    Tensor::from_vec(samples, shape, &Device::Cpu)
}

/// A layer as candle has it.
enum Part {
    Linear(Linear),
    Recurrent(Recurrent),
    Conv(Conv2d),
    Norm(BatchNorm),
    Pool(usize),
    Flatten,
    Relu,
    Tanh,
    Sigmoid,
}

/// A recurrent layer.
enum Recurrent {
    Rnn(Plain),
    Gru(GRU),
    Lstm(LSTM),
}

impl Recurrent {
    /// Of variables, or what is used of them: weights of x and of the state as candle has them,
    /// `[gates, in]`, and a bias each.
    fn new(layer: Layer, [w, u, b, c]: [Tensor; 4]) -> Result<Self, Refusal> {
        let Layer::Recurrent { cell, inputs, hidden } = layer else { return Err(Refusal::Lacks) };
        if cell == Cell::Rnn {
            return Ok(Self::Rnn(Plain { w, u, b, c }));
        }
        let names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"].map(String::from);
        let named: HashMap<String, Tensor> = names.into_iter().zip([w, u, b, c]).collect();
        let named = VarBuilder::from_tensors(named, DType::F32, &Device::Cpu);
        Ok(match cell {
            Cell::Gru => Self::Gru(gru(inputs, hidden, Default::default(), named)?),
            _ => Self::Lstm(lstm(inputs, hidden, Default::default(), named)?),
        })
    }

    /// Sequences `[batch, steps, inputs]`.
    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        match self {
            Self::Rnn(layer) => layer.states_to_tensor(&layer.seq(x)?),
            Self::Lstm(layer) => layer.states_to_tensor(&layer.seq(x)?),
            Self::Gru(layer) => {
                let (batch, steps, _) = x.dims3()?;
                // They come one behind the other in a row.
                layer.states_to_tensor(&layer.seq(x)?)?.reshape((batch, steps, ()))
            }
        }
    }

    /// As a stream has it.
    fn stepping(self) -> CandleResult<Stepping> {
        match self {
            Self::Rnn(layer) => stepping(layer, Tensor::clone),
            Self::Gru(layer) => stepping(layer, |state| state.h.clone()),
            Self::Lstm(layer) => stepping(layer, |state| state.h.clone()),
        }
    }
}

/// The output of a step of one sequence, whose state is carried to the next.
type Stepping = Box<dyn FnMut(&Tensor) -> CandleResult<Tensor>>;

fn stepping<R: RNN + 'static>(layer: R, output: fn(&R::State) -> Tensor) -> CandleResult<Stepping> {
    let mut state = layer.zero_state(1)?;
    Ok(Box::new(move |x| {
        state = layer.step(x, &state)?;
        Ok(output(&state))
    }))
}

/// A recurrent layer of tanh, which candle has not: as its GRU, without gates.
struct Plain {
    w: Tensor,
    u: Tensor,
    b: Tensor,
    c: Tensor,
}

impl RNN for Plain {
    type State = Tensor;

    fn zero_state(&self, batch: usize) -> CandleResult<Tensor> {
        Tensor::zeros((batch, self.u.dim(0)?), DType::F32, &Device::Cpu)
    }

    fn step(&self, x: &Tensor, state: &Tensor) -> CandleResult<Tensor> {
        let x = x.matmul(&self.w.t()?)?.broadcast_add(&self.b)?;
        let h = state.matmul(&self.u.t()?)?.broadcast_add(&self.c)?;
        (x + h)?.tanh()
    }

    fn states_to_tensor(&self, states: &[Tensor]) -> CandleResult<Tensor> {
        Tensor::stack(states, 1)
    }
}

/// Layers in a row.
struct Network {
    parts: Vec<Part>,
    variables: Vec<Var>,
}

impl Network {
    /// `used` makes of a variable what the layers use.
    fn new(
        layers: &[Layer],
        arrays: &mut Arrays,
        used: fn(&Tensor) -> Tensor,
    ) -> Result<Self, Refusal> {
        let (mut parts, mut variables) = (Vec::new(), Vec::new());
        let mut both = |weight: Tensor, bias: Vec<f32>| -> CandleResult<(Tensor, Tensor)> {
            let len = bias.len();
            let bias = Var::from_tensor(&Tensor::from_vec(bias, len, &Device::Cpu)?)?;
            let weight = Var::from_tensor(&weight)?;
            let pair = (used(weight.as_tensor()), used(bias.as_tensor()));
            variables.extend([weight, bias]);
            Ok(pair)
        };
        for &layer in layers {
            parts.push(match layer {
                Layer::Linear { inputs, outputs } => {
                    let [weight, bias] = arrays.weights(layer)?;
                    // candle's layer has [out, in].
                    let weight = Tensor::from_vec(weight, (inputs, outputs), &Device::Cpu)?;
                    let (weight, bias) = both(weight.t()?.contiguous()?, bias)?;
                    Part::Linear(Linear::new(weight, Some(bias)))
                }
                Layer::Conv { inputs, outputs, kernel, stride, padding, groups } => {
                    let [weight, bias] = arrays.weights(layer)?;
                    let shape = (outputs, inputs / groups, kernel, kernel);
                    let weight = Tensor::from_vec(weight, shape, &Device::Cpu)?;
                    let (weight, bias) = both(weight, bias)?;
                    let settings = Conv2dConfig { padding, stride, groups, ..Default::default() };
                    Part::Conv(Conv2d::new(weight, Some(bias), settings))
                }
                Layer::BatchNorm { channels } => {
                    let [weight, bias] = arrays.weights(layer)?;
                    let weight = Tensor::from_vec(weight, channels, &Device::Cpu)?;
                    let (weight, bias) = both(weight, bias)?;
                    let mean = Tensor::zeros(channels, DType::F32, &Device::Cpu)?;
                    let variance = Tensor::ones(channels, DType::F32, &Device::Cpu)?;
                    let norm = BatchNorm::new(channels, mean, variance, weight, bias, 1e-5)?;
                    Part::Norm(norm)
                }
                Layer::Recurrent { .. } => {
                    let [w, u, b, c] = arrays.weights(layer)?;
                    let all = b.len();
                    // candle's layers have [gates, in].
                    let turned = |weight: Vec<f32>| -> CandleResult<Tensor> {
                        Tensor::from_vec(weight, ((), all), &Device::Cpu)?.t()?.contiguous()
                    };
                    let (w, b) = both(turned(w)?, b)?;
                    let (u, c) = both(turned(u)?, c)?;
                    Part::Recurrent(Recurrent::new(layer, [w, u, b, c])?)
                }
                Layer::MaxPool { kernel } => Part::Pool(kernel),
                Layer::Flatten => Part::Flatten,
                Layer::Relu => Part::Relu,
                Layer::Tanh => Part::Tanh,
                Layer::Sigmoid => Part::Sigmoid,
            });
        }
        Ok(Self { parts, variables })
    }

    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        through(&self.parts, x.clone())
    }
}

fn through(parts: &[Part], x: Tensor) -> CandleResult<Tensor> {
    parts.iter().try_fold(x, |x, part| match part {
        Part::Linear(linear) => linear.forward(&x),
        Part::Recurrent(layer) => layer.forward(&x),
        Part::Conv(conv) => conv.forward(&x),
        Part::Norm(norm) => norm.forward_train(&x),
        Part::Pool(kernel) => x.max_pool2d(*kernel),
        Part::Flatten => x.flatten_from(1),
        Part::Relu => x.relu(),
        Part::Tanh => x.tanh(),
        Part::Sigmoid => ops::sigmoid(&x),
    })
}

/// A step of one sequence at a time.
fn stream(inputs: usize, layers: &[Layer], mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let steps = arrays.f32()?;
    let steps = steps.chunks_exact(inputs);
    let steps = steps.map(|x| Tensor::from_vec(x.to_vec(), (1, inputs), &Device::Cpu));
    let steps = steps.collect::<CandleResult<Vec<_>>>()?;
    let network = Network::new(layers, &mut arrays, Tensor::detach)?;
    let mut parts = network.parts.into_iter();
    let Some(Part::Recurrent(first)) = parts.next() else { return Err(Refusal::Lacks) };
    let (mut first, rest) = (first.stepping()?, parts.collect::<Vec<_>>());
    let (mut next, count) = (0, steps.len());
    let mut step = move || -> CandleResult<Tensor> {
        let x = &steps[next];
        next = (next + 1) % steps.len();
        through(&rest, first(black_box(x))?)
    };
    let answers = (0..count).map(|_| step()).collect::<CandleResult<Vec<_>>>()?;
    let run = move || drop(black_box(step().expect("it has run before")));
    Ok((numbers(&Tensor::cat(&answers, 0)?)?, Box::new(run)))
}

/// An optimizer.
enum Rule {
    Sgd(SGD),
    Momentum(Momentum),
    Adam(AdamW),
}

/// Gradient descent with momentum, which candle has not.
struct Momentum {
    rate: f64,
    /// Each variable with its direction.
    variables: Vec<(Var, Option<Tensor>)>,
}

impl Momentum {
    fn backward_step(&mut self, cost: &Tensor) -> CandleResult<()> {
        let gradients = cost.backward()?;
        for (variable, direction) in &mut self.variables {
            let Some(gradient) = gradients.get(variable) else { continue };
            let new = match direction {
                Some(direction) => ((&*direction * MOMENTUM)? + gradient)?,
                None => gradient.clone(),
            };
            variable.set(&variable.sub(&(&new * self.rate)?)?)?;
            *direction = Some(new);
        }
        Ok(())
    }
}

fn step(work: &Work, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let Work::Step { sample, layers, batch, classes, rule, rate, losses } = work else {
        return Err(Refusal::Lacks);
    };
    let samples = rows(arrays.f32()?, sample)?;
    let count = samples.dim(0)?;
    let targets = match arrays.targets()? {
        // One for each row, or for each step of a sequence.
        Targets::Labels(labels) => Tensor::from_vec(labels, (count, ()), &Device::Cpu)?,
        Targets::Values(values) => Tensor::from_vec(values, (count, ()), &Device::Cpu)?,
    };
    let batches: Vec<(Tensor, Tensor)> = (0..count / batch)
        .map(|i| {
            let target = targets.narrow(0, i * batch, *batch)?;
            let target = if *classes { target.flatten_all()? } else { target };
            Ok((samples.narrow(0, i * batch, *batch)?, target))
        })
        .collect::<Result<_, Error>>()?;
    let network = Network::new(layers, &mut arrays, Tensor::clone)?;
    let variables = network.variables.clone();
    let mut rule = match rule.as_str() {
        "sgd" => Rule::Sgd(SGD::new(variables, *rate)?),
        "momentum" => {
            let variables = variables.into_iter().map(|variable| (variable, None)).collect();
            Rule::Momentum(Momentum { rate: *rate, variables })
        }
        "adam" => {
            // Without decay it is Adam.
            let settings = ParamsAdamW { lr: *rate, weight_decay: 0.0, ..ParamsAdamW::default() };
            Rule::Adam(AdamW::new(variables, settings)?)
        }
        _ => return Err(Refusal::Lacks),
    };
    let classes = *classes;
    let mut next = 0;
    let mut step = move || -> CandleResult<Tensor> {
        let (x, target) = &batches[next];
        next = (next + 1) % batches.len();
        let y = network.forward(x)?;
        let cost = match classes {
            // Of a sequence, each step is a row.
            true => loss::cross_entropy(&y.flatten_to(y.rank() - 2)?, target)?,
            false => loss::mse(&y, target)?,
        };
        match &mut rule {
            Rule::Sgd(rule) => rule.backward_step(&cost)?,
            Rule::Momentum(rule) => rule.backward_step(&cost)?,
            Rule::Adam(rule) => rule.backward_step(&cost)?,
        }
        Ok(cost)
    };
    let first: Vec<f32> =
        (0..*losses).map(|_| step()?.to_scalar()).collect::<Result<_, Error>>()?;
    let run = move || drop(black_box(step().expect("it has run before")));
    Ok((Array::F32(first), Box::new(run)))
}
