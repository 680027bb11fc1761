//! Sequences in the `.ts` format of the time series archives (aeon, sktime, timeseriesclassification.com).
//!
//! Lines that start with `#` are comments. A head of lines `@name values` ends with `@data`; then each line is a
//! sequence: its dimensions between `:`, the numbers of each between `,` (`?` or NaN if missing), and after the last
//! `:` its class or its target number.
//!
//! | directive | what is read |
//! | --- | --- |
//! | `@problemName NAME` | the name |
//! | `@timeStamps false` | numbers with time stamps, `(t, x)`, are refused |
//! | `@univariate true`, `@dimensions N` | how many dimensions each line must have |
//! | `@equalLength true`, `@seriesLength N` | whether, and how, lengths are fixed |
//! | `@classLabel true A B C` | the classes, in this order |
//! | `@targetLabel true` | targets are numbers |
//!
//! Other directives are passed over; names and the words `true` and `false` are read without regard to case.
//!
//! Source: <https://www.aeon-toolkit.org/en/stable/api_reference/file_specifications/ts.html>.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::inputs::Inputs;
use crate::number::Number;
use crate::source::{Source, quoted};
use crate::targets::Targets;

/// What a `.ts` file holds.
#[derive(Clone, Debug)]
pub struct Sequences<T = f32> {
    /// A row is `[time, dimensions]`, padded with zeros to the longest; with a length each unless the file says that
    /// all are equally long. Targets are labels, or numbers of shape `[1]`. Missing numbers are NaN.
    pub data: Dataset<T>,
    /// The names of the classes; empty if the targets are numbers.
    pub classes: Vec<String>,
    /// The name of the problem; empty if the file has none.
    pub name: String,
}

/// Reads a `.ts` file, gzipped or plain.
///
/// ```no_run
/// let vowels: neuropil_data::ts::Sequences =
///     neuropil_data::ts::open("examples/data/sequence/JapaneseVowels_TRAIN.ts.gz")?;
/// assert_eq!((vowels.data.len(), vowels.data.shape()), (270, &[26, 12][..]));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// # Errors
/// As [`Source::open`] and [`read`].
pub fn open<T: Number>(path: impl AsRef<Path>) -> Result<Sequences<T>, DataError> {
    read(&Source::open(path)?)
}

/// Reads sequences.
///
/// ```
/// use neuropil_data::{Source, ts};
///
/// let text = "@univariate false\n@classLabel true up down\n@data\n1,2:5,6:up\n3:7:down\n";
/// let read: ts::Sequences = ts::read(&Source::of("two.ts", text.as_bytes())?)?;
/// assert_eq!(read.data.input(0), [1.0, 5.0, 2.0, 6.0]); // [time, dimensions]
/// assert_eq!((read.data.length(1), read.data.label(1)), (Some(1), Some(1)));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// # Errors
/// - [`DataError::Malformed`], with file and line: what the format asks for and what stands there.
/// - [`DataError::TooLong`]: padded to the longest sequence, the numbers would take more memory than the limit of the
///   source.
pub fn read<T: Number>(source: &Source) -> Result<Sequences<T>, DataError> {
    let mut lines =
        source.text()?.lines().enumerate().map(|(place, line)| (place + 1, line.trim()));
    let (head, at) = read_head(source, &mut lines)?;
    let classes = match &head.targets {
        Some(TargetLine::Classes(classes)) => classes.as_slice(),
        Some(TargetLine::Number) => &[],
        None => {
            let expected = "@classLabel true or @targetLabel true before @data";
            return Err(source.malformed(at, expected, "neither"));
        }
    };

    let places: BTreeMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
    if places.len() < classes.len() {
        return Err(source.malformed(at, "different classes before @data", "one of them twice"));
    }

    let mut sequences: Vec<Vec<T>> = Vec::new();
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    let (mut dimensions, mut length) = (head.dimensions, head.length);
    let mut longest = 0;
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let Some((series, target)) = line.rsplit_once(':') else {
            return Err(source.malformed(
                number,
                "dimensions and a target between ':'",
                quoted(line),
            ));
        };
        let target = target.trim();
        match &head.targets {
            Some(TargetLine::Classes(_)) => {
                let Some(&label) = places.get(target) else {
                    let expected = format!("one of the {} classes of @classLabel", classes.len());
                    return Err(source.malformed(number, expected, quoted(target)));
                };
                labels.push(label);
            }
            _ => match target.parse().map(T::from_f64) {
                Ok(value) if value.to_f64().is_finite() => values.push(value),
                _ => {
                    return Err(source.malformed(number, "a finite target number", quoted(target)));
                }
            },
        }
        let (sequence, width) = read_sequence(source, number, series, dimensions)?;
        dimensions = Some(width);
        let steps = sequence.len() / width;
        if length.is_some_and(|length| length != steps) {
            let expected = format!("{} steps (all are equally long)", length.unwrap_or(0));
            return Err(source.malformed(number, expected, format!("{steps} steps")));
        }
        if head.equal_length {
            length = Some(steps);
        }
        longest = longest.max(steps);
        let padded = (longest * width).saturating_mul(sequences.len() + 1);
        if padded.saturating_mul(size_of::<T>()) as u64 > source.limit() {
            return Err(DataError::TooLong {
                file: source.name().to_owned(),
                limit: source.limit(),
            });
        }
        sequences.push(sequence);
    }
    let Some(width) = dimensions.filter(|_| !sequences.is_empty()) else {
        return Err(source.malformed(at, "a sequence after @data", "the end of the file"));
    };

    let targets = if classes.is_empty() {
        Targets::Values { values, shape: vec![1] }
    } else {
        Targets::Labels { labels, classes: classes.len(), shape: Vec::new() }
    };
    let data = if head.equal_length {
        Dataset::new([longest, width], Inputs::Numbers(sequences.concat()), targets)?
    } else {
        Dataset::sequences([width], &sequences, targets)?
    };
    Ok(Sequences { data, classes: classes.to_vec(), name: head.name })
}

/// What stands before the sequences.
#[derive(Default)]
struct Head {
    name: String,
    dimensions: Option<usize>,
    equal_length: bool,
    length: Option<usize>,
    targets: Option<TargetLine>,
}

enum TargetLine {
    Classes(Vec<String>),
    Number,
}

/// Reads up to `@data`; the head, and the line where it ends.
fn read_head<'s>(
    source: &Source,
    lines: &mut impl Iterator<Item = (usize, &'s str)>,
) -> Result<(Head, usize), DataError> {
    let mut head = Head::default();
    let mut last = 1;
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        last = number;
        let wrong = |expected: &str| source.malformed(number, expected, quoted(line));
        let mut words = line.split_whitespace();
        let directive = words.next().unwrap_or_default().to_ascii_lowercase();
        let count = |words: &mut dyn Iterator<Item = &str>| {
            let count = words.next().and_then(|word| word.parse().ok());
            count.filter(|&count: &usize| count > 0).ok_or_else(|| wrong("a number of at least 1"))
        };
        let truth = |words: &mut dyn Iterator<Item = &str>| match words.next() {
            Some(word) if word.eq_ignore_ascii_case("true") => Ok(true),
            Some(word) if word.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(wrong("true or false")),
        };
        match directive.as_str() {
            "@data" => return Ok((head, number)),
            "@problemname" => head.name = words.collect::<Vec<_>>().join(" "),
            "@timestamps" if truth(&mut words)? => {
                return Err(wrong("@timeStamps false: stamps are not read"));
            }
            "@univariate" if truth(&mut words)? => head.dimensions = Some(1),
            "@dimension" | "@dimensions" => head.dimensions = Some(count(&mut words)?),
            "@equallength" => head.equal_length = truth(&mut words)?,
            "@serieslength" => head.length = Some(count(&mut words)?),
            "@classlabel" if truth(&mut words)? => {
                let classes: Vec<String> = words.map(str::to_owned).collect();
                if classes.is_empty() {
                    return Err(wrong("the names of the classes"));
                }
                head.targets = Some(TargetLine::Classes(classes));
            }
            "@targetlabel" if truth(&mut words)? => head.targets = Some(TargetLine::Number),
            _ if directive.starts_with('@') => {}
            _ => return Err(wrong("a line that starts with @ or #")),
        }
    }
    Err(source.malformed(last, "@data", "the end of the file"))
}

/// Reads the dimensions of a sequence; its numbers, `[time, dimensions]`, and how many dimensions there are.
fn read_sequence<T: Number>(
    source: &Source,
    line: usize,
    series: &str,
    dimensions: Option<usize>,
) -> Result<(Vec<T>, usize), DataError> {
    let width = series.split(':').count();
    if let Some(expected) = dimensions
        && width != expected
    {
        let expected = format!("{expected} dimensions between ':'");
        return Err(source.malformed(line, expected, width.to_string()));
    }
    let steps = series.split(':').next().map_or(0, |first| first.split(',').count());
    // All are counted before any memory is taken: else a long first dimension and many empty ones would take the square
    // of the line.
    for (dimension, values) in series.split(':').enumerate() {
        let found = values.split(',').count();
        if found != steps {
            let expected =
                format!("{steps} numbers in dimension {}, as in the first", dimension + 1);
            return Err(source.malformed(line, expected, found.to_string()));
        }
    }
    let mut numbers = vec![T::default(); steps * width];
    for (dimension, values) in series.split(':').enumerate() {
        for (step, text) in values.split(',').enumerate() {
            let text = text.trim();
            let number = if text == "?" || text.eq_ignore_ascii_case("nan") {
                T::from_f64(f64::NAN)
            } else {
                let number = text.parse().map(T::from_f64).ok();
                number.filter(|number| number.to_f64().is_finite()).ok_or_else(|| {
                    source.malformed(line, "a finite number, ? or NaN", quoted(text))
                })?
            };
            numbers[step * width + dimension] = number;
        }
    }
    Ok((numbers, width))
}
