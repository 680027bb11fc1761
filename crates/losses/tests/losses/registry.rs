//! The list of all losses: every test that holds for all walks it.

use neuropil_losses::Loss;
use std::collections::BTreeSet;
use std::path::Path;

/// `for_each_loss!(|loss| ..)` does something with each loss of the crate, and with one from
/// outside, in each of their reductions.
macro_rules! for_each_loss {
    (|$loss:ident| $body:expr) => {
        for_each_loss! { |$loss| $body;
            neuropil_losses::CrossEntropy::new(),
            neuropil_losses::CrossEntropy::new().sum(),
            neuropil_losses::MeanSquaredError::new(),
            neuropil_losses::MeanSquaredError::new().sum(),
            crate::outside::Quartic::new(),
            crate::outside::Quartic::new().sum(),
        }
    };
    (|$loss:ident| $body:expr; $($member:expr,)*) => {{$(
        {
            let $loss = &$member;
            $body;
        }
    )*}};
}
pub(crate) use for_each_loss;

/// Looks through the sources for the types that the trait is implemented for.
#[test]
fn the_list_is_complete() {
    let mut implemented = BTreeSet::from(["Quartic".to_string()]);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in std::fs::read_dir(sources).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            let text = std::fs::read_to_string(file.path()).unwrap();
            for line in text.lines() {
                if let Some(rest) = line.strip_prefix("impl Loss for ") {
                    implemented.insert(rest.trim_end_matches(" {").to_string());
                }
            }
        }
    }
    let mut listed = BTreeSet::new();
    for_each_loss!(|loss| listed.insert(loss.name()));
    assert_eq!(implemented, listed);
}
