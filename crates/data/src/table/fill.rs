//! What the cells of chosen columns become: numbers or indices, row by row.

use super::encoding::{Encoding, TableInputs};
use super::features::{Column, Features, Kind, Missing};
use super::{Categories, Table, repeated};
use crate::error::DataError;
use crate::inputs::Inputs;
use crate::number::Number;
use crate::source::quoted;

/// The most names that [`Features::one_hot`] makes columns of: a column of names that are all different would make a
/// row as wide as the table is long.
const MOST_CATEGORIES: usize = 1024;

/// A column found in the table, with its cells.
enum Cells {
    Numbers(Vec<Option<f64>>),
    Ordinal(Categories),
    OneHot(Categories),
}

impl Features<'_> {
    /// The rows that stay, when those are left out that miss a cell in a column where that means so.
    pub(super) fn kept_rows(
        &self,
        targets: &[&str],
        target_present: impl Fn(usize) -> bool,
    ) -> Result<Vec<usize>, DataError> {
        let places: Vec<usize> =
            self.columns.iter().map(|c| self.table.column(&c.name)).collect::<Result<_, _>>()?;
        let mut rows = Vec::new();
        'rows: for row in 0..self.table.rows() {
            for (column, &place) in self.columns.iter().zip(&places) {
                if column.missing == Missing::Drop && self.table.cell(row, place).is_none() {
                    continue 'rows;
                }
            }
            if target_present(row) {
                rows.push(row);
            } else if self.missing != Missing::Drop {
                let names: Vec<String> = targets.iter().map(|name| quoted(name)).collect();
                let expected = format!("a target in column {}", names.join(", "));
                return Err(self.table.malformed(row, expected, "a missing cell".to_owned()));
            }
        }
        Ok(rows)
    }

    /// The inputs of these rows, what each feature is, and the categories that were found.
    pub(super) fn fill<T: Number>(&self, rows: Vec<usize>) -> Result<TableInputs<T>, DataError> {
        let is_index = |column: &&Column| matches!(column.kind, Kind::Index(_));
        if self.columns.iter().any(|column| is_index(&column)) {
            return match self.columns.iter().find(|column| !is_index(column)) {
                None => self.fill_indices(rows),
                Some(other) => Err(DataError::Mixed {
                    file: self.table.file.clone(),
                    column: other.name.clone(),
                }),
            };
        }
        self.fill_numbers(rows)
    }

    fn fill_indices<T>(&self, rows: Vec<usize>) -> Result<TableInputs<T>, DataError> {
        let mut columns = Vec::new();
        let mut limit = 0;
        for column in &self.columns {
            let names = match &column.kind {
                Kind::Index(names) => names.as_deref(),
                _ => None,
            };
            let found = categories(self.table, &column.name, names)?;
            let start = limit;
            let keeps = matches!(column.missing, Missing::Keep | Missing::Indicate);
            limit += found.names.len() + usize::from(keeps);
            columns.push((column, start as u32, found));
        }
        let mut indices = Vec::with_capacity(rows.len() * columns.len());
        for &row in &rows {
            for (column, start, found) in &columns {
                let code = match found.codes[row] {
                    None if column.missing == Missing::Refuse => {
                        return Err(self.missing_cell(row, column));
                    }
                    None => found.names.len() as u32,
                    Some(code) => code,
                };
                indices.push(start + code);
            }
        }
        let features = self.columns.iter().map(|column| column.name.clone()).collect();
        let learnt = |(column, _, found): (&Column, u32, Categories)| Column {
            kind: Kind::Index(Some(found.names)),
            ..column.clone()
        };
        let encoding = Encoding { columns: columns.into_iter().map(learnt).collect() };
        Ok(TableInputs { inputs: Inputs::Indices { indices, limit }, features, rows, encoding })
    }

    fn missing_cell(&self, row: usize, column: &Column) -> DataError {
        let expected = format!("a value in column {}", quoted(&column.name));
        self.table.malformed(row, expected, "a missing cell".to_owned())
    }

    fn fill_numbers<T: Number>(&self, rows: Vec<usize>) -> Result<TableInputs<T>, DataError> {
        let mut features = Vec::new();
        let mut columns = Vec::new();
        for column in &self.columns {
            let (name, table) = (&column.name, self.table);
            columns.push(match &column.kind {
                Kind::Number => {
                    features.push(name.clone());
                    Cells::Numbers(table.numbers(name)?)
                }
                Kind::Ordinal(names) => {
                    features.push(name.clone());
                    Cells::Ordinal(categories(table, name, names.as_deref())?)
                }
                Kind::Index(_) => unreachable!("indices are filled on their own"),
                Kind::OneHot(names) => {
                    let found = categories(table, name, names.as_deref())?;
                    if names.is_none() && found.names.len() > MOST_CATEGORIES {
                        return Err(DataError::Categories {
                            file: table.file.clone(),
                            column: name.clone(),
                            found: found.names.len(),
                            most: MOST_CATEGORIES,
                        });
                    }
                    features.extend(found.names.iter().map(|one| format!("{name}={one}")));
                    Cells::OneHot(found)
                }
            });
            if column.missing == Missing::Indicate {
                features.push(format!("{name} missing"));
            }
        }
        let mut numbers = Vec::with_capacity(rows.len() * features.len());
        for &row in &rows {
            for (column, cells) in self.columns.iter().zip(&columns) {
                let missing = self.push(&mut numbers, row, column, cells)?;
                if missing && column.missing == Missing::Refuse {
                    return Err(self.missing_cell(row, column));
                }
                if column.missing == Missing::Indicate {
                    numbers.push(T::from_f64(f64::from(u8::from(missing))));
                }
            }
        }
        let learnt = |(column, cells): (&Column, Cells)| {
            let kind = match cells {
                Cells::Numbers(_) => Kind::Number,
                Cells::Ordinal(found) => Kind::Ordinal(Some(found.names)),
                Cells::OneHot(found) => Kind::OneHot(Some(found.names)),
            };
            Column { kind, ..column.clone() }
        };
        let encoding = Encoding { columns: self.columns.iter().zip(columns).map(learnt).collect() };
        Ok(TableInputs { inputs: Inputs::Numbers(numbers), features, rows, encoding })
    }

    /// Appends what a cell becomes; whether it is missing.
    fn push<T: Number>(
        &self,
        numbers: &mut Vec<T>,
        row: usize,
        column: &Column,
        cells: &Cells,
    ) -> Result<bool, DataError> {
        let missing = T::from_f64(f64::NAN);
        match cells {
            Cells::Numbers(column_numbers) => {
                let number = column_numbers[row];
                numbers.push(match number {
                    Some(number) => rounded(self.table, row, &column.name, number)?,
                    None => missing,
                });
                Ok(number.is_none())
            }
            Cells::Ordinal(categories) => {
                let code = categories.codes[row];
                numbers.push(code.map_or(missing, |code| T::from_f64(f64::from(code))));
                Ok(code.is_none())
            }
            Cells::OneHot(categories) => {
                let start = numbers.len();
                numbers.resize(start + categories.names.len(), T::default());
                let code = categories.codes[row];
                if let Some(code) = code {
                    numbers[start + code as usize] = T::from_f64(1.0);
                }
                Ok(code.is_none())
            }
        }
    }
}

/// A cell's number as `T`, which may be too small for it.
pub(super) fn rounded<T: Number>(
    table: &Table,
    row: usize,
    column: &str,
    number: f64,
) -> Result<T, DataError> {
    let rounded = T::from_f64(number);
    if number.is_finite() && !rounded.to_f64().is_finite() {
        let type_name = std::any::type_name::<T>();
        let expected = format!("a number that {type_name} can hold in column {}", quoted(column));
        let cell = table.cell(row, table.column(column)?).unwrap_or_default();
        return Err(table.malformed(row, expected, quoted(cell)));
    }
    Ok(rounded)
}

/// A column's categories, of these names if given.
pub(super) fn categories(
    table: &Table,
    column: &str,
    names: Option<&[String]>,
) -> Result<Categories, DataError> {
    let found = table.categories(column)?;
    let Some(names) = names else { return Ok(found) };
    if let Some(category) = repeated(names.iter().map(String::as_str)) {
        return Err(DataError::CategoryTwice {
            file: table.file.clone(),
            column: column.to_owned(),
            category: category.to_owned(),
        });
    }
    let places: Vec<Option<u32>> = found
        .names
        .iter()
        .map(|one| names.iter().position(|name| name == one).map(|place| place as u32))
        .collect();
    let mut codes = found.codes;
    for (row, code) in codes.iter_mut().enumerate() {
        let Some(old) = *code else { continue };
        if places[old as usize].is_none() {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            let expected = format!("one of {} in column {}", names.join(", "), quoted(column));
            return Err(table.malformed(row, expected, quoted(&found.names[old as usize])));
        }
        *code = places[old as usize];
    }
    Ok(Categories { names: names.to_vec(), codes })
}
