//! Networks over sequences, held together by a layer over time of their own.

mod leaky;
mod lengths;
mod samples;
