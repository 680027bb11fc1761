//! The crate matrixmultiply, with its threads, of which it takes four at most.

use std::hint::black_box;

use peers::{Arrays, Prepared, Refusal, message::Array, serve, threads, work::Work};

/// Its threads are those of the variable, read at the first product.
fn main() {
    let held = match threads() {
        1..=4 => "MATMUL_NUM_THREADS=n",
        _ => "",
    };
    serve(held, prepare);
}

fn prepare(work: &Work, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let Work::Product { form, m, k, n } = work else { return Err(Refusal::Lacks) };
    let (m, k, n) = (*m, *k, *n);
    // Strides of rows, then of columns.
    let (a_rows, a_columns) = if form == "TN" { (1, m as isize) } else { (k as isize, 1) };
    let (b_rows, b_columns) = if form == "NT" { (1, k as isize) } else { (n as isize, 1) };
    macro_rules! prepared {
        ($a:ident, $b:ident, $type:ty, $multiply:path, $array:path) => {{
            assert!($a.len() == m * k && $b.len() == k * n, "operands of another shape");
            let multiply = move |c: &mut [$type]| {
                let (a, b) = (black_box(&$a), black_box(&$b));
                assert!(c.len() == m * n, "a result of another shape");
                // SAFETY: A, B and C have m k, k n and m n numbers, which the strides of either
                // form of each stay within, and C is borrowed alone.
                #[allow(unsafe_code)]
                unsafe {
                    $multiply(
                        m,
                        k,
                        n,
                        1.0,
                        a.as_ptr(),
                        a_rows,
                        a_columns,
                        b.as_ptr(),
                        b_rows,
                        b_columns,
                        0.0,
                        c.as_mut_ptr(),
                        n as isize,
                        1,
                    );
                }
            };
            let mut c: Vec<$type> = vec![0.0; m * n];
            multiply(&mut c);
            Ok(($array(c.clone()), Box::new(move || multiply(black_box(&mut c)))))
        }};
    }
    match (arrays.array()?, arrays.array()?) {
        (Array::F32(a), Array::F32(b)) => {
            prepared!(a, b, f32, matrixmultiply::sgemm, Array::F32)
        }
        (Array::F64(a), Array::F64(b)) => {
            prepared!(a, b, f64, matrixmultiply::dgemm, Array::F64)
        }
        _ => Err(Refusal::Lacks),
    }
}
