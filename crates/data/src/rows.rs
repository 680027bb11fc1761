//! Which stored rows a dataset shows, in which order, and what belongs to a row beside its sample.

use std::sync::Arc;

/// `order[start..start + len]`, or without an order `start..start + len` itself.
///
/// Weights and lengths belong to the places of the order, not to the stored rows: a row that was selected twice can
/// have two weights. They are as long as the order.
pub(crate) struct Rows<T> {
    order: Option<Arc<[u32]>>,
    start: usize,
    pub len: usize,
    pub weights: PerRow<T>,
    pub lengths: PerRow<u32>,
}

/// A number for each row, or none for any.
pub(crate) struct PerRow<V> {
    values: Option<Arc<[V]>>,
    start: usize,
}

impl<T: Copy> Rows<T> {
    pub fn all(len: usize) -> Self {
        Self { order: None, start: 0, len, weights: PerRow::none(), lengths: PerRow::none() }
    }

    /// The row of the storage that is at `row`.
    #[inline]
    pub fn stored(&self, row: usize) -> usize {
        assert!(row < self.len, "row {row} of a dataset of {} rows", self.len);
        match &self.order {
            Some(order) => order[self.start + row] as usize,
            None => self.start + row,
        }
    }

    /// The rows of `order`, numbers of rows here, in that order.
    pub fn reordered(&self, mut order: Vec<u32>) -> Self {
        let weights = self.weights.reordered(&order);
        let lengths = self.lengths.reordered(&order);
        for row in &mut order {
            // Lossless: a stored row's number is a u32.
            *row = self.stored(*row as usize) as u32;
        }
        Self { len: order.len(), order: Some(order.into()), start: 0, weights, lengths }
    }

    /// The same rows with other weights.
    pub fn weighing(&self, weights: Vec<T>) -> Self {
        Self { weights: PerRow::of(weights), ..self.clone() }
    }

    /// The same rows with other lengths.
    pub fn lasting(&self, lengths: Vec<u32>) -> Self {
        Self { lengths: PerRow::of(lengths), ..self.clone() }
    }

    /// `len` rows from `from` on, sharing everything.
    pub fn part(&self, from: usize, len: usize) -> Self {
        let mut part = self.clone();
        part.start += from;
        part.weights.start += from;
        part.lengths.start += from;
        part.len = len;
        part
    }
}

impl<V: Copy> PerRow<V> {
    fn none() -> Self {
        Self { values: None, start: 0 }
    }

    fn of(values: Vec<V>) -> Self {
        Self { values: Some(values.into()), start: 0 }
    }

    pub fn exists(&self) -> bool {
        self.values.is_some()
    }

    /// The value of a row that exists.
    #[inline]
    pub fn get(&self, row: usize) -> Option<V> {
        self.values.as_ref().map(|values| values[self.start + row])
    }

    fn reordered(&self, order: &[u32]) -> Self {
        let values = self.values.as_ref().map(|values| {
            order.iter().map(|&row| values[self.start + row as usize]).collect::<Arc<[V]>>()
        });
        Self { values, start: 0 }
    }
}

// Not derived: shared pointers are Clone whatever T is.
impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self {
            order: self.order.clone(),
            start: self.start,
            len: self.len,
            weights: self.weights.clone(),
            lengths: self.lengths.clone(),
        }
    }
}

impl<V> Clone for PerRow<V> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), start: self.start }
    }
}
