//! Neural networks trained on a CPU. [`Network`] and [`Trainer`] are the usual way; [`Fit`] says how
//! a training goes and who watches it ([`Callback`], [`Checkpoint`], [`CsvLog`], [`TensorBoard`]);
//! [`metrics`] say how good a network is, [`inspect`] what is wrong with one; a [`Predictor`] serves
//! it to many threads. [`Graph`], [`Params`] and [`Plan`] are the level below, [`Op`] is a formula of
//! your own.
//!
//! # Layers
//!
//! Shapes are those of one row of a batch; `[.., n]` stands for any axes before the last. Every
//! [`Activation`](neuropil_activations::Activation) is a layer, too, and so is each struct of yours
//! that implements [`Module`].
//!
//! | layer | y | from a row | to | when to use |
//! | --- | --- | --- | --- | --- |
//! | [`Linear`] | x W + b | `[.., n]` | `[.., m]` | the layer of perceptrons, and the last one of most networks |
//! | [`Embedding`] | W\[x\], the rows of a table | indices `[..]` | `[.., m]` | tokens, categories |
//! | [`Conv`] ([`Conv1d`] to [`Conv3d`]) | Σ over channels and window of w x, + b | `[c, ..]` | `[d, ..]` | images, signals, volumes |
//! | [`ConvTranspose`] (1d to 3d) | the gradient of a convolution with respect to its input, + b | `[c, ..]` | `[d, ..]` | to grow images |
//! | [`Pad`] | x with a border: zeros, reflected, replicated or circular | `[c, ..]` | `[c, ..]` | around what convolutions should not see the end of |
//! | [`MaxPool`] (1d to 3d) | the largest of each window | `[c, ..]` | `[c, ..]` | to shrink, and to keep what is strongest |
//! | [`AvgPool`] (1d to 3d) | the mean of each window | `[c, ..]` | `[c, ..]` | to shrink smoothly |
//! | [`LpPool`] (1d to 3d) | (Σ \|x\|^p)^(1/p) of each window | `[c, ..]` | `[c, ..]` | between sum and maximum |
//! | [`AdaptiveAvgPool`], [`AdaptiveMaxPool`] (1d to 3d) | as above, with windows that give the size asked for | `[c, ..]` | `[c, size]` | inputs of several sizes |
//! | [`GlobalAvgPool`], [`GlobalMaxPool`] | mean or maximum of each channel | `[c, ..]` | `[c]` | in front of the last layer of images |
//! | [`Upsample`] (1d to 3d) | the nearest number, or linear between them | `[c, ..]` | `[c, ..]` | to grow images without weights |
//! | [`Flatten`], [`Reshape`] | x | any | of as many numbers | between images and vectors; cost nothing |
//! | [`Rnn`] | h_t = tanh(x_t W + h_(t-1) U + b), or max(., 0) | `[steps, n]` | `[steps, m]` | short sequences |
//! | [`Gru`] | h_t = (1 - z) n + z h_(t-1), gates r and z | `[steps, n]` | `[steps, m]` | sequences; fewer weights than LSTM |
//! | [`Lstm`] | c_t = f c_(t-1) + i g, h_t = o tanh(c_t) | `[steps, n]` | `[steps, m]` | long sequences |
//! | [`RnnCell`], [`GruCell`], [`LstmCell`] | one step of these | `[n]` and states | states | steps in a loop of your own |
//! | [`BatchNorm`] (1d to 3d) | (x - μ)/√(σ² + ε) γ + β of each channel over the batch | `[c, ..]` | the same | behind convolutions, with batches of some size |
//! | [`LayerNorm`] | (x - μ)/√(σ² + ε) γ + β over the last axes | `[.., n]` | the same | sequences; batches of any size |
//! | [`RmsNorm`] | x/√(mean x² + ε) γ over the last axes | `[.., n]` | the same | as layer normalization, with less work |
//! | [`GroupNorm`], [`InstanceNorm`] (1d to 3d) | (x - μ)/√(σ² + ε) γ + β over some channels, or one | `[c, ..]` | the same | images in small batches; styles |
//! | [`LocalResponseNorm`] | x/(k + α/size Σ x²)^β over neighbouring channels | `[c, ..]` | the same | networks of the time of AlexNet |
//! | [`WeightNorm`] | a layer whose weight is g v/‖v‖ | as the layer | as the layer | where rows must not be looked at |
//! | [`SpectralNorm`] | a layer whose weight is w/σ(w) | as the layer | as the layer | discriminators: the layer does not stretch |
//! | [`Dropout`] | x mask/(1 - rate) | any | the same | to keep large layers from learning by heart |
//! | [`ChannelDropout`] ([`Dropout1d`] to [`Dropout3d`]) | the same with one mask for a channel | `[c, ..]` | the same | feature maps |
//! | [`AlphaDropout`], [`FeatureAlphaDropout`] | dropout that keeps mean 0 and variance 1 | any, `[c, ..]` | the same | behind SELU |
//! | [`GaussianDropout`], [`GaussianNoise`] | x (1 + z √(p/(1 - p))), x + σ z | any | the same | noise instead of gaps; on the data |
//! | [`VariationalDropout`] | dropout with one mask for all steps | `[steps, n]` | the same | sequences |
//! | [`DropPath`] | x or 0, a whole row | any | the same | branches of residual networks |
//! | [`DropConnect`] | a layer some of whose weights are dropped | as the layer | as the layer | dense layers |
//! | [`PRelu`] | max(x, 0) + a min(x, 0), a learned | any | the same | deep convolutional networks |
//! | [`LearnedSwish`], [`LearnedSnake`] | x σ(βx); x + sin²(ax)/a, β or a learned | any | the same | SiLU with a bend of its own; what repeats |
//! | [`RRelu`] | a leaky ReLU of random slopes | any | the same | small data |
//! | [`GumbelSoftmax`] | softmax((x + noise)/τ) | `[.., n]` | the same | choices that are learned through |
//! | [`Softmax2d`], [`OverAxis`] | an activation of rows over the channels, or any axis | any | the same | where the last axis is not it |
//! | [`ActivityPenalty`] | x, with a price on it | any | the same | sparse activations |
//! | [`ChannelsLast`] | x with its first axis last | `[c, ..]` | `[.., c]` | in front of the loss of each place |
//! | [`Bilinear`] | x₁ᵀ W_k x₂ + b | `[.., n]`, `[.., m]` | `[.., k]` | two inputs that explain each other |
//! | [`Parallel`] | branches of one input, joined: concatenated, added or multiplied | any | by the join | inception blocks, gates |
//! | [`Residual`] | x + f(x) | any | the same | deep networks |
//! | [`Sequential`] | one layer after the other | any | any | most networks |
//!
//! Losses of several inputs, CTC, and a projection fused with its cross entropy are nodes of a graph:
//! [`Node::joint_loss`], [`Node::ctc`], [`Node::linear_cross_entropy`]. A stack of linear layers is one
//! linear layer, which is why there are activations:
//!
//! ```
//! use neuropil_nn::prelude::*;
//!
//! let stack = Sequential::new()
//!     .then(Linear::new(2, 3).without_bias())
//!     .then(Linear::new(3, 1).without_bias());
//! let mut net = Network::new(stack, [2], 42)?;
//! let (a, b) = (net.params().get("0.weight")?.to_vec(), net.params().get("1.weight")?.to_vec());
//! let mut one = Network::new(Linear::new(2, 1).without_bias(), [2], 42)?;
//! for (row, w) in one.params_mut().get_mut("weight")?.iter_mut().enumerate() {
//!     *w = (0..3).map(|k| a[row * 3 + k] * b[k]).sum();
//! }
//! let x = [0.5, -2.0];
//! assert!((net.predict(&x)?[0] - one.predict(&x)?[0]).abs() < 1e-6);
//! # Ok::<(), Error>(())
//! ```
//!
//! # Costs
#![doc = include_str!("costs.md")]
#![forbid(unsafe_code)]

mod carried;
mod checkpoint;
mod error;
mod events;
pub mod gradcheck;
mod graph;
pub mod inspect;
mod layers;
mod lend;
mod lsuv;
pub mod metrics;
mod module;
mod network;
mod op;
pub mod ops;
mod padding;
mod parallel;
mod params;
mod pattern;
mod plan;
mod predictor;
mod real;
mod sample;
mod spec;
mod stream;
mod summary;
mod trainer;

pub use carried::Carried;
pub use error::{BuildError, CheckpointError, Error};
pub use events::EventWriter;
pub use gradcheck::gradcheck;
pub use graph::{Graph, Node, NodeId, State};
pub use layers::ActivityPenalty;
pub use layers::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool,
    AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool, AvgPool1d, AvgPool2d,
    AvgPool3d, ChannelsLast, Flatten, GlobalAvgPool, GlobalMaxPool, LpPool, LpPool1d, LpPool2d,
    LpPool3d, MaxPool, MaxPool1d, MaxPool2d, MaxPool3d, Reshape, Upsample, Upsample1d, Upsample2d,
    Upsample3d,
};
pub use layers::{
    AlphaDropout, ChannelDropout, DropConnect, DropPath, Dropout1d, Dropout2d, Dropout3d,
    FeatureAlphaDropout, GaussianDropout, GaussianNoise, VariationalDropout,
};
pub use layers::{
    BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d, Bilinear, Dropout, Embedding, Linear,
    Parallel, Residual, Sequential,
};
pub use layers::{
    Conv, Conv1d, Conv2d, Conv3d, ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d,
    Pad,
};
pub use layers::{
    GroupNorm, InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, LayerNorm,
    LocalResponseNorm, RmsNorm, SpectralNorm, WeightNorm,
};
pub use layers::{
    Gru, GruCell, GruKind, HiddenStates, Lstm, LstmCell, LstmKind, Recurrent, RecurrentCell,
    RecurrentKind, Rnn, RnnCell, RnnKind,
};
pub use layers::{GumbelSoftmax, LearnedSnake, LearnedSwish, OverAxis, PRelu, RRelu, Softmax2d};
pub use lend::{Gradients, Inputs, States, Target};
pub use lsuv::{Lsuv, LsuvLayer, LsuvReport};
pub use metrics::{
    Accuracy, AnyMetric, Average, Better, BinaryAccuracy, Confusion, ConfusionMatrix, Cost, FBeta,
    MeanAbsoluteError, Metric, MetricError, Perplexity, Precision, RSquared, Recall, RocAuc,
    RootMeanSquaredError, Threshold, TopKAccuracy,
};
pub use module::Module;
pub use network::Network;
pub use op::{Affine, AnyOp, Backward, Finish, FinishRef, Forward, Memory, Mode, Op, Pack};
pub use padding::Padding;
pub use parallel::run;
pub use params::Params;
pub use plan::{Plan, Run};
pub use predictor::{Predictor, Workspace};
pub use real::Real;
pub use spec::Spec;
pub use stream::Stream;
pub use summary::{Summary, SummaryRow};
pub use trainer::{
    Callback, Checkpoint, CsvLog, Epoch, Fit, Group, History, RangeTest, RangeTestCurve,
    TensorBoard, Trainer,
};

/// What most programs want in scope.
pub mod prelude {
    pub use crate::ActivityPenalty;
    pub use crate::{
        Accuracy, BatchNorm, BuildError, Dropout, Embedding, Error, Fit, Graph, Linear, Module,
        Network, Node, Params, Plan, Residual, Sequential, Trainer, gradcheck,
    };
    pub use crate::{
        AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d,
        AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool1d, AvgPool2d, AvgPool3d, ChannelsLast,
        Flatten, GlobalAvgPool, GlobalMaxPool, LpPool1d, LpPool2d, LpPool3d, MaxPool1d, MaxPool2d,
        MaxPool3d, Reshape, Upsample1d, Upsample2d, Upsample3d,
    };
    pub use crate::{AlphaDropout, ChannelDropout, DropPath, Dropout1d, Dropout2d, Dropout3d};
    pub use crate::{
        Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Pad, Padding,
    };
    pub use crate::{GroupNorm, InstanceNorm, LayerNorm, RmsNorm};
    pub use crate::{Gru, GruCell, Lstm, LstmCell, Rnn, RnnCell};
    pub use crate::{GumbelSoftmax, LearnedSnake, LearnedSwish, OverAxis, PRelu, RRelu, Softmax2d};
    pub use neuropil_activations::{
        Activation, BentIdentity, Celu, Elu, GeGlu, Gelu, GeluTanh, Glu, Hardshrink, Hardsigmoid,
        Hardswish, Hardtanh, Identity, LeakyRelu, LogSigmoid, LogSoftmax, Maxout, Mish, ReGlu,
        Relu, Relu6, ReluSquared, ScaledSoftplus, Selu, Sigmoid, Silu, Sine, Snake, Softmax,
        SoftmaxPlusOne, Softmin, Softplus, Softshrink, Softsign, SparsePlus, SparseSigmoid,
        Sparsemax, Squareplus, Step, SwiGlu, Swish, Tanh, Tanhshrink, ThresholdedRelu,
    };
    pub use neuropil_data::{Batch, Dataset};
    pub use neuropil_initializers::{
        Initializer, KaimingNormal, KaimingUniform, Normal, Ones, Orthogonal, Uniform,
        XavierNormal, XavierUniform, Zeros,
    };
    pub use neuropil_losses::{BinaryCrossEntropyWithLogits, CrossEntropy, Loss, MeanSquaredError};
    pub use neuropil_optimizers::{Adam, AdamW, Cosine, Optimizer, Schedule, Sgd};
    pub use neuropil_regularizers::{CutMix, ElasticNet, Ema, L1, MaxNorm, Mixup, Swa};
    pub use neuropil_regularizers::{L2, Regularizer};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
