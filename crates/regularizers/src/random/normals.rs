//! Normal draws from counters.

use super::bits;
use neuropil_simd::{Kernel, Lanes, dispatch, math};
use std::f64::consts::TAU;

/// Pairs that are drawn at once.
const PAIRS: usize = 32;

/// Normal draws, of mean 0 and variance 1: numbers `offset`, `offset + 1`, ... of the stream.
///
/// Draws 2k and 2k + 1 are r cos θ and r sin θ, with r = √(-2 ln u) and θ = 2π v, where u and v are the
/// upper and the lower half of [`bits`]`(stream, k)`, each plus one half, over 2³². So no draw is further from
/// zero than 6.8, where a normal law has 10⁻¹¹ of its mass. The same whatever the length and the
/// pieces; from one level of instructions to another the last digits may differ, as sines do.
///
/// Source: Box and Muller, "A Note on the Generation of Random Normal Deviates" (1958).
///
/// ```
/// use neuropil_regularizers::random::{key, normals};
///
/// let mut z = [0.0; 10_000];
/// normals(key(&[42]), 0, &mut z);
/// let mean = z.iter().sum::<f64>() / 1e4;
/// let square = z.iter().map(|z| z * z).sum::<f64>() / 1e4;
/// assert!(mean.abs() < 0.04 && (square - 1.0).abs() < 0.06); // four standard deviations of each
///
/// let mut piece = [0.0; 3];
/// normals(key(&[42]), 5, &mut piece);
/// assert_eq!(piece, z[5..8]);
/// ```
pub fn normals(stream: u64, offset: u64, z: &mut [f64]) {
    dispatch(Normals { stream, offset, z });
}

struct Normals<'a> {
    stream: u64,
    offset: u64,
    z: &'a mut [f64],
}

impl Kernel<f64> for Normals<'_> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<f64>>(self) {
        let Self { stream, offset, z } = self;
        let mut pair = offset / 2;
        // The first draw of the first pair is not asked for.
        let mut skip = (offset % 2) as usize;
        let mut start = 0;
        let mut both = [0.0; 2 * PAIRS];
        while start < z.len() {
            let wanted = (skip + z.len() - start).min(2 * PAIRS);
            draw::<V>(stream, pair, wanted.div_ceil(2), &mut both);
            let piece = &both[skip..wanted];
            z[start..start + piece.len()].copy_from_slice(piece);
            start += piece.len();
            pair = pair.wrapping_add(PAIRS as u64);
            skip = 0;
        }
    }
}

/// The draws of some pairs.
#[inline(always)]
fn draw<V: Lanes<f64>>(stream: u64, first: u64, pairs: usize, both: &mut [f64; 2 * PAIRS]) {
    const UNIT: f64 = 1.0 / 4_294_967_296.0;
    let (mut u, mut angle) = ([0.5; PAIRS], [0.5; PAIRS]);
    for (i, (u, angle)) in u.iter_mut().zip(&mut angle).enumerate().take(pairs) {
        let bits = bits(stream, first.wrapping_add(i as u64));
        *u = (f64::from((bits >> 32) as u32) + 0.5) * UNIT;
        *angle = (f64::from(bits as u32) + 0.5) * (UNIT * TAU);
    }
    let mut i = 0;
    while i < pairs {
        // Whole vectors: the arrays are multiples of their length.
        let r = (math::ln(V::load(&u[i..])) * V::of(-2.0)).sqrt();
        let theta = V::load(&angle[i..]);
        (r * math::cos(theta)).store(&mut u[i..]);
        (r * math::sin(theta)).store(&mut angle[i..]);
        i += V::LEN;
    }
    for (z, (&cosine, &sine)) in both.as_chunks_mut::<2>().0.iter_mut().zip(u.iter().zip(&angle)) {
        *z = [cosine, sine];
    }
}
