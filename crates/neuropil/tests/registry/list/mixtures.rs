//! All mixtures of samples.

use super::Member;
use crate::cases::{MixtureCase, mixture};
use neuropil::regularizers::{CutMix, Mixup};

/// All of them, on samples that they take.
pub fn all() -> Vec<Member<MixtureCase>> {
    let (narrow, wide) = (0.2, 3.0);
    vec![
        Member::of::<CutMix>([
            mixture(CutMix::default(), &[1, 28, 28]),
            mixture(CutMix::new(narrow).expect("an α"), &[3, 5, 9]),
            mixture(CutMix::new(wide).expect("an α"), &[2, 3, 4]),
        ]),
        Member::of::<Mixup>([
            mixture(Mixup::default(), &[1, 28, 28]),
            mixture(Mixup::new(narrow).expect("an α"), &[7]),
            mixture(Mixup::new(wide).expect("an α"), &[2, 3]),
        ]),
    ]
}
