//! Recurrent layers as ops, and vectors in parts.

use super::check;
use crate::Failure;
use crate::golden::{Case, Family};
use neuropil::ops::{ConcatOp, PartOp, RecurrentOp};
use neuropil::tensor::recurrent::{Cell, Recurrent, Reset, Squash};

/// All of them.
pub fn members(family: &mut Family) {
    family.member("ConcatOp", |case| check(case, || ConcatOp));
    family.member("PartOp", |case| {
        let part = PartOp { first: size(case, "first")?, len: size(case, "len")? };
        check(case, || part)
    });
    family.member("RecurrentOp", |case| {
        let op = recurrent(case)?;
        check(case, || op)
    });
}

fn size(case: &Case, key: &str) -> Result<usize, Failure> {
    Ok(case.setting(key).ok_or_else(|| format!("no {key}"))? as usize)
}

fn recurrent(case: &Case) -> Result<RecurrentOp, Failure> {
    let cell = match case.text("cell") {
        Some("rnn_tanh") => Cell::Rnn(Squash::Tanh),
        Some("rnn_relu") => Cell::Rnn(Squash::Relu),
        Some("gru") => Cell::Gru(Reset::After),
        Some("lstm") => {
            Cell::Lstm { projection: case.setting("projection").map(|state| state as usize) }
        }
        other => return Err(format!("no cell {other:?}").into()),
    };
    let layer = Recurrent {
        cell,
        steps: size(case, "steps")?,
        inputs: size(case, "inputs")?,
        hidden: size(case, "hidden")?,
        reverse: false,
    };
    let (bidirectional, bias) = (case.flag("bidirectional"), !case.flag("without bias"));
    Ok(RecurrentOp { bidirectional, bias, ..RecurrentOp::new(layer) })
}
