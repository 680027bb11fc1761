//! Neural networks trained on a CPU. [`Network`] and [`Trainer`] are the usual way; [`Fit`] says how
//! a training goes and who watches it ([`Callback`], [`Checkpoint`], [`CsvLog`], [`TensorBoard`]);
//! [`metrics`] say how good a network is, [`inspect`] what is wrong with one; a [`Predictor`] serves
//! it to many threads. [`Graph`], [`Params`] and [`Plan`] are the level below, [`Op`] is a formula of
//! your own.
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
pub use layers::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool,
    AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool, AvgPool1d, AvgPool2d,
    AvgPool3d, Flatten, GlobalAvgPool, GlobalMaxPool, LpPool, LpPool1d, LpPool2d, LpPool3d,
    MaxPool, MaxPool1d, MaxPool2d, MaxPool3d, Reshape, Upsample, Upsample1d, Upsample2d,
    Upsample3d,
};
pub use layers::{
    BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d, Dropout, Embedding, Linear, Residual,
    Sequential,
};
pub use layers::{
    Conv, Conv1d, Conv2d, Conv3d, ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d,
    Pad,
};
pub use layers::{
    Gru, GruCell, GruKind, HiddenStates, Lstm, LstmCell, LstmKind, Recurrent, RecurrentCell,
    RecurrentKind, Rnn, RnnCell, RnnKind,
};
pub use lend::{Gradients, Inputs, States, Target};
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
    pub use crate::{
        Accuracy, BatchNorm, BuildError, Dropout, Embedding, Error, Fit, Graph, Linear, Module,
        Network, Node, Params, Plan, Residual, Sequential, Trainer, gradcheck,
    };
    pub use crate::{
        AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d,
        AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool1d, AvgPool2d, AvgPool3d, Flatten,
        GlobalAvgPool, GlobalMaxPool, LpPool1d, LpPool2d, LpPool3d, MaxPool1d, MaxPool2d,
        MaxPool3d, Reshape, Upsample1d, Upsample2d, Upsample3d,
    };
    pub use crate::{
        Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Pad, Padding,
    };
    pub use crate::{Gru, GruCell, Lstm, LstmCell, Rnn, RnnCell};
    pub use neuropil_activations::{
        Activation, Gelu, Glu, Identity, LogSoftmax, Relu, Sigmoid, Silu, Softmax, Softplus, Step,
        Tanh,
    };
    pub use neuropil_data::{Batch, Dataset};
    pub use neuropil_initializers::{
        Initializer, KaimingNormal, KaimingUniform, Normal, Ones, Orthogonal, Uniform,
        XavierNormal, XavierUniform, Zeros,
    };
    pub use neuropil_losses::{CrossEntropy, Loss, MeanSquaredError};
    pub use neuropil_optimizers::{Adam, Cosine, Optimizer, Schedule, Sgd};
    pub use neuropil_regularizers::{L2, Regularizer};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
