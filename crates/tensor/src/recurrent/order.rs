//! How a batch is cut and ordered: shards of rows, within them rows by length, steps with the rows that run.

/// The most shards: threads that can share a batch.
pub(super) const MOST: usize = 16;

/// Into how many shards a batch is cut, none but the last of fewer than `least` rows: a function of these.
pub(super) fn shards(rows: usize, least: usize) -> usize {
    rows.div_ceil(shard_rows(rows, least))
}

/// Rows of a shard, the last one's perhaps fewer.
pub(super) fn shard_rows(rows: usize, least: usize) -> usize {
    rows.div_ceil((rows / least).clamp(1, MOST)).max(1)
}

/// The order of one shard: packed rows are those of the first step, then those of the second, and so on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<'a> {
    /// Rows, numbered within the shard, by descending length.
    pub rows: &'a [u32],
    /// How many of them run in each step.
    pub running: &'a [u32],
    /// The lengths of the shard's sequences, by row; `None` if all have all steps.
    pub lengths: Option<&'a [u32]>,
    pub reverse: bool,
}

impl<'a> Order<'a> {
    /// Writes the order into `words`, a number for each row and each step.
    pub fn arrange(words: &mut [u32], rows: usize, steps: usize, lengths: Option<&[u32]>) {
        let (order, running) = words.split_at_mut(rows);
        for (row, place) in order.iter_mut().enumerate() {
            *place = row as u32;
        }
        let Some(lengths) = lengths else {
            running.fill(rows as u32);
            return;
        };
        order.sort_unstable_by_key(|&row| (std::cmp::Reverse(lengths[row as usize]), row));
        let mut left = rows;
        for (step, running) in running[..steps].iter_mut().enumerate() {
            while left > 0 && lengths[order[left - 1] as usize] as usize <= step {
                left -= 1;
            }
            *running = left as u32;
        }
    }

    /// What [`arrange`](Order::arrange) wrote.
    pub fn new(words: &'a [u32], rows: usize, lengths: Option<&'a [u32]>, reverse: bool) -> Self {
        let (rows, running) = words.split_at(rows);
        Self { rows, running, lengths, reverse }
    }

    /// Rows of all steps together.
    pub fn len(&self) -> usize {
        self.running.iter().map(|&rows| rows as usize).sum()
    }

    pub fn running(&self, step: usize) -> usize {
        self.running.get(step).map_or(0, |&rows| rows as usize)
    }

    pub fn row(&self, place: usize) -> usize {
        self.rows[place] as usize
    }

    pub fn length(&self, row: usize) -> usize {
        self.lengths.map_or(self.running.len(), |lengths| lengths[row] as usize)
    }

    /// Where in the sequence of a row the step is that is taken as number `step`.
    pub fn place(&self, row: usize, step: usize) -> usize {
        match self.reverse {
            false => step,
            true => self.length(row) - 1 - step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shards cover the rows, are at most sixteen, and have rows enough if there are several.
    #[test]
    fn cuts() {
        for least in [16, 64] {
            for rows in 1..2000 {
                let (count, each) = (shards(rows, least), shard_rows(rows, least));
                assert!(count * each >= rows && (count - 1) * each < rows, "{rows}");
                assert!(count <= MOST && (count == 1 || each >= least), "{rows}");
            }
        }
    }

    #[test]
    fn rows_run_until_their_end() {
        let lengths = [2, 4, 1, 4];
        let mut words = [u32::MAX; 8];
        Order::arrange(&mut words, 4, 4, Some(&lengths));
        let order = Order::new(&words, 4, Some(&lengths), true);
        assert_eq!(order.rows, [1, 3, 0, 2]);
        assert_eq!(order.running, [4, 3, 2, 2]);
        assert_eq!((order.len(), order.place(0, 0), order.place(0, 1)), (11, 1, 0));
    }
}
