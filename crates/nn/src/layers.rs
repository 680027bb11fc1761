//! Layers: modules that make weights and record ops.

mod activity_penalty;
mod batch_norm;
mod bilinear;
mod channels_last;
mod convolution;
mod dropout;
mod embedding;
mod gumbel_softmax;
mod learned;
mod learned_snake;
mod learned_swish;
mod linear;
mod noise;
mod normalization;
mod over_axis;
mod p_relu;
mod parallel;
mod pooling;
mod r_relu;
mod recurrent;
mod reshape;
mod residual;
mod sequential;
mod softmax_2d;

pub use activity_penalty::ActivityPenalty;
pub use batch_norm::{BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d};
pub use bilinear::Bilinear;
pub use channels_last::ChannelsLast;
pub use convolution::forward::{Conv, Conv1d, Conv2d, Conv3d};
pub use convolution::pad::Pad;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use gumbel_softmax::GumbelSoftmax;
pub use learned_snake::LearnedSnake;
pub use learned_swish::LearnedSwish;
pub use linear::Linear;
pub use noise::drop_connect::DropConnect;
pub use noise::drop_path::DropPath;
pub use noise::elementwise::{AlphaDropout, GaussianDropout, GaussianNoise};
pub use noise::variational::VariationalDropout;
pub use normalization::group::GroupNorm;
pub use normalization::instance::{InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d};
pub use normalization::layer::LayerNorm;
pub use normalization::local_response::LocalResponseNorm;
pub use normalization::rms::RmsNorm;
pub use normalization::spectral::SpectralNorm;
pub use normalization::weight::WeightNorm;
pub use over_axis::OverAxis;
pub use p_relu::PRelu;
pub use parallel::Parallel;
pub use pooling::average::{AvgPool, AvgPool1d, AvgPool2d, AvgPool3d};
pub use pooling::global::{GlobalAvgPool, GlobalMaxPool};
pub use pooling::lp::{LpPool, LpPool1d, LpPool2d, LpPool3d};
pub use pooling::max::{MaxPool, MaxPool1d, MaxPool2d, MaxPool3d};
pub use pooling::upsample::{Upsample, Upsample1d, Upsample2d, Upsample3d};
pub use r_relu::RRelu;
pub use recurrent::cells::{GruCell, LstmCell, RecurrentCell, RnnCell};
pub use reshape::{Flatten, Reshape};
pub use residual::Residual;
pub use sequential::Sequential;
pub use softmax_2d::Softmax2d;

pub use convolution::transposed::{
    ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d,
};
pub use noise::channel_dropout::{
    ChannelDropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout,
};
pub use pooling::adaptive::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool,
    AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d,
};
pub use recurrent::{
    Gru, GruKind, HiddenStates, Lstm, LstmKind, Recurrent, RecurrentKind, Rnn, RnnKind,
};
