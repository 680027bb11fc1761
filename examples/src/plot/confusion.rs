//! A confusion matrix as a picture.

use crate::canvas::{Canvas, Colour, FRAME, INK, LINE, PAPER, extent, mixed};
use neuropil::Confusion;
use std::path::Path;

/// Width and height of a cell, which holds a number of five places.
const CELL: [usize; 2] = [72, 48];
/// Space around all.
const MARGIN: usize = 24;
/// What stands above the columns, and to the left of the rows.
const COLUMNS: &str = "taken for";
const ROWS: &str = "is a";

const BLUE: Colour = [0x1f, 0x77, 0xb4];
const ORANGE: Colour = [0xd9, 0x5f, 0x02];

/// Draws how often each class (row) was taken for each (column): on the diagonal, in blue, what is
/// right; elsewhere in orange what is wrong, the darker the more. Cells of zero are blank.
///
/// # Errors
/// If the file cannot be written.
pub fn write_confusion(confusion: &Confusion, file: &Path) -> Result<(), png::EncodingError> {
    draw(confusion).write(file)
}

fn draw(confusion: &Confusion) -> Canvas {
    let classes = confusion.classes();
    let [across, down] = CELL;
    let (left, top) = (MARGIN + extent(ROWS)[0] + across, MARGIN + 2 * LINE + MARGIN);
    let mut canvas =
        Canvas::new(left + classes * across + MARGIN, top + classes * down + 2 * MARGIN);
    canvas.centered([left + classes * across / 2, MARGIN], COLUMNS, INK);
    let middle = |at: usize, side: usize| at + side / 2;
    canvas.text([MARGIN, middle(top, classes * down) - LINE / 2], ROWS, INK);

    let pairs = || (0..classes).flat_map(|label| (0..classes).map(move |class| (label, class)));
    let wrong = pairs().filter(|(label, class)| label != class);
    let most = wrong.map(|(label, class)| confusion.count(label, class)).fold(1.0, f64::max);
    for class in 0..classes {
        let (x, y) = (left + class * across, top + class * down);
        canvas.centered([middle(x, across), top - LINE], &class.to_string(), INK);
        canvas.centered([left - LINE, middle(y, down)], &class.to_string(), INK);
    }
    for (label, class) in pairs() {
        let count = confusion.count(label, class);
        let (share, full) = match label == class {
            true => (count / confusion.support(label).max(1.0), BLUE),
            // The root, so that one mistake shows beside many.
            false => ((count / most).sqrt(), ORANGE),
        };
        let place = [left + class * across, top + label * down];
        canvas.rectangle(place, CELL, FRAME);
        let colour = mixed(0.8 * share as f32, full);
        canvas.rectangle(place.map(|at| at + 1), CELL.map(|side| side - 2), colour);
        if count > 0.0 {
            let ink = if share > 0.8 { PAPER } else { INK };
            let center = [middle(place[0], across), middle(place[1], down)];
            canvas.centered(center, &format!("{count:.0}"), ink);
        }
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::tests::pixels;
    use neuropil::losses::Target;
    use neuropil::metrics::{ConfusionMatrix, Metric};

    #[test]
    fn each_count_stands_in_its_cell() {
        // 0, 0, 1 and 1 taken for 0, 1, 1 and 1.
        let y = [0.9_f32, 0.1, 0.2, 0.8, 0.4, 0.6, 0.4, 0.6];
        let confusion = ConfusionMatrix.of(2, &y, Target::Labels(&[0, 0, 1, 1])).unwrap();
        let canvas = draw(&confusion);
        let names: usize = ["0", "1", "0", "1", COLUMNS, ROWS].map(pixels).iter().sum();
        // Half of the zeros is right: dark on pale blue. All ones are: white on blue, as is the one
        // mistake, of which there are most.
        assert_eq!(canvas.count(INK), names + pixels("1"));
        let inner = (CELL[0] - 2) * (CELL[1] - 2);
        assert_eq!(canvas.count(mixed(0.4, BLUE)), inner - pixels("1"));
        assert_eq!(canvas.count(mixed(0.8, BLUE)), inner - pixels("2"));
        assert_eq!(canvas.count(mixed(0.8, ORANGE)), inner - pixels("1"));
    }
}
