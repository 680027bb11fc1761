//! Activations with weights or noise, and over any axis.

use super::check;
use crate::Failure;
use crate::golden::{Case, Family};
use neuropil::activations::{Glu, LogSoftmax, Softmax, Softmin};
use neuropil::{GumbelSoftmax, LearnedSnake, LearnedSwish, OverAxis, PRelu, RRelu, Softmax2d};

/// All of them.
pub fn members(family: &mut Family) {
    family.member("GumbelSoftmax", |case| {
        let gumbel = GumbelSoftmax::new().tau(case.setting("tau").ok_or("no tau")?)?;
        check(case, &if case.flag("hard") { gumbel.hard() } else { gumbel })
    });
    family.member("LearnedSnake", |case| check(case, &LearnedSnake::new(channels(case)?)));
    family
        .member("LearnedSwish", |case| check(case, &LearnedSwish::new().channels(channels(case)?)));
    family.member("OverAxis", |case| {
        let axis = case.setting("axis").ok_or("no axis")? as usize;
        match case.text("activation") {
            Some("softmax") => check(case, &OverAxis::new(axis, Softmax)),
            Some("log-softmax") => check(case, &OverAxis::new(axis, LogSoftmax)),
            Some("softmin") => check(case, &OverAxis::new(axis, Softmin)),
            Some("glu") => check(case, &OverAxis::new(axis, Glu)),
            other => Err(format!("no activation {other:?}").into()),
        }
    });
    family.member("PRelu", |case| check(case, &PRelu::new().channels(channels(case)?)));
    family.member("RRelu", |case| match case.setting("lower") {
        None => check(case, &RRelu::new()),
        Some(lower) => {
            let upper = case.setting("upper").ok_or("no upper bound")?;
            check(case, &RRelu::new().bounds(lower, upper)?)
        }
    });
    family.member("Softmax2d", |case| check(case, &Softmax2d));
}

fn channels(case: &Case) -> Result<usize, Failure> {
    Ok(case.setting("channels").ok_or("no channels")? as usize)
}
