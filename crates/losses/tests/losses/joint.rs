//! What is true of single losses of several inputs.

use crate::inputs::numbers;
use neuropil_losses::{
    CosineDistance, CosineEmbedding, Distance, Float, GaussianNll, JointLoss, LossError,
    LpDistance, MarginRanking, TripletMargin, TripletMarginWithDistance,
};

/// Value and the gradients of those that have one.
fn both<L: JointLoss<3>>(loss: &L, width: usize, x: [&[f64]; 3]) -> (f64, [Vec<f64>; 3]) {
    let mut i = 0;
    let mut dx = x.map(|x| {
        i += 1;
        if loss.differentiates(i - 1) { vec![f64::NAN; x.len()] } else { vec![] }
    });
    let given = dx.each_mut().map(|dx| (!dx.is_empty()).then_some(&mut dx[..]));
    (loss.both(width, x, None, given).expect("good inputs"), dx)
}

/// Where a hinge is at its corner, there is no cost and no gradient.
#[test]
fn corners_of_hinges_have_no_gradient() {
    let (value, [d1, d2, _]) = both(&MarginRanking::new(), 1, [&[2.0], &[2.0], &[1.0]]);
    assert_eq!((value, d1, d2), (0.0, vec![0.0], vec![0.0]));
    let loss = MarginRanking::new().margin(1.0).expect("a margin");
    let (value, [d1, ..]) = both(&loss, 1, [&[3.0], &[2.0], &[1.0]]);
    assert_eq!((value, d1), (0.0, vec![0.0]));
    let (value, [d1, ..]) = both(&loss, 1, [&[2.5], &[2.0], &[1.0]]);
    assert_eq!((value, d1), (0.5, vec![-1.0]));
    let loss = LpDistance::euclidean().epsilon(0.0).map(TripletMarginWithDistance::new);
    let (value, [da, ..]) = both(&loss.expect("an epsilon"), 1, [&[0.0], &[1.0], &[2.0]]);
    assert_eq!((value, da), (0.0, vec![0.0]));
}

#[test]
fn cosines_of_vectors_without_a_direction() {
    let loss = CosineEmbedding::new();
    let (value, [d1, d2, _]) = both(&loss, 2, [&[0.0, 0.0], &[3.0, 4.0], &[1.0]]);
    assert_eq!(value, 1.0);
    // 1e-12 under the root: the gradient is large, but finite.
    assert!((d1[0] + 3.0 / 5.0 * 1e6).abs() < 1.0 && d2 == [0.0, 0.0]);
    let large = [1e200, -1e200];
    let (value, _) = both(&loss, 2, [&large, &large, &[1.0]]);
    assert!(value.is_nan()); // squares are beyond f64
    let large = [1e30_f32, 0.0];
    assert!(loss.value(2, [&large, &large, &[1.0]], None).expect("inputs").is_nan());
    let large = [1e15_f32, 1e15];
    assert!(loss.value(2, [&large, &large, &[1.0]], None).expect("inputs").abs() < 1e-6);
}

/// d(a, b) of all p, by its definition.
#[test]
fn distances_are_their_formula() {
    for p in [0.5, 1.0, 1.5, 2.0, 3.0, 7.5, 40.0, f64::INFINITY] {
        for width in [1, 2, 3, 8, 17, 40] {
            let (a, b) = (numbers::<f64>(width, 3.0, 1), numbers::<f64>(width, 3.0, 2));
            let distance = LpDistance::new(p).expect("a p");
            let u = a.iter().zip(&b).map(|(a, b)| (a - b + 1e-6).abs());
            let expected = match p {
                f64::INFINITY => u.fold(0.0, f64::max),
                _ => u.map(|u| u.powf(p)).sum::<f64>().powf(1.0 / p),
            };
            let d = distance.value(&a, &b);
            assert!((d - expected).abs() <= 1e-13 * expected, "p {p}: {d} for {expected}");
            slopes(&distance, &a, &b, &format!("p {p}, width {width}"));
        }
    }
    let (a, b) = (numbers::<f64>(9, 3.0, 3), numbers::<f64>(9, 3.0, 4));
    slopes(&CosineDistance, &a, &b, "cosine");
}

/// Both gradients are central differences, and are added.
fn slopes(distance: &impl Distance, a: &[f64], b: &[f64], what: &str) {
    let d = distance.value(a, b);
    let (mut da, mut db) = (vec![10.0; a.len()], vec![10.0; a.len()]);
    distance.backward(a, b, d, 0.5, &mut da);
    distance.backward_second(a, b, d, 0.5, &mut db);
    for i in 0..a.len() {
        let moved = |step: f64, second: bool| {
            let (mut a, mut b) = (a.to_vec(), b.to_vec());
            (if second { &mut b } else { &mut a })[i] += step;
            distance.value(&a, &b)
        };
        for (dx, second) in [(da[i], false), (db[i], true)] {
            let expected = 10.0 + 0.5 * (moved(1e-6, second) - moved(-1e-6, second)) / 2e-6;
            assert!(
                (dx - expected).abs() <= 1e-7 * expected.abs().max(10.0),
                "{what}, {i}: {dx} for {expected}"
            );
        }
    }
}

#[test]
fn distances_of_extremes() {
    let zero = LpDistance::new(3.0).and_then(|p| p.epsilon(0.0)).expect("settings");
    let (a, mut da) = ([1.0, 2.0], [0.0; 2]);
    assert_eq!(zero.value(&a, &a), 0.0);
    zero.backward(&a, &a, 0.0, 1.0, &mut da);
    assert_eq!(da, [0.0; 2]); // no direction
    // Powers alone would be beyond the type.
    let p = LpDistance::new(8.0).expect("a p");
    assert!((p.value(&[1e30_f32, 0.0], &[0.0, 0.0]) / 1e30 - 1.0).abs() < 1e-6);
    assert_eq!(p.value(&[f64::INFINITY, 0.0], &[0.0, 0.0]), f64::INFINITY);
    for p in [1.0, 2.0, 3.0, f64::INFINITY] {
        let distance = LpDistance::new(p).expect("a p");
        let (x, mut dx) = ([f64::NAN, 0.0], [0.0; 2]);
        let d = distance.value(&x, &[0.0, 1.0]);
        assert!(d.is_nan(), "p {p}");
        distance.backward(&x, &[0.0, 1.0], d, 1.0, &mut dx);
        assert!(dx[0].is_nan(), "p {p}");
    }
    // Numbers that are all the largest share the gradient.
    let largest = LpDistance::new(f64::INFINITY).and_then(|p| p.epsilon(0.0)).expect("settings");
    let mut da = [0.0; 3];
    largest.backward(&[2.0, -2.0, 1.0], &[0.0; 3], 2.0, 1.0, &mut da);
    assert_eq!(da, [0.5, -0.5, 0.0]);
}

/// TripletMargin is the one with a distance.
#[test]
fn the_two_triplet_losses_agree() {
    let x: [Vec<f64>; 3] = [1, 2, 3].map(|seed| numbers(8 * 5, 2.0, seed));
    let x = x.each_ref().map(|x| &x[..]);
    for (p, swap) in [(1.0, false), (2.0, true), (3.0, true)] {
        let simple = TripletMargin::new().swap(swap).p(p).and_then(|loss| loss.margin(0.5));
        let other = LpDistance::new(p).map(TripletMarginWithDistance::new);
        let other = other.map(|loss| loss.swap(swap)).and_then(|loss| loss.margin(0.5));
        assert_eq!(both(&simple.expect("settings"), 5, x), both(&other.expect("settings"), 5, x));
    }
}

/// A tie of the swapped distances gives each one half.
#[test]
fn a_swap_of_equals() {
    let x: [&[f64]; 3] = [&[0.0, 0.0], &[0.0, 0.0], &[0.5, 0.0]];
    let loss = LpDistance::euclidean().epsilon(0.0).map(TripletMarginWithDistance::new);
    let (value, [da, dp, dn]) = both(&loss.expect("an epsilon").swap(true), 2, x);
    assert_eq!(value, 0.5);
    assert_eq!((da, dp, dn), (vec![0.5, 0.0], vec![0.5, 0.0], vec![-1.0, 0.0]));
}

#[test]
fn variances_below_epsilon_stand_still_and_can_grow() {
    let loss = GaussianNll::new().epsilon(0.5).expect("an epsilon");
    let (value, [dm, dt, dv]) = both(&loss, 1, [&[1.0], &[0.0], &[0.125]]);
    assert!((value - (0.5_f64.ln() + 2.0) / 2.0).abs() < 1e-15);
    assert_eq!((dm, dt, dv), (vec![2.0], vec![-2.0], vec![(2.0 - 4.0) / 2.0]));
    // One variance for a row is as many equal ones, and has the sum of their gradients.
    let (mean, target) = (numbers::<f64>(3 * 7, 2.0, 1), numbers::<f64>(3 * 7, 2.0, 2));
    let each: Vec<f64> = [0.25, 2.0, 1.0].iter().flat_map(|&v| [v; 7]).collect();
    for full in [false, true] {
        let loss = GaussianNll::new().full(full);
        let (one, [dm, dt, dv]) = both(&loss, 7, [&mean, &target, &each]);
        let shared = loss.shared_variance();
        let (other, [em, et, ev]) = both(&shared, 7, [&mean, &target, &[0.25, 2.0, 1.0]]);
        assert!((one - other).abs() <= 1e-14);
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-14);
        assert!(near(&dm, &em) && near(&dt, &et));
        let sums: Vec<f64> = dv.chunks(7).map(|dv| dv.iter().sum()).collect();
        assert!(near(&sums, &ev), "{sums:?} for {ev:?}");
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    fn says<T: std::fmt::Debug>(result: Result<T, LossError>) -> String {
        result.expect_err("it should have failed").to_string()
    }
    for (says, expected) in [
        (
            says(MarginRanking::new().margin(f64::NAN)),
            "MarginRanking: margin is NaN; it must be finite",
        ),
        (
            says(CosineEmbedding::new().margin(1.5)),
            "CosineEmbedding: margin is 1.5; it must be in [-1, 1]",
        ),
        (
            says(TripletMargin::new().margin(0.0)),
            "TripletMargin: margin is 0; it must be positive and finite",
        ),
        (says(TripletMargin::new().p(0.0)), "TripletMargin: p is 0; it must be positive"),
        (says(TripletMargin::new().p(f64::NAN)), "TripletMargin: p is NaN; it must be positive"),
        (
            says(TripletMargin::new().epsilon(-1.0)),
            "TripletMargin: epsilon is -1; it must be finite and not negative",
        ),
        (
            says(TripletMarginWithDistance::new(CosineDistance).margin(-1.0)),
            "TripletMarginWithDistance: margin is -1; it must be positive and finite",
        ),
        (says(LpDistance::new(-2.0)), "LpDistance: p is -2; it must be positive"),
        (
            says(GaussianNll::new().epsilon(0.0)),
            "GaussianNll: epsilon is 0; it must be positive and finite",
        ),
    ] {
        assert_eq!(says, expected);
    }
}

#[test]
fn numbers_that_are_none_are_named_with_their_row() {
    let says = |result: Result<f64, LossError>| result.expect_err("it should fail").to_string();
    let (x, y) = ([0.0_f64; 4], [1.0, -1.0, 1.0, 0.5]);
    assert_eq!(
        says(MarginRanking::new().value(2, [&x, &x, &y], None)),
        "MarginRanking: y of row 1 is 0.5; it must be 1 or -1"
    );
    assert_eq!(
        says(CosineEmbedding::new().value(1, [&x, &x, &y], None)),
        "CosineEmbedding: y of row 3 is 0.5; it must be 1 or -1"
    );
    assert_eq!(
        says(GaussianNll::new().value(2, [&x, &x, &y], None)),
        "GaussianNll: variance of row 0 is -1; it must be not negative"
    );
    let mut dy = [0.0; 4];
    let y = [1.0; 4];
    assert_eq!(
        says(MarginRanking::new().both(2, [&x, &x, &y], None, [None, None, Some(&mut dy)])),
        "MarginRanking: there is no gradient of y"
    );
}

/// What f32 cannot hold exactly is NaN where it must be, and stays.
#[test]
fn a_nan_stays() {
    fn check<T: Float, L: JointLoss<3>>(loss: &L, good: [[f64; 2]; 3]) {
        for input in (0..3).filter(|&input| loss.differentiates(input)) {
            let mut x = good.map(|x| x.map(T::of));
            x[input][0] = T::NAN;
            let len: [usize; 3] = std::array::from_fn(|i| loss.input_width(i, 2));
            let x: [&[T]; 3] = std::array::from_fn(|i| &x[i][..len[i]]);
            let mut d = [T::ZERO; 2];
            let mut dx: [Option<&mut [T]>; 3] = [None, None, None];
            dx[input] = Some(&mut d[..len[input]]);
            assert!(loss.both(2, x, None, dx).expect("inputs").is_nan(), "{loss:?}");
            assert!(d[0].is_nan(), "{loss:?}: {d:?}");
        }
    }
    let points = [[1.0, 2.0], [0.5, -1.0], [1.0, 1.0]];
    check::<f32, _>(&MarginRanking::new(), points);
    check::<f64, _>(&CosineEmbedding::new(), points);
    check::<f32, _>(&GaussianNll::new(), points);
    check::<f32, _>(&GaussianNll::new().shared_variance(), points);
    check::<f64, _>(&TripletMargin::new(), points);
    check::<f32, _>(&TripletMargin::new().swap(true), points);
    check::<f32, _>(&TripletMarginWithDistance::new(CosineDistance).swap(true), points);
}
