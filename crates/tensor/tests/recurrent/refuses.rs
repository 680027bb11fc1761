//! What does not fit is told with its numbers.

use crate::runs::{CELLS, Case};
use neuropil_simd::Level;

fn message(case: &Case) -> String {
    let run = || case.forward::<f32>(Level::current(), &case.numbers());
    let panic = std::panic::catch_unwind(run).expect_err("a panic");
    panic.downcast_ref::<String>().expect("a message").clone()
}

#[test]
fn lengths() {
    for (length, row) in [(0, 0), (5, 2)] {
        let mut case = Case::new(CELLS[0], 3, 4, 2, 3);
        let mut lengths = vec![1; 3];
        lengths[row] = length;
        case.lengths = Some(lengths);
        let expected = format!("the length of row {row} is {length}, expected 1 to 4");
        assert!(message(&case).contains(&expected), "{}", message(&case));
    }
}

#[test]
fn wrong_lengths_of_slices() {
    let case = Case { packed: false, ..Case::new(CELLS[4], 3, 4, 2, 3) };
    let mut n = case.numbers::<f32>();
    n.u.pop();
    let run = || case.forward(Level::current(), &n);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).expect_err("a panic");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert_eq!(message, "recurrent: U has 35 numbers, expected 36");
}
