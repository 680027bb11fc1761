//! The same bits on any number of threads, in any batch, beside any other layer.

use crate::samples::{Failure, bits, labelled, numbers, perceptron, weight_bits};
use neuropil_nn::prelude::*;

/// The bits of all weights after epochs of five updates, on so many threads.
fn trained(
    threads: usize,
    sizes: [usize; 3],
    batch_size: usize,
    epochs: u64,
) -> Result<Vec<u32>, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads").install(|| {
        let [inputs, hidden, outputs] = sizes;
        let mut net = Network::new(perceptron(inputs, hidden, outputs), [inputs], 42)?;
        let data = labelled(5 * batch_size - batch_size / 3, inputs, outputs);
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(1e-3);
        let mut batches = data.batches(batch_size);
        for epoch in 0..epochs {
            batches.shuffle(42, epoch);
            for batch in &batches {
                trainer.gradients(batch)?;
                trainer.clip_global_norm(1.0);
                trainer.update();
            }
        }
        assert_eq!(trainer.updates(), 5 * epochs);
        Ok(weight_bits(&net))
    })
}

fn same_on_threads(sizes: [usize; 3], batch_size: usize, epochs: u64) -> Result<(), Error> {
    let one = trained(1, sizes, batch_size, epochs)?;
    for threads in [2, 3] {
        let several = trained(threads, sizes, batch_size, epochs)?;
        let differing = one.iter().zip(&several).filter(|(one, other)| one != other).count();
        assert_eq!(differing, 0, "{threads} threads, of {} weights", one.len());
    }
    Ok(())
}

#[test]
fn training_a_digit_classifier() -> Result<(), Error> {
    same_on_threads([784, 128, 10], 64, 6)
}

/// A hundred updates above the sizes from which products, slopes, bias gradients, dropout and
/// updates are shared out: 2¹⁶ numbers, 2²¹ multiplications.
#[test]
fn training_a_wide_network() -> Result<(), Error> {
    same_on_threads([128, 512, 10], 128, 20)
}

/// Shares that end within a vector, a cache line and a tile.
#[test]
fn training_a_network_of_odd_sizes() -> Result<(), Error> {
    same_on_threads([133, 517, 7], 131, 2)
}

/// `fit` enters a pool by itself; a loop of one's own gives the same bits outside of any.
#[test]
fn fit_is_the_loop_by_hand() -> Result<(), Error> {
    let data = labelled(100, 12, 4);
    let run = |by_hand: bool| -> Result<Vec<u32>, Error> {
        let mut net = Network::new(perceptron(12, 20, 4), [12], 7)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.01);
        if by_hand {
            let mut batches = data.batches(32);
            for epoch in 0..3 {
                batches.shuffle(7, epoch);
                for batch in &batches {
                    trainer.gradients(batch)?;
                    trainer.clip_global_norm(0.5);
                    trainer.update();
                }
            }
        } else {
            let fit = Fit::epochs(3).batch_size(32).clip_global_norm(0.5);
            // Looking at other data changes nothing.
            trainer.fit(&data, fit.validate(&data.take(20)))?;
        }
        Ok(weight_bits(&net))
    };
    assert_eq!(run(true)?, run(false)?);
    Ok(())
}

#[test]
fn the_seed_is_all_that_matters() -> Result<(), Error> {
    let run = |seed: u64| -> Result<Vec<u32>, Error> {
        let mut net = Network::new(perceptron(6, 9, 3), [6], seed)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
        trainer.fit(&labelled(40, 6, 3), Fit::epochs(2).batch_size(16))?;
        Ok(weight_bits(&net))
    };
    assert_eq!(run(1)?, run(1)?);
    assert_ne!(run(1)?, run(2)?);
    Ok(())
}

#[test]
fn a_row_alone_is_the_row_in_any_batch() -> Result<(), Failure> {
    // Sizes around those of tiles, and one above the parallel threshold.
    const BATCHES: [usize; 9] = [1, 2, 3, 4, 7, 16, 33, 64, 300];
    let mut net = Network::new(perceptron(100, 300, 10), [100], 42)?;
    let x = numbers(5, 300 * 100);
    let mut alone = Vec::new();
    for row in x.chunks_exact(100) {
        alone.extend(net.predict(row)?);
    }
    let predictor = net.predictor()?;
    for rows in BATCHES {
        let (x, alone) = (&x[..rows * 100], bits(&alone[..rows * 10]));
        assert_eq!(bits(&net.predict(x)?), alone, "{rows} rows");
        let mut workspace = predictor.workspace(rows);
        assert_eq!(bits(predictor.run(&mut workspace, x)?), alone, "{rows} rows, predictor");
    }
    Ok(())
}

#[test]
fn another_layer_changes_no_start() -> Result<(), Error> {
    /// Two layers by name, and perhaps a third before them.
    #[derive(Debug)]
    struct Named {
        third: bool,
    }

    impl Module for Named {
        fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
            let x = match self.third {
                true => x.named("before", &Linear::new(6, 6))?,
                false => x,
            };
            x.named("a", &Linear::new(6, 5))?
                .named("b", &Linear::new(5, 3).init(KaimingNormal::new()))
        }
    }

    let two = Network::new(Named { third: false }, [6], 42)?;
    let three = Network::new(Named { third: true }, [6], 42)?;
    for path in two.params().paths() {
        assert_eq!(two.params().get(path)?, three.params().get(path)?, "{path}");
    }
    assert_eq!(three.params().paths().count(), two.params().paths().count() + 2);
    // Nor are two layers of one shape the same.
    let twins = Sequential::new().then(Linear::new(6, 6)).then(Linear::new(6, 6));
    let twins = Network::new(twins, [6], 42)?;
    assert_ne!(twins.params().get("0.weight")?, twins.params().get("1.weight")?);
    Ok(())
}
