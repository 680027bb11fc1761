//! Columns that stand under each other.

use std::fmt;

/// Writes rows of cells in columns; `right` says which are numbers, set to the right.
pub(crate) fn write<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    right: [bool; N],
    rows: &[[String; N]],
) -> fmt::Result {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for (i, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for ((cell, width), right) in row.iter().zip(widths).zip(right) {
            line += &match right {
                true => format!("{cell:>width$}  "),
                false => format!("{cell:width$}  "),
            };
        }
        f.write_str(line.trim_end())?;
        if i + 1 < rows.len() {
            f.write_str("\n")?;
        }
    }
    Ok(())
}

/// A number with three digits that count.
pub(crate) fn short(x: f64) -> String {
    if x == 0.0 || (1e-3..1e5).contains(&x.abs()) {
        let digits = if x == 0.0 { 0.0 } else { x.abs().log10().floor() };
        let places = (2.0 - digits).clamp(0.0, 5.0) as usize;
        format!("{x:.places$}")
    } else if x.is_finite() {
        format!("{x:.2e}")
    } else {
        x.to_string()
    }
}

/// Bytes in the unit that suits them.
pub(super) fn bytes(bytes: usize) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        10_240..10_485_760 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0)),
    }
}
