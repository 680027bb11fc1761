//! The fused projection and cross entropy is the layer and the loss, whatever their sizes, on any
//! number of threads.

use neuropil_nn::ops::LinearCrossEntropyOp;
use neuropil_nn::{BuildError, Error, NodeId, Real, prelude::*};
use neuropil_simd::Float;

/// Rows, rows within rows, features, classes.
type Sizes = [usize; 4];

/// The cost, and the gradients of x, weight and bias.
type Found<T> = (T, Vec<Vec<T>>);

/// Numbers in (-1, 1), the same in every run.
fn numbers<T: Float>(len: usize, seed: usize) -> Vec<T> {
    let place = |i: usize| (i + 7 * seed) as f64 * 0.618_033_988_749_894_9;
    (0..len).map(|i| T::of(2.0 * place(i).fract() - 1.0)).collect()
}

/// What a cost recorded by `record` comes to, of x and labels in a graph.
fn run<T: Real>(
    [rows, within, features, classes]: Sizes,
    ignored: Option<u32>,
    record: impl for<'g> Fn(Node<'g>, Node<'g>) -> Result<Node<'g>, BuildError>,
) -> Result<Found<T>, Error> {
    let graph = Graph::new();
    let (x, labels) = (graph.input("x", [within, features]), graph.index_input("labels", [within]));
    let cost = record(x, labels)?;
    let mut params = Params::<T>::new(&[&graph], 1)?;
    let mut plan = Plan::training(&graph, cost, &[])?;
    plan.track(x);
    let mut run = plan.run(&mut params, rows)?;
    run.input(x).copy_from_slice(&numbers(rows * within * features, 1));
    for (i, label) in run.indices(labels).iter_mut().enumerate() {
        *label = match ignored {
            Some(ignored) if i % 3 == 1 => ignored,
            _ => ((i * i * 31 + 5) % classes) as u32,
        };
    }
    run.forward()?;
    let value = run.value(NodeId::from(cost))[0];
    run.backward();
    let mut gradients = vec![run.gradient(x).unwrap_or_default().to_vec()];
    for path in ["head.weight", "head.bias"] {
        gradients.extend(params.gradient(path).ok().map(<[T]>::to_vec));
    }
    Ok((value, gradients))
}

/// Fused, and by a layer with its loss.
fn both<T: Real>(
    sizes: Sizes,
    bias: bool,
    loss: &CrossEntropy,
    op: LinearCrossEntropyOp,
    ignored: Option<u32>,
) -> Result<[Found<T>; 2], Error> {
    let head = Linear::new(sizes[2], sizes[3]);
    let head = if bias { head } else { head.without_bias() };
    let op = if bias { op } else { op.without_bias() };
    Ok([
        run(sizes, ignored, |x, labels| x.linear_cross_entropy("head", &head, op, labels))?,
        run(sizes, ignored, |x, labels| x.named("head", &head)?.loss(loss.clone(), labels))?,
    ])
}

fn compare<T: Real>(
    sizes: Sizes,
    bias: bool,
    loss: &CrossEntropy,
    op: LinearCrossEntropyOp,
    ignored: Option<u32>,
) -> Result<(), Error> {
    let [fused, unfused] = both::<T>(sizes, bias, loss, op, ignored)?;
    let near = |found: &[T], expected: &[T], what: &str| {
        let largest = expected.iter().fold(1e-30, |largest: f64, x| largest.max(x.to_f64().abs()));
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let error = (found.to_f64() - expected.to_f64()).abs() / largest;
            let what = format!("{what} of {sizes:?}, {op:?}");
            assert!(error <= 16.0 * T::EPSILON.to_f64(), "{what}: {found} for {expected}");
        }
    };
    near(&[fused.0], &[unfused.0], "the cost");
    assert_eq!(fused.1.len(), unfused.1.len());
    for (i, (fused, unfused)) in fused.1.iter().zip(&unfused.1).enumerate() {
        near(fused, unfused, &format!("gradient {i}"));
    }
    Ok(())
}

/// Around blocks of 512 rows and 1,024 classes, with all options.
#[test]
fn it_is_the_layer_and_the_loss() -> Result<(), Error> {
    let sizes = [
        [1, 1, 1, 1],
        [3, 1, 5, 7],
        [4, 3, 8, 33],
        [2, 1, 16, 1023],
        [2, 2, 16, 1024],
        [2, 1, 16, 1025],
        [511, 1, 3, 4],
        [171, 3, 3, 2050],
        [1030, 1, 4, 5],
    ];
    let (loss, op) = (CrossEntropy::new(), LinearCrossEntropyOp::new());
    for (i, sizes) in sizes.into_iter().enumerate() {
        let bias = i % 2 == 0;
        compare::<f32>(sizes, bias, &loss, op, None)?;
        compare::<f64>(sizes, !bias, &loss, op, None)?;
        let (smooth, fused) = (loss.clone().label_smoothing(0.1)?, op.label_smoothing(0.1)?);
        compare::<f64>(sizes, bias, &smooth, fused, None)?;
        compare::<f32>(sizes, bias, &smooth.sum(), fused.sum(), None)?;
        // Of the first row the label counts, so the mean is one of something.
        for ignored in [0, u32::MAX] {
            let loss = loss.clone().ignore_index(ignored);
            compare::<f32>(sizes, bias, &loss, op.ignore_index(ignored), Some(ignored))?;
        }
    }
    Ok(())
}

/// Nothing that is summed is shared among threads.
#[test]
fn the_same_bits_on_any_number_of_threads() -> Result<(), Error> {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let (loss, op) = (CrossEntropy::new(), LinearCrossEntropyOp::new());
        pool.install(|| both::<f32>([600, 1, 40, 2500], true, &loss, op, None))
    };
    let bits = |found: &Found<f32>| -> Vec<u32> {
        let all = found.1.iter().flatten().chain([&found.0]);
        all.map(|x| x.to_bits()).collect()
    };
    let [one, _] = on(1)?;
    for threads in [2, 3] {
        let [several, _] = on(threads)?;
        assert!(bits(&one) == bits(&several), "{threads} threads");
    }
    Ok(())
}

/// Rows that do not count may hold anything; a batch of nothing else costs nothing.
#[test]
fn ignored_rows_and_labels_out_of_range() -> Result<(), Error> {
    let head = Linear::new(2, 3);
    let graph = Graph::new();
    let (x, labels) = (graph.input("x", [2]), graph.index_input("labels", []));
    let op = LinearCrossEntropyOp::new().ignore_index(9);
    let cost = x.linear_cross_entropy("head", &head, op, labels)?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    let mut plan = Plan::training(&graph, cost, &[])?;
    plan.track(x);
    for (first, last) in [(9, 9), (9, 2)] {
        let mut run = plan.run(&mut params, 2)?;
        run.input(x).copy_from_slice(&[f64::NAN, 1.0, 0.5, 2.0]);
        run.indices(labels).copy_from_slice(&[first, last]);
        run.forward()?;
        let value = run.value(cost)[0];
        run.backward();
        let dx = run.gradient(x).expect("it is tracked");
        assert_eq!(dx[..2], [0.0; 2]);
        assert!(if last == 9 { value == 0.0 && dx == [0.0; 4] } else { value > 0.0 });
    }
    let mut run = plan.run(&mut params, 2)?;
    run.indices(labels).copy_from_slice(&[0, 3]);
    let error = run.forward().expect_err("there are three classes").to_string();
    assert_eq!(error, "input \"labels\", row 1: index 3, expected below 3");
    assert_eq!(
        LinearCrossEntropyOp::new().label_smoothing(1.5).expect_err("no share").to_string(),
        "LinearCrossEntropyOp: label_smoothing is 1.5; it must be in [0, 1]"
    );
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() {
    let graph = Graph::new();
    let (x, labels) = (graph.input("x", [4, 2]), graph.index_input("labels", [4]));
    let op = LinearCrossEntropyOp::new();
    let says = |head: &Linear, op, labels| {
        let error = x.linear_cross_entropy("head", head, op, labels);
        error.expect_err("it should have failed").to_string()
    };
    let bare = Linear::new(2, 3).without_bias();
    let found = says(&bare, op, labels);
    assert!(found.starts_with("head: LinearCrossEntropy: of the layer and the op"), "{found}");
    let graph = Graph::new();
    let (x, labels) = (graph.input("x", [4, 2]), graph.index_input("labels", [3]));
    let found = x.linear_cross_entropy("head", &Linear::new(2, 3), op, labels);
    let found = found.expect_err("it should have failed").to_string();
    assert!(found.contains("features and labels"), "{found}");
}
