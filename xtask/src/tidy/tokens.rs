//! Rust source as words and signs with their lines: what is left when comments, strings and
//! characters are out of the way.

/// A word, a sign or a literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token<'a> {
    /// The word, the single character of a sign, or `""` for a literal of text.
    pub(super) text: &'a str,
    /// Its line, from 1.
    pub(super) line: usize,
}

/// The tokens of a file of Rust.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut reader = Reader { rest: source, line: 1 };
    let mut tokens = Vec::new();
    while let Some(first) = reader.rest.chars().next() {
        let line = reader.line;
        let text = if first.is_whitespace() {
            reader.take(first.len_utf8());
            continue;
        } else if reader.rest.starts_with("//") {
            reader.take(reader.rest.find('\n').unwrap_or(reader.rest.len()));
            continue;
        } else if reader.rest.starts_with("/*") {
            reader.take(block_comment(reader.rest));
            continue;
        } else if let Some(length) = text_literal(reader.rest) {
            reader.take(length);
            ""
        } else if is_word(first) {
            let end = reader.rest.find(|c| !is_word(c));
            reader.take(end.unwrap_or(reader.rest.len()))
        } else {
            reader.take(first.len_utf8())
        };
        tokens.push(Token { text, line });
    }
    tokens
}

/// The place in `tokens` of the bracket that closes the one at `open`; the last place if none does.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len().saturating_sub(1)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The length of a comment `/* .. */`, which may hold others.
fn block_comment(source: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < source.len() {
        let rest = &source.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    source.len()
}

/// The length of the string or character that `source` begins with, prefixes included.
fn text_literal(source: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        let after = source.strip_prefix(prefix).unwrap_or("");
        let raw = prefix.ends_with('r');
        let unhashed = after.trim_start_matches('#');
        match prefix.is_empty() || *prefix == "b" {
            true => after.starts_with(['"', '\'']),
            false if raw => unhashed.starts_with('"'),
            false => after.starts_with('"'),
        }
    })?;
    let body = &source[prefix.len()..];
    let length = if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let end = format!("\"{}", "#".repeat(hashes));
        let start = hashes + 1;
        body[start..].find(&end).map_or(body.len(), |at| start + at + end.len())
    } else if body.starts_with('"') {
        quoted(body, '"')
    } else {
        // `'a'` and `'\n'` are characters, `'a` alone is a lifetime.
        let mut characters = body.chars().skip(1);
        let first = characters.next()?;
        if first != '\\' && characters.next() != Some('\'') {
            return None;
        }
        quoted(body, '\'')
    };
    Some(prefix.len() + length)
}

/// The length of a literal between two quotes, in which a backslash takes the next character along.
fn quoted(source: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in source.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    source.len()
}

#[cfg(test)]
mod tests {
    use super::{closing, tokens};

    fn words(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_left_out() {
        assert_eq!(words("a // b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
        assert_eq!(words("/// unsafe\n//! unsafe\na"), ["a"]);
    }

    #[test]
    fn text_is_one_token_whatever_it_holds() {
        for literal in [
            r#""unsafe { \" } \\""#,
            r###"r#"unsafe " { "#"###,
            r#"b"{""#,
            r##"br#"{"#"##,
            r#"c"{""#,
            "'{'",
            r"'\''",
            r"b'\\'",
        ] {
            assert_eq!(words(&format!("a {literal} b")), ["a", "", "b"], "{literal}");
        }
    }

    #[test]
    fn a_lifetime_is_no_character() {
        assert_eq!(words("&'a str, 'b'"), ["&", "'", "a", "str", ",", ""]);
    }

    #[test]
    fn words_that_begin_like_a_prefix_are_words() {
        assert_eq!(words("r b c run break"), ["r", "b", "c", "run", "break"]);
        assert_eq!(words("r#fn"), ["r", "#", "fn"]);
    }

    #[test]
    fn lines_count_through_comments_and_strings() {
        let lines: Vec<_> =
            tokens("a\n/* \n */ b \"\n\" c").iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(lines, [("a", 1), ("b", 3), ("", 3), ("c", 4)]);
    }

    #[test]
    fn a_bracket_is_closed_by_its_own() {
        let tokens = tokens("{ a ( } ) [ ] } b");
        assert_eq!(tokens[closing(&tokens, 5)].text, "]");
        let tokens = super::tokens("{ { } ( ) } b");
        assert_eq!(closing(&tokens, 0), 5);
    }
}
