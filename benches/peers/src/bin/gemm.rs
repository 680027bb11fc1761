//! The crate gemm, with AVX-512 where the machine has it.

use std::hint::black_box;

use gemm::Parallelism;
use peers::{Arrays, Prepared, Refusal, held, in_pool, message::Array, serve, threads, work::Work};

fn main() {
    let threads = threads();
    in_pool(threads, |found| {
        serve(held("Parallelism::Rayon(n) in a pool of n, None for 1", threads, found), prepare)
    });
}

fn prepare(work: &Work, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let Work::Product { form, m, k, n } = work else { return Err(Refusal::Lacks) };
    match (arrays.array()?, arrays.array()?) {
        (Array::F32(a), Array::F32(b)) => {
            Ok(prepared(form, [*m, *k, *n], a, b, 0.0, 1.0, Array::F32))
        }
        (Array::F64(a), Array::F64(b)) => {
            Ok(prepared(form, [*m, *k, *n], a, b, 0.0, 1.0, Array::F64))
        }
        _ => Err(Refusal::Lacks),
    }
}

fn prepared<T: Copy + 'static>(
    form: &str,
    [m, k, n]: [usize; 3],
    a: Vec<T>,
    b: Vec<T>,
    zero: T,
    one: T,
    array: fn(Vec<T>) -> Array,
) -> Prepared {
    let parallelism = match rayon::current_num_threads() {
        1 => Parallelism::None,
        threads => Parallelism::Rayon(threads),
    };
    // Strides of columns, then of rows.
    let (a_columns, a_rows) = if form == "TN" { (m, 1) } else { (1, k) };
    let (b_columns, b_rows) = if form == "NT" { (k, 1) } else { (1, n) };
    assert!(a.len() == m * k && b.len() == k * n, "operands of another shape");
    let multiply = move |c: &mut [T]| {
        let (a, b) = (black_box(&a), black_box(&b));
        assert!(c.len() == m * n, "a result of another shape");
        // SAFETY: A, B and C have m k, k n and m n numbers, which the strides of either form of
        // each stay within, and C is borrowed alone.
        #[allow(unsafe_code)]
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                c.as_mut_ptr(),
                1,
                n as isize,
                false,
                a.as_ptr(),
                a_columns as isize,
                a_rows as isize,
                b.as_ptr(),
                b_columns as isize,
                b_rows as isize,
                zero,
                one,
                false,
                false,
                false,
                parallelism,
            );
        }
    };
    let mut c = vec![zero; m * n];
    multiply(&mut c);
    (array(c.clone()), Box::new(move || multiply(black_box(&mut c))))
}
