//! Convolution as it is defined: loops over everything.

use neuropil_simd::Float;
use neuropil_tensor::Window;

/// A convolution over three axes; those that a shape lacks have length 1.
#[derive(Clone, Debug)]
pub struct Naive {
    pub inputs: usize,
    pub outputs: usize,
    pub groups: usize,
    pub input: [usize; 3],
    pub windows: [Window; 3],
}

/// One product of the sum: indices into x, w and y of an image.
struct Product {
    /// `None` where the window looks at the padding.
    x: Option<usize>,
    w: usize,
    y: usize,
}

impl Naive {
    pub fn output(&self) -> [usize; 3] {
        [0, 1, 2].map(|axis| self.windows[axis].places(self.input[axis]).expect("places"))
    }

    pub fn x_len(&self) -> usize {
        self.inputs * self.input.iter().product::<usize>()
    }

    pub fn y_len(&self) -> usize {
        self.outputs * self.output().iter().product::<usize>()
    }

    pub fn w_len(&self) -> usize {
        self.outputs * self.inputs / self.groups * self.taps()
    }

    fn taps(&self) -> usize {
        self.windows.iter().map(|window| window.kernel).product()
    }

    /// All products, the weights of an output in their order.
    fn each(&self, mut with: impl FnMut(Product)) {
        let [d, h, w] = self.output();
        let kernel = self.windows.map(|window| window.kernel);
        let (channels, outputs) = (self.inputs / self.groups, self.outputs / self.groups);
        for o in 0..self.outputs {
            for y in 0..d * h * w {
                let at = [y / (h * w), y / w % h, y % w];
                for c in 0..channels {
                    for tap in 0..self.taps() {
                        let tap_at = [
                            tap / (kernel[1] * kernel[2]),
                            tap / kernel[2] % kernel[1],
                            tap % kernel[2],
                        ];
                        let mut x = Some(o / outputs * channels + c);
                        for axis in 0..3 {
                            let Window { stride, dilation, before, .. } = self.windows[axis];
                            let place = (at[axis] * stride + tap_at[axis] * dilation)
                                .checked_sub(before)
                                .filter(|&place| place < self.input[axis]);
                            x = x.zip(place).map(|(x, place)| x * self.input[axis] + place);
                        }
                        let w_at = (o * channels + c) * self.taps() + tap;
                        with(Product { x, w: w_at, y: o * d * h * w + y });
                    }
                }
            }
        }
    }

    /// y, each number a chain of multiply-adds.
    pub fn forward<T: Float>(&self, x: &[T], w: &[T]) -> Vec<T> {
        let mut all = Vec::new();
        for x in x.chunks_exact(self.x_len()) {
            let mut y = vec![T::ZERO; self.y_len()];
            self.each(|at| {
                if let Some(from) = at.x {
                    y[at.y] = fused(w[at.w], x[from], y[at.y]);
                }
            });
            all.extend(y);
        }
        all
    }

    /// dx, each number a chain over the outputs, then over the places of the window.
    pub fn input_gradient<T: Float>(&self, dy: &[T], w: &[T]) -> Vec<T> {
        let mut all = Vec::new();
        for dy in dy.chunks_exact(self.y_len()) {
            let mut terms = vec![Vec::new(); self.x_len()];
            self.each(|at| {
                if let Some(x) = at.x {
                    terms[x].push((at.w, at.y));
                }
            });
            all.extend(terms.into_iter().map(|mut terms| {
                terms.sort_unstable();
                terms.iter().fold(T::ZERO, |sum, &(at_w, at_y)| fused(w[at_w], dy[at_y], sum))
            }));
        }
        all
    }

    /// dw and db.
    pub fn weight_gradient(&self, x: &[f64], dy: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut dw, mut db) = (vec![0.0; self.w_len()], vec![0.0; self.outputs]);
        for (x, dy) in x.chunks_exact(self.x_len()).zip(dy.chunks_exact(self.y_len())) {
            self.each(|at| dw[at.w] += at.x.map_or(0.0, |from| x[from] * dy[at.y]));
            for (db, dy) in db.iter_mut().zip(dy.chunks_exact(self.y_len() / self.outputs)) {
                *db += dy.iter().sum::<f64>();
            }
        }
        (dw, db)
    }
}

/// a b + c rounded once.
fn fused<T: Float>(a: T, b: T, c: T) -> T {
    match size_of::<T>() {
        4 => T::of(f64::from((a.to_f64() as f32).mul_add(b.to_f64() as f32, c.to_f64() as f32))),
        _ => T::of(a.to_f64().mul_add(b.to_f64(), c.to_f64())),
    }
}
