//! Random numbers as a function of a key and an index: no state, no order.
//!
//! A stream is named by a [`key`], made of whatever tells it from others: a seed, a layer's path, a
//! step. Its draws are [`bits`]`(key, 0)`, `bits(key, 1)`, ..., each computed without the others. So
//! what a layer draws depends neither on threads nor on other layers, a run that resumes at step
//! 1,000 draws what the uninterrupted one would, and the way back computes again what the way
//! forward drew.
//!
//! The generator is SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
//! Generators", 2014): a counter with a stride of 2⁶⁴ divided by the golden ratio, run through two
//! rounds of shift and multiply. It is made for simulation; what must not be guessed needs a
//! cryptographic one.
//!
//! ```
//! use neuropil_regularizers::random::{bits, key, text};
//!
//! let (seed, step) = (42, 7);
//! let stream = key(&[seed, text("encoder.dropout"), step]);
//! assert_eq!(bits(stream, 5), bits(stream, 5));
//! assert_ne!(bits(stream, 5), bits(stream, 6));
//! assert_ne!(bits(stream, 5), bits(key(&[seed, text("encoder.dropout"), step + 1]), 5));
//! ```

mod normals;

pub use normals::normals;

/// 2⁶⁴ divided by the golden ratio, made odd: the stride of the counter.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Sixty-four random bits: draw number `index` of the stream named by `key`.
///
/// Equals the `index`-th output, counted from 0, of SplitMix64 seeded with `key`:
///
/// ```
/// use neuropil_regularizers::random::bits;
/// assert_eq!(bits(1_234_567, 0), 6_457_827_717_110_365_317);
/// assert_eq!(bits(1_234_567, 1), 3_203_168_211_198_807_973);
/// ```
#[inline(always)]
#[must_use]
pub const fn bits(key: u64, index: u64) -> u64 {
    mix(key.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// SplitMix64's output function: a bijection in which each bit of `z` moves about half of the bits of
/// the result (Stafford's variant 13 of MurmurHash3's finalizer).
#[inline(always)]
const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The name of a stream from its parts, such as seed, [`text`] of a path, and step.
///
/// Order and number of the parts count. Lists of one length that differ in a single place never
/// get the same key: the steps of one layer all have streams of their own. Any others share a key
/// with probability 2⁻⁶⁴.
#[must_use]
pub const fn key(parts: &[u64]) -> u64 {
    let mut key = mix(parts.len() as u64);
    let mut i = 0;
    while i < parts.len() {
        // Mixed before it is added, so that neighbouring seeds and neighbouring steps don't meet.
        key = mix(key.wrapping_add(mix(parts[i].wrapping_add(GOLDEN))));
        i += 1;
    }
    key
}

/// A part of a [`key`] from text, such as a layer's path: the [`key`] of its bytes, eight to a part,
/// little-endian, followed by their number.
#[must_use]
pub fn text(text: &str) -> u64 {
    let mut parts = Vec::with_capacity(text.len() / 8 + 2);
    for bytes in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        parts.push(u64::from_le_bytes(word));
    }
    parts.push(text.len() as u64);
    key(&parts)
}
