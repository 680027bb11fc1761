//! Whether the cost model of convolutions chooses well.
//!
//! `cargo run --release -p neuropil-tensor --example convolution_choices` measures, for layers of common
//! networks, forward and the gradient of the input with the layout that is chosen and with every other
//! one: the source in place or copied, and so many images side by side. They take turns; the number is
//! the median of the rounds' quotients, the quickest run of each. It ends with exit code 1 where another
//! layout takes less than 0.87 of the time of the one that was chosen.

use neuropil_tensor::Window;
use neuropil_tensor::convolution::{After, Choice, Convolution};
use std::process::ExitCode;
use std::time::Instant;

/// Rounds, and runs of a round.
const ROUNDS: usize = 9;
const RUNS: usize = 12;

/// How much quicker another layout must be to count.
const MARGIN: f64 = 0.87;

/// A layer: images, channels, outputs, side, window, groups.
type Layer = (usize, usize, usize, usize, Window, usize);

const fn window(kernel: usize, stride: usize, padding: usize) -> Window {
    Window { stride, before: padding, after: padding, ..Window::new(kernel) }
}

const LAYERS: [Layer; 14] = [
    (16, 1, 6, 28, window(5, 1, 2), 1),
    (16, 6, 16, 14, window(5, 1, 0), 1),
    (8, 3, 32, 32, window(3, 1, 1), 1),
    (8, 32, 32, 32, window(3, 1, 1), 1),
    (8, 64, 64, 16, window(3, 1, 1), 1),
    (8, 64, 64, 8, window(3, 1, 1), 1),
    (16, 64, 64, 4, window(3, 1, 1), 1),
    (16, 64, 64, 2, window(3, 1, 1), 1),
    (8, 64, 64, 7, window(1, 1, 0), 1),
    (8, 64, 64, 16, window(1, 1, 0), 1),
    (8, 64, 64, 32, window(1, 1, 0), 1),
    (4, 64, 64, 56, window(1, 1, 0), 1),
    (8, 64, 64, 16, window(3, 2, 1), 1),
    (8, 64, 64, 16, window(3, 1, 1), 64),
];

/// The quickest of some runs, in seconds.
fn quickest(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}

/// A layer with one layout, and its buffers.
struct Tried {
    what: String,
    convolution: Convolution,
    scratch: Vec<f32>,
}

fn main() -> ExitCode {
    let choices = [true, false]
        .into_iter()
        .flat_map(|in_place| [1, 2, 4, 8].map(|images| Choice { in_place, images: Some(images) }));
    let choices: Vec<Choice> = choices.collect();
    let mut wrong = 0;
    println!("time of each layout over that of the one chosen, forward / gradient of the input");
    for (images, channels, outputs, side, window, groups) in LAYERS {
        let shape = [channels, side, side];
        let made = |what: String, choice| {
            let made = Convolution::with_choice(shape, outputs, &[window; 2], groups, choice);
            let convolution = made.expect("a layer that fits");
            let scratch = vec![0.0; convolution.scratch_len::<f32>(images)];
            Tried { what, convolution, scratch }
        };
        let mut all = vec![made("chosen".into(), Choice::FREE)];
        for &choice in &choices {
            // In place, nothing is laid side by side.
            let Choice { in_place, images } = choice;
            if in_place && images != Some(1) {
                continue;
            }
            let place = if in_place { "free" } else { "copied" };
            all.push(made(format!("{place} {}", images.unwrap_or(0)), choice));
        }
        let first = &all[0].convolution;
        let name = format!("{images} x {} on {}", first.name(), first.input());
        let mut x = vec![0.5; images * first.input().len()];
        let mut y = vec![0.25; images * first.output().len()];
        let w = vec![0.125; first.weight().len()];
        let mut quotients = vec![[Vec::new(), Vec::new()]; all.len()];
        for _ in 0..ROUNDS {
            let mut times = Vec::new();
            for Tried { convolution, scratch, .. } in &mut all {
                let forward =
                    quickest(|| convolution.forward(&x, &w, After::NOTHING, &mut y, scratch));
                let back = quickest(|| convolution.input_gradient(&y, &w, false, &mut x, scratch));
                times.push([forward, back]);
                // So that numbers neither grow nor vanish.
                x.fill(0.5);
                y.fill(0.25);
            }
            for (quotients, time) in quotients.iter_mut().zip(&times) {
                for (pass, quotients) in quotients.iter_mut().enumerate() {
                    quotients.push(time[pass] / times[0][pass]);
                }
            }
        }
        let mut line = format!("{name:58}");
        for (tried, quotients) in all.iter().zip(&mut quotients).skip(1) {
            let median = |quotients: &mut Vec<f64>| {
                quotients.sort_by(f64::total_cmp);
                quotients[ROUNDS / 2]
            };
            let [forward, back] = quotients.each_mut().map(median);
            line += &format!("  {} {forward:.2}/{back:.2}", tried.what);
            if forward.min(back) < MARGIN {
                line += " !";
                wrong += 1;
            }
        }
        println!("{line}");
    }
    match wrong {
        0 => ExitCode::SUCCESS,
        _ => {
            println!("{wrong} layouts are quicker than the one that is chosen");
            ExitCode::FAILURE
        }
    }
}
