//! Matrix products.

use std::{hint::black_box, marker::PhantomData};

use neuropil_simd::{AlignedVec, Float};
use neuropil_tensor::gemm::{Matrix, MatrixMut, Plain, gemm, scratch_len};

use super::{Workload, numbers};
use crate::scale::{Number, Work};

/// How the operands of a product lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// C = A B, both row-major: a layer's forward pass.
    Plain,
    /// C = A B with B given as its transpose `[n, k]`: the gradient of a layer's input.
    RightTransposed,
    /// C = A B with A given as its transpose `[k, m]`: the gradient of a layer's weight.
    LeftTransposed,
}

impl Form {
    /// The letters of BLAS: `"NN"`, `"NT"` or `"TN"`.
    pub fn letters(self) -> &'static str {
        match self {
            Self::Plain => "NN",
            Self::RightTransposed => "NT",
            Self::LeftTransposed => "TN",
        }
    }
}

/// C = A B with A `[m, k]` and B `[k, n]`: 2 m k n operations.
#[derive(Clone, Copy, Debug)]
pub struct Product<T> {
    form: Form,
    m: usize,
    k: usize,
    n: usize,
    number: PhantomData<T>,
}

impl<T> Product<T> {
    /// The product of `[m, k]` and `[k, n]`.
    pub fn new(form: Form, m: usize, k: usize, n: usize) -> Self {
        Self { form, m, k, n, number: PhantomData }
    }

    /// How the operands lie in memory.
    pub fn form(&self) -> Form {
        self.form
    }

    /// m, k and n.
    pub fn shape(&self) -> [usize; 3] {
        [self.m, self.k, self.n]
    }
}

impl<T: Float> Product<T> {
    /// A and B as they lie in memory.
    pub fn operands(&self) -> [AlignedVec<T>; 2] {
        let Self { m, k, n, .. } = *self;
        [numbers::<T>(m * k, 1), numbers::<T>(k * n, 2)]
    }

    /// A function that writes A B to a slice of m n numbers.
    pub fn multiplied<'a>(&self, [a, b]: &'a [AlignedVec<T>; 2]) -> impl FnMut(&mut [T]) + 'a {
        let Self { form, m, k, n, .. } = *self;
        let mut scratch = AlignedVec::<T>::zeros(scratch_len::<T>(m, n, k));
        let a = match form {
            Form::LeftTransposed => Matrix::new(a, k, m).transposed(),
            _ => Matrix::new(a, m, k),
        };
        let b = match form {
            Form::RightTransposed => Matrix::new(b, n, k).transposed(),
            _ => Matrix::new(b, k, n),
        };
        move |c| {
            let c = MatrixMut::new(c, m, n);
            gemm(black_box(a), black_box(b), T::ZERO, c, Plain, &mut scratch);
        }
    }
}

impl<T: Float> Workload for Product<T> {
    fn name(&self) -> String {
        let Self { form, m, k, n, .. } = self;
        let shape = if m == k && k == n { format!("{m}^3") } else { format!("{m}x{k}x{n}") };
        format!("gemm {} {} {shape}", T::NAME, form.letters())
    }

    fn work(&self) -> Work {
        let number = if T::NAME == f32::NAME { Number::F32 } else { Number::F64 };
        Work::operations(number, 2 * self.m * self.k * self.n)
    }

    fn side(&self) -> Option<usize> {
        let Self { form, m, k, n, .. } = *self;
        (form == Form::Plain && m == k && k == n).then_some(m)
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let operands = self.operands();
        let mut c = AlignedVec::<T>::zeros(self.m * self.n);
        let mut multiply = self.multiplied(&operands);
        time(&mut || multiply(&mut c));
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Product};
    use crate::{
        scale::{Number, Work},
        workload::Workload,
    };

    #[test]
    fn a_product_has_its_type_form_and_shape_in_its_name_and_two_operations_a_term() {
        let product = Product::<f32>::new(Form::LeftTransposed, 784, 64, 128);
        assert_eq!(product.name(), "gemm f32 TN 784x64x128");
        assert_eq!(product.work(), Work::operations(Number::F32, 12_845_056));
        let product = Product::<f64>::new(Form::RightTransposed, 1, 2, 3);
        assert_eq!(product.name(), "gemm f64 NT 1x2x3");
        assert_eq!(product.work(), Work::operations(Number::F64, 12));
        let square = Product::<f32>::new(Form::Plain, 64, 64, 64);
        assert_eq!(square.name(), "gemm f32 NN 64^3");
    }

    #[test]
    fn only_a_plain_square_has_a_side() {
        assert_eq!(Product::<f32>::new(Form::Plain, 64, 64, 64).side(), Some(64));
        assert_eq!(Product::<f32>::new(Form::RightTransposed, 64, 64, 64).side(), None);
        assert_eq!(Product::<f32>::new(Form::Plain, 64, 64, 32).side(), None);
    }
}
