//! The list of all activations: every test that holds for all walks it.

use neuropil_activations::Activation;
use std::collections::BTreeSet;
use std::path::Path;

/// `for_each_activation!(|a| ..)` does something with each activation of the crate, and with one
/// from outside.
macro_rules! for_each_activation {
    (|$activation:ident| $body:expr) => {
        for_each_activation! { |$activation| $body;
            neuropil_activations::Glu,
            neuropil_activations::Identity,
            neuropil_activations::Relu,
            neuropil_activations::Sigmoid,
            neuropil_activations::Softmax,
            neuropil_activations::Step,
            neuropil_activations::Tanh,
            crate::outside::BentIdentity,
        }
    };
    (|$activation:ident| $body:expr; $($member:expr,)*) => {{$(
        {
            let $activation = &$member;
            $body;
        }
    )*}};
}
pub(crate) use for_each_activation;

/// Looks through the sources for the types that the traits are implemented for.
#[test]
fn the_list_is_complete() {
    let mut implemented = BTreeSet::from(["BentIdentity".to_string()]);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in std::fs::read_dir(sources).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            for start in ["impl Elementwise for ", "impl Activation for "] {
                if let Some(rest) = line.strip_prefix(start) {
                    implemented.insert(rest.trim_end_matches(" {").to_string());
                }
            }
        }
    }
    let mut listed = BTreeSet::new();
    for_each_activation!(|a| assert!(listed.insert(a.name()), "{} is listed twice", a.name()));
    assert_eq!(implemented, listed);
}
