//! In a graph a loss gives what it gives by itself, and hands gradients to all inputs that have one.

use super::samples::Sample;
use super::{AnyJoint, Joint, JointIn, joints};
use neuropil::{Graph, Node, Params, Plan, Real};

fn check<T: Real>(joint: &Joint, face: fn(&dyn AnyJoint) -> &dyn JointIn<T>, weighted: bool) {
    let (rows, outer, width) = (3, 2, 5);
    let loss = face(&*joint.loss);
    let sample = Sample::new(loss, &joint.fill, (rows * outer, width), weighted, 4);
    let mut expected = sample.gradients(loss);
    let dx = expected.each_mut().map(|dx| dx.as_deref_mut());
    let value = loss.both(width, sample.x(), sample.weights(), dx).expect("a sample");

    let graph = Graph::new();
    let input = |i: usize| match loss.input_width(i, width) {
        1 => graph.input(["x0", "x1", "x2"][i], [outer]),
        width => graph.input(["x0", "x1", "x2"][i], [outer, width]),
    };
    let mut inputs: Vec<Node<'_>> = (0..3).map(input).collect();
    if weighted {
        inputs.push(graph.input("weights", [outer]));
    }
    let cost = joint.loss.record(&inputs).expect("shapes that fit");
    let twice = cost.plus(cost).expect("two costs");
    let mut params = Params::<T>::new(&[&graph], 1).expect("no weights");
    // As the end of the graph, and as a part of a larger cost.
    for (end, factor) in [(cost, 1.0), (twice, 2.0)] {
        let mut plan = Plan::<T>::training(&graph, end, &[cost]).expect("a plan");
        let tracked = (0..3).filter(|&i| loss.differentiates(i));
        tracked.clone().for_each(|i| plan.track(inputs[i]));
        let mut run = plan.run(&mut params, rows).expect("rows");
        for (node, x) in inputs.iter().zip(sample.x().into_iter().chain(sample.weights())) {
            run.input(*node).copy_from_slice(x);
        }
        run.forward().expect("nothing to refuse");
        assert_eq!(run.value(cost)[0], T::of(value), "{loss:?}");
        run.backward();
        for i in tracked {
            let dx = expected[i].as_deref().expect("it has one").iter();
            let dx: Vec<T> = dx.map(|&dx| T::of(factor) * dx).collect();
            let found = run.gradient(inputs[i]).expect("it is tracked");
            assert_eq!(found, dx, "{loss:?}");
        }
    }
}

#[test]
fn a_graph_gives_the_same() {
    for joint in joints() {
        for weighted in [false, true] {
            check::<f32>(&joint, |loss| loss, weighted);
            check::<f64>(&joint, |loss| loss, weighted);
        }
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    for joint in joints() {
        let graph = Graph::new();
        let [a, b, c] = ["a", "b", "c"].map(|name| graph.input(name, [2, 5]));
        let says = |inputs: &[Node<'_>]| {
            joint.loss.record(inputs).expect_err("it should have failed").to_string()
        };
        assert!(says(&[a, b]).contains("3 inputs ("), "{}", says(&[a, b]));
        let other = graph.input("other", [2, 4]);
        assert!(
            says(&[a, other, c]).contains("expected 5 for each of"),
            "{}",
            says(&[a, other, c])
        );
        let indices = graph.index_input("indices", [2, 5]);
        assert!(
            says(&[a, indices, c]).contains("numbers of each row"),
            "{}",
            says(&[a, indices, c])
        );
    }
}
