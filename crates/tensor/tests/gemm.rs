//! Products are held, bit for bit, to a triple loop that spells their sums out.

use neuropil_simd::{Float, Kernel, Lanes, Level, at};
use neuropil_tensor::gemm::{
    Bias, BiasRelu, Epilogue, Matrix, MatrixMut, Packed, Plain, Right, gemm, gemm_at, gemm_finish,
    scratch_len,
};
use neuropil_tensor::grain;
use proptest::prelude::*;

/// Where the elements of an operand lie in its slice.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    Rows,
    Columns,
    /// Row-major with a gap behind each row.
    GappedRows,
    /// Column-major with a gap behind each column.
    GappedColumns,
    /// Neither rows nor columns are contiguous.
    Scattered,
}

const LAYOUTS: [Layout; 5] =
    [Layout::Rows, Layout::Columns, Layout::GappedRows, Layout::GappedColumns, Layout::Scattered];

impl Layout {
    fn strides(self, rows: usize, cols: usize) -> (usize, usize) {
        match self {
            Layout::Rows => (cols, 1),
            Layout::Columns => (1, rows),
            Layout::GappedRows => (cols + 3, 1),
            Layout::GappedColumns => (1, rows + 5),
            Layout::Scattered => (2 * cols + 1, 2),
        }
    }
}

/// A matrix and the slice it lies in; what is not an element is NaN.
#[derive(Clone, Debug)]
struct Operand<T> {
    data: Vec<T>,
    rows: usize,
    cols: usize,
    layout: Layout,
}

impl<T: Float> Operand<T> {
    fn new(rows: usize, cols: usize, layout: Layout, numbers: &mut Numbers) -> Self {
        let (row_stride, col_stride) = layout.strides(rows, cols);
        let len = if rows * cols == 0 {
            0
        } else {
            (rows - 1) * row_stride + (cols - 1) * col_stride + 1
        };
        let mut data = vec![T::NAN; len];
        for i in 0..rows {
            for j in 0..cols {
                data[i * row_stride + j * col_stride] = numbers.next();
            }
        }
        Self { data, rows, cols, layout }
    }

    fn matrix(&self) -> Matrix<'_, T> {
        let (row_stride, col_stride) = self.layout.strides(self.rows, self.cols);
        Matrix::with_strides(&self.data, self.rows, self.cols, row_stride, col_stride)
    }
}

/// Numbers in [-1, 1) from a linear congruential generator.
#[derive(Debug)]
struct Numbers(u64);

impl Numbers {
    fn next<T: Float>(&mut self) -> T {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        T::of((self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0)
    }
}

/// Whether a level rounds a product and a sum once.
fn fuses<T: Float>(level: Level) -> bool {
    struct Residue;
    impl<T: Float> Kernel<T> for Residue {
        type Out = bool;
        #[inline(always)]
        fn run<V: Lanes<T>>(self) -> bool {
            let x = V::splat(T::ONE + T::EPSILON);
            x.mul_add(x, -(x * x)).sum() != T::ZERO
        }
    }
    at::<T, _>(level, Residue)
}

/// `a * b + c` as a level computes it.
fn mul_add<T: Float>(fused: bool, a: T, b: T, c: T) -> T {
    if !fused {
        return a * b + c;
    }
    match T::NAME {
        "f32" => {
            let [a, b, c] = [a, b, c].map(|x| x.to_f64() as f32);
            T::of(f64::from(a.mul_add(b, c)))
        }
        _ => T::of(a.to_f64().mul_add(b.to_f64(), c.to_f64())),
    }
}

/// Row-major beta C + A B: each element one chain in ascending order that begins with beta C.
fn naive<T: Float>(level: Level, a: Matrix<'_, T>, b: Matrix<'_, T>, beta: T, c: &[T]) -> Vec<T> {
    let fused = fuses::<T>(level);
    let mut out = Vec::with_capacity(c.len());
    for i in 0..a.rows() {
        for j in 0..b.cols() {
            let mut sum = if beta == T::ZERO { T::ZERO } else { beta * c[i * b.cols() + j] };
            for p in 0..a.cols() {
                sum = mul_add(fused, a.at(i, p), b.at(p, j), sum);
            }
            out.push(sum);
        }
    }
    out
}

/// Panics where the bits differ; any NaN equals any other.
#[track_caller]
fn assert_same<T: Float>(got: &[T], want: &[T], what: &dyn Fn() -> String) {
    assert_eq!(got.len(), want.len());
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        let same = got.to_f64().to_bits() == want.to_f64().to_bits();
        assert!(
            same || got.is_nan() && want.is_nan(),
            "{}: element {i} is {got:e}, expected {want:e}",
            what()
        );
    }
}

const SENTINEL: f64 = -12345.0;

/// C inside a larger slice: three numbers before it, `gap` behind each row.
struct Guarded<T> {
    data: Vec<T>,
    rows: usize,
    cols: usize,
    gap: usize,
}

impl<T: Float> Guarded<T> {
    const BEFORE: usize = 3;

    fn new(c: &[T], rows: usize, cols: usize, gap: usize) -> Self {
        let mut data = vec![T::of(SENTINEL); Self::BEFORE + rows * (cols + gap) + 7];
        for i in 0..rows {
            let at = Self::BEFORE + i * (cols + gap);
            data[at..at + cols].copy_from_slice(&c[i * cols..(i + 1) * cols]);
        }
        Self { data, rows, cols, gap }
    }

    fn matrix(&mut self) -> MatrixMut<'_, T> {
        let stride = self.cols + self.gap;
        MatrixMut::with_stride(&mut self.data[Self::BEFORE..], self.rows, self.cols, stride)
    }

    /// C row-major; panics if a number around it was touched.
    #[track_caller]
    fn open(mut self, what: &dyn Fn() -> String) -> Vec<T> {
        let mut c = Vec::new();
        for i in 0..self.rows {
            let at = Self::BEFORE + i * (self.cols + self.gap);
            for x in &mut self.data[at..at + self.cols] {
                c.push(std::mem::replace(x, T::of(SENTINEL)));
            }
        }
        let touched = self.data.iter().position(|&x| x != T::of(SENTINEL));
        assert_eq!(touched, None, "{}: a number outside of C was written", what());
        c
    }
}

/// One product in all its forms at one level.
fn check<T: Float>(level: Level, [m, n, k]: [usize; 3], layouts: [Layout; 2], beta: f64) {
    let mut numbers = Numbers((m * 1_000_003 + n * 1_009 + k) as u64);
    let a = Operand::<T>::new(m, k, layouts[0], &mut numbers);
    let b = Operand::<T>::new(k, n, layouts[1], &mut numbers);
    let (a, b) = (a.matrix(), b.matrix());
    let c: Vec<T> = match beta {
        0.0 => vec![T::NAN; m * n],
        _ => (0..m * n).map(|_| numbers.next()).collect(),
    };
    let bias: Vec<T> = (0..n).map(|_| numbers.next()).collect();

    let plain = naive(level, a, b, T::of(beta), &c);
    let biased = |i: usize| plain[i] + bias[i % n];
    let with_bias: Vec<T> = (0..m * n).map(biased).collect();
    let relu = |x: T| if T::ZERO > x { T::ZERO } else { x };
    let with_relu: Vec<T> = (0..m * n).map(|i| relu(biased(i))).collect();

    let packed = Packed::new_at(level, b);
    for (right, side) in [(Right::from(b), "in place"), (Right::from(&packed), "packed")] {
        one(level, [m, n, k], a, right, beta, &c, Plain, &plain, &format!("{layouts:?} {side}"));
        one(level, [m, n, k], a, right, beta, &c, Bias(&bias), &with_bias, &format!("{side} bias"));
        let epilogue = BiasRelu(&bias);
        one(level, [m, n, k], a, right, beta, &c, epilogue, &with_relu, &format!("{side} relu"));
    }
}

#[allow(clippy::too_many_arguments)]
fn one<T: Float, E: Epilogue<T>>(
    level: Level,
    [m, n, k]: [usize; 3],
    a: Matrix<'_, T>,
    b: Right<'_, T>,
    beta: f64,
    c: &[T],
    epilogue: E,
    want: &[T],
    form: &str,
) {
    for gap in [0, 5] {
        let what =
            || format!("{level} {} [{m}, {k}] x [{k}, {n}] beta {beta} gap {gap} {form}", T::NAME);
        let mut guarded = Guarded::new(c, m, n, gap);
        // What is left from other products, and what lies around, must not matter.
        let mut scratch = vec![T::NAN; scratch_len::<T>(m, n, k)];
        gemm_at(level, a, b, T::of(beta), guarded.matrix(), epilogue, &mut scratch);
        assert_same(&guarded.open(&what), want, &what);
    }
}

fn at_all_levels(test: impl Fn(Level)) {
    for level in Level::available() {
        test(level);
    }
}

const NN: [Layout; 2] = [Layout::Rows, Layout::Rows];

#[test]
fn small_shapes() {
    let sizes = [0, 1, 2, 3, 5, 7, 8, 13];
    at_all_levels(|level| {
        for m in sizes {
            for n in sizes {
                for k in sizes {
                    check::<f32>(level, [m, n, k], NN, 0.0);
                    check::<f64>(level, [m, n, k], NN, 0.5);
                }
            }
        }
    });
}

#[test]
fn all_layouts() {
    let sizes = [[1, 1, 1], [4, 17, 9], [7, 3, 33], [13, 40, 21], [67, 70, 64], [1, 130, 50]];
    at_all_levels(|level| {
        for shape in sizes {
            for a in LAYOUTS {
                for b in LAYOUTS {
                    for beta in [0.0, 1.0, 0.5] {
                        check::<f32>(level, shape, [a, b], beta);
                        check::<f64>(level, shape, [a, b], beta);
                    }
                }
            }
        }
    });
}

#[test]
fn around_tile_rows() {
    at_all_levels(|level| {
        for m in (1..27).chain([47, 48, 49, 71, 73, 191, 192, 193, 200]) {
            check::<f32>(level, [m, 33, 19], NN, 1.0);
            check::<f64>(level, [m, 17, 19], [Layout::Columns, Layout::Columns], 0.0);
        }
    });
}

#[test]
fn around_tile_columns() {
    at_all_levels(|level| {
        for n in (1..68).chain([95, 96, 97, 127, 128, 129, 193]) {
            check::<f32>(level, [7, n, 11], NN, 0.0);
            check::<f64>(level, [2, n, 11], NN, 1.0);
            check::<f32>(level, [37, n, 131], [Layout::Columns, Layout::Columns], 0.5);
            check::<f64>(level, [37, n, 131], [Layout::Rows, Layout::Rows], 0.5);
        }
    });
}

#[test]
fn around_blocks_of_the_sum() {
    at_all_levels(|level| {
        for k in [127, 128, 129, 255, 256, 257, 383, 384, 385, 511, 513, 768, 769, 1153] {
            check::<f32>(level, [9, 35, k], NN, 0.5);
            check::<f64>(level, [1, 35, k], NN, 0.0);
            check::<f64>(level, [40, 70, k], [Layout::Columns, Layout::Columns], 0.0);
        }
    });
}

#[test]
fn wide_enough_for_several_blocks_of_columns() {
    at_all_levels(|level| {
        check::<f32>(level, [35, 1100, 20], NN, 0.5);
        check::<f64>(level, [35, 2065, 7], [Layout::Rows, Layout::Columns], 0.0);
        check::<f32>(level, [3, 2065, 7], NN, 0.0);
        check::<f32>(level, [3, 2065, 7], [Layout::Rows, Layout::Columns], 0.0);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn random_shapes(
        m in 0_usize..90, n in 0_usize..140, k in 0_usize..300,
        a in 0_usize..5, b in 0_usize..5,
        beta in prop::sample::select(vec![0.0, 1.0, 0.5, -2.0]),
    ) {
        at_all_levels(|level| {
            check::<f32>(level, [m, n, k], [LAYOUTS[a], LAYOUTS[b]], beta);
            check::<f64>(level, [m, n, k], [LAYOUTS[a], LAYOUTS[b]], beta);
        });
    }
}

/// AVX2 and AVX-512 both fuse, so they give the same bits; says so where it could not look.
#[test]
fn fused_levels_agree() {
    let shape @ [m, n, k] = [37, 83, 401];
    let mut numbers = Numbers(1);
    let a = Operand::<f32>::new(m, k, Layout::Rows, &mut numbers);
    let b = Operand::<f32>::new(k, n, Layout::Columns, &mut numbers);
    let fused: Vec<Level> = Level::available().filter(|&level| fuses::<f32>(level)).collect();
    println!("compared at {fused:?}, shape {shape:?}");
    let mut scratch = vec![0.0; scratch_len::<f32>(m, n, k)];
    let mut results = Vec::new();
    for &level in &fused {
        let mut c = vec![0.0; m * n];
        let to = MatrixMut::new(&mut c, m, n);
        gemm_at(level, a.matrix(), b.matrix(), 0.0, to, Plain, &mut scratch);
        results.push(c);
    }
    for pair in results.windows(2) {
        assert_same(&pair[1], &pair[0], &|| "fused levels".into());
    }
}

#[test]
fn nan_and_infinity_follow_the_chain() {
    at_all_levels(|level| {
        // 0 times infinity is NaN: zeros are not skipped.
        let (m, n, k) = (8, 20, 5);
        let mut a = vec![1.0_f32; m * k];
        let mut b = vec![1.0_f32; k * n];
        (a[2], a[k + 1]) = (0.0, f32::INFINITY);
        (b[2 * n + 3], b[4 * n + 17]) = (f32::INFINITY, f32::NAN);
        let (a, b) = (Matrix::new(&a, m, k), Matrix::new(&b, k, n));
        let want = naive(level, a, b, 0.0, &[]);
        assert!(want[3].is_nan() && want[17].is_nan() && want[n] == f32::INFINITY);
        one(level, [m, n, k], a, b.into(), 0.0, &vec![f32::NAN; m * n], Plain, &want, "specials");

        // NaN survives the rectifier; a NaN in C with beta 1 stays.
        let bias = vec![0.0; n];
        let relu: Vec<f32> = want.iter().map(|&x| if 0.0 > x { 0.0 } else { x }).collect();
        let c = vec![0.0; m * n];
        one(level, [m, n, k], a, b.into(), 0.0, &c, BiasRelu(&bias), &relu, "relu of specials");
        let mut c = vec![1.0; m * n];
        c[5] = f32::NAN;
        let want = naive(level, a, b, 1.0, &c);
        assert!(want[5].is_nan());
        one(level, [m, n, k], a, b.into(), 1.0, &c, Plain, &want, "NaN in C");
    });
}

#[test]
fn repeated_rows_by_a_stride_of_zero() {
    at_all_levels(|level| {
        let (m, n, k) = (7, 19, 6);
        let mut numbers = Numbers(7);
        let row: Vec<f64> = (0..n).map(|_| numbers.next()).collect();
        let column: Vec<f64> = (0..k).map(|_| numbers.next()).collect();
        let a = Matrix::with_strides(&column, m, k, 0, 1);
        let b = Matrix::with_strides(&row, k, n, 0, 1);
        let want = naive(level, a, b, 0.0, &[]);
        one(level, [m, n, k], a, b.into(), 0.0, &vec![f64::NAN; m * n], Plain, &want, "repeated");
        let b = Matrix::with_strides(&column, k, n, 1, 0);
        let want = naive(level, a, b, 0.0, &[]);
        one(level, [m, n, k], a, b.into(), 0.0, &vec![f64::NAN; m * n], Plain, &want, "repeated");
    });
}

/// B is a window of a larger matrix whose other numbers are NaN, up to the end of the slice.
#[test]
fn neighbours_of_b_do_not_matter() {
    at_all_levels(|level| {
        for n in 1..40 {
            let (m, k, stride) = (5, 9, 41);
            let mut numbers = Numbers(n as u64);
            let a = Operand::<f32>::new(m, k, Layout::Rows, &mut numbers);
            for cut in [0, 1, 20, 40 - n] {
                let mut data = vec![f32::NAN; (k - 1) * stride + n + cut];
                for p in 0..k {
                    data[p * stride..p * stride + n].fill_with(|| numbers.next());
                }
                let b = Matrix::with_strides(&data, k, n, stride, 1);
                let want = naive(level, a.matrix(), b, 0.0, &[]);
                let c = vec![f32::NAN; m * n];
                one(level, [m, n, k], a.matrix(), b.into(), 0.0, &c, Plain, &want, "window");
            }
        }
    });
}

#[test]
fn finish_gets_each_number_once() {
    for (m, n, k) in [(1, 1, 1), (1, 300, 3), (50, 300, 400), (7, 10, 0), (130, 1100, 5)] {
        let mut numbers = Numbers(3);
        let a = Operand::<f32>::new(m, k, Layout::Rows, &mut numbers);
        let b = Operand::<f32>::new(k, n, Layout::Rows, &mut numbers);
        let bias: Vec<f32> = (0..n).map(|_| numbers.next()).collect();
        let c: Vec<f32> = (0..m * n).map(|_| numbers.next()).collect();
        let finish = |piece: &mut [f32]| {
            assert!(!piece.is_empty());
            for x in piece {
                *x = 3.0 * *x + 1.0;
            }
        };
        let want: Vec<f32> = naive(Level::current(), a.matrix(), b.matrix(), 1.0, &c)
            .iter()
            .enumerate()
            .map(|(i, x)| 3.0 * (x + bias[i % n]) + 1.0)
            .collect();
        let mut guarded = Guarded::new(&c, m, n, 2);
        let mut scratch = vec![0.0; scratch_len::<f32>(m, n, k)];
        let (a, b) = (a.matrix(), b.matrix());
        gemm_finish(a, b, 1.0, guarded.matrix(), Bias(&bias), &finish, &mut scratch);
        let what = || format!("finish of [{m}, {k}] x [{k}, {n}]");
        assert_same(&guarded.open(&what), &want, &what);
    }
}

/// The same bits on any number of threads, in all forms.
#[test]
fn threads_do_not_change_bits() {
    let shapes = [[150, 170, 400], [2100, 33, 70], [3, 3000, 500], [64, 4100, 16], [300, 250, 129]];
    for shape @ [m, n, k] in shapes {
        assert!(m * n * k >= 2 * grain::PRODUCT, "{shape:?} is computed by one thread");
        for layouts in [
            NN,
            [Layout::Columns, Layout::Rows],
            [Layout::Rows, Layout::Columns],
            [Layout::Columns, Layout::Columns],
        ] {
            let mut numbers = Numbers(11);
            let a = Operand::<f32>::new(m, k, layouts[0], &mut numbers);
            let b = Operand::<f32>::new(k, n, layouts[1], &mut numbers);
            let bias: Vec<f32> = (0..n).map(|_| numbers.next()).collect();
            let packed = Packed::new(b.matrix());
            let c: Vec<f32> = (0..m * n).map(|_| numbers.next()).collect();
            let run = |threads: usize, right: Right<'_, f32>| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| {
                    let mut guarded = Guarded::new(&c, m, n, 3);
                    let mut scratch = vec![f32::NAN; scratch_len::<f32>(m, n, k)];
                    let to = guarded.matrix();
                    let finish = |piece: &mut [f32]| piece.iter_mut().for_each(|x| *x += 1.0);
                    let epilogue = BiasRelu(&bias);
                    gemm_finish(a.matrix(), right, 0.5, to, epilogue, &finish, &mut scratch);
                    guarded.open(&|| format!("{threads} threads"))
                })
            };
            let want: Vec<f32> = naive(Level::current(), a.matrix(), b.matrix(), 0.5, &c)
                .iter()
                .enumerate()
                .map(|(i, x)| (x + bias[i % n]).max(0.0) + 1.0)
                .collect();
            for threads in [1, 2, 3, 5] {
                let what = || format!("{shape:?} {layouts:?} on {threads} threads");
                assert_same(&run(threads, b.matrix().into()), &want, &what);
                assert_same(&run(threads, (&packed).into()), &want, &what);
            }
        }
    }
}

/// Scratch for one thread suffices in a pool of several.
#[test]
fn less_scratch_means_fewer_threads() {
    let (m, n, k) = (200, 200, 200);
    let mut numbers = Numbers(5);
    let a = Operand::<f64>::new(m, k, Layout::Columns, &mut numbers);
    let b = Operand::<f64>::new(k, n, Layout::Columns, &mut numbers);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let one = pool(1).install(|| scratch_len::<f64>(m, n, k));
    let four = pool(4).install(|| scratch_len::<f64>(m, n, k));
    assert!(one < four);
    let want = naive(Level::current(), a.matrix(), b.matrix(), 0.0, &[]);
    for len in [one, four, four - 1, 2 * four] {
        let mut c = vec![0.0; m * n];
        let mut scratch = vec![0.0; len];
        pool(4).install(|| {
            let to = MatrixMut::new(&mut c, m, n);
            gemm(a.matrix(), b.matrix(), 0.0, to, Plain, &mut scratch);
        });
        assert_same(&c, &want, &|| format!("scratch of {len}"));
    }
}

#[test]
fn packed_again() {
    at_all_levels(|level| {
        let (m, n, k) = (9, 50, 390);
        let mut numbers = Numbers(9);
        let a = Operand::<f32>::new(m, k, Layout::Rows, &mut numbers);
        let old = Operand::<f32>::new(k, n, Layout::Columns, &mut numbers);
        let new = Operand::<f32>::new(k, n, Layout::Rows, &mut numbers);
        let mut packed = Packed::new_at(level, old.matrix());
        assert_eq!((packed.rows(), packed.cols()), (k, n));
        packed.repack(new.matrix());
        let want = naive(level, a.matrix(), new.matrix(), 0.0, &[]);
        let c = vec![f32::NAN; m * n];
        one(level, [m, n, k], a.matrix(), (&packed).into(), 0.0, &c, Plain, &want, "repacked");
    });
}
