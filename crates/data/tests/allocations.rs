//! Shuffling, iterating and gathering allocate nothing, and readers no more than a fixed multiple of what they read:
//! counted by an allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use neuropil_data::{Batches, Csv, DataError, Dataset, Source, Targets, Text, idx, ts};

/// The system's allocator, which counts what the thread of the test asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Bytes in use by this thread, and the most there have been.
    static BYTES: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    COUNT.set(COUNT.get() + 1);
    // No block is longer than isize::MAX; what another thread frees may make the sum wrong, but not stop it.
    BYTES.set(BYTES.get().wrapping_add(bytes as isize));
    PEAK.set(PEAK.get().max(BYTES.get()));
}

// SAFETY: every call goes on to the system's allocator as it came; counting neither allocates
// (the thread's counters are constants without a destructor) nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new block are there at once, at worst.
        count(size);
        BYTES.set(BYTES.get().wrapping_sub(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `realloc`, which is the same.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BYTES.set(BYTES.get().wrapping_sub(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `dealloc`, which is the same.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The allocations of three shuffled epochs, in which `gather` reads each batch.
fn epochs(
    batches: &mut Batches<'_, f32>,
    mut gather: impl FnMut(neuropil_data::Batch<'_, f32>),
) -> usize {
    let before = COUNT.get();
    for epoch in 0..3 {
        batches.shuffle(42, epoch);
        for batch in &*batches {
            gather(batch);
        }
    }
    COUNT.get() - before
}

#[test]
fn epochs_of_numbers_allocate_nothing() {
    let (inputs, labels) = (vec![0.5; 103 * 6], (0..103).map(|row| row % 7).collect());
    let data = Dataset::labelled([3, 2], inputs, labels, 7).unwrap();
    let data = data.balanced().unwrap().with_lengths(vec![2; 103]).unwrap();
    let (train, _) = data.split_stratified(0.8, 1).unwrap();
    let mut batches = train.batches(16);
    let (mut x, mut labels) = ([0.0; 16 * 6], [0; 16]);
    let (mut weights, mut lengths) = ([0.0; 16], [0; 16]);
    let count = epochs(&mut batches, |batch| {
        let rows = batch.len();
        batch.gather_inputs(&mut x[..rows * 6]);
        batch.gather_labels(&mut labels[..rows]);
        batch.gather_weights(&mut weights[..rows]);
        batch.gather_lengths(&mut lengths[..rows]);
    });
    assert_eq!(count, 0);
}

#[test]
fn epochs_of_indices_allocate_nothing() {
    let targets = Targets::Values { values: vec![1.0; 50], shape: vec![] };
    let data = Dataset::of_indices([4], vec![1; 200], 2, targets).unwrap();
    let mut batches = data.batches(8);
    let (mut x, mut y) = ([0; 32], [0.0; 8]);
    let count = epochs(&mut batches, |batch| {
        batch.gather_indices(&mut x[..batch.len() * 4]);
        batch.gather_values(&mut y[..batch.len()]);
    });
    assert_eq!(count, 0);
}

#[test]
fn the_counter_counts() {
    let before = COUNT.get();
    drop(std::hint::black_box(vec![0_u8; 100]));
    assert_eq!(COUNT.get() - before, 1);
    assert_eq!(peak(|| drop(std::hint::black_box(vec![0_u8; 12_345]))), 12_345);
}

/// The most bytes in use during `work`, beyond those before it.
fn peak(work: impl FnOnce()) -> usize {
    let before = BYTES.get();
    PEAK.set(before);
    work();
    (PEAK.get() - before).try_into().unwrap()
}

/// Reads bytes in every format, whatever they are.
fn read_all(bytes: &[u8], limit: u64) {
    let _ = idx::read_at_most(bytes, limit);
    let _ = Source::at_most("bytes", bytes, limit).and_then(|source| {
        let _ = ts::read::<f64>(&source);
        let _ = Csv::new().read(&source);
        let _ = Csv::new().no_header().whitespace().read(&source);
        let table = Csv::new().no_header().read(&source)?;
        let _ = table.categories("0");
        let _ = table.features().numbers(table.names()).label::<f64>("0");
        let _ = Text::characters(source.text()?);
        Ok::<_, DataError>(())
    });
}

#[test]
fn readers_take_a_multiple_of_what_they_read() {
    const BYTES: usize = 6_000;
    // Headers that promise, and pieces which, multiplied with each other, would be the square of the bytes.
    let half = BYTES / 2;
    let head = "@targetLabel true\n@data\n";
    let inputs = [
        [&[0, 0, 8, 2, 0x7f, 255, 255, 255, 0, 1, 0, 0][..], &[1; BYTES]].concat(),
        ",".repeat(BYTES).into(),
        "\n".repeat(BYTES).into(),
        ",\n".repeat(half).into(),
        "1\n".repeat(half).into(),
        " 1".repeat(half).into(),
        "\"\"".repeat(half).into(),
        format!("{}\n{}", ",".repeat(half), "\n".repeat(half)).into(),
        format!("{head}{}{}", "1,".repeat(half / 2), ":".repeat(half) + "1").into(),
        format!("{head}{}1:1", "1:".repeat(half)).into(),
        format!("{head}{}", "1:1\n".repeat(half / 2)).into(),
        format!("@classLabel true{}\n@data\n1:x", " a".repeat(half)).into(),
        format!("@dimensions {}\n{head}1:1", usize::MAX).into(),
        format!("@seriesLength {}\n@equalLength true\n{head}1:1", usize::MAX).into(),
    ];
    for bytes in inputs {
        let taken = peak(|| read_all(&bytes, 1 << 30));
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
        assert!(
            taken <= 200 * bytes.len() + 100_000,
            "{taken} bytes for {} of {start:?}",
            bytes.len()
        );
    }
}

#[test]
fn padding_stays_below_the_limit() {
    // One long sequence among many short ones would be padded to 2,000 times 2,000 numbers.
    let (long, short) = ("1,".repeat(2_000) + "1:1\n", "1:1\n".repeat(2_000));
    for text in [long.clone() + &short, short + &long] {
        let text = "@targetLabel true\n@data\n".to_owned() + &text;
        let limit = 1_000_000;
        let taken = peak(|| read_all(text.as_bytes(), limit as u64));
        assert!(taken <= 200 * text.len() + 2 * limit, "{taken} bytes for {}", text.len());
    }
}
