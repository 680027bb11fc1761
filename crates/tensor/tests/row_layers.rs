//! One row through layers is held, bit for bit, to products of one row, at every level, and to
//! itself on any number of threads.

use neuropil_simd::{AlignedVec, Float, Level};
use neuropil_tensor::gemm::{
    Bias, BiasRelu, Matrix, MatrixMut, Packed, Plain, RowLayer, RowLayers, gemm_at, scratch_len,
};

/// Numbers in (-1, 1) that look arbitrary.
fn numbers<T: Float>(len: usize, seed: u32) -> Vec<T> {
    let mut state = seed;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            T::of(f64::from(state >> 8) / f64::from(1 << 23) - 1.0)
        })
        .collect()
}

/// The start of the next piece on a cache line, for both types.
fn next(end: usize) -> usize {
    end.next_multiple_of(16)
}

/// What a chain of layers of these widths makes, and what products of one row make of the same.
fn both<T: Float>(level: Level, widths: &[usize], biased: bool, relu: bool) -> [Vec<T>; 2] {
    let (mut layers, mut weights) = (Vec::new(), Vec::new());
    let mut biases: AlignedVec<T> = AlignedVec::default();
    let mut expected: Vec<T> = numbers(widths[0], 7);
    let mut x = 0;
    for (i, pair) in widths.windows(2).enumerate() {
        let (k, n) = (pair[0], pair[1]);
        let w = numbers::<T>(k * n, i as u32);
        let bias: Vec<T> = numbers(n, 100 + i as u32);
        let start = biases.len();
        biases.grow(start + next(n));
        biases[start..start + n].copy_from_slice(&bias);

        let matrix = Matrix::new(&w, k, n);
        weights.push(Packed::new_at(level, matrix));
        let y = next(x + k);
        layers.push(RowLayer { weight: i, bias: biased.then_some(start), relu, x, y });
        x = y;

        let mut product = vec![T::NAN; n];
        let (a, c) = (Matrix::new(&expected, 1, k), MatrixMut::new(&mut product, 1, n));
        let scratch = &mut vec![T::ZERO; scratch_len::<T>(1, n, k)];
        match (biased, relu) {
            (true, true) => gemm_at(level, a, matrix, T::ZERO, c, BiasRelu(&bias), scratch),
            (true, false) => gemm_at(level, a, matrix, T::ZERO, c, Bias(&bias), scratch),
            (false, false) => gemm_at(level, a, matrix, T::ZERO, c, Plain, scratch),
            (false, true) => {
                gemm_at(level, a, matrix, T::ZERO, c, Plain, scratch);
                for y in &mut product {
                    *y = if *y < T::ZERO { T::ZERO } else { *y };
                }
            }
        }
        expected = product;
    }
    let last = widths[widths.len() - 1];
    let mut values = vec![T::NAN; x + next(last)];
    values[..widths[0]].copy_from_slice(&numbers::<T>(widths[0], 7));
    RowLayers::new(&layers, &weights).run(&weights, &biases, &mut values);
    [values[x..x + last].to_vec(), expected]
}

fn same<T: Float>(widths: &[usize], biased: bool, relu: bool) {
    for level in Level::available() {
        let [found, expected] = both::<T>(level, widths, biased, relu);
        for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!(
                found.to_f64().to_bits() == expected.to_f64().to_bits(),
                "{} at {level}, widths {widths:?}: number {i} is {found}, expected {expected}",
                T::NAME
            );
        }
    }
}

/// Widths around those of vectors, groups of them and panels, and sums of none to several blocks.
#[test]
fn a_layer_has_the_bits_of_a_product() {
    for n in (1..=20).chain([24, 31, 32, 33, 40, 63, 64, 65, 100, 128, 130, 200]) {
        for k in [0, 1, 2, 3, 4, 5, 9, 64, 384, 385, 1000] {
            same::<f32>(&[k, n], true, false);
            same::<f64>(&[k, n], true, false);
        }
        same::<f32>(&[6, n], false, false);
        same::<f32>(&[6, n], true, true);
        same::<f64>(&[6, n], true, true);
    }
}

#[test]
fn layers_behind_each_other() {
    same::<f32>(&[6, 64, 8, 4], true, true);
    same::<f64>(&[6, 64, 8, 4], true, false);
    same::<f32>(&[3, 1, 17, 300, 10], false, true);
}

/// Above the size from which columns are shared out; 1,000 columns end within a line and a panel.
#[test]
fn large_layers_on_one_to_three_threads() {
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            same::<f32>(&[784, 512, 1000, 10, 600, 500], true, true);
            same::<f64>(&[500, 701, 401], true, false);
        });
    }
}

/// A y left of its x, as buffers that are used again have it.
#[test]
fn places_in_any_order() {
    let weights = [Packed::new(Matrix::new(&[2.0_f32, 3.0], 1, 2))];
    let layers = [RowLayer { weight: 0, bias: None, relu: false, x: 16, y: 0 }];
    let mut values = [0.0; 17];
    values[16] = 5.0;
    RowLayers::new(&layers, &weights).run(&weights, &[], &mut values);
    assert_eq!(values[..2], [10.0, 15.0]);
    assert_eq!(values[16], 5.0);
}

#[test]
fn infinities_and_nan_show() {
    let weights = [Packed::new(Matrix::new(&[0.0_f32, 1.0], 1, 2))];
    let layers = [RowLayer { weight: 0, bias: None, relu: true, x: 16, y: 0 }];
    let layers = RowLayers::new(&layers, &weights);
    let mut values = [0.0; 17];
    values[16] = f32::INFINITY;
    layers.run(&weights, &[], &mut values);
    assert!(values[0].is_nan() && values[1] == f32::INFINITY, "{:?}", &values[..2]);
}

/// Two layers over one matrix of four rows and columns.
fn two(second: RowLayer) -> (RowLayers, Vec<Packed<f32>>) {
    let weights = vec![Packed::new(Matrix::new(&[1.0_f32; 16], 4, 4))];
    let first = RowLayer { weight: 0, bias: Some(0), relu: true, x: 0, y: 16 };
    (RowLayers::new(&[first, second], &weights), weights)
}

const SECOND: RowLayer = RowLayer { weight: 0, bias: None, relu: false, x: 16, y: 32 };

#[test]
#[should_panic(expected = "x of 4 numbers at 16 overlaps y of 16 at 16")]
fn a_place_read_and_written_is_refused() {
    two(RowLayer { y: 16, ..SECOND });
}

#[test]
#[should_panic(expected = "x of 4 numbers at 16 overlaps y of 16 at 1")]
fn the_rest_of_a_line_counts() {
    two(RowLayer { y: 1, ..SECOND });
}

#[test]
#[should_panic(expected = "47 values and 16 biases where 48 and 16 are needed")]
fn too_few_values_are_refused() {
    let (layers, weights) = two(SECOND);
    layers.run(&weights, &[0.0; 16], &mut [0.0; 47]);
}

#[test]
#[should_panic(expected = "48 values and 15 biases where 48 and 16 are needed")]
fn too_few_biases_are_refused() {
    let (layers, weights) = two(SECOND);
    layers.run(&weights, &[0.0; 15], &mut [0.0; 48]);
}

#[test]
#[should_panic(expected = "a matrix of 4 rows and 3 columns")]
fn other_matrices_are_refused() {
    let (layers, _) = two(SECOND);
    let others = [Packed::new(Matrix::new(&[1.0_f32; 12], 4, 3))];
    layers.run(&others, &[0.0; 16], &mut [0.0; 48]);
}
