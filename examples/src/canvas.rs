//! Pixels to draw rectangles, text and small pictures on, written as a PNG.

use crate::font;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Pixels of the canvas for one pixel of the font.
const FONT_ZOOM: usize = 2;
/// Height of a line of text.
pub(crate) const LINE: usize = FONT_ZOOM * (font::HEIGHT + 3);

pub(crate) type Colour = [u8; 3];
pub(crate) const PAPER: Colour = [255, 255, 255];
pub(crate) const INK: Colour = [36, 41, 46];
pub(crate) const FRAME: Colour = [200, 200, 200];

/// Pixels in rows from the top left.
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let pixels = vec![PAPER; width * height];
        Self { width, height, pixels }
    }

    pub(crate) fn rectangle(
        &mut self,
        [left, top]: [usize; 2],
        [width, height]: [usize; 2],
        colour: Colour,
    ) {
        for row in self.pixels.chunks_exact_mut(self.width).skip(top).take(height) {
            row[left..left + width].fill(colour);
        }
    }

    /// Draws a picture of so many pixels a row, each as a square of `zoom`, in a frame around it.
    pub(crate) fn picture(
        &mut self,
        [left, top]: [usize; 2],
        width: usize,
        zoom: usize,
        pixels: impl ExactSizeIterator<Item = Colour>,
    ) {
        let (across, down) = (width * zoom, pixels.len() / width * zoom);
        self.rectangle([left - 1, top - 1], [across + 2, down + 2], FRAME);
        for (pixel, colour) in pixels.enumerate() {
            let place = [left + pixel % width * zoom, top + pixel / width * zoom];
            self.rectangle(place, [zoom; 2], colour);
        }
    }

    /// Writes from this corner.
    pub(crate) fn text(&mut self, [left, top]: [usize; 2], text: &str, colour: Colour) {
        for (place, character) in text.chars().enumerate() {
            let left = left + place * (font::WIDTH + 1) * FONT_ZOOM;
            for (y, row) in font::glyph(character).iter().enumerate() {
                for (x, _) in row.match_indices('#') {
                    let place = [left + x * FONT_ZOOM, top + y * FONT_ZOOM];
                    self.rectangle(place, [FONT_ZOOM; 2], colour);
                }
            }
        }
    }

    /// Writes around this point.
    pub(crate) fn centered(&mut self, [x, y]: [usize; 2], text: &str, colour: Colour) {
        let [width, height] = extent(text);
        self.text([x - width / 2, y - height / 2], text, colour);
    }

    pub(crate) fn write(&self, file: &Path) -> Result<(), png::EncodingError> {
        let file = BufWriter::new(File::create(file)?);
        let mut encoder = png::Encoder::new(file, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()
    }
}

/// Width and height of a line of text, without the space around it.
pub(crate) fn extent(text: &str) -> [usize; 2] {
    let width = text.chars().count() * (font::WIDTH + 1) * FONT_ZOOM;
    [width.saturating_sub(FONT_ZOOM), font::HEIGHT * FONT_ZOOM]
}

/// Paper, and up to this colour, by a share from 0 to 1.
pub(crate) fn mixed(share: f32, full: Colour) -> Colour {
    let share = share.clamp(0.0, 1.0);
    full.map(|part| (255.0 - share * (255.0 - f32::from(part))).round() as u8)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    impl Canvas {
        pub(crate) fn size(&self) -> [usize; 2] {
            [self.width, self.height]
        }

        pub(crate) fn at(&self, x: usize, y: usize) -> Colour {
            self.pixels[y * self.width + x]
        }

        /// How many pixels have this colour.
        pub(crate) fn count(&self, colour: Colour) -> usize {
            self.pixels.iter().filter(|&&pixel| pixel == colour).count()
        }
    }

    /// How many pixels a text has.
    pub(crate) fn pixels(text: &str) -> usize {
        let of_character = |c| font::glyph(c).concat().matches('#').count();
        text.chars().map(of_character).sum::<usize>() * FONT_ZOOM * FONT_ZOOM
    }

    #[test]
    fn text_stands_around_its_point() {
        let mut canvas = Canvas::new(101, 41);
        canvas.centered([50, 20], "8", INK);
        assert_eq!(canvas.count(INK), pixels("8"));
        // The middle of an 8 is ink, its left end five pixels of paper to the edge of the glyph.
        assert_eq!(extent("8"), [10, 14]);
        assert_eq!((canvas.at(50, 20), canvas.at(44, 20), canvas.at(56, 20)), (INK, PAPER, PAPER));
    }

    #[test]
    fn shares_mix_paper_with_a_colour() {
        assert_eq!((mixed(0.0, INK), mixed(1.0, INK)), (PAPER, INK));
        assert_eq!((mixed(-1.0, INK), mixed(2.0, INK)), (PAPER, INK));
        assert_eq!(mixed(0.5, [55, 255, 155]), [155, 255, 205]);
    }
}
