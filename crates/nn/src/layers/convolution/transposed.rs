//! The transposed convolutional layer.

use super::Windows;
use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::ConvTransposeOp;
use crate::padding::Padding;
use neuropil_initializers::{Fan, Initializer, KaimingUniform, UniformFanIn, Zeros};
use neuropil_tensor::convolution::Convolution;
use neuropil_tensor::{Axes, Shape, ShapeError, Window};
use std::sync::Arc;

/// Each number of x adds the window w times itself to y, for each axis
/// y\[o, stride i + dilation k - padding\] += Σ_c w\[c, o, k\] x\[c, i\] from y\[o\] = b\[o\] on:
/// what a convolution does to gradients, as a layer that makes images larger. `[inputs, width]`, `[inputs, height, width]` or
/// `[inputs, depth, height, width]` to `outputs` channels of
/// (width - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1 numbers an axis.
///
/// Weights `weight` `[inputs, outputs / groups, kernel..]` and `bias` `[outputs]`. By default the
/// stride and the dilation are 1, there is no padding and one group, and both weights start uniform
/// in ±1/√(outputs / groups · kernel places); with [`init`](ConvTranspose::init) the bias starts at
/// zero. PyTorch's `ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d`.
///
/// ```
/// use neuropil_nn::{ConvTranspose2d, prelude::*};
///
/// let net = Network::new(ConvTranspose2d::new(8, 3, 2).stride(2), [8, 7, 7], 42)?;
/// assert_eq!(net.output_shape().dims(), [3, 14, 14]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConvTranspose<const N: usize> {
    inputs: usize,
    outputs: usize,
    windows: Windows<N>,
    padding: Axes<N>,
    output_padding: Axes<N>,
    groups: usize,
    weight: Arc<dyn Initializer>,
    bias: Option<Arc<dyn Initializer>>,
}

/// [`ConvTranspose`] of `[inputs, width]`.
pub type ConvTranspose1d = ConvTranspose<1>;
/// [`ConvTranspose`] of `[inputs, height, width]`.
pub type ConvTranspose2d = ConvTranspose<2>;
/// [`ConvTranspose`] of `[inputs, depth, height, width]`.
pub type ConvTranspose3d = ConvTranspose<3>;

impl<const N: usize> ConvTranspose<N> {
    /// From `inputs` channels to `outputs`, with windows of this size: `3`, or `[3, 5]` for each axis
    /// its own.
    pub fn new(inputs: usize, outputs: usize, kernel: impl Into<Axes<N>>) -> Self {
        const { assert!(1 <= N && N <= 3, "there are one to three spatial axes") };
        Self {
            inputs,
            outputs,
            windows: Windows::new(kernel.into()),
            padding: 0.into(),
            output_padding: 0.into(),
            groups: 1,
            weight: Arc::new(KaimingUniform::pytorch_linear()),
            bias: Some(Arc::new(UniformFanIn)),
        }
    }

    /// From the window of a number to that of the next; by default 1.
    #[must_use]
    pub fn stride(mut self, stride: impl Into<Axes<N>>) -> Self {
        self.windows.stride = stride.into();
        self
    }

    /// Places that are cut off on both sides of each axis of y; by default 0.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Axes<N>>) -> Self {
        self.padding = padding.into();
        self
    }

    /// Places behind each axis of y, fewer than the stride; by default 0. A convolution with a stride
    /// takes several lengths to one: this says which of them comes back.
    #[must_use]
    pub fn output_padding(mut self, padding: impl Into<Axes<N>>) -> Self {
        self.output_padding = padding.into();
        self
    }

    /// From one place to the next within a window; by default 1, its neighbour.
    #[must_use]
    pub fn dilation(mut self, dilation: impl Into<Axes<N>>) -> Self {
        self.windows.dilation = dilation.into();
        self
    }

    /// Cuts the channels into groups that do not meet; by default 1.
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

    /// The convolution that takes y to x.
    fn plan(&self, x: Shape) -> Result<Convolution, ShapeError> {
        let name = format!("ConvTranspose{N}d({} -> {})", self.inputs, self.outputs);
        let refuse = |expected: String| Err(ShapeError::unsupported(&name, x, expected));
        if x.rank() != N + 1 || x[0] != self.inputs || x.is_empty() {
            let axes = &["depth", "height", "width"][3 - N..];
            return refuse(format!("[{}, {}]", self.inputs, axes.join(", ")));
        }
        let windows = self.windows.with(Padding::Each(self.padding));
        let mut y = vec![self.outputs];
        for (axis, window) in windows.iter().enumerate() {
            let Window { kernel, stride, dilation, before, .. } = *window;
            let more = self.output_padding.0[axis];
            if kernel == 0 || stride == 0 || dilation == 0 {
                return refuse("a kernel, stride and dilation of at least 1".into());
            }
            if more >= stride {
                return refuse(format!(
                    "an output padding below the stride of {stride}, not {more}"
                ));
            }
            let whole = (x[axis + 1] - 1) * stride + window.reach() + more;
            match whole.checked_sub(2 * before) {
                Some(len @ 1..) => y.push(len),
                _ => return refuse(format!("more than a padding of {before} takes from {whole}")),
            }
        }
        let divide = |channels: usize| self.groups != 0 && channels.is_multiple_of(self.groups);
        if !divide(self.inputs) || !divide(self.outputs) {
            let Self { groups, inputs, outputs, .. } = self;
            return refuse(format!(
                "{groups} groups that divide the {inputs} channels and the {outputs} outputs"
            ));
        }
        Convolution::new(y, self.inputs, &windows, self.groups)
    }
}

impl<const N: usize> Module for ConvTranspose<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let plan = self.plan(x.shape()).map_err(|error| BuildError::refused(x, error))?;
        let taps = self.windows.taps();
        let fan = Fan::convolution(self.outputs, self.inputs, taps, self.groups);
        let graph = x.graph();
        let weight = Arc::clone(&self.weight);
        let w = graph.param_with_fan("weight", plan.weight(), weight, fan)?;
        match &self.bias {
            None => x.op_with([w], ConvTransposeOp(plan)),
            Some(bias) => {
                let b = graph.param_with_fan("bias", [self.outputs], Arc::clone(bias), fan)?;
                x.op_with([w, b], ConvTransposeOp(plan))
            }
        }
    }
}
