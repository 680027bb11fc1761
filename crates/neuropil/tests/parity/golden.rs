//! Golden files: reading them, comparing with them, and making sure that nothing in them is left
//! out.

use crate::Failure;
use crate::closeness::Closeness;
use neuropil::simd::Float;
use serde_json::{Map, Value};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The folder of all golden files.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/golden")
}

/// A family on its way through a test: `golden/<family>/`.
#[derive(Debug)]
pub struct Family {
    name: &'static str,
    members: BTreeSet<String>,
    failures: Vec<String>,
    report: String,
}

impl Family {
    pub fn open(name: &'static str) -> Self {
        Self { name, members: BTreeSet::new(), failures: Vec::new(), report: String::new() }
    }

    /// Checks each case of `golden/<family>/<type_name>.json`. A case fails, too, if the check
    /// leaves a setting or an array of it unread.
    pub fn member(&mut self, type_name: &str, check: impl Fn(&Case) -> Result<(), Failure>) {
        let fresh = self.members.insert(type_name.to_owned());
        assert!(fresh, "{}: {type_name} is checked twice", self.name);
        let path = folder().join(self.name).join(format!("{type_name}.json"));
        let cases = match read(&path) {
            Ok(cases) => cases,
            Err(error) => return self.failures.push(format!("{}: {error}", path.display())),
        };
        let mut worst = [(0.0, 0.0); 2];
        for case in &cases {
            let outcome = check(case).and_then(|()| case.is_used_up());
            if let Err(error) = outcome {
                self.failures.push(format!("{}, {type_name}, {}: {error}", self.name, case.name));
            }
            for (worst, case) in worst.iter_mut().zip(&case.worst) {
                let share = |(difference, allowed): (f64, f64)| difference / allowed;
                if case.get().1 > 0.0 && (worst.1 == 0.0 || share(case.get()) > share(*worst)) {
                    *worst = case.get();
                }
            }
        }
        let [single, double] = worst.map(|(difference, allowed)| match allowed {
            0.0 => "-".to_owned(),
            _ => format!("{difference:.1e} of {allowed:.0e}"),
        });
        let (family, count) = (self.name, cases.len());
        // Writing to a String cannot fail.
        let _ = writeln!(
            self.report,
            "{family:>12} {type_name:<28} {count:>2} cases   f32 {single:<18} f64 {double}"
        );
    }

    /// Panics with all that failed, or if a file of the folder has not been checked.
    pub fn end(self) {
        let folder = folder().join(self.name);
        let entries = std::fs::read_dir(&folder).expect("a family has a folder");
        let files: BTreeSet<String> = entries
            .map(|entry| entry.expect("a readable folder").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        // The differences, for `cargo test -- --nocapture` and `cargo xtask parity`.
        print!("{}", self.report);
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
        assert_eq!(files, self.members, "files and members of {} differ", self.name);
    }
}

/// The cases of a file.
pub fn read(path: &Path) -> Result<Vec<Case>, Failure> {
    let text = std::fs::read_to_string(path)?;
    let mut file: Value = serde_json::from_str(&text)?;
    let cases = file["cases"].as_array_mut().ok_or("no cases")?;
    if cases.is_empty() {
        return Err("no cases".into());
    }
    cases.iter_mut().map(|case| Case::new(case.take())).collect()
}

/// A case: settings, what is given, what is expected.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    /// Whether it is about the limits of `f32`.
    single_alone: bool,
    parts: Map<String, Value>,
    /// What has been read: `given.x`.
    used: RefCell<BTreeSet<String>>,
    /// The largest difference and what was allowed, in `f32` and in `f64`.
    worst: [Cell<(f64, f64)>; 2],
}

/// Numbers with the shape that their brackets give them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Array<T> {
    pub shape: Vec<usize>,
    pub values: Vec<T>,
}

const PARTS: [&str; 3] = ["settings", "given", "expected"];

impl Case {
    fn new(case: Value) -> Result<Self, Failure> {
        let Value::Object(parts) = case else { return Err("a case is no object".into()) };
        let name = parts["name"].as_str().ok_or("a case without a name")?.to_owned();
        if !PARTS.iter().all(|part| parts.get(*part).is_some_and(Value::is_object)) {
            return Err(format!("{name}: {PARTS:?} are not all there").into());
        }
        let single_alone = match parts["precision"].as_str() {
            Some("float32") => true,
            Some("float64") => false,
            _ => return Err(format!("{name}: no such precision").into()),
        };
        let used = RefCell::default();
        Ok(Self { name, single_alone, parts, used, worst: Default::default() })
    }

    /// Whether the case holds for this type.
    pub fn is_for<T: Float>(&self) -> bool {
        !self.single_alone || T::NAME == "f32"
    }

    fn find(&self, part: &str, key: &str) -> Option<&Value> {
        let value = self.parts[part].get(key)?;
        self.used.borrow_mut().insert(format!("{part}.{key}"));
        Some(value)
    }

    /// A setting, if the case has it.
    pub fn setting(&self, key: &str) -> Option<f64> {
        self.find("settings", key).and_then(number)
    }

    /// A setting of words, if the case has it.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.find("settings", key).and_then(Value::as_str)
    }

    /// Whether the case has this setting, and it is true.
    pub fn flag(&self, key: &str) -> bool {
        self.find("settings", key).and_then(Value::as_bool) == Some(true)
    }

    /// Given numbers, if the case has them.
    pub fn given<T: Float>(&self, key: &str) -> Option<Array<T>> {
        let array = array(self.find("given", key)?)?;
        let values = array.values.into_iter().map(T::of).collect();
        Some(Array { shape: array.shape, values })
    }

    /// Given numbers that the case must have.
    pub fn input<T: Float>(&self, key: &str) -> Result<Array<T>, Failure> {
        self.given(key).ok_or_else(|| format!("`{key}` is not given").into())
    }

    /// Given whole numbers, if the case has them.
    pub fn indices(&self, key: &str) -> Option<Vec<u32>> {
        let indices = self.find("given", key)?.as_array()?.iter();
        indices.map(|index| u32::try_from(index.as_u64()?).ok()).collect()
    }

    /// Given numbers in several arrays.
    pub fn parts<T: Float>(&self, key: &str) -> Option<Vec<Array<T>>> {
        let of = |value| {
            let Array { shape, values } = array(value)?;
            Some(Array { shape, values: values.into_iter().map(T::of).collect() })
        };
        self.find("given", key)?.as_array()?.iter().map(of).collect()
    }

    /// All that is given under names that begin like this, without the beginning.
    pub fn given_under<T: Float>(&self, beginning: &str) -> Vec<(String, Array<T>)> {
        let keys = self.keys_under("given", beginning);
        let of = |key: String| {
            let array = self.given(&format!("{beginning}{key}"))?;
            Some((key, array))
        };
        keys.into_iter().filter_map(of).collect()
    }

    /// The names under which something is expected that begin like this, without the beginning.
    pub fn expected_under(&self, beginning: &str) -> Vec<String> {
        self.keys_under("expected", beginning)
    }

    fn keys_under(&self, part: &str, beginning: &str) -> Vec<String> {
        let keys = self.parts[part].as_object().into_iter().flat_map(Map::keys);
        keys.filter_map(|key| Some(key.strip_prefix(beginning)?.to_owned())).collect()
    }

    /// Whether something is expected under this name.
    pub fn expects(&self, key: &str) -> bool {
        self.parts["expected"].get(key).is_some()
    }

    /// What is expected, if the case has it.
    pub fn expected(&self, key: &str) -> Option<Array<f64>> {
        self.find("expected", key).and_then(array)
    }

    /// Compares with what is expected under a name.
    pub fn compare<T: Float>(
        &self,
        key: &str,
        found: &[T],
        closeness: Closeness,
    ) -> Result<(), Failure> {
        let expected = self.expected(key).ok_or_else(|| format!("no `{key}` is expected"))?.values;
        if found.len() != expected.len() {
            let (found, expected) = (found.len(), expected.len());
            return Err(format!("`{key}` has {found} numbers, expected {expected}").into());
        }
        let (difference, allowed) = (closeness.difference(found, &expected), closeness.of::<T>());
        let worst = &self.worst[usize::from(T::NAME == "f64")];
        if worst.get().1 == 0.0 || difference / allowed > worst.get().0 / worst.get().1 {
            worst.set((difference, allowed));
        }
        if difference <= allowed {
            return Ok(());
        }
        let name = T::NAME;
        Err(format!(
            "`{key}` in {name} differs by {difference:.1e}, allowed {allowed:.0e}:\n   found \
             {found:?}\nexpected {expected:?}"
        )
        .into())
    }

    /// Whether every setting and every array has been read.
    fn is_used_up(&self) -> Result<(), Failure> {
        for part in PARTS {
            for key in self.keys_under(part, "") {
                if !self.used.borrow().contains(&format!("{part}.{key}")) {
                    return Err(format!("the test does not read `{part}.{key}`").into());
                }
            }
        }
        Ok(())
    }
}

fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        None => value.as_f64(),
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
    }
}

/// Nested lists as one array, if they have the same lengths everywhere.
fn array(value: &Value) -> Option<Array<f64>> {
    let Some(list) = value.as_array() else {
        return Some(Array { shape: Vec::new(), values: vec![number(value)?] });
    };
    let mut whole: Option<Array<f64>> = None;
    for part in list {
        let part = array(part)?;
        match &mut whole {
            None => whole = Some(part),
            Some(whole) if whole.shape == part.shape => whole.values.extend(part.values),
            Some(_) => return None,
        }
    }
    let mut whole = whole.unwrap_or_default();
    whole.shape.insert(0, list.len());
    Some(whole)
}

#[test]
fn brackets_are_shapes() {
    let of = |text| array(&serde_json::from_str(text).expect("JSON"));
    let expected = Array { shape: vec![2, 3], values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
    assert_eq!(of("[[1, 2, 3], [4, 5, 6]]"), Some(expected));
    assert_eq!(of("-0.5"), Some(Array { shape: vec![], values: vec![-0.5] }));
    assert_eq!(of("[\"-Infinity\"]").map(|array| array.values), Some(vec![f64::NEG_INFINITY]));
    assert_eq!(of("[[1, 2], [3]]"), None);
    assert_eq!(of("[\"nan\"]"), None);
}

#[test]
fn what_is_not_read_is_a_failure() -> Result<(), Failure> {
    let case = || {
        Case::new(serde_json::json!({
            "name": "a case", "precision": "float64", "settings": {"rate": 0.5},
            "given": {"x": [1.0]}, "expected": {"y": [2.0]},
        }))
    };
    let unread = case()?;
    unread.compare("y", &[2.0_f32], Closeness::VALUES)?;
    let _ = (unread.input::<f32>("x")?, unread.setting("momentum"));
    let message = unread.is_used_up().expect_err("a setting has not been read").to_string();
    assert_eq!(message, "the test does not read `settings.rate`");
    let _ = unread.setting("rate");
    unread.is_used_up()?;

    let message = case()?.compare("y", &[2.5_f64], Closeness::VALUES).expect_err("it differs");
    assert!(message.to_string().contains("differs by 2.5e-1"), "{message}");
    assert!(case()?.compare("y", &[2.0_f64, 2.0], Closeness::VALUES).is_err());
    assert!(case()?.compare("z", &[2.0_f64], Closeness::VALUES).is_err());
    Ok(())
}
