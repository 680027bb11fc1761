//! After the first batch of its size a training step allocates nothing, nor does a prediction:
//! counted by an allocator, on every thread that takes part.

use neuropil_data::{Inputs, Targets};
use neuropil_nn::{Error, Spec, prelude::*};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, which counts what marked threads ask for.
struct Counting;

/// A counter for each pool of threads, since tests run side by side.
static COUNTS: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

/// The counters that are taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The counter of this thread: that of its pool.
    static COUNTER: Cell<Option<usize>> = const { Cell::new(None) };
}

fn count() {
    if let Some(counter) = COUNTER.get() {
        COUNTS[counter].fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: every call goes on to the system's allocator as it came; counting neither allocates
// (the thread's mark is a constant without a destructor) nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `realloc`, which is the same.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, which is the same.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Does `work` on a pool of so many threads, each marked for a counter of its own.
fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let counter = TAKEN.fetch_add(1, Ordering::Relaxed);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.expect("threads");
    pool.broadcast(|_| COUNTER.set(Some(counter)));
    pool.install(work)
}

/// What the threads of this pool have asked for.
fn counted() -> usize {
    COUNTS[COUNTER.get().expect("a thread of `on_threads`")].load(Ordering::Relaxed)
}

fn perceptron() -> Sequential {
    Sequential::new()
        .then(Linear::new(784, 128))
        .then(BatchNorm::new(128))
        .then(Relu)
        .then(Dropout::new(0.2).expect("a rate"))
        .then(Linear::new(128, 10))
}

/// Ten batches of 64 and a short one of 25.
fn data() -> Dataset {
    let rows = 10 * 64 + 25;
    let inputs = (0..rows * 784).map(|i| (i % 97) as f32 / 97.0).collect();
    let labels = (0..rows as u32).map(|row| row % 10).collect();
    Dataset::labelled([784], inputs, labels, 10).expect("good data")
}

/// Allocations of 200 training steps after `warm_up` ones.
fn training(threads: usize) -> Result<usize, Error> {
    on_threads(threads, || {
        let data = data();
        let mut net = Network::new(perceptron(), [784], 42)?;
        let schedule = Cosine::new(1e-3, 1_000).expect("a schedule");
        let adam = Adam::new();
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), adam)?
            .rate(schedule)
            .penalty("*.weight", L2::new(1e-4).expect("a strength"))?;
        let mut batches = data.batches(64);
        let mut before = 0;
        let mut steps = 0;
        // Two epochs of eleven steps to warm up, then 200 steps, twenty of them of the short batch.
        for epoch in 0.. {
            batches.shuffle(42, epoch);
            for batch in &batches {
                if steps == 2 * batches.len() {
                    before = counted();
                }
                if steps == 2 * batches.len() + 200 {
                    return Ok(counted() - before);
                }
                trainer.gradients(batch)?;
                trainer.clip_global_norm(1.0);
                trainer.update();
                steps += 1;
            }
        }
        unreachable!("the loop returns")
    })
}

#[test]
fn allocations_are_counted() {
    let seen = on_threads(2, || {
        let before = counted();
        let (a, b) = rayon::join(|| vec![1_u8; 100], || vec![2_u8; 100]);
        assert_ne!(a, b);
        counted() - before
    });
    assert!(seen >= 2, "{seen}");
}

#[test]
fn a_training_step_on_one_thread() -> Result<(), Error> {
    assert_eq!(training(1)?, 0);
    Ok(())
}

#[test]
fn a_training_step_on_two_threads() -> Result<(), Error> {
    assert_eq!(training(2)?, 0);
    Ok(())
}

#[test]
fn gradients_gathered_over_batches_with_a_frozen_layer() -> Result<(), Error> {
    let found = on_threads(1, || {
        let data = data();
        let mut net = Network::new(perceptron(), [784], 42)?;
        net.params_mut().freeze("0.bias")?;
        let sgd = Sgd::new().momentum(0.9).expect("a momentum");
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), sgd)?.rate(0.01);
        let batches = data.batches(64);
        let mut before = 0;
        for epoch in 0..3 {
            if epoch == 1 {
                before = counted();
            }
            for batch in &batches {
                trainer.gradients(batch)?;
                trainer.accumulate(batch)?;
                trainer.update();
            }
        }
        Ok::<_, Error>(counted() - before)
    })?;
    assert_eq!(found, 0);
    Ok(())
}

#[test]
fn layers_frozen_in_turn() -> Result<(), Error> {
    let found = on_threads(1, || {
        let data = data();
        let mut net = Network::new(perceptron(), [784], 42)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
        let batches = data.batches(64);
        let mut before = 0;
        for epoch in 0..3 {
            if epoch == 1 {
                before = counted();
            }
            for batch in &batches {
                for layer in ["0.*", "4.*"] {
                    trainer.network().params_mut().freeze(layer)?;
                    trainer.gradients(batch)?;
                    trainer.update();
                    trainer.network().params_mut().unfreeze(layer)?;
                }
            }
        }
        Ok::<_, Error>(counted() - before)
    })?;
    assert_eq!(found, 0);
    Ok(())
}

fn lenet() -> Sequential {
    Sequential::new()
        .then(Conv2d::new(1, 6, 5).padding(2))
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(Conv2d::new(6, 16, 5))
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(Flatten)
        .then(Linear::new(400, 30))
        .then(Relu)
        .then(Linear::new(30, 10))
}

/// Allocations of a training of a convolutional network.
fn convolutions(threads: usize) -> Result<usize, Error> {
    on_threads(threads, || {
        let inputs = (0..57 * 784).map(|i| (i % 97) as f32 / 97.0).collect();
        let labels = (0..57).map(|row| row % 10).collect();
        let data = Dataset::labelled([1, 28, 28], inputs, labels, 10)?;
        let mut net = Network::new(lenet(), [1, 28, 28], 42)?;
        let sgd = Sgd::new().momentum(0.9).expect("a momentum");
        epochs(&mut net, sgd, &data.batches(16))
    })
}

/// Allocations of two epochs after one to warm up.
fn epochs(
    net: &mut Network,
    optimizer: Sgd,
    batches: &neuropil_data::Batches<'_, f32>,
) -> Result<usize, Error> {
    let mut trainer = Trainer::new(net, CrossEntropy::new(), optimizer)?.rate(0.01);
    let mut before = 0;
    for epoch in 0..3 {
        if epoch == 1 {
            before = counted();
        }
        for batch in batches {
            trainer.gradients(batch)?;
            trainer.update();
        }
    }
    Ok(counted() - before)
}

#[test]
fn a_training_step_of_convolutions_on_one_thread() -> Result<(), Error> {
    assert_eq!(convolutions(1)?, 0);
    Ok(())
}

#[test]
fn a_training_step_of_convolutions_on_two_threads() -> Result<(), Error> {
    assert_eq!(convolutions(2)?, 0);
    Ok(())
}

fn recurrent() -> Result<Sequential, Error> {
    Ok(Sequential::new()
        .then(Lstm::new(12, 40).layers(2)?.bidirectional())
        .then(Gru::new(80, 33).last())
        .then(Linear::new(33, 5)))
}

/// Allocations of a training over sequences of different lengths.
fn sequences(threads: usize) -> Result<usize, Error> {
    on_threads(threads, || {
        let numbers = |len: usize| (0..len).map(|i| (i % 97) as f32 / 97.0).collect::<Vec<_>>();
        let rows: Vec<Vec<f32>> = (0..90).map(|row| numbers((row * 5 % 9 + 1) * 12)).collect();
        let labels = (0..90).map(|row| row % 5).collect();
        let targets = neuropil_data::Targets::Labels { labels, classes: 5, shape: vec![] };
        let data = Dataset::sequences([12], &rows, targets)?;
        let mut net = Network::with_lengths(recurrent()?, [9, 12], 42)?;
        epochs(&mut net, Sgd::new(), &data.batches(40))
    })
}

#[test]
fn a_training_step_of_recurrent_layers_on_one_thread() -> Result<(), Error> {
    assert_eq!(sequences(1)?, 0);
    Ok(())
}

#[test]
fn a_training_step_of_recurrent_layers_on_two_threads() -> Result<(), Error> {
    assert_eq!(sequences(2)?, 0);
    Ok(())
}

#[test]
fn a_prediction_on_one_thread() -> Result<(), Error> {
    assert_eq!(predictions(1)?, 0);
    Ok(())
}

#[test]
fn a_prediction_on_two_threads() -> Result<(), Error> {
    assert_eq!(predictions(2)?, 0);
    Ok(())
}

/// Allocations of predictions after the first ones of their sizes.
fn predictions(threads: usize) -> Result<usize, Error> {
    on_threads(threads, || {
        let mut net = Network::new(perceptron(), [784], 42)?;
        let predictor = net.predictor()?;
        let sizes = [1, 64, 300];
        let mut workspaces = sizes.map(|rows| predictor.workspace(rows));
        let x: Vec<f32> = (0..300 * 784).map(|i| (i % 89) as f32 / 89.0).collect();
        let mut y = vec![0.0; 300 * 10];
        let mut before = 0;
        for round in 0..20 {
            if round == 3 {
                before = counted();
            }
            for (workspace, rows) in workspaces.iter_mut().zip(sizes) {
                let x = &x[..rows * 784];
                net.predict_into(x, &mut y[..rows * 10])?;
                let answer = predictor.run(workspace, x)?;
                assert_eq!(answer, &y[..rows * 10]);
            }
        }
        Ok(counted() - before)
    })
}

#[test]
fn training_on_tokens() -> Result<(), Error> {
    let found = on_threads(2, || {
        let indices = (0..70 * 30).map(|i| i % 800).collect();
        let inputs = Inputs::Indices { indices, limit: 800 };
        let labels = (0..70).map(|row| row % 3).collect();
        let targets = Targets::Labels { labels, classes: 3, shape: vec![] };
        let data: Dataset = Dataset::new([30], inputs, targets)?;
        let layers = Sequential::new()
            .then(Embedding::new(800, 64).max_norm(8.0)?)
            .then(Flatten)
            .then(Linear::new(30 * 64, 3));
        let mut net = Network::new(layers, Spec::indices([30]), 42)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
        let batches = data.batches(32);
        let mut before = 0;
        for epoch in 0..3 {
            if epoch == 1 {
                before = counted();
            }
            for batch in &batches {
                trainer.gradients(batch)?;
                trainer.update();
            }
        }
        Ok::<_, Error>(counted() - before)
    })?;
    assert_eq!(found, 0);
    Ok(())
}

/// Counts when it is begun and ended.
#[derive(Debug)]
struct FromUpdate {
    before: std::sync::Arc<AtomicUsize>,
}

impl neuropil_nn::Callback for FromUpdate {
    fn after_update(
        &mut self,
        trainer: &mut Trainer<'_>,
        _cost: f64,
    ) -> Result<std::ops::ControlFlow<()>, Error> {
        // Within one epoch: its end allocates. The first update makes plans and layouts.
        if trainer.updates() == 3 {
            self.before.store(counted(), Ordering::Relaxed);
        }
        if trainer.updates() == 9 {
            let now = counted() - self.before.load(Ordering::Relaxed);
            self.before.store(now, Ordering::Relaxed);
        }
        Ok(std::ops::ControlFlow::Continue(()))
    }
}

/// Allocations of six updates with penalties of all kinds, steps, constraints, an average, and mixed
/// batches.
fn with_rules(threads: usize) -> Result<usize, Error> {
    use neuropil_regularizers::{
        CutMix, ElasticNet, Ema, GroupLasso, MaxNorm, Orthogonal, UnitNorm,
    };
    on_threads(threads, || {
        let inputs = (0..160 * 784).map(|i| (i % 97) as f32 / 97.0).collect();
        let labels = (0..160).map(|row| row % 10).collect();
        let data = Dataset::labelled([1, 28, 28], inputs, labels, 10)?;
        let layers = lenet().then(neuropil_nn::ActivityPenalty::new(L2::new(1e-3)?));
        let mut net = Network::new(layers, [1, 28, 28], 42)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
            .penalty("0.weight", Orthogonal::new(1e-3)?)?
            .penalty("*.weight", ElasticNet::new(1e-4, 1e-4)?)?
            .proximal("7.weight", GroupLasso::new(1e-4)?)?
            .constraint("*.weight", MaxNorm::default())?
            .constraint("9.weight", UnitNorm)?
            .average(Ema::default())?;
        let before = std::sync::Arc::new(AtomicUsize::new(usize::MAX));
        let watch = FromUpdate { before: before.clone() };
        let fit = Fit::epochs(1).batch_size(16).mix(CutMix::default()).callback(watch);
        trainer.fit(&data, fit)?;
        Ok(before.load(Ordering::Relaxed))
    })
}

#[test]
fn a_training_step_with_penalties_constraints_average_and_mixing() -> Result<(), Error> {
    assert_eq!(with_rules(1)?, 0);
    assert_eq!(with_rules(2)?, 0);
    Ok(())
}

/// The sum of all that has come in so far, if state is carried.
#[derive(Debug)]
struct Running;

impl Module for Running {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let Some(before) = x.graph().carried("sum", x.shape())? else { return Ok(x) };
        let sum = x.plus(before)?;
        x.graph().carry(sum, before)?;
        Ok(sum)
    }
}

#[test]
fn state_carried_from_batch_to_batch_and_step_to_step() -> Result<(), Error> {
    let found = on_threads(1, || {
        let inputs = (0..64 * 8).map(|i| i as f32 / 512.0).collect();
        let data = Dataset::labelled([1, 8], inputs, vec![1; 64], 3)?;
        let layers = Sequential::new().then(Running).then(Flatten).then(Linear::new(8, 3));
        let mut net = Network::new(layers, [1, 8], 42)?;
        let mut stream = net.stream(4)?;
        let mut trainer =
            Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.carry_state()?;
        let batches = data.batches(16);
        let mut before = 0;
        for epoch in 0..3 {
            if epoch == 1 {
                before = counted();
            }
            trainer.reset_state();
            for batch in &batches {
                trainer.gradients(batch)?;
                trainer.update();
                stream.step(&[0.5; 32])?;
            }
            stream.reset();
        }
        Ok::<_, Error>(counted() - before)
    })?;
    assert_eq!(found, 0);
    Ok(())
}

/// Losses of several inputs, and the fused projection with its cross entropy.
#[test]
fn costs_of_several_values() -> Result<(), Error> {
    for threads in [1, 2] {
        let found = on_threads(threads, || {
            let graph = Graph::new();
            let [a, p, n] = ["a", "p", "n"].map(|name| graph.input(name, [40]));
            let label = graph.index_input("label", []);
            let labels = graph.index_input("labels", [6]);
            let counts = graph.index_input("counts", []);
            let triplets = a.joint_loss(neuropil_losses::TripletMargin::new(), &[p, n])?;
            let op = neuropil_nn::ops::LinearCrossEntropyOp::new();
            let fused = a.linear_cross_entropy("head", &Linear::new(40, 2_000), op, label)?;
            let logs = n.reshape([10, 4])?.then(LogSoftmax)?;
            let ctc = logs.ctc(neuropil_losses::Ctc::new().zero_infinity(true), labels, counts)?;
            let cost = triplets.plus(fused)?.plus(ctc)?;
            let mut params = Params::<f32>::new(&[&graph], 42)?;
            let mut plan = Plan::training(&graph, cost, &[])?;
            for x in [a, p, n] {
                plan.track(x);
            }
            let mut before = 0;
            for step in 0..10 {
                if step == 2 {
                    before = counted();
                }
                let mut run = plan.run(&mut params, 70)?;
                for x in [a, p, n] {
                    run.input(x).iter_mut().enumerate().for_each(|(i, x)| *x = (i % 13) as f32);
                }
                run.indices(label).fill(1_500);
                run.indices(labels).fill(2);
                run.indices(counts).fill(3);
                run.forward()?;
                run.backward();
            }
            Ok::<_, Error>(counted() - before)
        })?;
        assert_eq!(found, 0);
    }
    Ok(())
}
