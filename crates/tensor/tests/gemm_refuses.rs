//! What a product refuses, and that it says why with the numbers.

use neuropil_simd::Level;
use neuropil_tensor::gemm::{Bias, Matrix, MatrixMut, Packed, Plain, gemm, gemm_at, scratch_len};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message of a panic.
fn message(f: impl FnOnce()) -> String {
    let error = catch_unwind(AssertUnwindSafe(f)).expect_err("should have panicked");
    error.downcast_ref::<String>().expect("a message with numbers").clone()
}

#[test]
fn wrong_lengths_panic_with_numbers() {
    let x = [0.0_f32; 12];
    let mut y = [0.0_f32; 12];
    let mut scratch = vec![0.0_f32; scratch_len::<f32>(3, 4, 4)];

    let text = message(|| _ = Matrix::new(&x, 3, 5));
    assert_eq!(text, "Matrix::new: 3 rows of 5 numbers in a slice of 12");
    let text = message(|| _ = Matrix::new(&x, usize::MAX, 2));
    assert!(text.contains(&usize::MAX.to_string()), "{text}");
    let text = message(|| _ = Matrix::with_strides(&x, 3, 4, 5, 1));
    assert_eq!(
        text,
        "Matrix::with_strides: 3 rows and 4 columns with strides 5 and 1 in a slice of 12"
    );
    let text = message(|| _ = Matrix::with_strides(&x, usize::MAX, 4, usize::MAX, 1));
    assert!(text.contains("in a slice of 12"), "{text}");
    let text = message(|| _ = Matrix::new(&x, 3, 4).at(3, 0));
    assert_eq!(text, "Matrix::at: element (3, 0) of 3 rows and 4 columns");
    let text = message(|| _ = MatrixMut::new(&mut y, 3, 5));
    assert_eq!(text, "MatrixMut::new: 3 rows of 5 numbers in a slice of 12");
    let text = message(|| _ = MatrixMut::with_stride(&mut y, 2, 5, 4));
    assert_eq!(text, "MatrixMut::with_stride: a row stride of 4 for 5 columns");
    let text = message(|| _ = MatrixMut::with_stride(&mut y, 3, 4, 5));
    assert_eq!(
        text,
        "MatrixMut::with_stride: 3 rows and 4 columns with a row stride of 5 in a slice of 12"
    );

    let a = Matrix::new(&x, 3, 4);
    let text = message(|| {
        gemm(a, a, 0.0, MatrixMut::new(&mut y, 3, 4), Plain, &mut scratch);
    });
    assert_eq!(text, "gemm: [3, 4] times [3, 4] into [3, 4]");
    let b = a.transposed();
    let text = message(|| {
        let c = MatrixMut::with_stride(&mut y, 2, 3, 3);
        gemm(a, b, 0.0, c, Plain, &mut scratch);
    });
    assert_eq!(text, "gemm: [3, 4] times [4, 3] into [2, 3]");
    let text = message(|| {
        let c = MatrixMut::with_stride(&mut y, 3, 3, 3);
        gemm(a, b, 0.0, c, Bias(&x[..2]), &mut scratch);
    });
    assert_eq!(text, "gemm: an epilogue for 2 columns where C has 3");
    let text = message(|| {
        let c = MatrixMut::with_stride(&mut y, 3, 3, 3);
        gemm(a, b, 0.0, c, Plain, &mut scratch[..7]);
    });
    assert!(text.starts_with("gemm: a scratch of 7 numbers where "), "{text}");
    let text = message(|| Packed::new(a).repack(b));
    assert_eq!(text, "Packed::repack: 4 rows and 3 columns where 3 rows and 4 columns were packed");
}

#[test]
fn packed_for_another_level_is_refused() {
    let levels: Vec<Level> = Level::available().collect();
    let [first, .., last] = levels[..] else {
        println!("only {levels:?} here: nothing to confuse");
        return;
    };
    let x = [0.0_f32; 4];
    let packed = Packed::new_at(first, Matrix::new(&x, 2, 2));
    let mut y = [0.0; 4];
    let mut scratch = vec![0.0; scratch_len::<f32>(2, 2, 2)];
    let text = message(|| {
        let (a, c) = (Matrix::new(&x, 2, 2), MatrixMut::new(&mut y, 2, 2));
        gemm_at(last, a, &packed, 0.0, c, Plain, &mut scratch);
    });
    assert_eq!(text, format!("gemm: B was packed for {first}, the product runs at {last}"));
}
