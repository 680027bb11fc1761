//! Whether a peer computed the same: no time is quoted of one that did not.

use super::message::Array;

/// The largest difference between two results: max |x - y| / max(|y|, r), where r is the root mean
/// square of y, so that what cancels to nothing is held to the size of its neighbours. Infinite if
/// there are no numbers, one has more, or any number of either is NaN or infinite: where both have
/// computed nothing of use, they do not agree.
pub fn difference(found: &Array, expected: &Array) -> f64 {
    let (found, expected) = (found.to_f64(), expected.to_f64());
    let all_finite = found.iter().chain(&expected).all(|x| x.is_finite());
    if found.len() != expected.len() || expected.is_empty() || !all_finite {
        return f64::INFINITY;
    }
    let squares: f64 = expected.iter().map(|y| y * y).sum();
    let size = (squares / expected.len() as f64).sqrt();
    let differences = found.iter().zip(&expected).map(|(x, y)| {
        if x == y {
            return 0.0;
        }
        let difference = (x - y).abs() / y.abs().max(size);
        if difference.is_finite() { difference } else { f64::INFINITY }
    });
    differences.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::difference;
    use crate::compare::message::Array;

    fn of(found: &[f64], expected: &[f64]) -> f64 {
        difference(&Array::F64(found.to_vec()), &Array::F64(expected.to_vec()))
    }

    #[test]
    fn equal_results_do_not_differ() {
        assert_eq!(of(&[1.0, -2.0, 0.0], &[1.0, -2.0, 0.0]), 0.0);
        assert_eq!(of(&[0.0, 0.0], &[0.0, 0.0]), 0.0);
        assert_eq!(difference(&Array::F32(vec![0.5]), &Array::F64(vec![0.5])), 0.0);
    }

    #[test]
    fn a_wrong_number_is_found_wherever_it_stands() {
        let right = vec![1.0; 1000];
        for place in [0, 500, 999] {
            let mut wrong = right.clone();
            wrong[place] = 1.01;
            assert!((of(&wrong, &right) - 0.01).abs() < 1e-9);
        }
    }

    #[test]
    fn a_large_number_is_held_to_itself_and_a_small_one_to_the_others() {
        assert!((of(&[1001.0, 1.0], &[1000.0, 1.0]) - 1e-3).abs() < 1e-9);
        // The size of the result is about 707.
        let found = of(&[1000.0, 1e-4], &[1000.0, 0.0]);
        assert!((found - 1e-4 / 1000.0 * 2.0_f64.sqrt()).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_is_missing_or_no_number_differs_without_bound() {
        for (found, expected) in [
            (&[1.0][..], &[1.0, 2.0][..]),
            (&[], &[]),
            (&[f64::NAN], &[1.0]),
            (&[1.0], &[f64::NAN]),
            (&[f64::INFINITY], &[1.0]),
            (&[1.0], &[f64::INFINITY]),
            (&[f64::NAN], &[f64::NAN]),
            (&[1.0, f64::INFINITY], &[1.0, f64::INFINITY]),
            // The size of the result is infinite, and of whatever is over it nothing is left.
            (&[1.0, 2.0], &[3.0, f64::NEG_INFINITY]),
            (&[1e-300], &[0.0]),
        ] {
            assert_eq!(of(found, expected), f64::INFINITY, "{found:?} {expected:?}");
        }
    }
}
