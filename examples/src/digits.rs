//! A sheet of pictures of digits with captions, as a PNG.

use crate::font;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Height and width of a digit.
const SIDE: usize = 28;
/// Pixels of the sheet for one pixel of a digit, and of the font.
const ZOOM: usize = 5;
const FONT_ZOOM: usize = 2;
/// Space around a digit.
const MARGIN: usize = 24;
/// Height of a line of a caption.
const LINE: usize = FONT_ZOOM * (font::HEIGHT + 3);
/// A digit with its two lines and its share of the margins.
const CELL: [usize; 2] = [SIDE * ZOOM + MARGIN, SIDE * ZOOM + MARGIN + 2 * LINE];
const COLUMNS: usize = 6;

const PAPER: [u8; 3] = [255, 255, 255];
const FRAME: [u8; 3] = [200, 200, 200];
const RED: [u8; 3] = [190, 30, 30];
const GREEN: [u8; 3] = [20, 120, 60];

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

/// Writes the digits as a PNG, six to a row, each with what the network said of it, how sure it
/// was, and what it is.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If an image is not 28 x 28.
pub fn write_mistakes(mistakes: &[Mistake<'_>], file: &Path) -> Result<(), png::EncodingError> {
    let sheet = draw(mistakes);
    let file = BufWriter::new(File::create(file)?);
    let mut encoder = png::Encoder::new(file, sheet.width as u32, sheet.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(sheet.pixels.as_flattened())?;
    writer.finish()
}

fn draw(mistakes: &[Mistake<'_>]) -> Canvas {
    let rows = mistakes.len().div_ceil(COLUMNS).max(1);
    let mut sheet = Canvas::new(COLUMNS * CELL[0] + MARGIN, rows * CELL[1] + MARGIN);
    for (i, mistake) in mistakes.iter().enumerate() {
        let Mistake { image, predicted, confidence, label } = mistake;
        assert_eq!(image.len(), SIDE * SIDE, "the pixels of a digit");
        let (left, top) = (MARGIN + i % COLUMNS * CELL[0], MARGIN + i / COLUMNS * CELL[1]);
        let side = SIDE * ZOOM;
        sheet.rectangle(left - 1, top - 1, side + 2, side + 2, FRAME);
        for (pixel, ink) in image.iter().enumerate() {
            let shade = [(255.0 * (1.0 - ink)).round() as u8; 3];
            let (x, y) = (left + pixel % SIDE * ZOOM, top + pixel / SIDE * ZOOM);
            sheet.rectangle(x, y, ZOOM, ZOOM, shade);
        }
        let caption = top + side + LINE - FONT_ZOOM * font::HEIGHT;
        let percent = (1000.0 * confidence).floor() / 10.0; // 99.96 % is no certainty
        sheet.text(left, caption, &format!("said {predicted} {percent:.1}%"), RED);
        sheet.text(left, caption + LINE, &format!("is {label}"), GREEN);
    }
    sheet
}

/// Pixels in rows from the top left.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        let pixels = vec![PAPER; width * height];
        Self { width, height, pixels }
    }

    fn rectangle(&mut self, left: usize, top: usize, width: usize, height: usize, colour: [u8; 3]) {
        for row in self.pixels.chunks_exact_mut(self.width).skip(top).take(height) {
            row[left..left + width].fill(colour);
        }
    }

    fn text(&mut self, left: usize, top: usize, text: &str, colour: [u8; 3]) {
        for (place, character) in text.chars().enumerate() {
            let left = left + place * (font::WIDTH + 1) * FONT_ZOOM;
            for (y, row) in font::glyph(character).iter().enumerate() {
                for (x, _) in row.match_indices('#') {
                    let (x, y) = (left + x * FONT_ZOOM, top + y * FONT_ZOOM);
                    self.rectangle(x, y, FONT_ZOOM, FONT_ZOOM, colour);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_shows_each_digit_in_its_place_with_its_captions() {
        let (paper, ink) = ([0.0; SIDE * SIDE], [1.0; SIDE * SIDE]);
        let of = |image| Mistake { image, predicted: 8, confidence: 0.9996, label: 3 };
        let mut mistakes = vec![of(&paper[..]); COLUMNS];
        mistakes.push(of(&ink)); // the first of the second row
        let sheet = draw(&mistakes);
        assert_eq!(sheet.width, COLUMNS * CELL[0] + MARGIN);
        assert_eq!(sheet.height, 2 * CELL[1] + MARGIN);
        assert_eq!(sheet.pixels.len(), sheet.width * sheet.height);

        let at = |x: usize, y: usize| sheet.pixels[y * sheet.width + x];
        assert_eq!(at(MARGIN, MARGIN), PAPER);
        assert_eq!(at(MARGIN, MARGIN + CELL[1]), [0; 3]);
        // Each caption is there in full.
        let count = |colour| sheet.pixels.iter().filter(|&&pixel| pixel == colour).count();
        let pixels = |text: &str| -> usize {
            let of_character = |c| font::glyph(c).concat().matches('#').count();
            text.chars().map(of_character).sum::<usize>() * FONT_ZOOM * FONT_ZOOM
        };
        assert_eq!(count(RED), 7 * pixels("said 8 99.9%"));
        assert_eq!(count(GREEN), 7 * pixels("is 3"));
    }
}
