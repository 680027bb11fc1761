//! Series in time: airline passengers, carbon dioxide, sunspots.

use std::path::Path;

use super::find;
use crate::error::DataError;
use crate::source::quoted;
use crate::table::Csv;

/// Reads the airline passengers, in thousands, of the 144 months from January 1949 to December 1960. The file is
/// `airline.csv`, plain or with `.gz`.
///
/// ```no_run
/// use neuropil_data::{Dataset, Windows, airline};
///
/// let passengers = airline("examples/data/timeseries")?;
/// let data: Dataset = Windows::new(12).forecast(&passengers)?;
/// assert_eq!((data.len(), data.shape()), (132, &[12, 1][..]));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// Source: G. Box, G. Jenkins, Time Series Analysis, 1976, series G.
///
/// # Errors
/// [`DataError::Missing`] if the file isn't there, and as [`Csv::open`].
pub fn airline(directory: impl AsRef<Path>) -> Result<Vec<f32>, DataError> {
    column(directory.as_ref(), "airline.csv", "Passengers")
}

/// Reads the carbon dioxide in the air at Mauna Loa, in parts per million, of 2,284 weeks from 29 March 1958 to 29
/// December 2001. 59 weeks are missing: NaN, which [`interpolate`](crate::interpolate) fills. The file is `co2.csv`,
/// plain or with `.gz`.
///
/// Source: C. Keeling, T. Whorf, Scripps Institution of Oceanography.
///
/// # Errors
/// As [`airline`].
pub fn co2(directory: impl AsRef<Path>) -> Result<Vec<f32>, DataError> {
    column(directory.as_ref(), "co2.csv", "co2")
}

/// Reads the mean sunspot numbers of the 309 years from 1700 to 2008. The file is `sunspots.csv`, plain or with `.gz`.
///
/// Source: National Geophysical Data Center.
///
/// # Errors
/// As [`airline`].
pub fn sunspots(directory: impl AsRef<Path>) -> Result<Vec<f32>, DataError> {
    column(directory.as_ref(), "sunspots.csv", "SUNACTIVITY")
}

/// Reads the mean sunspot numbers of the 3,126 months from January 1749 to June 2009. The file is
/// `sunspots_monthly.dat`, plain or with `.gz`: between two rules of dashes a line a year, the year and its months.
///
/// Source: National Geophysical Data Center.
///
/// # Errors
/// As [`airline`].
pub fn sunspots_monthly(directory: impl AsRef<Path>) -> Result<Vec<f32>, DataError> {
    const MONTHS: usize = 12;
    let source = find(directory.as_ref(), "sunspots_monthly.dat")?;
    let is_rule = |line: &str| line.starts_with("---");
    let mut lines =
        source.text()?.lines().enumerate().map(|(place, line)| (place + 1, line.trim()));
    let mut last = 1;
    if !lines.by_ref().any(|(_, line)| is_rule(line)) {
        return Err(source.malformed(last, "a rule of dashes", "none"));
    }
    let (mut numbers, mut year): (Vec<f32>, Option<u32>) = (Vec::new(), None);
    let mut ended = false;
    for (line, text) in lines.filter(|(_, line)| !line.is_empty()) {
        last = line;
        if is_rule(text) {
            ended = true;
            break;
        }
        let mut words = text.split_whitespace();
        let found: Option<u32> = words.next().and_then(|word| word.parse().ok());
        if found.is_none() || year.is_some_and(|year| found != Some(year + 1)) {
            let expected =
                year.map_or("a year".to_owned(), |year| format!("the year {}", year + 1));
            return Err(source.malformed(line, expected, quoted(text)));
        }
        // Only the last year may be incomplete.
        if !numbers.len().is_multiple_of(MONTHS) {
            return Err(source.malformed(line, "the end after an incomplete year", quoted(text)));
        }
        year = found;
        let before = numbers.len();
        for word in words {
            let number = word.parse().ok().filter(|number: &f32| number.is_finite());
            numbers.push(
                number.ok_or_else(|| source.malformed(line, "a finite number", quoted(word)))?,
            );
        }
        let months = numbers.len() - before;
        if months == 0 || months > MONTHS {
            return Err(source.malformed(line, "1 to 12 months", format!("{months}")));
        }
    }
    if !ended || numbers.is_empty() {
        return Err(source.malformed(last, "years and a rule of dashes behind them", "the end"));
    }
    Ok(numbers)
}

/// A column of numbers, NaN where a cell is missing.
fn column(directory: &Path, file: &str, column: &str) -> Result<Vec<f32>, DataError> {
    let numbers = Csv::new().read(&find(directory, file)?)?.numbers(column)?;
    Ok(numbers.into_iter().map(|number| number.map_or(f32::NAN, |number| number as f32)).collect())
}
