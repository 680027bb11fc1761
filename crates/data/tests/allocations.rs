//! Shuffling, iterating and gathering allocate nothing: counted by an allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use neuropil_data::{Batches, Dataset, Targets};

/// The system's allocator, which counts what the thread of the test asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    COUNT.set(COUNT.get() + 1);
}

// SAFETY: every call goes on to the system's allocator as it came; counting neither allocates
// (the thread's counter is a constant without a destructor) nor unwinds.
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
}
