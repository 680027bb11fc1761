//! The crate ndarray: its product, which is matrixmultiply's, and its functions of elements.

use std::hint::black_box;

use ndarray::{Array1, Array2, ArrayView2, LinalgScalar, Zip, linalg::general_mat_mul};
use peers::{Arrays, Prepared, Refusal, message::Array, serve, threads, work::Work};

/// The threads of its product are those of the variable, four at most.
fn main() {
    let held = match threads() {
        1..=4 => "MATMUL_NUM_THREADS=n",
        _ => "",
    };
    serve(held, prepare);
}

fn prepare(work: &Work, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    match work {
        Work::Product { form, m, k, n } => match (arrays.array()?, arrays.array()?) {
            (Array::F32(a), Array::F32(b)) => product(form, [*m, *k, *n], a, b, Array::F32),
            (Array::F64(a), Array::F64(b)) => product(form, [*m, *k, *n], a, b, Array::F64),
            _ => Err(Refusal::Lacks),
        },
        Work::Map { function, .. } => map(function, arrays),
        _ => Err(Refusal::Lacks),
    }
}

fn product<T: LinalgScalar>(
    form: &str,
    [m, k, n]: [usize; 3],
    a: Vec<T>,
    b: Vec<T>,
    array: fn(Vec<T>) -> Array,
) -> Result<Prepared, Refusal> {
    let (a_shape, b_shape) =
        (if form == "TN" { [k, m] } else { [m, k] }, if form == "NT" { [n, k] } else { [k, n] });
    let (a, b) = (Array2::from_shape_vec(a_shape, a)?, Array2::from_shape_vec(b_shape, b)?);
    fn side<T>(x: &Array2<T>, transposed: bool) -> ArrayView2<'_, T> {
        if transposed { x.t() } else { x.view() }
    }
    let (a_transposed, b_transposed) = (form == "TN", form == "NT");
    let multiply = move |c: &mut Array2<T>| {
        let (a, b) = (side(black_box(&a), a_transposed), side(black_box(&b), b_transposed));
        general_mat_mul(T::one(), &a, &b, T::zero(), c);
    };
    let mut c = Array2::zeros([m, n]);
    multiply(&mut c);
    let result = array(c.iter().copied().collect());
    Ok((result, Box::new(move || multiply(black_box(&mut c)))))
}

fn map(function: &str, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    // A function pointer would not be inlined into the loop, so each function has a loop of its own.
    macro_rules! each {
        ($f:expr) => {{
            let x = Array1::from_vec(arrays.f32()?);
            let mut y = Array1::zeros(x.len());
            let apply = move |y: &mut Array1<f32>| {
                Zip::from(y).and(black_box(&x)).for_each(|y, &x| *y = $f(x));
            };
            apply(&mut y);
            Ok((Array::F32(y.to_vec()), Box::new(move || apply(black_box(&mut y)))))
        }};
    }
    match function {
        "relu" => each!(|x: f32| x.max(0.0)),
        "exp" => each!(f32::exp),
        "ln" => each!(f32::ln),
        "tanh" => each!(f32::tanh),
        "sigmoid" => each!(|x: f32| 1.0 / (1.0 + (-x).exp())),
        "sum" | "dot" => reduction(function, arrays),
        _ => Err(Refusal::Lacks),
    }
}

fn reduction(function: &str, mut arrays: Arrays) -> Result<Prepared, Refusal> {
    let x = Array1::from_vec(arrays.f32()?);
    if function == "sum" {
        let run = move || black_box(&x).sum();
        return Ok((Array::F32(vec![run()]), Box::new(move || _ = black_box(run()))));
    }
    let y = Array1::from_vec(arrays.f32()?);
    let run = move || black_box(&x).dot(black_box(&y));
    Ok((Array::F32(vec![run()]), Box::new(move || _ = black_box(run()))))
}
