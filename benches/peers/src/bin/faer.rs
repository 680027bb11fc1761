//! The crate faer.

use std::hint::black_box;

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul, traits::ComplexField};
use peers::{Arrays, Prepared, Refusal, held, in_pool, message::Array, serve, threads, work::Work};

fn main() {
    let threads = threads();
    in_pool(threads, |found| {
        serve(held("Par::rayon(n) in a pool of n, Par::Seq for 1", threads, found), prepare)
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

fn prepared<T: ComplexField + Copy + 'static>(
    form: &str,
    [m, k, n]: [usize; 3],
    a: Vec<T>,
    b: Vec<T>,
    zero: T,
    one: T,
    array: fn(Vec<T>) -> Array,
) -> Prepared {
    let par = match rayon::current_num_threads() {
        1 => Par::Seq,
        threads => Par::rayon(threads),
    };
    let (a_transposed, b_transposed) = (form == "TN", form == "NT");
    let multiply = move |c: &mut [T]| {
        let (a, b) = (black_box(&a[..]), black_box(&b[..]));
        let a = match a_transposed {
            true => MatRef::from_column_major_slice(a, m, k),
            false => MatRef::from_row_major_slice(a, m, k),
        };
        let b = match b_transposed {
            true => MatRef::from_column_major_slice(b, k, n),
            false => MatRef::from_row_major_slice(b, k, n),
        };
        let c = MatMut::from_row_major_slice_mut(c, m, n);
        matmul(c, Accum::Replace, a, b, one, par);
    };
    let mut c = vec![zero; m * n];
    multiply(&mut c);
    (array(c.clone()), Box::new(move || multiply(black_box(&mut c))))
}
