//! Ops that draw.

use super::check;
use crate::Failure;
use crate::golden::{Case, Family};
use neuropil::ops::{NoiseOp, Unit, UnitNoiseOp, VariationalDropoutOp};
use neuropil::regularizers::{AlphaDropout, ChannelDropout, Dropout, GaussianNoise};

/// All of them.
pub fn members(family: &mut Family) {
    let rate = |case: &Case| case.setting("rate").ok_or("no rate");
    family.member("NoiseOp", |case| match case.setting("deviation") {
        Some(deviation) => {
            let rule = GaussianNoise::new(deviation)?;
            check(case, || NoiseOp(rule))
        }
        None => {
            let rule = AlphaDropout::new(rate(case)?)?;
            check(case, || NoiseOp(rule))
        }
    });
    family.member("UnitNoiseOp", |case| {
        let rule = ChannelDropout::new(rate(case)?)?;
        let unit = match case.text("unit") {
            Some("channel") => Unit::Channel,
            Some("row") => Unit::Row,
            Some("batch") => Unit::Batch,
            _ => return Err(Failure::from("no such unit")),
        };
        check(case, || UnitNoiseOp::new(rule, unit))
    });
    family.member("VariationalDropoutOp", |case| {
        let rule = Dropout::new(rate(case)?)?;
        check(case, || VariationalDropoutOp(rule))
    });
}
