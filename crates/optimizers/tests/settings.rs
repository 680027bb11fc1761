//! Settings that can't be are refused, with the optimizer, the setting and the value; those that go
//! without saying are PyTorch's.

use neuropil_optimizers::{
    Adadelta, Adafactor, Adagrad, AdamW, Adamax, Adan, Asgd, Ftrl, Lamb, Lbfgs, Lion, Muon, NAdam,
    Optimizer, OptimizerError, PerceptronRule, RAdam, ReduceOnPlateau, RmsProp, Rprop,
    ScheduleFreeAdamW,
};

fn refused<T: std::fmt::Debug>(setting: Result<T, OptimizerError>, expected: &str) {
    let message = setting.expect_err(expected).to_string();
    assert!(message.starts_with(expected), "{message}, not {expected}");
}

#[test]
fn shares_lie_below_one() {
    for wrong in [-0.1, 1.0, f64::NAN, f64::INFINITY] {
        let says = |name: &str| format!("{name} must be at least 0 and below 1, but is {wrong}");
        refused(AdamW::new().betas(wrong, 0.9), &says("AdamW: beta1"));
        refused(AdamW::new().betas(0.9, wrong), &says("AdamW: beta2"));
        refused(NAdam::new().betas(wrong, 0.9), &says("NAdam: beta1"));
        refused(NAdam::new().betas(0.9, wrong), &says("NAdam: beta2"));
        refused(RAdam::new().betas(wrong, 0.9), &says("RAdam: beta1"));
        refused(RAdam::new().betas(0.9, wrong), &says("RAdam: beta2"));
        refused(Adamax::new().betas(wrong, 0.9), &says("Adamax: beta1"));
        refused(Adamax::new().betas(0.9, wrong), &says("Adamax: beta2"));
        refused(Lion::new().betas(wrong, 0.9), &says("Lion: beta1"));
        refused(Lion::new().betas(0.9, wrong), &says("Lion: beta2"));
        refused(Lamb::new().betas(wrong, 0.9), &says("Lamb: beta1"));
        refused(Lamb::new().betas(0.9, wrong), &says("Lamb: beta2"));
        refused(Adan::new().betas(wrong, 0.9, 0.9), &says("Adan: beta1"));
        refused(Adan::new().betas(0.9, wrong, 0.9), &says("Adan: beta2"));
        refused(Adan::new().betas(0.9, 0.9, wrong), &says("Adan: beta3"));
        refused(ScheduleFreeAdamW::new().betas(0.9, wrong), &says("ScheduleFreeAdamW: beta2"));
        refused(Adadelta::new().rho(wrong), &says("Adadelta: rho"));
        refused(RmsProp::new().alpha(wrong), &says("RmsProp: alpha"));
        refused(RmsProp::new().momentum(wrong), &says("RmsProp: momentum"));
        refused(Muon::new().momentum(wrong), &says("Muon: momentum"));
    }
}

#[test]
fn sizes_are_finite_and_not_negative() {
    for wrong in [-1e-9, f64::NAN, f64::INFINITY] {
        let says =
            |name: &str| format!("{name} must be a finite number of at least 0, but is {wrong}");
        refused(AdamW::new().epsilon(wrong), &says("AdamW: epsilon"));
        refused(AdamW::new().weight_decay(wrong), &says("AdamW: weight_decay"));
        refused(NAdam::new().epsilon(wrong), &says("NAdam: epsilon"));
        refused(NAdam::new().momentum_decay(wrong), &says("NAdam: momentum_decay"));
        refused(NAdam::new().weight_decay(wrong), &says("NAdam: weight_decay"));
        refused(RAdam::new().epsilon(wrong), &says("RAdam: epsilon"));
        refused(RAdam::new().weight_decay(wrong), &says("RAdam: weight_decay"));
        refused(Adamax::new().epsilon(wrong), &says("Adamax: epsilon"));
        refused(Adamax::new().weight_decay(wrong), &says("Adamax: weight_decay"));
        refused(Adagrad::new().rate_decay(wrong), &says("Adagrad: rate_decay"));
        let name = "Adagrad: initial_accumulator";
        refused(Adagrad::new().initial_accumulator(wrong), &says(name));
        refused(Adagrad::new().epsilon(wrong), &says("Adagrad: epsilon"));
        refused(Adagrad::new().weight_decay(wrong), &says("Adagrad: weight_decay"));
        refused(Adadelta::new().epsilon(wrong), &says("Adadelta: epsilon"));
        refused(Adadelta::new().weight_decay(wrong), &says("Adadelta: weight_decay"));
        refused(RmsProp::new().epsilon(wrong), &says("RmsProp: epsilon"));
        refused(RmsProp::new().weight_decay(wrong), &says("RmsProp: weight_decay"));
        refused(Asgd::new().lambda(wrong), &says("Asgd: lambda"));
        refused(Asgd::new().alpha(wrong), &says("Asgd: alpha"));
        refused(Asgd::new().start(wrong), &says("Asgd: start"));
        refused(Asgd::new().weight_decay(wrong), &says("Asgd: weight_decay"));
        refused(Lion::new().weight_decay(wrong), &says("Lion: weight_decay"));
        refused(Lamb::new().epsilon(wrong), &says("Lamb: epsilon"));
        refused(Lamb::new().weight_decay(wrong), &says("Lamb: weight_decay"));
        refused(Adan::new().epsilon(wrong), &says("Adan: epsilon"));
        refused(Adan::new().weight_decay(wrong), &says("Adan: weight_decay"));
        refused(Ftrl::new().initial_accumulator(wrong), &says("Ftrl: initial_accumulator"));
        refused(Ftrl::new().beta(wrong), &says("Ftrl: beta"));
        refused(Ftrl::new().l1(wrong), &says("Ftrl: l1"));
        refused(Ftrl::new().l2(wrong), &says("Ftrl: l2"));
        refused(Adafactor::new().epsilons(wrong, 0.0), &says("Adafactor: epsilon1"));
        refused(Adafactor::new().epsilons(0.0, wrong), &says("Adafactor: epsilon2"));
        refused(Adafactor::new().weight_decay(wrong), &says("Adafactor: weight_decay"));
        refused(Muon::new().epsilon(wrong), &says("Muon: epsilon"));
        refused(Muon::new().weight_decay(wrong), &says("Muon: weight_decay"));
        let free = ScheduleFreeAdamW::new();
        refused(free.epsilon(wrong), &says("ScheduleFreeAdamW: epsilon"));
        refused(free.weight_decay(wrong), &says("ScheduleFreeAdamW: weight_decay"));
        let reduce = ReduceOnPlateau::new();
        refused(reduce.threshold(wrong), &says("ReduceOnPlateau: threshold"));
        refused(reduce.floor(wrong), &says("ReduceOnPlateau: floor"));
    }
}

#[test]
fn other_ranges_are_told() {
    refused(Rprop::new().etas(1.0, 2.0), "Rprop: shrink must be above 0 and below 1, but is 1");
    refused(Rprop::new().etas(0.5, 1.0), "Rprop: grow must be finite and above 1, but is 1");
    refused(Rprop::new().etas(f64::NAN, 2.0), "Rprop: shrink must be");
    refused(Rprop::new().step_sizes(0.0, 1.0), "Rprop: smallest must be finite and above 0");
    refused(Rprop::new().step_sizes(0.5, 0.1), "Rprop: largest must be finite and not below");
    refused(Rprop::new().step_sizes(0.5, f64::INFINITY), "Rprop: largest must be finite");
    refused(Adafactor::new().threshold(0.5), "Adafactor: threshold must be finite and at least 1");
    refused(Adafactor::new().beta2_decay(0.1), "Adafactor: beta2_decay must be finite and at most");
    refused(Muon::new().iterations(100), "Muon: iterations must be below 100, but is 100");
    refused(Muon::new().coefficients([1.0, f64::NAN, 1.0]), "Muon: b must be finite, but is NaN");
    let says = "ScheduleFreeAdamW: beta1 must be above 0 and below 1, but is 0";
    refused(ScheduleFreeAdamW::new().betas(0.0, 0.9), says);
    refused(Lbfgs::new().iterations(0), "Lbfgs: iterations must be at least 1, but is 0");
    refused(Lbfgs::new().evaluations(0), "Lbfgs: evaluations must be at least 1, but is 0");
    refused(Lbfgs::new().history(0), "Lbfgs: history must be at least 1, but is 0");
    refused(Lbfgs::new().rate(0.0), "Lbfgs: rate must be finite and above 0, but is 0");
    refused(Lbfgs::new().tolerances(-1.0, 0.0), "Lbfgs: tolerance_gradient must be finite");
    refused(Lbfgs::new().tolerances(0.0, f64::NAN), "Lbfgs: tolerance_change must be finite");
    refused(PerceptronRule::new().rate(-1.0), "PerceptronRule: rate must be finite and above 0");
    refused(ReduceOnPlateau::new().factor(1.0), "ReduceOnPlateau: factor must be at least 0");
    refused(ReduceOnPlateau::new().factor(f64::NAN), "ReduceOnPlateau: factor must be");
}

#[test]
fn shapes_are_checked_by_who_cares() {
    refused(Muon::new().check_shape(&[4]), "Muon: takes matrices alone, but a tensor has 1 axes");
    refused(Muon::new().check_shape(&[4, 3, 3, 3]), "Muon: takes matrices alone");
    assert_eq!(Muon::new().check_shape(&[4, 3]), Ok(()));
    assert_eq!(AdamW::new().check_shape(&[4]), Ok(()));
    assert_eq!(Adafactor::new().check_shape(&[2, 4, 3, 3]), Ok(()));
}

#[test]
#[should_panic(expected = "Muon: takes matrices alone, but a tensor has 1 axes")]
fn a_step_of_a_shape_that_is_not_taken_panics() {
    let mut slots = [[0.0_f32; 3]; 4];
    let mut state: Vec<&mut [f32]> = slots.iter_mut().map(|slot| &mut slot[..]).collect();
    let at = neuropil_optimizers::Step { rate: 0.1, count: 1, shape: &[3] };
    Muon::new().step(at, &mut [0.0; 3], &[1.0; 3], &mut state);
}

#[test]
fn what_goes_without_saying_is_pytorchs() {
    assert_eq!(AdamW::new().weight_decay(0.01), Ok(AdamW::new()));
    assert_eq!(NAdam::new().momentum_decay(4e-3), Ok(NAdam::new()));
    assert_eq!(Adagrad::new().epsilon(1e-10), Ok(Adagrad::new()));
    assert_eq!(Adadelta::new().rho(0.9).and_then(|a| a.epsilon(1e-6)), Ok(Adadelta::new()));
    assert_eq!(RmsProp::new().alpha(0.99).and_then(|r| r.epsilon(1e-8)), Ok(RmsProp::new()));
    let rprop = Rprop::new().etas(0.5, 1.2).and_then(|r| r.step_sizes(1e-6, 50.0));
    assert_eq!(rprop, Ok(Rprop::new()));
    assert_eq!(AdamW::new().amsgrad().slot_names()[2], "max_exp_avg_sq");
    let rmsprop = RmsProp::new().momentum(0.5).map(RmsProp::centered);
    let names = rmsprop.map(|rmsprop| rmsprop.slot_names());
    assert_eq!(names, Ok(&["square_avg", "momentum_buffer", "grad_avg"][..]));
}
