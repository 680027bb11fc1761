//! All initializers.

use std::hint::black_box;

use neuropil_initializers::{
    Chrono, ClassPrior, Constant, DeltaOrthogonal, Dirac, Eye, Fan, ForgetBias, Icnr, Initializer,
    KaimingNormal, KaimingUniform, LecunNormal, LecunUniform, Normal, Ones, Orthogonal, Siren,
    Sparse, TruncatedNormal, Uniform, UniformFanIn, VarianceScaling, XavierNormal, XavierUniform,
    Zeros,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{LEN, Member};

pub(super) fn all() -> Vec<Member> {
    vec![
        of(Zeros),
        of(Ones),
        of(Constant(0.5)),
        of(Uniform::new(-1.0, 1.0).expect("bounds in order")),
        of(UniformFanIn),
        of(Normal::new(0.0, 1.0).expect("a mean and a deviation")),
        of(XavierUniform::new()),
        of(XavierNormal::new()),
        of(KaimingUniform::new()),
        of(KaimingNormal::new()),
        of(LecunUniform),
        of(LecunNormal),
        of(VarianceScaling::new(1.0).expect("a scale")),
        of(TruncatedNormal::new(0.0, 1.0).expect("a mean and a deviation")),
        of(Siren::hidden()),
        of(Sparse::new(0.9).expect("a share")),
        of(Eye::new()),
        of(Dirac::new()),
        of(Orthogonal::new()),
        of(DeltaOrthogonal::new()),
        of(Icnr::new(KaimingNormal::new(), 2).expect("a factor")).with("scale 2"),
        of(Chrono::new(100).expect("some steps")),
        of(ForgetBias::default()),
        of(ClassPrior::new(0.01).expect("a probability")),
    ]
}

fn of(initializer: impl Initializer + Clone + 'static) -> Member {
    let (own, mut w, mut random) =
        (initializer.clone(), vec![0.0; LEN], ChaCha8Rng::seed_from_u64(1));
    let fill = move || own.fill(black_box(&mut w), &[64, 64], Fan::matrix(64, 64), &mut random);
    Member::new(&initializer, vec![Some(Box::new(fill))])
}
