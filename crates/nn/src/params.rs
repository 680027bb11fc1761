//! The weights of a network, their gradients and its untrained state: flat buffers with a
//! directory of paths.

use crate::error::{BuildError, Error};
use crate::graph::{Following, Graph, Record};
use crate::pattern::matches;
use crate::real::Real;
use neuropil_initializers::Fan;
use neuropil_regularizers::random;
use neuropil_simd::{ALIGNMENT, AlignedVec};
use neuropil_tensor::Shape;
use neuropil_tensor::gemm::{Matrix, Packed};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// All weights that one or more graphs read, each tensor beginning on a cache line of one flat
/// buffer; a second buffer of the same layout holds the gradients, a third one the states that
/// are not trained.
///
/// It belongs to nobody's graph: a training and an inference graph, or a generator's and a
/// discriminator's, share one. Equal paths are one weight.
///
/// A clone has weights of its own (a target network, an average of updates), on which the same
/// plans run.
///
/// ```
/// use neuropil_nn::{Graph, prelude::*};
///
/// let graph = Graph::new();
/// let (online, target) = (graph.input("x", [3]), graph.input("y", [3]));
/// online.named("0", &Linear::new(3, 2))?;
/// target.shared("0", &Linear::new(3, 2))?; // the same weights
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// assert_eq!(params.paths().collect::<Vec<_>>(), ["0.weight", "0.bias"]);
/// assert_eq!((params.count(), params.shape("0.weight")?.dims()), (3 * 2 + 2, &[3, 2][..]));
///
/// let before = params.clone();
/// params.get_mut("0.bias")?.fill(1.0);
/// assert_ne!(params.get("0.bias")?, before.get("0.bias")?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Params<T: Real = f32> {
    entries: Vec<Entry>,
    states: Vec<Entry>,
    pub(crate) weights: AlignedVec<T>,
    pub(crate) gradients: AlignedVec<T>,
    pub(crate) state: AlignedVec<T>,
    /// Changes with every mutable access to the weights.
    version: u64,
    /// Names the directory, the weights' numbers and packs: no other `Params` has this name.
    directory: u64,
    /// Names the directory and what is frozen, on which plans' layouts depend.
    structure: u64,
    pack_forms: Vec<PackForm>,
    pub(crate) packs: Vec<Packed<T>>,
}

impl<T: Real> Clone for Params<T> {
    fn clone(&self) -> Self {
        Self { gradients: self.gradients.clone(), ..self.without_gradients() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub path: String,
    pub shape: Shape,
    pub start: usize,
    pub trainable: bool,
    pub transposed_in_files: bool,
    /// Files hold integers of 64 bits.
    pub integer_in_files: bool,
}

impl Entry {
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.shape.len()
    }
}

/// Which matrix a pack holds, and the version of the weights that it was made from.
#[derive(Clone, Debug)]
struct PackForm {
    weight: usize,
    transposed: bool,
    version: u64,
}

impl<T: Real> Params<T> {
    /// The weights that these graphs read, initialized from the seed. Each weight has a random
    /// stream of its own, so that adding a layer changes no other layer's start.
    ///
    /// # Errors
    /// If two graphs want one path in two shapes, or as a weight and as a state.
    pub fn new(graphs: &[&Graph], seed: u64) -> Result<Self, BuildError> {
        Self::from_records(graphs.iter().map(|graph| graph.snapshot()), seed)
    }

    pub(crate) fn from_records(
        records: impl IntoIterator<Item = Record>,
        seed: u64,
    ) -> Result<Self, BuildError> {
        let (mut entries, mut states) = (Vec::<Entry>::new(), Vec::<Entry>::new());
        let (mut starts, mut initializers, mut following) = (Vec::new(), Vec::new(), Vec::new());
        for record in records {
            following.extend(record.following);
            for weight in record.weights {
                let entry = Entry {
                    path: weight.path,
                    shape: weight.shape,
                    start: 0,
                    trainable: true,
                    transposed_in_files: weight.transposed_in_files,
                    integer_in_files: false,
                };
                if insert(&mut entries, entry)? {
                    initializers.push((weight.initializer, weight.fan));
                }
            }
            for state in record.states {
                let entry = Entry {
                    path: state.path,
                    shape: state.shape,
                    start: 0,
                    trainable: false,
                    transposed_in_files: false,
                    integer_in_files: state.counts,
                };
                if insert(&mut states, entry)? {
                    starts.push(state.start);
                }
            }
        }
        if let Some(both) = entries.iter().find(|entry| states.iter().any(|s| s.path == entry.path))
        {
            return Err(BuildError::Duplicate { path: both.path.clone() });
        }
        let len = place(&mut entries, size_of::<T>());
        let state_len = place(&mut states, size_of::<T>());
        let mut params = Self {
            weights: AlignedVec::zeros(len),
            gradients: AlignedVec::zeros(len),
            state: AlignedVec::zeros(state_len),
            entries,
            states,
            version: 0,
            directory: 0,
            structure: 0,
            pack_forms: Vec::new(),
            packs: Vec::new(),
        }
        .named();
        let mut followers = Vec::new();
        for (entry, (initializer, fan)) in params.entries.iter().zip(initializers) {
            let mut w = vec![0.0; entry.shape.len()];
            initialize(&initializer, &mut w, entry, fan, seed);
            // From the numbers before they are rounded, so that both types start alike.
            for Following { paths, rule, .. } in following.iter().filter(|f| f.leader == entry.path)
            {
                followers.extend(paths.iter().cloned().zip(rule.start(&w)));
            }
            for (w, exact) in params.weights[entry.range()].iter_mut().zip(w) {
                *w = T::of(exact);
            }
        }
        for (entry, start) in params.states.iter().zip(starts) {
            params.state[entry.range()].fill(T::of(start));
        }
        for (path, start) in followers {
            let places = [
                (&params.entries, &mut params.weights[..]),
                (&params.states, &mut params.state[..]),
            ];
            for (entries, numbers) in places {
                let Some(entry) = entries.iter().find(|entry| entry.path == path) else { continue };
                for (number, exact) in numbers[entry.range()].iter_mut().zip(&start) {
                    *number = T::of(*exact);
                }
            }
        }
        Ok(params)
    }

    /// A copy for inference alone, whose gradients have no room.
    pub(crate) fn without_gradients(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            states: self.states.clone(),
            weights: self.weights.clone(),
            gradients: AlignedVec::default(),
            state: self.state.clone(),
            version: self.version,
            directory: 0,
            structure: 0,
            pack_forms: Vec::new(),
            packs: Vec::new(),
        }
        // A name of its own: plans know packs by their numbers here, and the copy has none.
        .named()
    }

    /// The paths of all weights, in the order of the buffer.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.path.as_str())
    }

    /// How many numbers can be trained, frozen ones included.
    pub fn count(&self) -> usize {
        self.entries.iter().map(|entry| entry.shape.len()).sum()
    }

    /// The weight of a path.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, path: &str) -> Result<&[T], Error> {
        Ok(&self.weights[self.entry(path)?.range()])
    }

    /// The weight of a path, to be changed; whatever was derived from it is made anew.
    ///
    /// # Errors
    /// If there is none.
    pub fn get_mut(&mut self, path: &str) -> Result<&mut [T], Error> {
        let range = self.entry(path)?.range();
        self.version += 1;
        Ok(&mut self.weights[range])
    }

    /// The shape of a weight.
    ///
    /// # Errors
    /// If there is none.
    pub fn shape(&self, path: &str) -> Result<Shape, Error> {
        Ok(self.entry(path)?.shape)
    }

    /// The gradient of a weight, as the last backward left it.
    ///
    /// # Errors
    /// If there is none.
    pub fn gradient(&self, path: &str) -> Result<&[T], Error> {
        Ok(&self.gradients[self.entry(path)?.range()])
    }

    /// The state of a path (a running mean).
    ///
    /// # Errors
    /// If there is none.
    pub fn state(&self, path: &str) -> Result<&[T], Error> {
        let found = self.states.iter().find(|entry| entry.path == path);
        let entry = found.ok_or_else(|| Error::NoWeight { path: path.to_owned() })?;
        Ok(&self.state[entry.range()])
    }

    /// Sets all counters of batches to zero.
    pub(crate) fn reset_counters(&mut self) {
        for entry in self.states.iter().filter(|entry| entry.integer_in_files) {
            self.state[entry.range()].fill(T::ZERO);
        }
    }

    /// All weights in one flat buffer; a few zeros stand between tensors, so that each begins on
    /// a cache line.
    pub fn weights(&self) -> &[T] {
        &self.weights
    }

    /// All weights in one flat buffer, to be changed; whatever was derived from them is made anew.
    pub fn weights_mut(&mut self) -> &mut [T] {
        self.version += 1;
        &mut self.weights
    }

    /// All gradients, in the layout of [`weights`](Params::weights).
    pub fn gradients(&self) -> &[T] {
        &self.gradients
    }

    /// All gradients, to be changed.
    pub fn gradients_mut(&mut self) -> &mut [T] {
        &mut self.gradients
    }

    /// Weights and gradients at once, for an update; counts as a change of the weights.
    pub fn weights_and_gradients_mut(&mut self) -> (&mut [T], &mut [T]) {
        self.version += 1;
        (&mut self.weights, &mut self.gradients)
    }

    /// Changes with every mutable access to the weights.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Leaves the weights that a pattern matches as they are: they get no gradient and no update.
    /// In a pattern each `*` stands for any run of characters.
    ///
    /// Gradients that stand there are cleared. Plans lay themselves out for each set of frozen
    /// weights that they meet, and keep that for the next time.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let layers = Sequential::new().then(Linear::new(2, 3)).then(Relu).then(Linear::new(3, 1));
    /// let mut net = Network::new(layers, [2], 42)?;
    /// net.params_mut().freeze("0.*")?; // only the last layer learns
    /// assert!(!net.params().is_trainable("0.weight")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no path matches.
    pub fn freeze(&mut self, pattern: &str) -> Result<(), Error> {
        self.set_trainable(pattern, false)
    }

    /// Trains the weights that a pattern matches again.
    ///
    /// # Errors
    /// If no path matches.
    pub fn unfreeze(&mut self, pattern: &str) -> Result<(), Error> {
        self.set_trainable(pattern, true)
    }

    fn set_trainable(&mut self, pattern: &str, trainable: bool) -> Result<(), Error> {
        if !self.paths().any(|path| matches(pattern, path)) {
            return self.matching(pattern).map(|_| ());
        }
        for entry in self.entries.iter_mut().filter(|entry| matches(pattern, &entry.path)) {
            if entry.trainable != trainable {
                entry.trainable = trainable;
                // What is frozen has no gradient, whatever stood there.
                self.gradients[entry.range()].fill(T::ZERO);
            }
        }
        self.structure = self.name_structure();
        Ok(())
    }

    /// Gives the directory a name that no other has.
    fn named(mut self) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        self.directory = NEXT.fetch_add(1, Ordering::Relaxed);
        self.structure = self.name_structure();
        self
    }

    /// Equal for equal sets of frozen weights, so that plans find their layouts again when weights
    /// are frozen and trained in turn.
    fn name_structure(&self) -> u64 {
        let trainable = self.entries.iter().map(|entry| u64::from(entry.trainable));
        trainable.fold(random::key(&[self.directory]), |name, bit| random::key(&[name, bit]))
    }

    /// The weights that a pattern matches, never none.
    pub(crate) fn matching(&self, pattern: &str) -> Result<Vec<usize>, Error> {
        let found: Vec<usize> =
            (0..self.entries.len()).filter(|&i| matches(pattern, &self.entries[i].path)).collect();
        if found.is_empty() {
            let known = self.paths().map(str::to_owned).collect();
            return Err(Error::Pattern { pattern: pattern.to_owned(), known });
        }
        Ok(found)
    }

    /// Whether a weight is trained.
    ///
    /// # Errors
    /// If there is none.
    pub fn is_trainable(&self, path: &str) -> Result<bool, Error> {
        Ok(self.entry(path)?.trainable)
    }

    fn entry(&self, path: &str) -> Result<&Entry, Error> {
        let found = self.entries.iter().find(|entry| entry.path == path);
        found.ok_or_else(|| Error::NoWeight { path: path.to_owned() })
    }

    /// The path of the first weight or state that is not finite.
    pub(crate) fn first_not_finite(&self) -> Option<String> {
        let weights = self.entries.iter().map(|entry| (entry, &self.weights));
        let mut all = weights.chain(self.states.iter().map(|entry| (entry, &self.state)));
        let wrong =
            all.find(|(entry, buffer)| buffer[entry.range()].iter().any(|x| !x.is_finite()));
        wrong.map(|(entry, _)| entry.path.clone())
    }

    /// The path of the first weight whose gradient is not finite, or nothing.
    pub(crate) fn first_gradient_not_finite(&self) -> String {
        let is_finite =
            |entry: &&Entry| self.gradients[entry.range()].iter().all(|g| g.is_finite());
        let wrong = self.entries.iter().find(|entry| !is_finite(entry));
        // A norm may overflow where each number is finite.
        wrong.or(self.entries.first()).map_or_else(String::new, |entry| entry.path.clone())
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn state_entries(&self) -> &[Entry] {
        &self.states
    }

    pub(crate) fn structure(&self) -> u64 {
        self.structure
    }

    /// The number of the pack of a weight matrix, if there is one.
    pub(crate) fn find_pack(&self, weight: usize, transposed: bool) -> Option<usize> {
        let same = |form: &PackForm| form.weight == weight && form.transposed == transposed;
        self.pack_forms.iter().position(same)
    }

    /// Packs a weight matrix, unless there is a pack of it.
    pub(crate) fn pack(&mut self, weight: usize, transposed: bool) {
        if self.find_pack(weight, transposed).is_none() {
            self.packs.push(Packed::new(matrix(&self.entries[weight], &self.weights, transposed)));
            self.pack_forms.push(PackForm { weight, transposed, version: self.version });
        }
    }

    /// Makes all packs anew where the weights have changed since.
    pub(crate) fn refresh_all_packs(&mut self) {
        let all: Vec<usize> = (0..self.packs.len()).collect();
        self.refresh_packs(&all);
    }

    /// Makes these packs anew where the weights have changed since.
    pub(crate) fn refresh_packs(&mut self, packs: &[usize]) {
        for &pack in packs {
            let PackForm { weight, transposed, version } = self.pack_forms[pack];
            if version != self.version {
                let entry = &self.entries[weight];
                let matrix = matrix(entry, &self.weights, transposed);
                self.packs[pack].repack(matrix);
                self.pack_forms[pack].version = self.version;
            }
        }
    }
}

fn matrix<'a, T: Real>(entry: &Entry, weights: &'a [T], transposed: bool) -> Matrix<'a, T> {
    let columns = entry.shape.width();
    let matrix = Matrix::new(&weights[entry.range()], entry.shape.len() / columns.max(1), columns);
    if transposed { matrix.transposed() } else { matrix }
}

/// Adds an entry unless there is one of its path; says whether it did.
fn insert(entries: &mut Vec<Entry>, entry: Entry) -> Result<bool, BuildError> {
    match entries.iter().find(|known| known.path == entry.path) {
        None => {
            entries.push(entry);
            Ok(true)
        }
        Some(known) if known.shape == entry.shape => Ok(false),
        Some(known) => Err(BuildError::conflict(entry.path, entry.shape, known.shape)),
    }
}

/// Lays the entries out, each on a cache line, and returns the length of the buffer.
fn place(entries: &mut [Entry], size: usize) -> usize {
    let mut end = 0;
    for entry in entries {
        entry.start = end;
        end = (end + entry.shape.len()).next_multiple_of(ALIGNMENT / size);
    }
    end
}

fn initialize(
    initializer: &Arc<dyn neuropil_initializers::Initializer>,
    w: &mut [f64],
    entry: &Entry,
    fan: Fan,
    seed: u64,
) {
    let mut rng = ChaCha8Rng::seed_from_u64(random::key(&[seed, random::text(&entry.path)]));
    initializer.fill(w, entry.shape.dims(), fan, &mut rng);
}
