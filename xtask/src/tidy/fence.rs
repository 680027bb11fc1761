//! `unsafe` stays where the instructions are.

use super::{
    Finding, Tree,
    tokens::{Token, closing, tokens},
};

/// Where `unsafe` may stand: the vectors, the tile kernels of matrix products and convolutions with
/// the doors to them, and calls of other
/// libraries that have no safe interface, to measure them.
const OPEN: &[&str] = &[
    "crates/simd/",
    "crates/tensor/src/gemm/",
    "crates/tensor/src/gemm.rs",
    "crates/tensor/src/convolution/",
    "crates/tensor/src/work.rs",
    "benches/peers/src/bin/gemm.rs",
    "benches/peers/src/bin/matrixmultiply.rs",
];

/// The crates that cannot forbid it.
const CRATES: &[&str] = &["simd", "tensor"];

/// `unsafe` stands only in the places of [`OPEN`]; tests, benches and examples may count
/// allocations, which takes an `unsafe impl GlobalAlloc`.
pub(super) fn unsafe_code(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        if OPEN.iter().any(|open| file.path.starts_with(open)) {
            continue;
        }
        let tokens = tokens(&file.text);
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at].text == "unsafe" {
                match allocator_end(&tokens[at..]) {
                    Some(length) if may_count_allocations(&file.path) => at += length,
                    _ => findings.push(Finding {
                        path: file.path.clone(),
                        line: tokens[at].line,
                        message: format!("`unsafe` outside of {OPEN:?}; write it safely"),
                    }),
                }
            }
            at += 1;
        }
    }
    findings
}

/// Every library but those of [`CRATES`] says `#![forbid(unsafe_code)]`.
pub(super) fn forbidden_where_possible(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests().filter(|manifest| manifest.is_library()) {
        let path = format!("{}/src/lib.rs", manifest.folder);
        let forbidden = tree.text(&path).is_some_and(|text| {
            let attribute = tokens("#![forbid(unsafe_code)]");
            let same = |a: &Token<'_>, b: &Token<'_>| a.text == b.text;
            tokens(text)
                .windows(attribute.len())
                .any(|window| window.iter().zip(&attribute).all(|(a, b)| same(a, b)))
        });
        if !forbidden && !CRATES.contains(&manifest.short_name()) {
            findings.push(Finding {
                path,
                line: 1,
                message: "a crate without `unsafe`; say so with `#![forbid(unsafe_code)]`".into(),
            });
        }
    }
    findings
}

fn may_count_allocations(path: &str) -> bool {
    let in_tests = path.starts_with("crates/") && path.contains("/tests/");
    in_tests || path.starts_with("benches/") || path.starts_with("examples/")
}

/// How many tokens `unsafe impl GlobalAlloc for .. { .. }` takes, if that is what begins here.
fn allocator_end(tokens: &[Token<'_>]) -> Option<usize> {
    let body = tokens.iter().position(|token| token.text == "{")?;
    let header: Vec<_> = tokens[..body].iter().map(|token| token.text).collect();
    let of_allocator = header.windows(2).any(|pair| pair == ["GlobalAlloc", "for"]);
    (header.starts_with(&["unsafe", "impl"]) && of_allocator).then(|| closing(tokens, body))
}

#[cfg(test)]
mod tests {
    use super::{forbidden_where_possible, unsafe_code};
    use crate::tidy::places;

    #[test]
    fn unsafe_outside_the_fence_is_found() {
        let source = "fn f(x: &[f32]) -> f32 {\n    unsafe { *x.get_unchecked(0) }\n}\n";
        for (path, inside) in [
            ("crates/simd/src/lanes.rs", true),
            ("crates/simd/tests/levels.rs", true),
            ("crates/tensor/src/gemm/avx2.rs", true),
            ("crates/tensor/src/gemm.rs", true),
            ("benches/peers/src/bin/gemm.rs", true),
            ("benches/peers/src/bin/faer.rs", false),
            ("benches/src/compare/run.rs", false),
            ("crates/tensor/src/tensor.rs", false),
            ("crates/nn/src/plan.rs", false),
            ("crates/nn/tests/plan.rs", false),
            ("examples/mnist_mlp.rs", false),
            ("xtask/src/ci.rs", false),
        ] {
            let found = places(unsafe_code, &[(path, source)]);
            let wanted = if inside { vec![] } else { vec![format!("{path}:2")] };
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn every_form_of_unsafe_is_found_and_its_name_in_text_is_not() {
        let source = "unsafe fn a() {}\nunsafe impl Send for A {}\nunsafe trait B {}\nunsafe extern \"C\" {}\n// unsafe\nconst C: &str = \"unsafe\";\n#![forbid(unsafe_code)]\n";
        let found = places(unsafe_code, &[("crates/nn/src/a.rs", source)]);
        let wanted = [1, 2, 3, 4].map(|line| format!("crates/nn/src/a.rs:{line}"));
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_counting_allocator_is_for_tests_and_nothing_else_comes_with_it() {
        let source = "unsafe impl std::alloc::GlobalAlloc for Counting {\n    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {\n        unsafe { System.alloc(layout) }\n    }\n}\nunsafe impl Send for Counting {}\n";
        for path in
            ["crates/nn/tests/allocations.rs", "benches/benches/step.rs", "examples/count.rs"]
        {
            assert_eq!(places(unsafe_code, &[(path, source)]), [format!("{path}:6")]);
        }
        let path = "crates/nn/src/count.rs";
        let wanted = [1, 2, 3, 6].map(|line| format!("{path}:{line}"));
        assert_eq!(places(unsafe_code, &[(path, source)]), wanted);
    }

    #[test]
    fn a_library_that_does_not_forbid_it_is_found() {
        let manifest = "[package]\n";
        assert_eq!(
            places(
                forbidden_where_possible,
                &[
                    ("crates/data/Cargo.toml", manifest),
                    ("crates/data/src/lib.rs", "//! Data.\n#![forbid(unsafe_code)]\n"),
                    ("crates/losses/Cargo.toml", manifest),
                    ("crates/losses/src/lib.rs", "// #![forbid(unsafe_code)]\n"),
                    ("crates/nn/Cargo.toml", manifest),
                    ("crates/simd/Cargo.toml", manifest),
                    ("crates/simd/src/lib.rs", "//! Lanes.\n"),
                    ("examples/Cargo.toml", manifest),
                ]
            ),
            ["crates/losses/src/lib.rs:1", "crates/nn/src/lib.rs:1"]
        );
    }
}
