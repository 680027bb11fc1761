//! Clipping of gradients.

use crate::Failure;
use crate::closeness::{Closeness, Share};
use crate::golden::{Array, Case, Family};
use neuropil::optimizers::clip_global_norm;
use neuropil::simd::Float;

/// PyTorch adds 10⁻⁶ to the norm that it divides by; the norms that are clipped are above 1.
const CLIPPED: Closeness = Closeness { single: 1e-5, double: 1e-6, to: Share::Each };

#[test]
fn clipping_equals_pytorch() {
    let mut family = Family::open("clipping");
    family.member("clip_global_norm", |case| {
        global_norm::<f32>(case)?;
        global_norm::<f64>(case)
    });
    family.end();
}

fn global_norm<T: Float>(case: &Case) -> Result<(), Failure> {
    let mut parts: Vec<Array<T>> = case.parts("parts").ok_or("no parts")?;
    let mut slices: Vec<&mut [T]> = parts.iter_mut().map(|part| &mut *part.values).collect();
    let max = case.setting("max").ok_or("no largest norm")?;
    let norm = clip_global_norm(&mut slices, max);
    case.compare("norm", &[T::of(norm)], Closeness::VALUES)?;
    let clipped: Vec<T> = parts.into_iter().flat_map(|part| part.values).collect();
    case.compare("clipped", &clipped, CLIPPED)
}
