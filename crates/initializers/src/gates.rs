//! Biases of an LSTM: how long it remembers before it has learnt anything.

use std::ops::Range;

use rand::Rng;

use crate::{
    Fan, Initializer, InitializerError,
    error::{at_least, finite},
    initializer::assert_len,
    uniform::fill_uniform,
};

/// Biases of an LSTM for memories of 1 to `longest` steps: of the gates i, f, g, o, `b_f = ln u` and `b_i =
/// -ln u` with u from U(1, longest − 1), those of g and o zero.
///
/// A forget gate at sigmoid(ln u) = u/(u + 1) forgets with a half-life in proportion to u, so the units start with
/// all lengths of memory that the task may need; the input gate takes in as much as is forgotten.
/// The bias is `[4 hidden]`, in the order of PyTorch's and of this project's LSTM; numbers beyond four equal
/// gates are zero.
///
/// An LSTM with two biases adds them up: start one of them so and the other at zero, as
/// [`chrono`](https://docs.rs/neuropil-nn/latest/neuropil_nn/struct.Recurrent.html#method.chrono) does.
///
/// Source: Tallec and Ollivier, "Can recurrent neural networks warp time?" (2018), equation 16. PyTorch has no
/// such thing.
///
/// ```
/// use neuropil_initializers::{Chrono, Fan, Initializer};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut b = [f64::NAN; 4 * 100];
/// Chrono::new(784)?.fill(&mut b, &[400], Fan::of(&[400]), &mut ChaCha8Rng::seed_from_u64(1));
/// let (i, f) = (&b[..100], &b[100..200]);
/// assert!(f.iter().all(|f| (0.0..783.0_f64.ln()).contains(f)));
/// assert!(i.iter().zip(f).all(|(i, f)| *i == -f) && b[200..].iter().all(|b| *b == 0.0));
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Chrono {
    longest: usize,
}

impl Chrono {
    /// For dependencies over up to `longest` steps, the paper's T_max.
    ///
    /// # Errors
    /// [`InitializerError::Below`] if `longest` is below 2.
    pub fn new(longest: usize) -> Result<Self, InitializerError> {
        Ok(Self { longest: at_least("Chrono", "longest", 2, longest)? })
    }
}

impl Initializer for Chrono {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let (input, forget) = (gate(w.len(), 0), gate(w.len(), 1));
        w.fill(0.0);
        fill_uniform(&mut w[forget.clone()], 1.0, (self.longest - 1) as f64, rng);
        for (i, f) in input.zip(forget) {
            w[f] = w[f].ln();
            w[i] = -w[f];
        }
    }
}

/// The bias of an LSTM with an open forget gate: of the gates i, f, g, o, `b_f = value`, others zero.
///
/// By default the value is 1. A forget gate at sigmoid(0) = 1/2 halves the memory in every step, and with it
/// every gradient; at sigmoid(1) = 0.73 both last from the start. The bias is `[4 hidden]`, in the order of
/// PyTorch's and of this project's LSTM; numbers beyond four equal gates are zero.
///
/// An LSTM with two biases adds them up: start one of them so and the other at zero, as
/// [`forget_bias`](https://docs.rs/neuropil-nn/latest/neuropil_nn/struct.Recurrent.html#method.forget_bias) does.
///
/// Source: Gers, Schmidhuber and Cummins, "Learning to Forget: Continual Prediction with LSTM" (2000); Jozefowicz,
/// Zaremba and Sutskever, "An Empirical Exploration of Recurrent Network Architectures" (2015). Keras's
/// `unit_forget_bias`; PyTorch has no such option.
///
/// ```
/// use neuropil_initializers::{Fan, ForgetBias, Initializer};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut b = [f64::NAN; 8];
/// ForgetBias::default().fill(&mut b, &[8], Fan::of(&[8]), &mut ChaCha8Rng::seed_from_u64(1));
/// assert_eq!(b, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForgetBias {
    value: f64,
}

impl ForgetBias {
    /// The forget gate's bias.
    ///
    /// # Errors
    /// [`InitializerError::NotFinite`] if `value` is NaN or infinite.
    pub fn new(value: f64) -> Result<Self, InitializerError> {
        Ok(Self { value: finite("ForgetBias", "value", value)? })
    }
}

/// 1.
impl Default for ForgetBias {
    fn default() -> Self {
        Self { value: 1.0 }
    }
}

impl Initializer for ForgetBias {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, _rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        w.fill(0.0);
        let forget = gate(w.len(), 1);
        w[forget].fill(self.value);
    }
}

/// Where the numbers of one of four gates stand in a bias of so many.
fn gate(len: usize, which: usize) -> Range<usize> {
    let hidden = len / 4;
    which * hidden..(which + 1) * hidden
}

#[cfg(test)]
mod tests {
    use super::{Chrono, ForgetBias};

    #[test]
    fn a_parameter_that_cannot_be_is_an_error() {
        let error = Chrono::new(1).unwrap_err().to_string();
        assert_eq!(error, "Chrono: longest must be at least 2, but is 1");
        assert!(Chrono::new(2).is_ok());
        assert!(ForgetBias::new(f64::NAN).is_err() && ForgetBias::new(-1.0).is_ok());
    }
}
