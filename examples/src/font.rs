//! A font of 5 x 7 pixels, with the characters that captions of digits need.

/// Width of a character.
pub(crate) const WIDTH: usize = 5;
/// Height of a character.
pub(crate) const HEIGHT: usize = 7;

/// The rows of a character, top to bottom, `#` for ink; blank if the font lacks it.
pub(crate) fn glyph(character: char) -> [&'static str; HEIGHT] {
    match character {
        '0' => [" ### ", "#   #", "#  ##", "# # #", "##  #", "#   #", " ### "],
        '1' => ["  #  ", " ##  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "],
        '2' => [" ### ", "#   #", "    #", "   # ", "  #  ", " #   ", "#####"],
        '3' => [" ### ", "#   #", "    #", "  ## ", "    #", "#   #", " ### "],
        '4' => ["   # ", "  ## ", " # # ", "#  # ", "#####", "   # ", "   # "],
        '5' => ["#####", "#    ", "#### ", "    #", "    #", "#   #", " ### "],
        '6' => [" ### ", "#    ", "#    ", "#### ", "#   #", "#   #", " ### "],
        '7' => ["#####", "    #", "   # ", "  #  ", "  #  ", "  #  ", "  #  "],
        '8' => [" ### ", "#   #", "#   #", " ### ", "#   #", "#   #", " ### "],
        '9' => [" ### ", "#   #", "#   #", " ####", "    #", "    #", " ### "],
        '%' => ["##   ", "##  #", "   # ", "  #  ", " #   ", "#  ##", "   ##"],
        '.' => ["     ", "     ", "     ", "     ", "     ", " ##  ", " ##  "],
        'a' => ["     ", "     ", " ### ", "    #", " ####", "#   #", " ####"],
        'd' => ["    #", "    #", " ####", "#   #", "#   #", "#   #", " ####"],
        'i' => ["  #  ", "     ", " ##  ", "  #  ", "  #  ", "  #  ", " ### "],
        's' => ["     ", "     ", " ####", "#    ", " ### ", "    #", "#### "],
        _ => ["     "; HEIGHT],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_differ_and_have_the_size_of_the_font() {
        let characters: Vec<char> = "0123456789%.adis ".chars().collect();
        for (i, &character) in characters.iter().enumerate() {
            let rows = glyph(character);
            let fits = |row: &str| row.len() == WIDTH && row.chars().all(|c| "# ".contains(c));
            assert!(rows.iter().all(|row| fits(row)), "{character}");
            for &other in &characters[..i] {
                assert_ne!(rows, glyph(other), "{character} looks like {other}");
            }
        }
    }
}
