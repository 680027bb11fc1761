//! All layers, as parts of a plan.

use std::hint::black_box;

use neuropil_nn::{
    AlphaDropout, Backward, ChannelDropout, DropConnect, DropPath, FeatureAlphaDropout, Forward,
    GaussianDropout, GaussianNoise, GumbelSoftmax, LearnedSnake, LearnedSwish, LocalResponseNorm,
    Mode, Op, PRelu, RRelu, Reshape, Softmax2d, Spec, SpectralNorm, VariationalDropout, WeightNorm,
    prelude::*,
};
use neuropil_simd::Float;
use neuropil_tensor::{ShapeError, padding::PaddingMode};

use super::{LEN, Member, ROWS, Run, WIDTH, spread};

/// The rows as images of channels, and as sequences of steps.
const IMAGE: [usize; 3] = [4, 4, 4];
const SEQUENCE: [usize; 2] = [8, 8];

pub(super) fn all() -> Vec<Member> {
    let linear = || Linear::new(WIDTH, WIDTH);
    let [kernel, channels, steps] = [3, IMAGE[0], SEQUENCE[1]];
    vec![
        of(linear(), &[WIDTH]).with("64 to 64"),
        of(Conv2d::new(channels, channels, kernel).padding(1), &IMAGE).with("4x4x4, 3x3 to 4"),
        of(ConvTranspose2d::new(channels, channels, kernel).padding(1), &IMAGE)
            .with("4x4x4, 3x3 to 4"),
        of(Pad::new([(1, 1); 2], PaddingMode::Reflect), &IMAGE).with("4x4x4 to 4x6x6, reflect"),
        of(MaxPool2d::new(2), &IMAGE).with("4x4x4, 2x2"),
        of(AvgPool2d::new(2), &IMAGE).with("4x4x4, 2x2"),
        of(LpPool2d::new(2.0, 2), &IMAGE).with("4x4x4, 2x2, p = 2"),
        of(AdaptiveAvgPool2d::new(2), &IMAGE).with("4x4x4 to 4x2x2"),
        of(AdaptiveMaxPool2d::new(2), &IMAGE).with("4x4x4 to 4x2x2"),
        of(GlobalAvgPool, &IMAGE).with("4x4x4"),
        of(GlobalMaxPool, &IMAGE).with("4x4x4"),
        of(Upsample2d::nearest(2), &IMAGE).with("4x4x4 to 4x8x8, nearest"),
        of(Flatten, &IMAGE),
        of(Reshape::new([WIDTH]), &IMAGE),
        of(Rnn::new(steps, steps), &SEQUENCE).named("Rnn").with("8 steps of 8 to 8"),
        of(Gru::new(steps, steps), &SEQUENCE).named("Gru").with("8 steps of 8 to 8"),
        of(Lstm::new(steps, steps), &SEQUENCE).named("Lstm").with("8 steps of 8 to 8"),
        of(BatchNorm::new(channels), &IMAGE).with("4x4x4"),
        of(LayerNorm::new([WIDTH]), &[WIDTH]),
        of(RmsNorm::new([WIDTH]), &[WIDTH]),
        of(GroupNorm::new(2, channels), &IMAGE).with("4x4x4, 2 groups"),
        of(InstanceNorm::new(channels), &IMAGE).with("4x4x4"),
        of(LocalResponseNorm::new(3).expect("a size"), &IMAGE).with("4x4x4, size 3"),
        of(WeightNorm::new(linear()), &[WIDTH]).with("of a linear layer"),
        of(SpectralNorm::new(linear()), &[WIDTH]).with("of a linear layer"),
        of(Dropout::new(0.5).expect("a rate"), &[WIDTH]),
        of(AlphaDropout::new(0.5).expect("a rate"), &[WIDTH]),
        of(GaussianDropout::new(0.5).expect("a rate"), &[WIDTH]),
        of(GaussianNoise::new(0.1).expect("a deviation"), &[WIDTH]),
        of(ChannelDropout::new(0.5).expect("a rate"), &IMAGE).with("4x4x4"),
        of(FeatureAlphaDropout::new(0.5).expect("a rate"), &IMAGE).with("4x4x4"),
        of(VariationalDropout::new(0.5).expect("a rate"), &SEQUENCE).with("8 steps of 8"),
        of(DropPath::new(0.5).expect("a rate"), &[WIDTH]),
        of(DropConnect::new(linear(), 0.5).expect("a rate"), &[WIDTH]).with("of a linear layer"),
        of(PRelu::new(), &[WIDTH]),
        of(RRelu::new(), &[WIDTH]),
        of(LearnedSwish::new(), &[WIDTH]),
        of(LearnedSnake::new(WIDTH), &[WIDTH]),
        of(GumbelSoftmax::new(), &[WIDTH]),
        of(Softmax2d, &IMAGE).with("4x4x4"),
        of(ChannelsLast, &IMAGE).with("4x4x4"),
        of(Residual::new(linear()), &[WIDTH]).with("around a linear layer"),
    ]
}

/// A layer over a batch of rows of this shape.
fn of(layer: impl Module, shape: &[usize]) -> Member {
    Member::new(&layer, [forward(&layer, shape), both(&layer, shape)].map(Some).into())
}

fn forward(layer: &impl Module, shape: &[usize]) -> Run {
    let graph = Graph::new();
    let x = graph.input("x", shape);
    let y = layer.build(x).expect("a layer that takes the shape");
    let mut plan = Plan::<f32>::inference(&graph, &[y]).expect("a plan");
    let mut params = Params::<f32>::new(&[&graph], 1).expect("weights");
    let (x, numbers) = (x.id(), spread::<f32>(LEN, 1));
    Box::new(move || {
        let mut run = plan.run(&mut params, ROWS).expect("a run");
        run.input(x).copy_from_slice(black_box(&numbers));
        run.forward().expect("any numbers will do");
    })
}

fn both(layer: &impl Module, shape: &[usize]) -> Run {
    let graph = Graph::new();
    let x = graph.input("x", shape);
    let y = layer.build(x).expect("a layer that takes the shape");
    let cost = y.op(Behind).expect("a cost");
    let mut plan = Plan::<f32>::training(&graph, cost, &[]).expect("a plan");
    plan.track(x);
    let mut params = Params::<f32>::new(&[&graph], 1).expect("weights");
    let (x, numbers, mut step) = (x.id(), spread::<f32>(LEN, 1), 0);
    Box::new(move || {
        step += 1;
        let mut run = plan.run(&mut params, ROWS).expect("a run");
        run.mode(Mode::Training).random(1, step);
        run.input(x).copy_from_slice(black_box(&numbers));
        run.forward().expect("any numbers will do");
        run.backward();
    })
}

/// Stands for all layers behind: the gradient that comes from them is 1/8 everywhere.
#[derive(Debug)]
struct Behind;

impl<T: Float> Op<T> for Behind {
    fn output(&self, _inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(Spec::single([]))
    }

    fn forward(&self, step: Forward<'_, T>) {
        step.y.fill(T::ZERO);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        if let Some(target) = step.dx.target(0) {
            target.values.fill(T::of(0.125));
        }
    }
}
