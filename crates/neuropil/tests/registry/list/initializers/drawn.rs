//! What of a weight is drawn, for initializers that leave some of it out or write some of it twice: each
//! checks what is not drawn and gives the rest.

/// Half of what each input feeds is zero.
pub fn half_sparse(w: &[f64], shape: &[usize]) -> Result<Vec<f64>, String> {
    let width = shape[shape.len() - 1];
    for (row, w) in w.chunks(width).enumerate() {
        let zeros = w.iter().filter(|w| **w == 0.0).count();
        if zeros != width.div_ceil(2) {
            return Err(format!("row {row} has {zeros} zeros of {width} numbers"));
        }
    }
    Ok(w.iter().copied().filter(|w| *w != 0.0).collect())
}

/// Four rows each are the same.
pub fn in_fours(w: &[f64], shape: &[usize]) -> Result<Vec<f64>, String> {
    let filter = w.len() / shape[0];
    let mut drawn = Vec::new();
    for (channel, four) in w.chunks(4 * filter).enumerate() {
        let first = &four[..filter];
        if four.chunks(filter).any(|other| other != first) {
            return Err(format!("the filters of channel {channel} differ"));
        }
        drawn.extend(first);
    }
    Ok(drawn)
}

/// The input gate is the forget gate's negative, g and o are zero: exp(b_f).
pub fn lengths_of_memory(w: &[f64], _shape: &[usize]) -> Result<Vec<f64>, String> {
    let (input, rest) = w.split_at(w.len() / 4);
    let (forget, rest) = rest.split_at(w.len() / 4);
    if input.iter().zip(forget).any(|(i, f)| *i != -f) || rest.iter().any(|w| *w != 0.0) {
        return Err(format!("{input:?}, {forget:?}, {rest:?}"));
    }
    Ok(forget.iter().map(|f| f.exp()).collect())
}

/// Nothing, if the weight is the pattern.
fn nothing(w: &[f64], pattern: impl Fn(usize) -> f64) -> Result<Vec<f64>, String> {
    match w.iter().enumerate().find(|(i, w)| **w != pattern(*i)) {
        Some((i, w)) => Err(format!("number {i} is {w}, not {}", pattern(i))),
        None => Ok(Vec::new()),
    }
}

/// A diagonal of these numbers.
fn diagonal(number: f64, w: &[f64], shape: &[usize]) -> Result<Vec<f64>, String> {
    let width = shape[shape.len() - 1];
    nothing(w, |i| if i / width == i % width { number } else { 0.0 })
}

/// A diagonal of ones.
pub fn ones_on_the_diagonal(w: &[f64], shape: &[usize]) -> Result<Vec<f64>, String> {
    diagonal(1.0, w, shape)
}

/// A diagonal of halves.
pub fn halves_on_the_diagonal(w: &[f64], shape: &[usize]) -> Result<Vec<f64>, String> {
    diagonal(0.5, w, shape)
}

/// The ones of two groups of channels with a window of one tap.
pub fn two_groups(w: &[f64], shape: &[usize]) -> Result<Vec<f64>, String> {
    let of_group = shape[0] / 2;
    nothing(w, |i| {
        let (output, input) = (i / shape[1], i % shape[1]);
        if output < 2 * of_group && output % of_group == input { 1.0 } else { 0.0 }
    })
}

/// Three in the second of four parts.
pub fn three_in_the_second_gate(w: &[f64], _shape: &[usize]) -> Result<Vec<f64>, String> {
    let hidden = w.len() / 4;
    nothing(w, |i| if i / hidden.max(1) == 1 { 3.0 } else { 0.0 })
}
