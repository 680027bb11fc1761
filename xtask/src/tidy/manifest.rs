//! As much of TOML as manifests use: sections, keys, and values that may span lines.

/// A member's Cargo.toml.
#[derive(Debug)]
pub(crate) struct Manifest<'a> {
    /// The folder from the root, such as `crates/simd`.
    pub(super) folder: &'a str,
    entries: Vec<Entry<'a>>,
}

/// `key = value` in a section.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// The line of the key, from 1.
    pub(super) line: usize,
    /// What stands between the brackets above, such as `dev-dependencies`.
    pub(super) section: &'a str,
    pub(super) key: &'a str,
    /// The value as written, its lines joined.
    pub(super) value: String,
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Normal,
    Development,
    Build,
}

/// A dependency as a member states it.
#[derive(Debug)]
pub(super) struct Dependency<'a> {
    pub(super) line: usize,
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    /// Whether the root manifest gives the version.
    pub(super) inherited: bool,
}

impl<'a> Manifest<'a> {
    pub(super) fn parse(folder: &'a str, text: &'a str) -> Self {
        let mut entries: Vec<Entry<'_>> = Vec::new();
        let mut section = "";
        let mut open = false;
        for (index, line) in text.lines().enumerate() {
            let line = without_comment(line).trim();
            if open {
                if let Some(entry) = entries.last_mut() {
                    entry.value.push_str(line);
                    open = is_open(&entry.value);
                }
            } else if line.starts_with('[') {
                section = line.trim_matches(['[', ']']).trim();
            } else if let Some((key, value)) = line.split_once('=') {
                let value = value.trim().to_owned();
                open = is_open(&value);
                entries.push(Entry { line: index + 1, section, key: key.trim(), value });
            }
        }
        Self { folder, entries }
    }

    /// The manifest's path from the root.
    pub(super) fn path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Whether this is one of the libraries that the project is.
    pub(crate) fn is_library(&self) -> bool {
        self.folder.starts_with("crates/")
    }

    /// The folder's own name: `simd` of `crates/simd`.
    pub(super) fn short_name(&self) -> &'a str {
        self.folder.rsplit('/').next().unwrap_or(self.folder)
    }

    pub(crate) fn package_name(&self) -> Option<&str> {
        Some(self.entry("package", "name")?.value.trim_matches('"'))
    }

    /// Whether the package has features to switch off.
    pub(crate) fn has_features(&self) -> bool {
        self.section("features").next().is_some()
    }

    pub(super) fn entry(&self, section: &str, key: &str) -> Option<&Entry<'a>> {
        self.section(section).find(|entry| entry.key == key)
    }

    pub(super) fn section(&self, section: &str) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(move |entry| entry.section == section)
    }

    /// All dependencies, those of a target among them. One that is a section of its own,
    /// `[dependencies.name]`, counts by each of its keys.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = Dependency<'a>> {
        self.entries.iter().filter_map(|entry| {
            let (kind, own_name) = kind_of(entry.section)?;
            let (name, key) = match own_name {
                Some(name) => (name, Some(entry.key)),
                None => match entry.key.split_once('.') {
                    Some((name, key)) => (name, Some(key)),
                    None => (entry.key, None),
                },
            };
            let inherited = match key {
                // One key of the dependency on a line: only the version's source is of interest.
                Some(key) => !matches!(key, "version" | "path" | "git"),
                None => entry.value.replace(' ', "").contains("workspace=true"),
            };
            Some(Dependency { line: entry.line, kind, name, inherited })
        })
    }
}

/// What a section's dependencies are for, and the name in `[dependencies.name]`.
fn kind_of(section: &str) -> Option<(Kind, Option<&str>)> {
    let section = match section.strip_prefix("target.") {
        // `target.'cfg(unix)'.dependencies`
        Some(target) => {
            &target[target.find("dependencies").map(|at| {
                ["dev-", "build-"]
                    .iter()
                    .find(|prefix| target[..at].ends_with(**prefix))
                    .map_or(at, |prefix| at - prefix.len())
            })?..]
        }
        None => section,
    };
    let (table, name) = match section.split_once('.') {
        Some((table, name)) => (table, Some(name)),
        None => (section, None),
    };
    let kind = match table {
        "dependencies" => Kind::Normal,
        "dev-dependencies" => Kind::Development,
        "build-dependencies" => Kind::Build,
        _ => return None,
    };
    Some((kind, name))
}

/// Whether a value goes on in the next line.
fn is_open(value: &str) -> bool {
    let count = |bracket| value.matches(bracket).count();
    count('[') > count(']') || count('{') > count('}')
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (at, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '#' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Kind, Manifest};

    #[test]
    fn values_span_lines_and_comments_are_left_out() {
        let manifest = Manifest::parse(
            "crates/a",
            "[package] # ours\nname = \"a#b\" # not a comment, then one\n[features]\nall = [\n  \"x\", # first\n  \"y\",\n]\n",
        );
        assert_eq!(manifest.package_name(), Some("a#b"));
        assert!(manifest.has_features());
        assert_eq!(manifest.entry("features", "all").unwrap().value, "[\"x\",\"y\",]");
    }

    #[test]
    fn dependencies_are_found_however_they_are_written() {
        let manifest = Manifest::parse(
            "crates/a",
            concat!(
                "[dependencies]\n",
                "one = { workspace = true, optional = true }\n",
                "two.workspace = true\n",
                "three = \"1\"\n",
                "[dev-dependencies.four]\n",
                "version = \"1\"\n",
                "[target.'cfg(unix)'.build-dependencies]\n",
                "five = { path = \"../five\" }\n",
            ),
        );
        let found: Vec<_> =
            manifest.dependencies().map(|it| (it.line, it.kind, it.name, it.inherited)).collect();
        assert_eq!(
            found,
            [
                (2, Kind::Normal, "one", true),
                (3, Kind::Normal, "two", true),
                (4, Kind::Normal, "three", false),
                (6, Kind::Development, "four", false),
                (8, Kind::Build, "five", false),
            ]
        );
    }
}
