//! The bytes that the machine copies in a second: what work bound by memory is compared with.

use std::{hint::black_box, sync::Mutex, time::Instant};

use neuropil_simd::AlignedVec;

/// Numbers that a sample copies at least, over and over where the buffers are smaller: 32 MB read
/// and written, so that neither the clock nor waking a pool's threads weighs.
const FLOATS: usize = 4 << 20;

/// Buffers to copy between, divided among the threads of a pool.
#[derive(Debug)]
pub struct Copies {
    /// A source and a target for each thread, which alone takes its lock.
    pieces: Vec<Mutex<(AlignedVec<f32>, AlignedVec<f32>)>>,
    /// Copies of all pieces in a sample.
    repeats: usize,
    /// Bytes that one of them reads and writes.
    bytes: usize,
}

impl Copies {
    /// Copies of about `floats` numbers, each thread of the present pool an equal part.
    pub fn new(floats: usize) -> Self {
        let threads = rayon::current_num_threads();
        let part = floats.div_ceil(threads).max(1);
        let piece = || {
            let (mut source, mut target) = (AlignedVec::zeros(part), AlignedVec::zeros(part));
            // Written, so that the system gives each its pages.
            source.fill(1.0);
            target.fill(2.0);
            Mutex::new((source, target))
        };
        let pieces = std::iter::repeat_with(piece).take(threads).collect();
        let all = part * threads;
        Self { pieces, repeats: FLOATS.div_ceil(all), bytes: 2 * size_of::<f32>() * all }
    }

    /// Bytes read and written in a second on all threads of the pool together: one sample.
    pub fn sample(&self) -> f64 {
        let start = Instant::now();
        match self.pieces.len() {
            1 => self.copy(0),
            _ => {
                rayon::broadcast(|thread| self.copy(thread.index()));
            }
        }
        (self.repeats * self.bytes) as f64 / start.elapsed().as_secs_f64()
    }

    fn copy(&self, piece: usize) {
        let mut piece = self.pieces[piece].lock().expect("no thread has panicked with the lock");
        let (source, target) = &mut *piece;
        for _ in 0..self.repeats {
            target.copy_from_slice(black_box(source));
            black_box(&mut *target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Copies, FLOATS};
    use crate::pool;

    #[test]
    fn every_thread_copies_its_part_and_all_bytes_count() {
        for threads in [1, 2] {
            pool(threads).install(|| {
                let copies = Copies::new(4096);
                assert_eq!(copies.bytes, 8 * 4096);
                assert_eq!(copies.repeats * 4096, FLOATS);
                let rate = copies.sample();
                assert!(rate.is_finite() && rate > 0.0, "{rate}");
                assert_eq!(copies.pieces.len(), threads);
                for piece in &copies.pieces {
                    let piece = piece.lock().unwrap();
                    assert_eq!(piece.1.len(), 4096 / threads);
                    assert!(piece.1.iter().all(|&x| x == 1.0));
                }
            });
        }
    }
}
