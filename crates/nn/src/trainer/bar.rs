//! The progress of one epoch on the terminal.

use super::Epoch;
#[cfg(feature = "progress")]
use std::time::Instant;

#[derive(Debug)]
pub(super) struct Bar {
    lines: bool,
    #[cfg(feature = "progress")]
    bar: Option<indicatif::ProgressBar>,
    #[cfg(feature = "progress")]
    last: Instant,
}

#[cfg(feature = "progress")]
impl Bar {
    pub fn new(shown: bool, epoch: u64, epochs: u64, batches: usize) -> Self {
        let bar = shown.then(|| {
            let bar = indicatif::ProgressBar::new(batches as u64);
            let template = "epoch {prefix} {bar:30} {pos:>4}/{len} {msg}";
            if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸ "));
            }
            bar.with_prefix(format!("{epoch:>2}/{epochs}"))
        });
        Self { lines: shown, bar, last: Instant::now() }
    }

    /// Batches that were done before.
    pub fn skip(&mut self, batches: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(batches as u64);
        }
    }

    pub fn step(&mut self, batches: usize, cost: f64, accuracy: Option<f64>) {
        let Some(bar) = &self.bar else { return };
        // A message is a string on the heap: ten a second are enough to read, and cost nothing.
        if self.last.elapsed().as_millis() >= 100 {
            self.last = Instant::now();
            let accuracy =
                accuracy.map_or_else(String::new, |value| format!(", accuracy {value:.4}"));
            bar.set_message(format!("cost {cost:.4}{accuracy}"));
        }
        bar.set_position(batches as u64);
    }

    pub fn done(self, epoch: &Epoch) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        if self.lines {
            eprintln!("{epoch}");
        }
    }
}

#[cfg(not(feature = "progress"))]
impl Bar {
    pub fn new(shown: bool, _epoch: u64, _epochs: u64, _batches: usize) -> Self {
        Self { lines: shown }
    }

    pub fn skip(&mut self, _batches: usize) {}

    pub fn step(&mut self, _batches: usize, _cost: f64, _accuracy: Option<f64>) {}

    pub fn done(self, epoch: &Epoch) {
        if self.lines {
            eprintln!("{epoch}");
        }
    }
}
