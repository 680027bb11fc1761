//! The functions whose loops are checked, besides the matrix products.

use std::fmt::Write;

/// A function of `neuropil_simd` that works on whole slices.
#[derive(Debug)]
pub(super) struct Kernel {
    pub name: &'static str,
    /// Its parameters, and what it gives, for the type `T`.
    signature: &'static str,
    /// How it is called.
    call: &'static str,
    /// Whether some numbers take a slow path, with calls, so that only the shortest way round its
    /// loops is checked.
    pub slow_path: bool,
}

const MAP: &str = "(x: &[T], y: &mut [T])";
const PAIR: &str = "(x: &[T], y: &[T]) -> T";
const SUM: &str = "(x: &[T]) -> T";
const PLACE: &str = "(x: &[T]) -> Option<usize>";
const ROWS: &str = "(width: usize, x: &[T], y: &mut [T])";

const fn kernel(name: &'static str, signature: &'static str, call: &'static str) -> Kernel {
    Kernel { name, signature, call, slow_path: false }
}

/// For arguments that are hard to reduce.
const fn with_slow_path(kernel: Kernel) -> Kernel {
    Kernel { slow_path: true, ..kernel }
}

/// All of them, in the order of the table.
pub(super) const KERNELS: &[Kernel] = &[
    kernel("exp", MAP, "slices::exp(x, y)"),
    kernel("expm1", MAP, "slices::expm1(x, y)"),
    kernel("ln", MAP, "slices::ln(x, y)"),
    kernel("log1p", MAP, "slices::log1p(x, y)"),
    kernel("sigmoid", MAP, "slices::sigmoid(x, y)"),
    kernel("softplus", MAP, "slices::softplus(x, y)"),
    kernel("tanh", MAP, "slices::tanh(x, y)"),
    kernel("erf", MAP, "slices::erf(x, y)"),
    kernel("erfc", MAP, "slices::erfc(x, y)"),
    with_slow_path(kernel("sin", MAP, "slices::sin(x, y)")),
    with_slow_path(kernel("cos", MAP, "slices::cos(x, y)")),
    kernel("sum", SUM, "reduce::sum(x)"),
    kernel("sum_of_squares", SUM, "reduce::sum_of_squares(x)"),
    kernel("dot", PAIR, "reduce::dot(x, y)"),
    kernel("largest", SUM, "reduce::largest(x)"),
    kernel("argmax", PLACE, "reduce::argmax(x)"),
    kernel("log_sum_exp", SUM, "reduce::log_sum_exp(x)"),
    kernel("softmax", ROWS, "rows::softmax(width, x, y)"),
    kernel("log_softmax", ROWS, "rows::log_softmax(width, x, y)"),
];

impl Kernel {
    /// The symbol by which it is found in the listing.
    pub fn symbol(&self, float: &str) -> String {
        format!("{}_{float}", self.name)
    }
}

/// A crate in which each function is compiled for each type, and so for each level.
pub(super) fn source(floats: &[&str]) -> String {
    let mut source = String::from("#![crate_type = \"lib\"]\n");
    for kernel in KERNELS {
        for float in floats {
            let signature = kernel
                .signature
                .replace("[T]", &format!("[{float}]"))
                .replace("-> T", &format!("-> {float}"));
            let (symbol, call) = (kernel.symbol(float), kernel.call);
            // Writing to a String cannot fail.
            let _ = writeln!(source, "#[unsafe(no_mangle)]");
            let _ = writeln!(source, "pub fn {symbol}{signature} {{ neuropil_simd::{call} }}");
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use super::{KERNELS, source};

    #[test]
    fn each_kernel_is_compiled_for_each_type_under_its_symbol() {
        let source = source(&["f32", "f64"]);
        assert_eq!(source.matches("no_mangle").count(), 2 * KERNELS.len());
        for line in [
            "pub fn exp_f32(x: &[f32], y: &mut [f32]) { neuropil_simd::slices::exp(x, y) }",
            "pub fn dot_f64(x: &[f64], y: &[f64]) -> f64 { neuropil_simd::reduce::dot(x, y) }",
        ] {
            assert!(source.contains(line), "{line} in\n{source}");
        }
        assert!(!source.contains('T'), "no type is left open in\n{source}");
    }
}
