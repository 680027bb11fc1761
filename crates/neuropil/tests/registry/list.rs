//! The list of all public activations, losses, layers, ops, initializers, regularizers,
//! constraints, averages, mixtures, optimizers and schedules: a file a family, an entry a member. Whoever writes a new one adds its entry,
//! `Member::of::<Name>(cases)`, and every test here tries it; `cargo xtask tidy` finds who forgot.

pub mod activations;
pub mod averages;
pub mod constraints;
pub mod initializers;
pub mod joint_losses;
pub mod layers;
pub mod losses;
pub mod mixtures;
pub mod ops;
pub mod optimizers;
pub mod regularizers;
pub mod schedules;

use crate::cases::Case;
use std::any::type_name;
use std::collections::BTreeSet;

/// A public type, with the settings in which it is tried.
pub struct Member<C> {
    /// The type's full name, without parameters: `neuropil_activations::relu::Relu`.
    pub path: &'static str,
    /// What is tried; at least one.
    pub cases: Vec<C>,
    /// Why there are no golden values, if there are none.
    pub without_golden: Option<&'static str>,
}

impl<C: Case> Member<C> {
    /// The entry of the type `M`.
    fn of<M>(cases: impl IntoIterator<Item = C>) -> Self {
        let (path, cases) = (without_parameters(type_name::<M>()), cases.into_iter().collect());
        Self { path, cases, without_golden: None }
    }

    /// Says why PyTorch has no such thing to take golden values from.
    pub fn without_golden(self, why: &'static str) -> Self {
        Self { without_golden: Some(why), ..self }
    }

    /// The type's own name.
    pub fn name(&self) -> &'static str {
        self.path.rsplit("::").next().unwrap_or(self.path)
    }
}

fn without_parameters(type_name: &'static str) -> &'static str {
    type_name.split('<').next().unwrap_or(type_name)
}

/// What is known of a member of any family.
pub struct Title {
    /// The family, as its file of the list is called.
    pub family: &'static str,
    /// See [`Member::path`].
    pub path: &'static str,
    /// The type's own name.
    pub name: &'static str,
    /// See [`Member::without_golden`].
    pub without_golden: Option<&'static str>,
}

/// All members of all families.
pub fn titles() -> Vec<Title> {
    fn of<C: Case>(family: &'static str, members: Vec<Member<C>>) -> Vec<Title> {
        assert!(!members.is_empty(), "{family} has no members");
        let title = |member: Member<C>| {
            let Member { path, without_golden, .. } = member;
            let name = member.name();
            assert!(!member.cases.is_empty(), "{path} is tried in no case");
            for case in &member.cases {
                assert_eq!(without_parameters(case.type_name()), path, "a case of another type");
            }
            Title { family, path, name, without_golden }
        };
        members.into_iter().map(title).collect()
    }
    [
        of("activations", activations::all()),
        of("losses", losses::all()),
        of("joint_losses", joint_losses::all()),
        of("layers", layers::all()),
        of("ops", ops::all()),
        of("initializers", initializers::all()),
        of("regularizers", regularizers::all()),
        of("constraints", constraints::all()),
        of("averages", averages::all()),
        of("mixtures", mixtures::all()),
        of("optimizers", optimizers::all()),
        of("schedules", schedules::all()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn nobody_is_listed_twice_and_every_case_is_of_its_member() {
    let titles = titles();
    let paths: BTreeSet<&str> = titles.iter().map(|title| title.path).collect();
    assert_eq!(paths.len(), titles.len(), "a type is listed twice");
}
