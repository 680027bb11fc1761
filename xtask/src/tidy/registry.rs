//! The registry of `crates/neuropil/tests/registry` lists every public activation, loss, layer, op,
//! initializer, regularizer, optimizer and schedule, and nothing else: what is not listed is not
//! tested as all are.

use std::collections::BTreeSet;

use super::{
    Finding, Tree,
    tokens::{Token, closing, tokens},
    tree::File,
};

/// The folder of the list: a file a family, perhaps with a folder of its name beside it, an entry
/// `Member::of::<Name>(..)` a member.
const LIST: &str = "crates/neuropil/tests/registry/list/";

/// Families by the traits that make a public type a member of them.
const TRAITS: &[(&str, &str)] = &[
    ("Elementwise", "activations"),
    ("Activation", "activations"),
    ("ElementwiseLoss", "losses"),
    ("Loss", "losses"),
    ("JointLoss", "joint_losses"),
    ("Module", "layers"),
    ("Op", "ops"),
    ("Initializer", "initializers"),
    ("Regularizer", "regularizers"),
    ("Constraint", "constraints"),
    ("Average", "averages"),
    ("Mixture", "mixtures"),
    ("Optimizer", "optimizers"),
    ("Schedule", "schedules"),
];

/// Folders in which every public type is a member, unless the traits that it implements make it one
/// of another family.
const FOLDERS: &[(&str, &str)] = &[
    ("crates/losses/src/joint/", "joint_losses"),
    ("crates/nn/src/layers/", "layers"),
    ("crates/nn/src/ops/", "ops"),
    ("crates/regularizers/src/", "regularizers"),
];

/// Public types in these folders that are no members, but what members take or give.
const NO_MEMBERS: &[&str] = &[
    "CosineDistance",
    "CtcBatch",
    "CtcLabels",
    "Gives",
    "GruKind",
    "HiddenStates",
    "LpDistance",
    "LstmKind",
    "Mix",
    "Response",
    "RnnKind",
    "Unit",
    "Units",
];

/// A type and where it stands.
struct Place<'a> {
    family: &'static str,
    name: &'a str,
    file: &'a File,
    line: usize,
}

/// The list and the sources name the same types.
pub(super) fn members_are_listed(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |file: &File, line, message| {
        findings.push(Finding { path: file.path.clone(), line, message });
    };
    let listed = listed(tree);
    let mut seen = BTreeSet::new();
    for Place { family, name, file, line } in &listed {
        if !seen.insert((*family, *name)) {
            find(file, *line, format!("`{name}` is listed twice; give one entry all its cases"));
        }
    }

    let mut members = BTreeSet::new();
    for place in members_of(tree) {
        let Place { family, name, file, line } = place;
        if name == "$" {
            let message = format!(
                "a macro makes members of `{family}`, whose names cannot be read here; write the \
                 impl out"
            );
            find(file, line, message);
        } else if members.insert((family, name)) && !seen.contains(&(family, name)) {
            let message = format!(
                "`{name}` is not in the registry; add `Member::of::<{name}>(..)` to \
                 {LIST}{family}.rs"
            );
            find(file, line, message);
        }
    }
    for Place { family, name, file, line } in &listed {
        if !members.contains(&(*family, *name)) {
            find(file, *line, format!("`{name}` is no public member of `{family}`; take it out"));
        }
    }
    findings
}

/// The entries of the list.
fn listed(tree: &Tree) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    for file in tree.rust() {
        let family = TRAITS.iter().map(|(_, family)| *family).find(|family| {
            let rest = file.path.strip_prefix(LIST).and_then(|path| path.strip_prefix(family));
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        });
        let Some(family) = family else { continue };
        let tokens = tokens(&file.text);
        for at in 0..tokens.len() {
            let begins = ["Member", ":", ":", "of", ":", ":", "<"];
            if begins.iter().enumerate().all(|(i, text)| text_at(&tokens, at + i) == *text) {
                let (name, _) = type_name(&tokens, at + begins.len());
                places.push(Place { family, name, file, line: tokens[at].line });
            }
        }
    }
    places
}

/// The public types of the libraries that belong to a family. A macro's is called `$`.
fn members_of(tree: &Tree) -> Vec<Place<'_>> {
    let mut declared = Vec::new();
    let mut implemented = Vec::new();
    for file in tree.rust() {
        let inside = file.path.strip_prefix("crates/").and_then(|path| path.split_once('/'));
        let Some((package, _)) = inside.filter(|(_, path)| path.starts_with("src/")) else {
            continue;
        };
        let tokens = tokens(&file.text);
        let mut at = 0;
        while at < tokens.len() {
            match tokens[at].text {
                "#" if is_test_module(&tokens, at) => {
                    while text_at(&tokens, at) != "{" && at < tokens.len() {
                        at += 1;
                    }
                    at = closing(&tokens, at);
                }
                "struct" | "enum" if at > 0 && tokens[at - 1].text == "pub" => {
                    let (name, line) = (text_at(&tokens, at + 1), tokens[at].line);
                    declared.push((package, name, file, line));
                }
                "impl" => {
                    if let Some((family, name)) = implementation(&tokens, at) {
                        implemented.push((package, family, name, file, tokens[at].line));
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    let mut members = Vec::new();
    for &(package, name, file, line) in &declared {
        let folder = FOLDERS.iter().find(|(folder, _)| file.path.starts_with(folder));
        // Errors are public enums, and no rules.
        let is_member = !name.ends_with("Error") && !NO_MEMBERS.contains(&name);
        // A type of a trait belongs to the families of its traits.
        let has_family = implemented.iter().any(|it| it.0 == package && it.2 == name);
        let is_member = is_member && !has_family;
        if let Some(&(_, family)) = folder.filter(|_| is_member) {
            members.push(Place { family, name, file, line });
        }
    }
    for (package, family, name, file, line) in implemented {
        if name == "$" {
            members.push(Place { family, name, file, line });
        }
        let public = declared.iter().find(|it| it.0 == package && it.1 == name);
        if let Some(&(_, _, file, line)) = public {
            members.push(Place { family, name, file, line });
        }
    }
    members
}

/// Whether `#[cfg(test)]` stands here, before a module.
fn is_test_module(tokens: &[Token<'_>], at: usize) -> bool {
    let words = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    words.iter().enumerate().all(|(i, word)| text_at(tokens, at + i) == *word)
}

/// The family and the type of the `impl` here, if it is of one of [`TRAITS`].
fn implementation<'a>(tokens: &[Token<'a>], at: usize) -> Option<(&'static str, &'a str)> {
    let mut at = at + 1;
    if text_at(tokens, at) == "<" {
        at = behind_angles(tokens, at);
    }
    let (name, behind) = type_name(tokens, at);
    let (_, family) = TRAITS.iter().find(|(of, _)| *of == name)?;
    at = behind;
    if text_at(tokens, at) == "<" {
        at = behind_angles(tokens, at);
    }
    (text_at(tokens, at) == "for").then(|| (*family, type_name(tokens, at + 1).0))
}

/// The last word of the path at a place, and the place behind it: `Name` of `a::b::Name<T>`.
fn type_name<'a>(tokens: &[Token<'a>], mut at: usize) -> (&'a str, usize) {
    while text_at(tokens, at + 1) == ":" && text_at(tokens, at + 2) == ":" {
        at += 3;
    }
    (text_at(tokens, at), at + 1)
}

/// The place behind the `>` that closes the `<` at a place; the `>` of an arrow closes nothing.
fn behind_angles(tokens: &[Token<'_>], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < tokens.len() {
        match tokens[at].text {
            "<" => depth += 1,
            ">" if tokens[at - 1].text != "-" => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The text at a place, `""` behind the end.
fn text_at<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.text)
}

#[cfg(test)]
mod tests {
    use super::members_are_listed;
    use crate::tidy::places;

    const RELU: &str = "#[derive(Debug)]\npub struct Relu;\n\nimpl Elementwise for Relu {}\n";

    /// Where something is found in these sources beside a list of activations.
    fn found(list: &str, sources: &[(&str, &str)]) -> Vec<String> {
        let list = ("crates/neuropil/tests/registry/list/activations.rs", list);
        places(members_are_listed, &[&[list], sources].concat())
    }

    #[test]
    fn a_member_that_is_not_listed_is_found_where_it_is_declared() {
        let relu = ("crates/activations/src/relu.rs", RELU);
        assert_eq!(found("", &[relu]), ["crates/activations/src/relu.rs:2"]);
        assert_eq!(found("Member::of::<Relu>([elementwise(Relu)])", &[relu]), [""; 0]);
        assert_eq!(found("Member::of::<activations::Relu>([])", &[relu]), [""; 0]);
        assert_eq!(found("// Member::of::<Relu>([])", &[relu]).len(), 1);
    }

    #[test]
    fn an_entry_of_nothing_and_one_too_many_are_found() {
        let relu = ("crates/activations/src/relu.rs", RELU);
        let list = "vec![\n    Member::of::<Relu>([]),\n    Member::of::<Relu>([]),\n    Member::of::<Gelu>([]),\n]";
        let path = "crates/neuropil/tests/registry/list/activations.rs";
        assert_eq!(found(list, &[relu]), [format!("{path}:3"), format!("{path}:4")]);
    }

    #[test]
    fn entries_may_stand_in_a_folder_of_the_family() {
        let relu = ("crates/activations/src/relu.rs", RELU);
        for (file, listed) in [("activations/relu", true), ("activations_of_old", false)] {
            let path = format!("crates/neuropil/tests/registry/list/{file}.rs");
            let entry = (path.as_str(), "Member::of::<Relu>([])");
            assert_eq!(found("", &[relu, entry]).is_empty(), listed, "{file}");
        }
    }

    #[test]
    fn what_is_private_or_a_test_or_no_library_is_no_member() {
        let private = "struct Relu;\nimpl Elementwise for Relu {}\n";
        let within = "pub(crate) struct Relu;\nimpl Elementwise for Relu {}\n";
        let tested = "#[cfg(test)]\nmod tests {\n    pub struct Relu;\n    impl Elementwise for Relu {}\n}\n";
        let blanket = "pub struct Other;\nimpl<E: Elementwise> Activation for E {}\n";
        for source in [private, within, tested, blanket] {
            assert_eq!(found("", &[("crates/activations/src/relu.rs", source)]), [""; 0]);
        }
        for path in ["crates/activations/tests/relu.rs", "examples/relu.rs"] {
            assert_eq!(found("", &[(path, RELU)]), [""; 0]);
        }
    }

    #[test]
    fn parameters_and_paths_are_read_past() {
        for implementation in [
            "impl<T: Float, A: Activation> Op<T> for Activate<A> {}",
            "impl<F: Fn(u8) -> Vec<u8>> crate::op::Op<f32> for self::Activate<F> {}",
            "impl Schedule for Activate {}",
        ] {
            let source = format!("{implementation}\npub struct Activate<A>(A);\n");
            assert_eq!(found("", &[("crates/x/src/a.rs", &source)]), ["crates/x/src/a.rs:2"]);
        }
    }

    #[test]
    fn a_type_may_be_declared_and_implemented_in_two_files_of_a_crate() {
        let (declared, implemented) = ("pub struct Lamb;\n", "impl Optimizer for Lamb {}\n");
        let of =
            |other: &str| found("", &[("crates/x/src/lamb.rs", declared), (other, implemented)]);
        assert_eq!(of("crates/x/src/lamb/rule.rs"), ["crates/x/src/lamb.rs:1"]);
        assert_eq!(of("crates/y/src/lamb.rs"), [""; 0]);
    }

    #[test]
    fn every_type_of_a_familys_folder_is_a_member() {
        let source = "pub struct A;\npub enum B {}\npub enum SomeError {}\nstruct C;\npub struct HiddenStates;\n";
        for (folder, members) in [
            ("losses/src/joint", 2),
            ("nn/src/layers", 2),
            ("nn/src/ops", 2),
            ("regularizers/src", 2),
            ("nn/src", 0),
        ] {
            let path = format!("crates/{folder}/a.rs");
            assert_eq!(found("", &[(&path, source)]).len(), members, "{folder}");
        }
    }

    #[test]
    fn a_trait_takes_a_type_out_of_its_folders_family() {
        let source = "pub struct MaxNorm;\nimpl Constraint for MaxNorm {}\npub struct Dropout;\n";
        let path = "crates/regularizers/src/max_norm.rs";
        let lists = [
            ("crates/neuropil/tests/registry/list/constraints.rs", "Member::of::<MaxNorm>([])"),
            ("crates/neuropil/tests/registry/list/regularizers.rs", "Member::of::<Dropout>([])"),
        ];
        assert_eq!(found("", &[lists[0], lists[1], (path, source)]), [""; 0]);
        assert_eq!(found("", &[lists[1], (path, source)]), [format!("{path}:1")]);
    }

    #[test]
    fn one_name_may_be_in_two_families() {
        let constant = "pub struct Constant;\nimpl Schedule for Constant {}\nimpl Elementwise for Constant {}\n";
        let list = "Member::of::<Constant>([])";
        assert_eq!(found(list, &[("crates/x/src/a.rs", constant)]), ["crates/x/src/a.rs:1"]);
    }

    #[test]
    fn members_that_a_macro_makes_are_found() {
        let source = "macro_rules! all {\n    ($name:ident) => {\n        impl Elementwise for $name {}\n    };\n}\n";
        assert_eq!(found("", &[("crates/x/src/a.rs", source)]), ["crates/x/src/a.rs:3"]);
    }
}
