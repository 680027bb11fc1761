//! All initializers, with the laws that they draw from.

mod drawn;

use super::Member;
use crate::cases::{InitializerCase, initializer};
use crate::law::Law;
use neuropil::initializers::{
    Chrono, ClassPrior, Constant, DeltaOrthogonal, Dirac, Eye, FanMode, ForgetBias, Icnr,
    KaimingNormal, KaimingUniform, LecunNormal, LecunUniform, Nonlinearity, Normal, Ones,
    Orthogonal, Siren, Sparse, TruncatedNormal, Uniform, UniformFanIn, VarianceScaling,
    XavierNormal, XavierUniform, Zeros,
};

const SQRT_3: f64 = 1.732_050_807_568_877_2;

/// All of them.
pub fn all() -> Vec<Member<InitializerCase>> {
    let tanh = Nonlinearity::Tanh;
    let of = |nonlinearity: Nonlinearity| {
        (
            KaimingUniform::new().nonlinearity(nonlinearity).expect("a gain"),
            KaimingNormal::new().nonlinearity(nonlinearity).expect("a gain"),
        )
    };
    let (selu_uniform, selu_normal) = of(Nonlinearity::Selu);
    let truncated = |mean, std, low, high| {
        let init = TruncatedNormal::new(mean, std).expect("a spread");
        init.bounds(low, high).expect("bounds")
    };
    let scaling = |scale| VarianceScaling::new(scale).expect("a scale");
    vec![
        Member::of::<Chrono>([initializer(Chrono::new(100).expect("a length"), |_, _| {
            Law::Uniform { low: 1.0, high: 99.0 }
        })
        .drawn(drawn::lengths_of_memory)]),
        Member::of::<ClassPrior>([initializer(
            ClassPrior::new(0.25).expect("a probability"),
            |_, _| Law::Constant(-(3.0_f64.ln())),
        )]),
        Member::of::<Constant>([initializer(Constant(0.1), |_, _| Law::Constant(0.1))]),
        Member::of::<DeltaOrthogonal>([
            initializer(DeltaOrthogonal::new(), |i, o| Law::centered(1.0 / i.max(o).sqrt()))
                .of_shape(),
            initializer(DeltaOrthogonal::new().gain(-0.5).expect("a gain"), |i, o| {
                Law::centered(0.5 / i.max(o).sqrt())
            })
            .of_shape(),
        ]),
        Member::of::<Dirac>([
            initializer(Dirac::new(), |_, _| Law::Constant(0.0)).drawn(drawn::ones_on_the_diagonal),
            initializer(Dirac::new().groups(2).expect("groups"), |_, _| Law::Constant(0.0))
                .drawn(drawn::two_groups),
        ]),
        Member::of::<Eye>([
            initializer(Eye::new(), |_, _| Law::Constant(0.0)).drawn(drawn::ones_on_the_diagonal),
            initializer(Eye::new().gain(0.5).expect("a gain"), |_, _| Law::Constant(0.0))
                .drawn(drawn::halves_on_the_diagonal),
        ]),
        Member::of::<ForgetBias>([initializer(ForgetBias::new(3.0).expect("a value"), |_, _| {
            Law::Constant(0.0)
        })
        .drawn(drawn::three_in_the_second_gate)]),
        Member::of::<Icnr>([
            initializer(Icnr::new(KaimingNormal::new(), 2).expect("a scale"), |i, _| {
                Law::centered((2.0 / i).sqrt())
            })
            .drawn(drawn::in_fours),
            initializer(Icnr::new(XavierUniform::new(), 2).expect("a scale"), |i, o| {
                Law::symmetric((6.0 / (i + (o / 4.0).floor())).sqrt())
            })
            .drawn(drawn::in_fours),
        ]),
        Member::of::<KaimingNormal>([
            initializer(KaimingNormal::new().fan(FanMode::Average), |i, o| {
                Law::centered((4.0 / (i + o)).sqrt())
            }),
            initializer(KaimingNormal::new(), |i, _| Law::centered((2.0 / i).sqrt())),
            initializer(KaimingNormal::new().fan(FanMode::Output), |_, o| {
                Law::centered((2.0 / o).sqrt())
            }),
            initializer(selu_normal, |i, _| Law::centered(0.75 / i.sqrt())),
        ]),
        Member::of::<KaimingUniform>([
            initializer(KaimingUniform::new(), |i, _| Law::symmetric((6.0 / i).sqrt())),
            initializer(KaimingUniform::new().fan(FanMode::Output), |_, o| {
                Law::symmetric((6.0 / o).sqrt())
            }),
            initializer(selu_uniform, |i, _| Law::symmetric(SQRT_3 * 0.75 / i.sqrt())),
            initializer(KaimingUniform::new().gain(0.5).expect("a gain"), |i, _| {
                Law::symmetric(SQRT_3 * 0.5 / i.sqrt())
            }),
            initializer(KaimingUniform::pytorch_linear(), |i, _| Law::symmetric(1.0 / i.sqrt())),
        ]),
        Member::of::<LecunNormal>([initializer(LecunNormal, |i, _| Law::centered(1.0 / i.sqrt()))]),
        Member::of::<LecunUniform>([initializer(LecunUniform, |i, _| {
            Law::symmetric((3.0 / i).sqrt())
        })]),
        Member::of::<Normal>([
            initializer(Normal::default(), |_, _| Law::centered(1.0)),
            initializer(Normal::new(-2.0, 0.3).expect("a spread"), |_, _| Law::Normal {
                mean: -2.0,
                std: 0.3,
            }),
        ]),
        Member::of::<Siren>([
            initializer(Siren::first(), |i, _| Law::symmetric(1.0 / i)),
            initializer(Siren::hidden(), |i, _| Law::symmetric((6.0 / i).sqrt() / 30.0)),
            initializer(Siren::hidden().omega(2.5).expect("a frequency"), |i, _| {
                Law::symmetric((6.0 / i).sqrt() / 2.5)
            }),
        ]),
        Member::of::<Sparse>([
            initializer(Sparse::new(0.5).expect("a share"), |_, _| Law::centered(0.01))
                .drawn(drawn::half_sparse),
            initializer(
                Sparse::new(0.5).and_then(|init| init.std(2.0)).expect("a share"),
                |_, _| Law::centered(2.0),
            )
            .drawn(drawn::half_sparse),
        ]),
        // Both tails near the middle; a wide, a narrow and a half interval; a wide and a narrow tail.
        Member::of::<TruncatedNormal>([
            initializer(TruncatedNormal::default(), |_, _| Law::Truncated {
                mean: 0.0,
                std: 1.0,
                low: -2.0,
                high: 2.0,
            }),
            initializer(truncated(0.3, 0.5, -1.5, 0.75), |_, _| Law::Truncated {
                mean: 0.3,
                std: 0.5,
                low: -1.5,
                high: 0.75,
            }),
            initializer(truncated(0.3, 2.0, -1.0, 1.5), |_, _| Law::Truncated {
                mean: 0.3,
                std: 2.0,
                low: -1.0,
                high: 1.5,
            }),
            initializer(truncated(0.0, 1.0, 0.0, f64::INFINITY), |_, _| Law::Truncated {
                mean: 0.0,
                std: 1.0,
                low: 0.0,
                high: f64::INFINITY,
            }),
            initializer(truncated(-1.0, 0.5, 0.5, 2.0), |_, _| Law::Truncated {
                mean: -1.0,
                std: 0.5,
                low: 0.5,
                high: 2.0,
            }),
            initializer(truncated(0.0, 1.0, f64::NEG_INFINITY, -4.0), |_, _| Law::Truncated {
                mean: 0.0,
                std: 1.0,
                low: f64::NEG_INFINITY,
                high: -4.0,
            }),
            initializer(truncated(3.0, 1.0, 0.5, 0.75), |_, _| Law::Truncated {
                mean: 3.0,
                std: 1.0,
                low: 0.5,
                high: 0.75,
            }),
        ]),
        Member::of::<Ones>([initializer(Ones, |_, _| Law::Constant(1.0))]),
        // A coordinate on the sphere of so many dimensions is all but a Gaussian.
        Member::of::<Orthogonal>([
            initializer(Orthogonal::new(), |i, o| Law::centered(1.0 / i.max(o).sqrt())).of_shape(),
            initializer(Orthogonal::new().gain(-0.5).expect("a gain"), |i, o| {
                Law::centered(0.5 / i.max(o).sqrt())
            })
            .of_shape(),
        ]),
        Member::of::<Uniform>([
            initializer(Uniform::default(), |_, _| Law::Uniform { low: 0.0, high: 1.0 }),
            initializer(Uniform::new(-0.3, 1.7).expect("a range"), |_, _| Law::Uniform {
                low: -0.3,
                high: 1.7,
            }),
        ]),
        Member::of::<UniformFanIn>([initializer(UniformFanIn, |i, _| {
            Law::symmetric(1.0 / i.sqrt())
        })]),
        Member::of::<VarianceScaling>([
            initializer(VarianceScaling::default(), |i, _| cut(1.0 / i.sqrt())),
            initializer(scaling(2.0).fan(FanMode::Average), |i, o| cut((4.0 / (i + o)).sqrt())),
            initializer(scaling(3.0).fan(FanMode::Output).normal(), |_, o| {
                Law::centered((3.0 / o).sqrt())
            }),
            initializer(scaling(0.5).uniform(), |i, _| Law::symmetric((1.5 / i).sqrt())),
        ]),
        Member::of::<XavierNormal>([
            initializer(XavierNormal::new(), |i, o| Law::centered((2.0 / (i + o)).sqrt())),
            initializer(XavierNormal::new().nonlinearity(tanh).expect("a gain"), |i, o| {
                Law::centered(5.0 / 3.0 * (2.0 / (i + o)).sqrt())
            }),
            initializer(XavierNormal::new().gain(0.25).expect("a gain"), |i, o| {
                Law::centered((2.0 / (i + o)).sqrt() / 4.0)
            }),
        ]),
        Member::of::<XavierUniform>([
            initializer(XavierUniform::new(), |i, o| Law::symmetric((6.0 / (i + o)).sqrt())),
            initializer(XavierUniform::new().nonlinearity(tanh).expect("a gain"), |i, o| {
                Law::symmetric(5.0 / 3.0 * (6.0 / (i + o)).sqrt())
            }),
            initializer(XavierUniform::new().gain(0.25).expect("a gain"), |i, o| {
                Law::symmetric((6.0 / (i + o)).sqrt() / 4.0)
            }),
        ]),
        Member::of::<Zeros>([initializer(Zeros, |_, _| Law::Constant(0.0))]),
    ]
}

/// A Gaussian cut at two of its standard deviations, which leaves it with this one.
fn cut(std: f64) -> Law {
    let std = std / 0.879_625_661_034_239_8;
    Law::Truncated { mean: 0.0, std, low: -2.0 * std, high: 2.0 * std }
}
