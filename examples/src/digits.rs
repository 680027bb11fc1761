//! The digits that a network gets wrong, and a sheet of them with captions, as a PNG.

use crate::Failure;
use crate::canvas::{Canvas, Colour, LINE, extent, mixed};
use neuropil::prelude::*;
use std::path::Path;

/// Height and width of a digit.
const SIDE: usize = 28;
/// Pixels of the sheet for one pixel of a digit.
const ZOOM: usize = 5;
/// Space around a digit.
const MARGIN: usize = 24;
/// A digit with its two lines and its share of the margins.
const CELL: [usize; 2] = [SIDE * ZOOM + MARGIN, SIDE * ZOOM + MARGIN + 2 * LINE];
const COLUMNS: usize = 6;

const BLACK: Colour = [0, 0, 0];
const RED: Colour = [190, 30, 30];
const GREEN: Colour = [20, 120, 60];

/// A digit, what a network took it for, and what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake<'a> {
    /// 28 x 28 pixels from the top left, 0 (paper) to 1 (ink).
    pub image: &'a [f32],
    /// The digit that the network saw.
    pub predicted: usize,
    /// The probability that it gave to it.
    pub confidence: f32,
    /// The digit that it is.
    pub label: usize,
}

/// The digits that the network gets wrong, the surest first.
///
/// # Errors
/// If the network does not take the data, or a digit has no label.
pub fn mistakes<'d>(net: &mut Network, data: &'d Dataset) -> Result<Vec<Mistake<'d>>, Failure> {
    let logits = net.predict_all(data)?;
    let mut probabilities = vec![0.0; logits.len()];
    Softmax.forward(10, &logits, &mut probabilities);
    let mut mistakes = Vec::new();
    for (row, probabilities) in probabilities.chunks(10).enumerate() {
        let label = data.label(row).ok_or("a digit without a label")? as usize;
        let larger = |a, b| if probabilities[b] > probabilities[a] { b } else { a };
        let predicted = (0..10).fold(0, larger);
        if predicted != label {
            let (image, confidence) = (data.input(row), probabilities[predicted]);
            mistakes.push(Mistake { image, predicted, confidence, label });
        }
    }
    mistakes.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    Ok(mistakes)
}

/// Writes the digits as a PNG, six to a row, each with what the network said of it, how sure it
/// was, and what it is.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If an image is not 28 x 28.
pub fn write_mistakes(mistakes: &[Mistake<'_>], file: &Path) -> Result<(), png::EncodingError> {
    draw(mistakes).write(file)
}

fn draw(mistakes: &[Mistake<'_>]) -> Canvas {
    let rows = mistakes.len().div_ceil(COLUMNS).max(1);
    let mut sheet = Canvas::new(COLUMNS * CELL[0] + MARGIN, rows * CELL[1] + MARGIN);
    for (i, mistake) in mistakes.iter().enumerate() {
        let Mistake { image, predicted, confidence, label } = mistake;
        assert_eq!(image.len(), SIDE * SIDE, "the pixels of a digit");
        let (left, top) = (MARGIN + i % COLUMNS * CELL[0], MARGIN + i / COLUMNS * CELL[1]);
        sheet.picture([left, top], SIDE, ZOOM, image.iter().map(|&ink| mixed(ink, BLACK)));
        let percent = (1000.0 * confidence).floor() / 10.0; // 99.96 % is no certainty
        let said = format!("said {predicted} {percent:.1}%");
        let caption = top + SIDE * ZOOM + LINE - extent(&said)[1];
        sheet.text([left, caption], &said, RED);
        sheet.text([left, caption + LINE], &format!("is {label}"), GREEN);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::{PAPER, tests::pixels};

    #[test]
    fn a_sheet_shows_each_digit_in_its_place_with_its_captions() {
        let (paper, ink) = ([0.0; SIDE * SIDE], [1.0; SIDE * SIDE]);
        let of = |image| Mistake { image, predicted: 8, confidence: 0.9996, label: 3 };
        let mut mistakes = vec![of(&paper[..]); COLUMNS];
        mistakes.push(of(&ink)); // the first of the second row
        let sheet = draw(&mistakes);
        assert_eq!(sheet.size(), [COLUMNS * CELL[0] + MARGIN, 2 * CELL[1] + MARGIN]);
        assert_eq!(sheet.at(MARGIN, MARGIN), PAPER);
        assert_eq!(sheet.at(MARGIN, MARGIN + CELL[1]), BLACK);
        // Each caption is there in full.
        assert_eq!(sheet.count(RED), 7 * pixels("said 8 99.9%"));
        assert_eq!(sheet.count(GREEN), 7 * pixels("is 3"));
    }
}
