//! The convolutional layer.

use super::Windows;
use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::{ConvOp, PadOp};
use crate::padding::Padding;
use neuropil_initializers::{Fan, Initializer, KaimingUniform, UniformFanIn, Zeros};
use neuropil_tensor::convolution::Convolution;
use neuropil_tensor::padding::{Padded, PaddingMode};
use neuropil_tensor::{Axes, ShapeError, Window};
use std::sync::Arc;

/// y\[o\] = Σ_c w\[o, c\] ⋆ x\[c\] + b\[o\], where ⋆ slides the window w over x: `[inputs, width]`,
/// `[inputs, height, width]` or `[inputs, depth, height, width]` to `outputs` channels of
/// ⌊(width + 2 padding - dilation (kernel - 1) - 1)/stride⌋ + 1 numbers an axis.
///
/// Weights `weight` `[outputs, inputs / groups, kernel..]` and `bias` `[outputs]`. By default the
/// stride and the dilation are 1, there is no padding and one group, and both weights start uniform
/// in ±1/√(inputs / groups · kernel places); with [`init`](Conv::init) the bias starts at zero.
/// PyTorch's `Conv1d`, `Conv2d` and `Conv3d`.
///
/// ```
/// use neuropil_nn::{Conv2d, prelude::*};
///
/// let layers = Sequential::new()
///     .then(Conv2d::new(1, 6, 5).padding(2))
///     .then(Relu)
///     .then(Conv2d::new(6, 16, [3, 5]).stride(2));
/// let net = Network::new(layers, [1, 28, 28], 42)?;
/// assert_eq!(net.output_shape().dims(), [16, 13, 12]);
///
/// let error = Network::new(Conv2d::new(3, 8, 5), [3, 4, 9], 42).unwrap_err().to_string();
/// assert!(error.starts_with("Conv2d(3 -> 8, kernel 5x5): input shape [3, 4, 9], expected axis 1"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conv<const N: usize> {
    inputs: usize,
    outputs: usize,
    windows: Windows<N>,
    padding: Padding<N>,
    mode: PaddingMode,
    groups: usize,
    weight: Arc<dyn Initializer>,
    bias: Option<Arc<dyn Initializer>>,
}

/// [`Conv`] of `[inputs, width]`.
pub type Conv1d = Conv<1>;
/// [`Conv`] of `[inputs, height, width]`.
pub type Conv2d = Conv<2>;
/// [`Conv`] of `[inputs, depth, height, width]`.
pub type Conv3d = Conv<3>;

impl<const N: usize> Conv<N> {
    /// From `inputs` channels to `outputs`, with windows of this size: `3`, or `[3, 5]` for each axis
    /// its own.
    pub fn new(inputs: usize, outputs: usize, kernel: impl Into<Axes<N>>) -> Self {
        const { assert!(1 <= N && N <= 3, "there are one to three spatial axes") };
        Self {
            inputs,
            outputs,
            windows: Windows::new(kernel.into()),
            padding: Padding::Valid,
            mode: PaddingMode::Zeros,
            groups: 1,
            weight: Arc::new(KaimingUniform::pytorch_linear()),
            bias: Some(Arc::new(UniformFanIn)),
        }
    }

    /// From one window to the next; by default 1.
    #[must_use]
    pub fn stride(mut self, stride: impl Into<Axes<N>>) -> Self {
        self.windows.stride = stride.into();
        self
    }

    /// Places on both sides of each axis: a number, a number for each axis, or a [`Padding`]. By
    /// default none.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Padding<N>>) -> Self {
        self.padding = padding.into();
        self
    }

    /// What stands in the padding; by default zeros.
    #[must_use]
    pub fn padding_mode(mut self, mode: PaddingMode) -> Self {
        self.mode = mode;
        self
    }

    /// From one place to the next within a window; by default 1, its neighbour.
    #[must_use]
    pub fn dilation(mut self, dilation: impl Into<Axes<N>>) -> Self {
        self.windows.dilation = dilation.into();
        self
    }

    /// Cuts the channels into groups that do not meet; by default 1. With as many groups as inputs it
    /// is a depthwise convolution.
    #[must_use]
    pub fn groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// Starts the weight so, and the bias at zero.
    #[must_use]
    pub fn init(mut self, weight: impl Initializer + 'static) -> Self {
        self.weight = Arc::new(weight);
        if self.bias.is_some() {
            self.bias = Some(Arc::new(Zeros));
        }
        self
    }

    /// Starts the bias so.
    #[must_use]
    pub fn bias_init(mut self, bias: impl Initializer + 'static) -> Self {
        self.bias = Some(Arc::new(bias));
        self
    }

    /// Leaves the bias out.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }
}

impl<const N: usize> Module for Conv<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let name = format!("Conv{N}d({} -> {})", self.inputs, self.outputs);
        let refuse = |expected: String| {
            BuildError::refused(x, ShapeError::unsupported(&name, x.shape(), expected))
        };
        if x.shape().rank() != N + 1 || x.shape()[0] != self.inputs {
            let axes = &["depth", "height", "width"][3 - N..];
            return Err(refuse(format!("[{}, {}]", self.inputs, axes.join(", "))));
        }
        if self.padding == Padding::Same && self.windows.stride != 1.into() {
            let stride = self.windows.stride.0;
            return Err(refuse(format!("a stride of 1 for the same length, not {stride:?}")));
        }
        let (mut x, mut windows) = (x, self.windows.with(self.padding));
        if self.mode != PaddingMode::Zeros {
            let sides = windows.map(|window| (window.before, window.after));
            let padded = Padded::new(x.shape(), &sides, self.mode);
            x = x.op(PadOp(padded.map_err(|error| BuildError::refused(x, error))?))?;
            windows = windows.map(|window| Window { before: 0, after: 0, ..window });
        }
        let plan = Convolution::new(x.shape(), self.outputs, &windows, self.groups);
        let plan = plan.map_err(|error| BuildError::refused(x, error))?;
        let taps = self.windows.taps();
        let fan = Fan::convolution(self.inputs, self.outputs, taps, self.groups);
        let graph = x.graph();
        let weight = Arc::clone(&self.weight);
        let w = graph.param_with_fan("weight", plan.weight(), weight, fan)?;
        match &self.bias {
            None => x.op_with([w], ConvOp(plan)),
            Some(bias) => {
                let b = graph.param_with_fan("bias", [self.outputs], Arc::clone(bias), fan)?;
                x.op_with([w, b], ConvOp(plan))
            }
        }
    }
}
