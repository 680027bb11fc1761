//! A training that was saved and goes on is the training that was never interrupted, to the bit;
//! a file that does not fit is refused and changes nothing.

use crate::samples::{Failure, folder, labelled, perceptron, weight_bits};
use neuropil_nn::prelude::*;
use std::fs;
use std::path::Path;

const ROWS: usize = 70;
const BATCH: usize = 16;

fn network(seed: u64) -> Result<Network, Error> {
    Network::new(perceptron(8, 12, 3), [8], seed)
}

fn trainer(net: &mut Network, optimizer: impl Optimizer) -> Result<Trainer<'_>, Error> {
    let rate = Cosine::new(0.02, 40).expect("a schedule");
    Ok(Trainer::new(net, CrossEntropy::new(), optimizer)?.rate(rate))
}

/// Steps `from..to` of a loop by hand, five to an epoch.
fn steps(trainer: &mut Trainer<'_>, data: &Dataset, from: u64, to: u64) -> Result<(), Error> {
    let mut batches = data.batches(BATCH);
    let in_epoch = batches.len() as u64;
    for step in from..to {
        batches.shuffle(9, step / in_epoch);
        let batch = batches.iter().nth((step % in_epoch) as usize).expect("a batch");
        trainer.gradients(batch)?;
        trainer.clip_global_norm(1.0);
        trainer.update();
    }
    Ok(())
}

/// Goes on after 13 of 23 steps, which is in the third epoch.
fn in_the_middle_of_an_epoch(name: &str, optimizer: impl Optimizer) -> Result<(), Failure> {
    let (file, data) = (folder(name).join("run.safetensors"), labelled(ROWS, 8, 3));
    let mut whole = network(42)?;
    steps(&mut trainer(&mut whole, optimizer.clone())?, &data, 0, 23)?;

    let mut first = network(42)?;
    let mut before = trainer(&mut first, optimizer.clone())?;
    steps(&mut before, &data, 0, 13)?;
    before.save(&file)?;
    // A trainer that has already done something, in a network of another seed.
    let mut second = network(1)?;
    let mut after = trainer(&mut second, optimizer)?;
    steps(&mut after, &data, 0, 4)?;
    after.resume(&file)?;
    assert_eq!(after.updates(), 13);
    steps(&mut after, &data, 13, 23)?;

    assert_ne!(weight_bits(&first), weight_bits(&whole));
    assert_eq!(weight_bits(&second), weight_bits(&whole));
    Ok(())
}

#[test]
fn by_hand_with_momentum() -> Result<(), Failure> {
    in_the_middle_of_an_epoch("by_hand_momentum", Sgd::new().momentum(0.9)?)
}

#[test]
fn by_hand_with_adam() -> Result<(), Failure> {
    in_the_middle_of_an_epoch("by_hand_adam", Adam::new())
}

/// Goes on after 2 of 5 epochs.
fn between_epochs(name: &str, optimizer: impl Optimizer) -> Result<(), Failure> {
    let (file, data) = (folder(name).join("run.safetensors"), labelled(ROWS, 8, 3));
    let fit = |epochs| Fit::epochs(epochs).batch_size(BATCH);
    let mut whole = network(42)?;
    let history = trainer(&mut whole, optimizer.clone())?.fit(&data, fit(5))?;

    let mut first = network(42)?;
    let mut before = trainer(&mut first, optimizer.clone())?;
    before.fit(&data, fit(2))?;
    before.save(&file)?;
    let mut second = network(1)?;
    let mut after = trainer(&mut second, optimizer)?;
    after.resume(&file)?;
    let again = after.fit(&data, fit(5))?;

    assert_eq!(weight_bits(&second), weight_bits(&whole));
    let costs = |epochs: &[neuropil_nn::Epoch]| -> Vec<(u64, f64)> {
        epochs.iter().map(|epoch| (epoch.number, epoch.cost)).collect()
    };
    assert_eq!(costs(&again.epochs), costs(&history.epochs));
    Ok(())
}

#[test]
fn fit_with_momentum() -> Result<(), Failure> {
    between_epochs("fit_momentum", Sgd::new().momentum(0.9)?)
}

#[test]
fn fit_with_adam() -> Result<(), Failure> {
    between_epochs("fit_adam", Adam::new())
}

/// Refuses the file with an error that names it, and is what it was before.
fn refused<'n>(trainer: &mut Trainer<'n>, file: &Path) -> String {
    let before = (weight_bits(trainer.network()), trainer.updates());
    let message = trainer.resume(file).expect_err("a file that does not fit").to_string();
    assert!(message.contains(&file.display().to_string()), "{message}");
    assert_eq!(before, (weight_bits(trainer.network()), trainer.updates()), "{message}");
    message
}

#[test]
fn files_of_other_trainings_are_refused() -> Result<(), Failure> {
    let (folder, data) = (folder("other_trainings"), labelled(ROWS, 8, 3));
    let file = folder.join("run.safetensors");
    let mut net = network(42)?;
    let mut adam = trainer(&mut net, Adam::new())?;
    steps(&mut adam, &data, 0, 3)?;
    adam.save(&file)?;

    let mut net = network(1)?;
    let message = refused(&mut trainer(&mut net, Sgd::new().momentum(0.9)?)?, &file);
    assert!(message.contains("Adam") && message.contains("Sgd"), "{message}");

    let mut net = Network::new(perceptron(8, 13, 3), [8], 1)?;
    let message = refused(&mut trainer(&mut net, Adam::new())?, &file);
    assert!(message.contains("[12, 8]") && message.contains("[13, 8]"), "{message}");

    let deeper = perceptron(8, 12, 3).then(Linear::new(3, 3));
    let mut net = Network::new(deeper, [8], 1)?;
    let message = refused(&mut trainer(&mut net, Adam::new())?, &file);
    assert!(message.contains("4.weight"), "{message}");

    let weights = folder.join("weights.safetensors");
    network(42)?.save(&weights)?;
    let mut net = network(1)?;
    let mut adam = trainer(&mut net, Adam::new())?;
    let message = refused(&mut adam, &weights);
    assert!(message.contains("neuropil.run"), "{message}");

    let message = refused(&mut adam, &folder.join("missing.safetensors"));
    assert!(message.contains("missing.safetensors"), "{message}");

    // Weights alone can be had from the file of a training.
    net.load(&file)?;
    Ok(())
}

#[test]
fn damaged_files_are_refused() -> Result<(), Failure> {
    let (folder, data) = (folder("damaged"), labelled(ROWS, 8, 3));
    let (good, bad) = (folder.join("good.safetensors"), folder.join("bad.safetensors"));
    let mut net = network(42)?;
    let mut first = trainer(&mut net, Adam::new())?;
    steps(&mut first, &data, 0, 3)?;
    first.save(&good)?;
    let bytes = fs::read(&good)?;
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into()?) as usize;

    let mut net = network(1)?;
    let mut second = trainer(&mut net, Adam::new())?;
    // Truncated, and with something behind its end.
    for len in (0..bytes.len()).step_by(97) {
        fs::write(&bad, &bytes[..len])?;
        refused(&mut second, &bad);
    }
    fs::write(&bad, [&bytes[..], &[0]].concat())?;
    refused(&mut second, &bad);
    // No byte of the header can lose its meaning unseen.
    for at in 0..header {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x80;
        fs::write(&bad, damaged)?;
        refused(&mut second, &bad);
    }
    // A digit that becomes another digit may be a good header, of another file: then all of it is
    // taken, else nothing is.
    for at in 0..header {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x01;
        fs::write(&bad, &damaged)?;
        let before = weight_bits(second.network());
        match second.resume(&bad) {
            Err(_) => assert_eq!(weight_bits(second.network()), before, "byte {at}"),
            Ok(()) => {
                assert!(damaged[at].is_ascii_digit(), "byte {at} of the header went unseen");
                assert_eq!(weight_bits(second.network()), weight_bits(first.network()));
                second.network().params_mut().weights_mut()[0] += 1.0;
            }
        }
    }
    second.resume(&good)?;
    assert_eq!(second.updates(), 3);
    Ok(())
}

/// Two threads that save to one file: whoever is last wins, and the file is whole at any time.
#[test]
fn threads_may_write_one_file() -> Result<(), Failure> {
    let file = folder("threads").join("net.safetensors");
    let nets = [network(1)?, network(2)?];
    nets[0].save(&file)?;
    std::thread::scope(|scope| {
        let writers = nets.each_ref().map(|net| {
            let file = &file;
            scope.spawn(move || (0..20).try_for_each(|_| net.save(file)))
        });
        for _ in 0..20 {
            let mut net = network(3)?;
            net.load(&file)?;
            let bits = weight_bits(&net);
            assert!(nets.iter().any(|net| weight_bits(net) == bits), "a mixture");
        }
        for writer in writers {
            writer.join().expect("no panic")?;
        }
        Ok::<_, Error>(())
    })?;
    Ok(())
}

#[test]
fn a_file_is_replaced_as_a_whole_or_not_at_all() -> Result<(), Failure> {
    let (folder, data) = (folder("replaced"), labelled(ROWS, 8, 3));
    let mut net = network(42)?;
    let mut trainer = trainer(&mut net, Adam::new())?;
    // Folders are made; nothing but the file is left in them.
    let file = folder.join("new/run.safetensors");
    trainer.save(&file)?;
    steps(&mut trainer, &data, 0, 1)?;
    let old = fs::read(&file)?;
    trainer.save(&file)?;
    assert_ne!(fs::read(&file)?, old);
    assert_eq!(fs::read_dir(folder.join("new"))?.count(), 1);

    // A file where a folder should be.
    let below = file.join("run.safetensors");
    let message = trainer.save(&below).expect_err("no folder").to_string();
    assert!(message.contains(&below.display().to_string()), "{message}");

    // A name so long that no temporary one fits beside it: the writing fails, the old file stays.
    let long = folder.join(format!("{:x<250}", ""));
    fs::write(&long, &old)?;
    let message = trainer.save(&long).expect_err("a name too long").to_string();
    assert!(message.contains(&long.display().to_string()), "{message}");
    assert_eq!(fs::read(&long)?, old);

    // A folder in the file's place: the last step, the renaming, fails, and nothing is left over.
    let taken = folder.join("new/taken");
    fs::create_dir(&taken)?;
    trainer.save(&taken).expect_err("a folder in its place");
    assert_eq!(fs::read_dir(folder.join("new"))?.count(), 2);
    Ok(())
}

#[test]
fn equal_runs_give_equal_files() -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("neuropil-equal-{}", std::process::id()));
    let mut net = Network::new(Sequential::new().then(Linear::new(3, 2)), [3], 1)?;
    let trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let mut files = Vec::new();
    for i in 0..6 {
        let file = folder.join(format!("{i}.safetensors"));
        trainer.save(&file)?;
        files.push(std::fs::read(file)?);
    }
    std::fs::remove_dir_all(&folder)?;
    assert!(files.windows(2).all(|pair| pair[0] == pair[1]));
    Ok(())
}
