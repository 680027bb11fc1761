//! Patterns that choose weights by path.

/// Whether a path matches a pattern in which each `*` stands for any run of characters, dots
/// included: `*.bias`, `tower.*`, `*`.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            let ends = path.char_indices().map(|(end, _)| end).chain([path.len()]);
            ends.into_iter().any(|skip| matches(rest, &path[skip..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_anything() {
        assert!(matches("0.weight", "0.weight"));
        assert!(matches("*", "0.weight"));
        assert!(matches("*.weight", "a.b.weight"));
        assert!(matches("a.*.weight", "a.b.weight"));
        assert!(matches("*b*", "a.b.weight"));
        assert!(!matches("weight", "0.weight"));
        assert!(!matches("*.weight", "0.weights"));
        assert!(!matches("b.*", "a.b.weight"));
        assert!(!matches("", "x"));
    }
}
