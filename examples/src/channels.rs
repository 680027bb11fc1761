//! What a convolution holds, as pictures: the filters it has learned, and the maps that it makes of
//! an image, one picture a channel.

use crate::canvas::{self, Canvas, Colour, INK, extent, mixed};
use std::path::Path;

/// About how wide a picture is on the sheet, so that large and small ones line up.
const SIDE: usize = 72;
/// Space around a picture.
const GAP: usize = 10;
/// Height of a caption.
const LINE: usize = canvas::LINE + 4;
/// Space around all.
const MARGIN: usize = 24;

const BLUE: Colour = [0x1f, 0x77, 0xb4];
const ORANGE: Colour = [0xd9, 0x5f, 0x02];
const BLACK: Colour = [0, 0, 0];

/// Pictures of one size, under a line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel<'a> {
    /// What stands above: small letters, digits and `. , : - x %`.
    pub caption: String,
    /// The pixels of the pictures, one picture after the other, each from its top left. The largest
    /// magnitude has the full colour: orange above zero and blue below, or black if none is below.
    pub pixels: &'a [f32],
    /// Height and width of a picture.
    pub size: [usize; 2],
    /// Pictures side by side.
    pub columns: usize,
}

/// Writes the panels as a PNG, one below the other.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If a panel's pixels are not a whole number of pictures, or it has no columns.
pub fn write_panels(panels: &[Panel<'_>], file: &Path) -> Result<(), png::EncodingError> {
    draw(panels).write(file)
}

impl Panel<'_> {
    fn zoom(&self) -> usize {
        (SIDE / self.size[1]).max(1)
    }

    /// From one picture to the next, across and down.
    fn step(&self) -> [usize; 2] {
        let [height, width] = self.size;
        [width, height].map(|side| side * self.zoom() + GAP)
    }

    fn pictures(&self) -> usize {
        self.pixels.len() / (self.size[0] * self.size[1])
    }

    /// Width and height on the sheet.
    fn extent(&self) -> [usize; 2] {
        let [across, down] = self.step();
        let columns = self.pictures().clamp(1, self.columns);
        let width = (columns * across - GAP).max(extent(&self.caption)[0]);
        [width, LINE + self.pictures().div_ceil(self.columns) * down + GAP]
    }

    fn draw(&self, sheet: &mut Canvas, top: usize) {
        let [across, down] = self.step();
        let count = self.size[0] * self.size[1];
        assert!(self.pixels.len().is_multiple_of(count), "the pixels of whole pictures");
        let largest = self.pixels.iter().fold(0.0_f32, |most, pixel| most.max(pixel.abs()));
        let signed = self.pixels.iter().any(|&pixel| pixel < 0.0);
        let colour = |&pixel: &f32| {
            let full = match signed {
                true if pixel < 0.0 => BLUE,
                true => ORANGE,
                false => BLACK,
            };
            mixed(pixel.abs() / largest.max(f32::MIN_POSITIVE), full)
        };
        sheet.text([MARGIN, top], &self.caption, INK);
        for (i, picture) in self.pixels.chunks(count).enumerate() {
            let (column, row) = (i % self.columns, i / self.columns);
            let place = [MARGIN + column * across, top + LINE + row * down];
            sheet.picture(place, self.size[1], self.zoom(), picture.iter().map(colour));
        }
    }
}

fn draw(panels: &[Panel<'_>]) -> Canvas {
    let extents: Vec<_> = panels.iter().map(Panel::extent).collect();
    let width = extents.iter().map(|extent| extent[0]).max().unwrap_or(0);
    let height: usize = extents.iter().map(|extent| extent[1]).sum();
    let mut sheet = Canvas::new(width + 2 * MARGIN, height + 2 * MARGIN);
    let mut top = MARGIN;
    for (panel, [_, height]) in panels.iter().zip(extents) {
        panel.draw(&mut sheet, top);
        top += height;
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::{PAPER, tests::pixels};

    #[test]
    fn pictures_stand_in_rows_under_their_caption() {
        let maps = [0.0, 0.5, 1.0, 2.0, 2.0, 2.0];
        let caption = "maps".to_owned();
        let panel = Panel { caption, pixels: &maps, size: [1, 2], columns: 2 };
        let sheet = draw(&[panel]);
        assert_eq!(sheet.size()[0], 2 * MARGIN + 2 * SIDE + GAP);
        assert_eq!(sheet.count(INK), pixels("maps"));
        let (top, across, down) = (MARGIN + LINE, SIDE + GAP, SIDE / 2 + GAP);
        assert_eq!(sheet.at(MARGIN, top), PAPER);
        assert_eq!(sheet.at(MARGIN + SIDE / 2, top), [191; 3]);
        assert_eq!(sheet.at(MARGIN + across + SIDE / 2, top), BLACK);
        assert_eq!(sheet.at(MARGIN, top + down), BLACK);
        assert_eq!(sheet.at(MARGIN + across, top + down), PAPER); // there is no fourth
    }

    #[test]
    fn numbers_below_zero_are_blue_and_those_above_orange() {
        let panel =
            Panel { caption: String::new(), pixels: &[-1.0, 1.0], size: [1, 1], columns: 2 };
        let sheet = draw(&[panel.clone(), panel]);
        assert_eq!(sheet.count(BLUE), 2 * SIDE * SIDE);
        assert_eq!(sheet.count(ORANGE), 2 * SIDE * SIDE);
    }
}
