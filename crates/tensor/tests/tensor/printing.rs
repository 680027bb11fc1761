use neuropil_tensor::Tensor;

/// Golden text, with the margin of this file's indentation removed.
#[track_caller]
fn assert_prints(printed: impl std::fmt::Display, golden: &str) {
    let golden: Vec<&str> = golden
        .trim_matches('\n')
        .lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line))
        .collect();
    let printed = printed.to_string();
    assert_eq!(printed, golden.join("\n").trim_end(), "\n{printed}\n");
}

#[test]
fn ranks() {
    assert_prints(Tensor::from(1.5_f32), "1.5");
    assert_prints(Tensor::from([1.0_f32, 2.0, -3.0]), "[ 1.0,  2.0, -3.0]");
    assert_prints(
        Tensor::from([[1.0_f64, 0.25], [-10.0, 100.0]]),
        "
        [[  1.00,   0.25],
         [-10.00, 100.00]]",
    );
    assert_prints(
        Tensor::<f32>::arange(8).reshape([2, 2, 2]).unwrap(),
        "
        [[[0.0, 1.0],
          [2.0, 3.0]],

         [[4.0, 5.0],
          [6.0, 7.0]]]",
    );
    assert_prints(
        Tensor::<f32>::arange(4).reshape([2, 1, 1, 2]).unwrap(),
        "
        [[[[0.0, 1.0]]],


         [[[2.0, 3.0]]]]",
    );
}

#[test]
fn views_print_what_they_show() {
    let x = Tensor::<f32>::arange(6).reshape([2, 3]).unwrap();
    assert_prints(
        x.transposed(),
        "
        [[0.0, 3.0],
         [1.0, 4.0],
         [2.0, 5.0]]",
    );
    assert_prints(x.select(1, 1).unwrap(), "[1.0, 4.0]");
}

#[test]
fn empty() {
    assert_prints(Tensor::<f32>::zeros([0]), "[]");
    assert_prints(Tensor::<f32>::zeros([0, 3]), "[]");
    assert_prints(
        Tensor::<f32>::zeros([2, 0]),
        "
        [[],
         []]",
    );
}

#[test]
fn decimals_as_needed_up_to_four() {
    assert_prints(Tensor::from([0.5_f32, 0.125]), "[0.500, 0.125]");
    assert_prints(Tensor::from([0.1_f32, 1.0 / 3.0]), "[0.1000, 0.3333]");
    assert_prints(Tensor::from([f32::NAN, f32::NEG_INFINITY, 1.0]), "[ NaN, -inf,  1.0]");
}

#[test]
fn an_exponent_for_extremes() {
    assert_prints(Tensor::from([1e8_f32, 1.0]), "[1.0e8, 1.0e0]");
    assert_prints(Tensor::from([99_999_999.0_f64, 1.0]), "[99999999.0,        1.0]");
    assert_prints(Tensor::from([1e-4_f64, 1.0]), "[0.0001, 1.0000]");
    assert_prints(Tensor::from([1.25e-5_f64, 0.0, -3.0]), "[1.25e-5,  0.00e0, -3.00e0]");
}

#[test]
fn a_precision_is_kept() {
    let x = Tensor::from([1.0_f32, 2.0 / 3.0, 1e-9]);
    assert_prints(format!("{x:.3}"), "[1.000, 0.667, 0.000]");
    assert_prints(format!("{x:.0}"), "[1, 1, 0]");
    assert_prints(format!("{x:8.1}"), "[     1.0,      0.7,      0.0]");
}

#[test]
fn more_than_a_thousand_elements_are_abridged() {
    let x = Tensor::<f64>::arange(1001);
    assert_prints(&x, "[   0.0,    1.0,    2.0, ...,  998.0,  999.0, 1000.0]");
    assert_eq!(format!("{x:#}").matches(',').count(), 1000);
    assert_prints(
        Tensor::<f64>::arange(4 * 300).reshape([4, 300]).unwrap(),
        "
        [[   0.0,    1.0,    2.0, ...,  297.0,  298.0,  299.0],
         [ 300.0,  301.0,  302.0, ...,  597.0,  598.0,  599.0],
         [ 600.0,  601.0,  602.0, ...,  897.0,  898.0,  899.0],
         [ 900.0,  901.0,  902.0, ..., 1197.0, 1198.0, 1199.0]]",
    );
    assert_prints(
        Tensor::<f64>::arange(2 * 600).reshape([600, 2]).unwrap(),
        "
        [[   0.0,    1.0],
         [   2.0,    3.0],
         [   4.0,    5.0],
         ...,
         [1194.0, 1195.0],
         [1196.0, 1197.0],
         [1198.0, 1199.0]]",
    );
}

#[test]
fn long_rows_go_on_in_the_next_line() {
    assert_prints(
        Tensor::<f32>::arange(40).reshape([2, 20]).unwrap(),
        "
        [[ 0.0,  1.0,  2.0,  3.0,  4.0,  5.0,  6.0,  7.0,  8.0,  9.0, 10.0, 11.0, 12.0,
          13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0],
         [20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0, 29.0, 30.0, 31.0, 32.0,
          33.0, 34.0, 35.0, 36.0, 37.0, 38.0, 39.0]]",
    );
    // Sixteen numbers of three characters with what separates and closes them take 80 columns;
    // nine of seven would take 81.
    assert_eq!(Tensor::<f32>::ones([16]).to_string().len(), 80);
    assert_eq!(Tensor::full([9], 10_000.0_f32).to_string().lines().count(), 2);
    let printed = Tensor::<f32>::arange(1000).to_string();
    assert!(printed.lines().all(|line| line.len() <= 80));
    assert!(printed.lines().rev().skip(1).all(|line| line.len() > 80 - 7), "lines are filled");
}

#[test]
fn debug_is_one_line() {
    let x = Tensor::from([[1.0_f32, 0.1], [f32::NAN, 4.0]]);
    assert_eq!(format!("{x:?}"), "Tensor<f32> [2, 2]: [1.0, 0.1, NaN, 4.0]");
    assert_eq!(format!("{:?}", x.transposed()), "View<f32> [2, 2]: [1.0, NaN, 0.1, 4.0]");
    let long = format!("{:?}", Tensor::<f64>::zeros([5, 5]));
    assert_eq!(long, format!("Tensor<f64> [5, 5]: [{}...]", "0.0, ".repeat(16)));
}
