//! Weights are packed for products; whoever changes a weight need not know.

use neuropil_nn::prelude::*;

fn layers() -> Sequential {
    Sequential::new().then(Linear::new(40, 70)).then(Relu).then(Linear::new(70, 3))
}

fn sample(rows: usize) -> Vec<f64> {
    (0..40 * rows).map(|i| (i as f64 * 0.37).sin()).collect()
}

/// What the weights say, computed from scratch.
fn by_hand(net: &Network<f64>, x: &[f64]) -> Result<Vec<f64>, Error> {
    let layer = |x: &[f64], path: &str, n: usize| -> Result<Vec<f64>, Error> {
        let w = net.params().get(&format!("{path}.weight"))?;
        let b = net.params().get(&format!("{path}.bias"))?;
        let rows = x.chunks_exact(w.len() / n);
        let out = rows.flat_map(|x| {
            (0..n).map(move |j| {
                b[j] + x.iter().enumerate().map(|(i, x)| x * w[i * n + j]).sum::<f64>()
            })
        });
        Ok(out.collect())
    };
    let hidden: Vec<f64> = layer(x, "0", 70)?.iter().map(|h| h.max(0.0)).collect();
    layer(&hidden, "2", 3)
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}

#[test]
fn a_weight_edited_by_hand() -> Result<(), Error> {
    let mut net = Network::<f64>::build(layers(), [40], 1)?;
    let x = sample(5);
    assert_close(&net.predict(&x)?, &by_hand(&net, &x)?);
    let old = net.predict(&x)?;
    net.params_mut().get_mut("0.weight")?[3] += 1.0;
    let new = net.predict(&x)?;
    assert_close(&new, &by_hand(&net, &x)?);
    assert!(new != old);
    // Through the flat buffer, and to the values of another network.
    let other = Network::<f64>::build(layers(), [40], 2)?;
    net.params_mut().weights_mut().copy_from_slice(other.params().weights());
    assert_close(&net.predict(&x)?, &by_hand(&other, &x)?);
    Ok(())
}

/// A layer that is gone through twice: training, too, has its transposed weight packed.
#[derive(Debug)]
struct Twice;

impl Module for Twice {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let square = Linear::new(40, 40);
        let x = x.named("0", &square)?.then(Tanh)?.shared("0", &square)?.then(Tanh)?;
        x.named("2", &Linear::new(40, 3))
    }
}

#[test]
fn a_checkpoint_loaded_between_steps() -> Result<(), Box<dyn std::error::Error>> {
    let mut fresh = loaded_between_steps("layers", layers, None)?;
    assert_close(&fresh.predict(&sample(4))?, &by_hand(&fresh, &sample(4))?);
    Ok(())
}

#[test]
fn a_checkpoint_loaded_where_a_weight_is_read_twice() -> Result<(), Box<dyn std::error::Error>> {
    loaded_between_steps("twice", || Twice, None).map(|_| ())
}

/// The packed transpose of a frozen weight stays from step to step.
#[test]
fn a_checkpoint_loaded_where_a_weight_is_frozen() -> Result<(), Box<dyn std::error::Error>> {
    loaded_between_steps("frozen", layers, Some("2.*")).map(|_| ())
}

/// A network whose gradients another one had after it had loaded its weights between two steps.
fn loaded_between_steps<M: Module + 'static>(
    name: &str,
    layers: impl Fn() -> M,
    frozen: Option<&str>,
) -> Result<Network<f64>, Box<dyn std::error::Error>> {
    let file = format!("neuropil-packs-{name}-{}.safetensors", std::process::id());
    let file = std::env::temp_dir().join(file);
    let x = sample(4);
    let data = Dataset::labelled([40], x.clone(), vec![0, 1, 2, 0], 3)?;
    let gradients = |net: &mut Network<f64>| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let mut trainer = Trainer::new(net, CrossEntropy::new(), Sgd::new())?;
        for batch in &data.batches(4) {
            trainer.gradients(batch)?;
        }
        Ok(net.params().gradients().to_vec())
    };
    let built = |seed| -> Result<Network<f64>, Error> {
        let mut net = Network::<f64>::build(layers(), [40], seed)?;
        frozen.map_or(Ok(()), |paths| net.params_mut().freeze(paths))?;
        Ok(net)
    };
    let mut fresh = built(7)?;
    fresh.save(&file)?;
    let expected = gradients(&mut fresh)?;

    // The same plan, its packs made from other weights first.
    let mut net = built(8)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.1);
    for batch in &data.batches(4) {
        trainer.gradients(batch)?;
        trainer.update();
        trainer.gradients(batch)?;
        trainer.network().load(&file)?;
        trainer.gradients(batch)?;
    }
    assert_eq!(net.params().gradients(), expected);
    assert_eq!(net.predict(&x)?, fresh.predict(&x)?);
    std::fs::remove_file(&file)?;
    Ok(fresh)
}

#[test]
fn a_predictor_keeps_the_weights_that_it_was_made_from() -> Result<(), Error> {
    let mut net = Network::<f64>::build(layers(), [40], 1)?;
    let x = sample(2);
    let expected = net.predict(&x)?;
    let predictor = net.predictor()?;
    net.params_mut().weights_mut().fill(0.0);
    let mut workspace = predictor.workspace(2);
    assert_eq!(predictor.run(&mut workspace, &x)?, expected);
    assert!(predictor.run(&mut workspace, &x[..40]).is_err(), "a workspace is for one size");
    Ok(())
}
