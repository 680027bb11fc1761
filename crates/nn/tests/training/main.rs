//! What a trainer promises beyond a step: groups, accumulation, clipping, weights, callbacks, and
//! that a training killed at any moment goes on to the same bits.

mod accumulation;
mod averages;
mod callbacks;
mod clipping;
mod counting;
mod decay;
mod early_stopping;
mod edges;
mod groups;
mod indices;
mod killed;
mod midst;
mod mixing;
mod plateau;
mod range_test;
mod rules;
mod samples;
mod weights;
mod whole;
