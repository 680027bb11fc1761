//! All initializers, with the laws that they draw from.

use super::Member;
use crate::cases::{InitializerCase, initializer};
use crate::law::Law;
use neuropil::initializers::{
    Constant, FanMode, KaimingNormal, KaimingUniform, Nonlinearity, Normal, Ones, Orthogonal,
    Uniform, UniformFanIn, XavierNormal, XavierUniform, Zeros,
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
    vec![
        Member::of::<Constant>([initializer(Constant(0.1), |_, _| Law::Constant(0.1))]),
        Member::of::<KaimingNormal>([
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
        Member::of::<Normal>([initializer(Normal::new(-2.0, 0.3).expect("a spread"), |_, _| {
            Law::Normal { mean: -2.0, std: 0.3 }
        })]),
        Member::of::<Ones>([initializer(Ones, |_, _| Law::Constant(1.0))]),
        // A coordinate on the sphere of so many dimensions is all but a Gaussian.
        Member::of::<Orthogonal>([
            initializer(Orthogonal::new(), |i, o| Law::centered(1.0 / i.max(o).sqrt())).of_shape(),
            initializer(Orthogonal::new().gain(-0.5).expect("a gain"), |i, o| {
                Law::centered(0.5 / i.max(o).sqrt())
            })
            .of_shape(),
        ]),
        Member::of::<Uniform>([initializer(Uniform::new(-0.3, 1.7).expect("a range"), |_, _| {
            Law::Uniform { low: -0.3, high: 1.7 }
        })]),
        Member::of::<UniformFanIn>([initializer(UniformFanIn, |i, _| {
            Law::symmetric(1.0 / i.sqrt())
        })]),
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
