//! A small layer over time: h_t = a h_{t-1} + x_t for each feature.

use neuropil_nn::{Backward, Forward, Graph, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// All h of `[steps, features]`, zeros behind a sequence's end. Inputs x and a, then the lengths and
/// h_0 where there are any.
#[derive(Clone, Copy, Debug)]
struct Leak {
    has_lengths: bool,
    has_start: bool,
}

impl Leak {
    /// Of which inputs the lengths and h_0 are.
    fn places(self) -> (Option<usize>, Option<usize>) {
        let lengths = self.has_lengths.then_some(2);
        (lengths, self.has_start.then_some(if self.has_lengths { 3 } else { 2 }))
    }
}

impl<T: Float> Op<T> for Leak {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        match inputs[0].shape.dims() {
            [_, features] if [*features] == inputs[1].shape.dims() => Ok(inputs[0]),
            _ => Err(ShapeError::unsupported("Leak", inputs[0].shape, "[steps, features]")),
        }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (a, width) = (step.x.get(1), step.x.spec(1).width());
        let (lengths, start) = self.places();
        let sample = step.x.spec(0).shape.len();
        for (row, (y, x)) in
            step.y.chunks_exact_mut(sample).zip(step.x.get(0).chunks_exact(sample)).enumerate()
        {
            let length = lengths.map(|at| step.x.indices(at)[row] as usize);
            let length = length.unwrap_or(sample / width) * width;
            y[length..].fill(T::ZERO);
            for i in 0..length {
                let before = match (i.checked_sub(width), start) {
                    (Some(before), _) => y[before],
                    (None, Some(start)) => step.x.get(start)[row * width + i],
                    (None, None) => T::ZERO,
                };
                y[i] = a[i % width] * before + x[i];
            }
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (a, width) = (step.x.get(1), step.x.spec(1).width());
        let (lengths, start) = self.places();
        let sample = step.x.spec(0).shape.len();
        for (row, dy) in step.dy.chunks_exact_mut(sample).enumerate() {
            let length = lengths.map(|at| step.x.indices(at)[row] as usize);
            let length = length.unwrap_or(sample / width) * width;
            for i in (width..length).rev() {
                let back = a[i % width] * dy[i];
                dy[i - width] += back;
            }
            dy[length..].fill(T::ZERO);
        }
        if let Some(dx) = step.dx.get(0) {
            dx.iter_mut().zip(&*step.dy).for_each(|(dx, &dy)| *dx += dy);
        }
        if let Some(da) = step.dx.get(1) {
            for (i, &dy) in step.dy.iter().enumerate() {
                let (row, at) = (i / sample, i % sample);
                let before = match (at.checked_sub(width), start) {
                    (Some(_), _) => step.y[i - width],
                    (None, Some(start)) => step.x.get(start)[row * width + at],
                    (None, None) => T::ZERO,
                };
                da[i % width] += dy * before;
            }
        }
        if let Some(dstart) = start.and_then(|start| step.dx.get(start)) {
            for (i, dstart) in dstart.iter_mut().enumerate() {
                *dstart += a[i % width] * step.dy[i / width * sample + i % width];
            }
        }
    }
}

/// The value at a sequence's last step. Inputs `[steps, features]`, and the lengths if there are any.
#[derive(Clone, Copy, Debug)]
struct Last;

impl Last {
    fn place(step: (usize, usize), row: usize, lengths: Option<&[u32]>) -> usize {
        let (sample, width) = step;
        let length = lengths.map_or(sample / width, |lengths| lengths[row] as usize);
        row * sample + (length - 1) * width
    }
}

impl<T: Float> Op<T> for Last {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(inputs[0].with_shape([inputs[0].width()]))
    }

    fn forward(&self, step: Forward<'_, T>) {
        let spec = step.x.spec(0);
        let lengths = (step.x.len() > 1).then(|| step.x.indices(1));
        for (row, y) in step.y.chunks_exact_mut(spec.width()).enumerate() {
            let at = Self::place((spec.shape.len(), spec.width()), row, lengths);
            y.copy_from_slice(&step.x.get(0)[at..][..spec.width()]);
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let spec = step.x.spec(0);
        let lengths = (step.x.len() > 1).then(|| step.x.indices(1));
        let Some(dx) = step.dx.get(0) else { return };
        for (row, dy) in step.dy.chunks_exact(spec.width()).enumerate() {
            let at = Self::place((spec.shape.len(), spec.width()), row, lengths);
            dx[at..].iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
        }
    }
}

/// The layer: `[steps, features]` to all h, or to the last one.
#[derive(Clone, Copy, Debug)]
pub struct Leaky {
    pub features: usize,
    pub only_last: bool,
}

impl Leaky {
    /// The last h.
    pub fn last(features: usize) -> Self {
        Self { features, only_last: true }
    }
}

impl Module for Leaky {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let graph: &Graph = x.graph();
        let mut inputs = vec![
            x,
            graph.param("decay", [self.features], Uniform::new(0.2, 0.8).expect("a range"))?,
        ];
        let (lengths, start) = (x.lengths()?, graph.carried("state", [self.features])?);
        inputs.extend(lengths.into_iter().chain(start));
        let leak = Leak { has_lengths: lengths.is_some(), has_start: start.is_some() };
        let h = graph.record(leak, &inputs, &[])?;
        if start.is_none() && !self.only_last {
            return Ok(h);
        }
        let ends: Vec<Node<'g>> = [h].into_iter().chain(lengths).collect();
        let last = graph.record(Last, &ends, &[])?;
        if let Some(start) = start {
            graph.carry(last, start)?;
        }
        Ok(if self.only_last { last } else { h })
    }
}
