//! Everything that is generic over a vector is inlined into the function that enables the vector's
//! instructions; what is not is compiled without them and runs ten to sixty times slower.

use super::{
    Finding, Tree,
    tokens::{Token, closing, tokens},
};

/// The trait of vectors.
const LANES: &str = "Lanes";

/// Every function with a body that is generic over `Lanes`, by itself or by its `impl` or `trait`,
/// has `#[inline(always)]`, or is the entry to a level and has `#[target_feature(..)]`.
pub(super) fn lanes_are_inlined(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (line, name) in not_inlined(&tokens(&file.text)) {
            findings.push(Finding {
                path: file.path.clone(),
                line,
                message: format!(
                    "`fn {name}` is generic over `{LANES}` and may be compiled without the level's \
                     instructions; add `#[inline(always)]`"
                ),
            });
        }
    }
    findings
}

/// The line and the name of each function that breaks the rule.
fn not_inlined<'a>(tokens: &[Token<'a>]) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    // For each open brace, whether it is the body of an `impl` or `trait` over vectors.
    let mut scopes: Vec<bool> = Vec::new();
    // Whether the attributes read since the last item put the function where its instructions are.
    let mut placed = false;
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text {
            "#" => {
                let open = at + 1 + usize::from(text(tokens, at + 1) == "!");
                if text(tokens, open) == "[" {
                    let close = closing(tokens, open);
                    placed |= places_code(&tokens[open + 1..close]);
                    at = close;
                }
            }
            "fn" if text(tokens, at + 1) != "(" => {
                let end = header_end(tokens, at);
                let generic =
                    mentions_lanes(&tokens[at..end]) || scopes.last().copied().unwrap_or_default();
                let has_body = text(tokens, end) == "{";
                if generic && has_body && !placed {
                    found.push((tokens[at].line, text(tokens, at + 1)));
                }
                if has_body {
                    scopes.push(false);
                }
                placed = false;
                at = end;
            }
            "impl" | "trait" => {
                let end = header_end(tokens, at);
                if text(tokens, end) == "{" {
                    scopes.push(mentions_lanes(&tokens[at..end]));
                }
                placed = false;
                at = end;
            }
            "{" => {
                scopes.push(false);
                placed = false;
            }
            "}" => {
                scopes.pop();
                placed = false;
            }
            ";" => placed = false,
            _ => {}
        }
        at += 1;
    }
    found
}

/// The text at a place, `""` behind the end.
fn text<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.text)
}

/// The place of the `{` or `;` that ends an item's header.
fn header_end(tokens: &[Token<'_>], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() {
        match tokens[at].text {
            "(" | "[" => at = closing(tokens, at),
            "{" | ";" => return at,
            _ => {}
        }
        at += 1;
    }
    tokens.len()
}

fn mentions_lanes(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|token| token.text == LANES)
}

/// Whether an attribute, without its brackets, is `inline(always)` or `target_feature(..)`.
fn places_code(attribute: &[Token<'_>]) -> bool {
    let words: Vec<_> = attribute.iter().map(|token| token.text).collect();
    words == ["inline", "(", "always", ")"] || words.first() == Some(&"target_feature")
}

#[cfg(test)]
mod tests {
    use super::lanes_are_inlined;
    use crate::tidy::places;

    /// The lines at which the rule finds something.
    fn lines(source: &str) -> Vec<usize> {
        places(lanes_are_inlined, &[("crates/simd/src/a.rs", source)])
            .iter()
            .map(|place| place.rsplit(':').next().unwrap().parse().unwrap())
            .collect()
    }

    #[test]
    fn a_function_generic_over_lanes_is_found() {
        assert_eq!(lines("fn f<T: Float, V: Lanes<T>>(x: V) -> V { x }"), [1]);
        assert_eq!(lines("#[inline]\nfn f<V: Lanes<f32>>(x: V) -> V { x }"), [2]);
    }

    #[test]
    fn a_bound_behind_where_or_in_an_argument_is_found() {
        assert_eq!(lines("pub fn f<V>(x: V)\nwhere\n    V: crate::Lanes<f32>,\n{}"), [1]);
        assert_eq!(lines("pub(crate) fn f(x: impl Lanes<f32>) {}"), [1]);
    }

    #[test]
    fn the_attribute_satisfies_beside_others_and_before_visibility() {
        let source = "/// Doc.\n#[inline(always)]\n#[must_use]\npub(crate) unsafe fn f<V: Lanes<f32>>(x: V) -> V { x }";
        assert_eq!(lines(source), []);
    }

    #[test]
    fn the_attribute_of_one_function_does_not_serve_the_next() {
        let source = "#[inline(always)]\nfn f<V: Lanes<f32>>(x: V) { g(x); }\nfn g<V: Lanes<f32>>(x: V) {}\n#[inline(always)]\nconst A: u8 = 1;\nfn h<V: Lanes<f32>>(x: V) {}";
        assert_eq!(lines(source), [3, 6]);
    }

    #[test]
    fn the_attribute_of_a_function_does_not_serve_one_inside_it() {
        let source =
            "#[inline(always)]\nfn f<V: Lanes<f32>>(x: V) {\n    fn g<V: Lanes<f32>>(x: V) {}\n}";
        assert_eq!(lines(source), [3]);
    }

    #[test]
    fn the_entry_to_a_level_enables_instead() {
        let source = "#[target_feature(enable = \"avx2,fma\")]\nfn run<T: Float, V: Lanes<T>, K: Kernel<T>>(kernel: K) -> K::Out { kernel.run::<V>() }";
        assert_eq!(lines(source), []);
    }

    #[test]
    fn methods_of_an_implementation_of_lanes_are_found() {
        let source = "impl Lanes<f32> for Vector {\n    type Mask = u8;\n    #[inline(always)]\n    fn one(self) {}\n    fn two(self) {\n        fn inner() {}\n    }\n}\nfn other() {}";
        assert_eq!(lines(source), [5]);
    }

    #[test]
    fn methods_of_an_implementation_generic_over_lanes_are_found() {
        assert_eq!(lines("impl<V: Lanes<f32>> Tile<V> {\n    fn new() -> Self { Self }\n}"), [2]);
        assert_eq!(
            lines("impl<V> Tile<V>\nwhere V: Lanes<f32> {\n    fn new() -> Self { Self }\n}"),
            [3]
        );
    }

    #[test]
    fn a_declaration_is_none_and_a_body_in_a_trait_is_found() {
        let source = "pub trait Kernel<T: Float> {\n    fn run<V: Lanes<T>>(self);\n    fn both<V: Lanes<T>>(self) { self.run::<V>() }\n}\npub trait Lanes<T>: Copy {\n    fn splat(x: T) -> Self;\n    fn zero() -> Self { Self::splat(0) }\n}";
        assert_eq!(lines(source), [3, 7]);
    }

    #[test]
    fn the_run_of_a_kernel_is_found() {
        let source = "impl<T: Float> Kernel<T> for Sum<'_, T> {\n    type Out = T;\n    fn run<V: Lanes<T>>(self) -> T { T::ZERO }\n}";
        assert_eq!(lines(source), [3]);
    }

    #[test]
    fn the_bodies_of_macros_are_read() {
        let source = "macro_rules! lanes {\n    ($v:ident, $t:ident) => {\n        impl Lanes<$t> for $v {\n            fn $name(self) {}\n        }\n    };\n}";
        assert_eq!(lines(source), [4]);
    }

    #[test]
    fn functions_without_lanes_are_free_inside_and_outside() {
        let source = "fn f(run: fn(u8) -> u8) {}\n#[inline(always)]\nfn g<V: Lanes<f32>>() {\n    fn inner() {}\n    struct Own;\n    impl Own { fn free(&self) {} }\n}\n/// `fn f<V: Lanes<f32>>() {}`\nfn h() { let s = \"fn f<V: Lanes<f32>>() {}\"; }";
        assert_eq!(lines(source), []);
    }
}
