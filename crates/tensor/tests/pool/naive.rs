//! Which numbers a window sees, counted place by place.

use neuropil_tensor::{Rounding, Window};

/// The windows of one channel, in order.
pub struct Naive {
    pub output: Vec<usize>,
    pub windows: Vec<Seen>,
}

/// What a window sees.
#[derive(Clone, Default)]
pub struct Seen {
    /// The places in the channel, in order.
    pub places: Vec<usize>,
    /// How many of its places lie on the axes or in their padding.
    pub padded: usize,
}

impl Naive {
    /// All windows, if they fit.
    pub fn new(input: &[usize], windows: &[Window], rounding: Rounding) -> Option<Self> {
        let axes: Vec<Vec<Vec<isize>>> = input
            .iter()
            .zip(windows)
            .map(|(&length, window)| axis(length, window, rounding))
            .collect();
        if axes.iter().any(Vec::is_empty) {
            return None;
        }
        let output: Vec<usize> = axes.iter().map(Vec::len).collect();
        let mut all = vec![Seen { places: vec![0], padded: 1 }];
        for ((axis, &length), window) in axes.iter().zip(input).zip(windows) {
            let extended = |before: &Seen, places: &[isize]| {
                let on_axis = places.iter().filter(|&&at| (0..length as isize).contains(&at));
                let padded = -(window.before as isize)..(length + window.after) as isize;
                Seen {
                    places: before
                        .places
                        .iter()
                        .flat_map(|outer| {
                            on_axis.clone().map(move |&at| outer * length + at as usize)
                        })
                        .collect(),
                    padded: before.padded * places.iter().filter(|at| padded.contains(at)).count(),
                }
            };
            all = all
                .iter()
                .flat_map(|before| {
                    axis.iter().map(|places| extended(before, places)).collect::<Vec<_>>()
                })
                .collect();
        }
        Some(Self { output, windows: all })
    }
}

/// The places of each window on one axis.
fn axis(length: usize, window: &Window, rounding: Rounding) -> Vec<Vec<isize>> {
    let (before, end) = (window.before as isize, (length + window.after) as isize);
    let mut all = Vec::new();
    for start in (-before..end).step_by(window.stride) {
        let places: Vec<isize> =
            (0..window.kernel).map(|k| start + (k * window.dilation) as isize).collect();
        let last = places[places.len() - 1];
        let fits = match rounding {
            Rounding::Down => last < end,
            // It may lack less than a stride, and begins before the padding behind.
            Rounding::Up => last < end + window.stride as isize - 1 && start < length as isize,
        };
        if fits {
            all.push(places);
        }
    }
    all
}
