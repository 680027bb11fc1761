//! Tables as text: values between commas, tabs or any character, or between runs of white space.

use std::path::Path;

use ::csv::{ReaderBuilder, StringRecord, Terminator};

use super::{MISSING, Table, repeated};
use crate::error::{DataError, counted};
use crate::source::{Source, quoted};

/// How a table is written: a builder, whose [`open`](Self::open) and [`read`](Self::read) read one.
///
/// Defaults: values between commas; the first line names the columns; quotes `"` around a value that holds a comma, a
/// line break or a quote, which is doubled (RFC 4180); white space around a value doesn't count; the cells "", NA, N/A,
/// NaN, nan, NULL, null and ? are missing; empty lines are passed over; each row has as many values as the first.
///
/// ```
/// use neuropil_data::{Csv, Source};
///
/// let source = Source::of("three.txt", &b"1 2\n3  4\n-9 6"[..])?;
/// let table = Csv::new().whitespace().no_header().missing(["-9"]).read(&source)?;
/// assert_eq!(table.numbers("0")?, [Some(1.0), Some(3.0), None]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Csv {
    /// None: white space.
    delimiter: Option<u8>,
    comment: Option<u8>,
    header: bool,
    skip: usize,
    missing: Vec<String>,
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}

impl Csv {
    /// The defaults that stand above.
    pub fn new() -> Self {
        let missing = MISSING.map(str::to_owned).to_vec();
        Self { delimiter: Some(b','), comment: None, header: true, skip: 0, missing }
    }

    /// Values stand between this character, such as `b'\t'` or `b';'`: ASCII, and neither a quote nor a line break.
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// Values stand between runs of white space, and there are no quotes.
    pub fn whitespace(mut self) -> Self {
        self.delimiter = None;
        self
    }

    /// The first line is a row; the columns are named "0", "1" and so on.
    pub fn no_header(mut self) -> Self {
        self.header = false;
        self
    }

    /// Passes over the first `lines` lines, whatever is in them.
    pub fn skip(mut self, lines: usize) -> Self {
        self.skip = lines;
        self
    }

    /// Lines that start with this character are comments: ASCII, and neither a quote nor a line break.
    pub fn comment(mut self, character: u8) -> Self {
        self.comment = Some(character);
        self
    }

    /// What stands for a missing cell, in place of the defaults.
    pub fn missing<S: Into<String>>(mut self, cells: impl IntoIterator<Item = S>) -> Self {
        self.missing = cells.into_iter().map(Into::into).collect();
        self
    }

    /// Reads a file, gzipped or plain.
    ///
    /// # Errors
    /// As [`Source::open`] and [`read`](Self::read).
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Table, DataError> {
        self.read(&Source::open(path)?)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// - [`DataError::Malformed`], with file and line: the bytes are not UTF-8, there is no line of names where there
    ///   should be one, two columns have one name, a row has more or fewer values than the first, a quote is not
    ///   closed.
    /// - [`DataError::Character`]: a [`delimiter`](Self::delimiter) or [`comment`](Self::comment) that cannot be one.
    pub fn read(&self, source: &Source) -> Result<Table, DataError> {
        for (what, byte) in [("delimiter", self.delimiter), ("comment", self.comment)] {
            // A byte that is not ASCII is only a part of a character.
            if let Some(byte) = byte.filter(|byte| !byte.is_ascii() || b"\"\n\r".contains(byte)) {
                return Err(DataError::Character { what, byte });
            }
        }
        let mut text = source.text()?;
        for line in 0..self.skip {
            let Some((_, rest)) = text.split_once('\n') else {
                let found = counted(line + usize::from(!text.is_empty()), "line");
                let expected = format!("more than the {} to pass over", counted(self.skip, "line"));
                return Err(source.malformed(line + 1, expected, found));
            };
            text = rest;
        }
        let mut rows = Rows {
            source,
            header: self.header,
            table: Table {
                file: source.name().to_owned(),
                names: Vec::new(),
                text: String::new(),
                ends: Vec::new(),
                lines: Vec::new(),
                missing: self.missing.clone(),
            },
        };
        match self.delimiter {
            Some(delimiter) => self.read_delimited(delimiter, text, &mut rows)?,
            None => {
                for (number, line) in text.lines().enumerate() {
                    let values = line.split_ascii_whitespace();
                    let comment = self.comment.is_some_and(|c| line.as_bytes().first() == Some(&c));
                    if !comment && values.clone().next().is_some() {
                        rows.add(number + 1 + self.skip, values)?;
                    }
                }
            }
        }
        if rows.table.names.is_empty() {
            let expected = if self.header { "a line of column names" } else { "a row" };
            let last = text.lines().count() + self.skip;
            return Err(source.malformed(last.max(1), expected, "the end"));
        }
        Ok(rows.table)
    }

    fn read_delimited(
        &self,
        delimiter: u8,
        text: &str,
        rows: &mut Rows<'_>,
    ) -> Result<(), DataError> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .comment(self.comment)
            .terminator(Terminator::CRLF)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        // Where the row starts, and in which line: counted here, since the library's count of a row is that of the
        // empty lines and comments before it.
        let (mut start, mut line) = (0, 1 + self.skip);
        loop {
            let read = reader
                .read_record(&mut record)
                .map_err(|error| rows.source.malformed(line, "a row", error.to_string()))?;
            // Only the first character is looked at: text without line feeds is one line to its end.
            while let Some(&first) = text.as_bytes().get(start) {
                if first == b'\n' || first == b'\r' {
                    start += 1;
                    line += usize::from(first == b'\n');
                } else if self.comment == Some(first) {
                    let rest = &text[start..];
                    start += rest.find('\n').unwrap_or(rest.len());
                } else {
                    break;
                }
            }
            if !read {
                return Ok(());
            }
            let end = reader.position().byte() as usize;
            let whole = &text[start..end.max(start)];
            if end == text.len() && is_open(whole, delimiter) {
                return Err(rows.source.malformed(
                    line,
                    "a quote at the end of the value",
                    "the end of the file",
                ));
            }
            rows.add(line, record.iter())?;
            line += whole.bytes().filter(|&byte| byte == b'\n').count();
            start = end.max(start);
        }
    }
}

/// Whether a quoted value of this row is never closed: a value is quoted if its first character is a quote, and ends
/// at a quote that no second one follows.
fn is_open(row: &str, delimiter: u8) -> bool {
    let mut bytes = row.bytes().peekable();
    let mut at_start = true;
    while let Some(byte) = bytes.next() {
        if at_start && byte == b'"' {
            loop {
                match bytes.next() {
                    None => return true,
                    Some(b'"') if bytes.peek() == Some(&b'"') => {
                        bytes.next();
                    }
                    Some(b'"') => break,
                    Some(_) => {}
                }
            }
        }
        at_start = byte == delimiter || byte == b'\n' || byte == b'\r';
    }
    false
}

/// A table as it grows.
struct Rows<'s> {
    source: &'s Source,
    header: bool,
    table: Table,
}

impl Rows<'_> {
    fn add<'v>(
        &mut self,
        line: usize,
        values: impl Iterator<Item = &'v str> + Clone,
    ) -> Result<(), DataError> {
        let table = &mut self.table;
        if table.names.is_empty() {
            if self.header {
                table.names = values.map(|name| name.trim().to_owned()).collect();
                return match repeated(table.names.iter().map(String::as_str)) {
                    Some(name) => {
                        Err(self.source.malformed(line, "different names", quoted(name) + " twice"))
                    }
                    None => Ok(()),
                };
            }
            table.names = (0..values.clone().count()).map(|place| place.to_string()).collect();
        }
        let before = table.ends.len();
        for value in values {
            table.text.push_str(value.trim());
            table.ends.push(table.text.len());
        }
        let (found, expected) = (table.ends.len() - before, table.names.len());
        if found != expected {
            let (expected, found) = (counted(expected, "value"), counted(found, "value"));
            return Err(self.source.malformed(line, expected, found));
        }
        table.lines.push(line);
        Ok(())
    }
}
