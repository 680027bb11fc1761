//! Images moved by a few pixels at random while a network trains: more data out of the same data.

use neuropil::prelude::*;
use neuropil::regularizers::random;
use neuropil::simd::Float;
use neuropil::tensor::ShapeError;
use neuropil::{Backward, Forward, Mode, Op, Spec};

/// In training, y = x moved by up to `pixels` down or up and right or left, `[channels, height,
/// width]`, zeros where nothing comes from; y = x in inference.
///
/// How far a row moves is a function of the network's seed, the step and the row's place in the
/// batch: a training is repeated to the bit, on any number of threads.
#[derive(Clone, Copy, Debug)]
pub struct RandomShift {
    /// The farthest that an image moves along an axis.
    pub pixels: usize,
}

impl Module for RandomShift {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(*self)
    }
}

impl RandomShift {
    /// How far the image in this row of the batch moves, down and right.
    fn of_row(self, key: u64, row: usize) -> [isize; 2] {
        let choices = 2 * self.pixels as u64 + 1;
        let bits = random::bits(key, row as u64);
        [bits >> 32, bits & 0xffff_ffff]
            .map(|half| ((half * choices) >> 32) as isize - self.pixels as isize)
    }
}

impl<T: Float> Op<T> for RandomShift {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        match inputs[0].shape.rank() {
            3 => inputs[0].numbers("RandomShift"),
            _ => {
                let expected = "[channels, height, width]";
                Err(ShapeError::unsupported("RandomShift", inputs[0].shape, expected))
            }
        }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let x = step.x.get(0);
        if step.mode == Mode::Inference {
            return step.y.copy_from_slice(x);
        }
        let (shape, len) = (step.x.spec(0).shape, step.x.spec(0).shape.len());
        for (row, (x, y)) in x.chunks(len).zip(step.y.chunks_mut(len)).enumerate() {
            y.fill(T::ZERO);
            let shift = self.of_row(step.random, row);
            moved(shape.dims(), shift, x, y, |x, y| y.copy_from_slice(x));
        }
    }

    /// The gradient moves back.
    fn backward(&self, mut step: Backward<'_, T>) {
        let (shape, len) = (step.x.spec(0).shape, step.x.spec(0).shape.len());
        let Some(dx) = step.dx.get(0) else { return };
        for (row, (dy, dx)) in step.dy.chunks(len).zip(dx.chunks_mut(len)).enumerate() {
            let shift = match step.mode {
                Mode::Training => self.of_row(step.random, row).map(|along| -along),
                Mode::Inference => [0, 0],
            };
            moved(shape.dims(), shift, dy, dx, |dy, dx| {
                dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
            });
        }
    }
}

/// Shows each run of pixels that stays in the image, where it was in `x` and where it is in `y`.
fn moved<T>(
    shape: &[usize],
    [down, right]: [isize; 2],
    x: &[T],
    y: &mut [T],
    mut run: impl FnMut(&[T], &mut [T]),
) {
    let &[_, height, width] = shape else { return };
    let Some(len) = width.checked_sub(right.unsigned_abs()) else { return };
    let (from, to) = ((-right).max(0) as usize, right.max(0) as usize);
    for (x, y) in x.chunks(height * width).zip(y.chunks_mut(height * width)) {
        for (line, y) in y.chunks_mut(width).enumerate() {
            // Above or below the image there is no line.
            let x = line.checked_add_signed(-down).and_then(|line| x.chunks(width).nth(line));
            if let Some(x) = x {
                run(&x[from..from + len], &mut y[to..to + len]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use neuropil::gradcheck::check_op;

    #[test]
    fn what_moves_leaves_zeros_behind() {
        let of = |shift| {
            let mut y = [0; 6];
            moved(&[1, 2, 3], shift, &[1, 2, 3, 4, 5, 6], &mut y, |x, y| y.copy_from_slice(x));
            y
        };
        assert_eq!(of([0, 0]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(of([1, 1]), [0, 0, 0, 0, 1, 2]);
        assert_eq!(of([-1, -2]), [6, 0, 0, 0, 0, 0]);
        assert_eq!(of([2, 0]), [0; 6]);
    }

    #[test]
    fn shifts_are_even_and_the_seeds() {
        let shift = RandomShift { pixels: 1 };
        let mut counts = [[0; 3]; 3];
        for row in 0..9_000 {
            let [down, right] = shift.of_row(7, row);
            counts[(down + 1) as usize][(right + 1) as usize] += 1;
        }
        // Nine equal shares, within five standard deviations.
        assert!(counts.as_flattened().iter().all(|&count: &i32| (count - 1_000).abs() < 150));
        let of_key = |key| (0..20).map(|row| shift.of_row(key, row)).collect::<Vec<_>>();
        assert_eq!(of_key(1), of_key(1));
        assert_ne!(of_key(1), of_key(2));
    }

    #[test]
    fn gradients_are_those_of_differences() {
        check_op(RandomShift { pixels: 1 }, &[Spec::per_row([2, 3, 4])], 3).unwrap();
    }
}
