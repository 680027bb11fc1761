//! Networks over sequences, held together by a layer over time of their own.

mod carried;
mod embedding;
mod leaky;
mod lengths;
mod recurrent;
mod samples;
