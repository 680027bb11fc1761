//! Reducing the rate on a plateau: the rate after each number that is measured.

use crate::closeness::Closeness;
use crate::golden::Family;
use neuropil::optimizers::{Plateau, ReduceOnPlateau};

#[test]
fn plateaus_equal_pytorch() {
    let mut family = Family::open("plateau");
    family.member("ReduceOnPlateau", |case| {
        let reduce = ReduceOnPlateau::new()
            .factor(case.setting("factor").unwrap_or(0.1))?
            .patience(case.setting("patience").unwrap_or(10.0) as u64)
            .cooldown(case.setting("cooldown").unwrap_or(0.0) as u64)
            .threshold(case.setting("threshold").unwrap_or(1e-4))?
            .floor(case.setting("floor").unwrap_or(0.0))?
            .maximize(case.flag("maximize"));
        let reduce = if case.flag("absolute") { reduce.absolute() } else { reduce };
        let rate = case.input::<f64>("rate")?.values[0];
        let mut plateau = Plateau::new();
        let rates: Vec<f64> = case
            .input::<f64>("numbers")?
            .values
            .into_iter()
            .map(|number| {
                reduce.step(number, rate, &mut plateau);
                rate * plateau.scale
            })
            .collect();
        case.compare("rates", &rates, Closeness::VALUES)
    });
    family.end();
}
