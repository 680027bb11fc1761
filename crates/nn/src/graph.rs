//! Recording a network: values, the ops between them, the weights that they read.

mod carry;
mod computed;
mod lengths;
mod losses;
mod objective;
mod scope;
mod state;

use carry::CarriedSpec;
use computed::Waiting;
pub(crate) use computed::{Computed, Drawn, Following, Follows};
pub(crate) use lengths::Lengths;
pub use state::State;
pub(crate) use state::StateSpec;

use crate::error::BuildError;
use crate::inspect::trail;
use crate::module::Module;
use crate::op::{AnyOp, Op};
use crate::ops::{Add, Copy as CopyOp, LossOp, Multiply};
use crate::spec::Spec;
use neuropil_initializers::{Fan, Initializer};
use neuropil_losses::Loss;
use neuropil_tensor::{Shape, ShapeError};
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A network while it is recorded: ops in the order in which they will run.
///
/// Modules record into it through the [`Node`]s that they are given; several graphs can name the
/// same weights (equal paths in one [`Params`](crate::Params)).
///
/// ```
/// use neuropil_nn::{Graph, Linear, Params, Plan, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [3]);
/// let y = x.named("first", &Linear::new(3, 2))?.then(Relu)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
///
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 3.0]);
/// run.forward()?;
/// assert_eq!(run.value(y).len(), 2);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Graph {
    record: RefCell<Record>,
    /// Computations of weights that a layer is about to ask for.
    waiting: RefCell<Vec<Waiting>>,
}

/// A value of a graph that is being recorded. Copy it, hand it to modules, combine it.
#[derive(Clone, Copy)]
pub struct Node<'g> {
    graph: &'g Graph,
    index: usize,
}

/// A value by number, which outlives the borrow of its graph: what runs are asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId {
    pub(crate) graph: u64,
    pub(crate) index: usize,
}

impl From<Node<'_>> for NodeId {
    fn from(node: Node<'_>) -> Self {
        node.id()
    }
}

/// Where weights and states come from in the order of recording: plain data.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub id: u64,
    pub values: Vec<Value>,
    pub weights: Vec<Weight>,
    pub states: Vec<StateSpec>,
    /// Weights and states that start as a function of another weight.
    pub following: Vec<Following>,
    /// The lengths of the sequences, if they have any.
    pub lengths: Option<Lengths>,
    /// The states that go from run to run; `None` if each run begins anew.
    carried: Option<Vec<CarriedSpec>>,
    /// Single numbers that are minimized beside the cost.
    prices: Vec<usize>,
    scope: Vec<String>,
    /// How many `shared` calls the recording is inside of.
    sharing: usize,
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub source: Source,
    pub spec: Spec,
    /// The path of the layer that made it, or the name of the input.
    pub path: String,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Input,
    /// An entry of `Record::weights`.
    Weight(usize),
    /// The same numbers in another shape.
    Alias(usize),
    /// The same numbers, through which no gradient flows.
    Detached(usize),
    Op {
        op: Arc<dyn AnyOp>,
        inputs: Vec<usize>,
        states: Vec<usize>,
    },
}

/// A weight that the graph reads.
#[derive(Clone, Debug)]
pub(crate) struct Weight {
    pub path: String,
    pub shape: Shape,
    pub initializer: Arc<dyn Initializer>,
    pub fan: Fan,
    /// Files hold the transposed matrix.
    pub transposed_in_files: bool,
    pub value: usize,
}

impl Record {
    /// The value whose numbers this value shows: itself, unless it is an alias.
    pub fn root(&self, mut index: usize) -> usize {
        while let Source::Alias(of) | Source::Detached(of) = self.values[index].source {
            index = of;
        }
        index
    }

    /// Whether a gradient with respect to some inputs or weights goes through this value.
    pub fn depends_on(&self, index: usize, is_source: impl Fn(usize) -> bool) -> bool {
        let mut depends = Vec::with_capacity(index + 1);
        for (i, value) in self.values[..=index].iter().enumerate() {
            depends.push(match &value.source {
                Source::Input | Source::Weight(_) => is_source(i),
                Source::Detached(_) => false,
                Source::Alias(of) => depends[*of],
                Source::Op { inputs, .. } => inputs.iter().any(|&input| depends[input]),
            });
        }
        depends[index]
    }

    fn path(&self, name: &str) -> String {
        if self.scope.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.scope.join("."))
        }
    }

    fn push(&mut self, source: Source, spec: Spec) -> usize {
        let path = self.scope.join(".");
        self.values.push(Value { source, spec, path });
        self.values.len() - 1
    }
}

impl Default for Graph {
    fn default() -> Self {
        Self::new()
    }
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let record = Record {
            id,
            values: Vec::new(),
            weights: Vec::new(),
            states: Vec::new(),
            following: Vec::new(),
            lengths: None,
            carried: None,
            prices: Vec::new(),
            scope: Vec::new(),
            sharing: 0,
        };
        Self { record: RefCell::new(record), waiting: RefCell::default() }
    }

    /// An input: numbers of this shape for each row.
    pub fn input(&self, name: &str, shape: impl Into<Shape>) -> Node<'_> {
        self.named_input(name, Spec::per_row(shape))
    }

    /// An input of indices (classes, tokens) of this shape for each row; `[]` is one a row.
    pub fn index_input(&self, name: &str, shape: impl Into<Shape>) -> Node<'_> {
        self.named_input(name, Spec::indices(shape))
    }

    pub(crate) fn named_input(&self, name: &str, spec: Spec) -> Node<'_> {
        let mut record = self.record.borrow_mut();
        let index = record.push(Source::Input, spec);
        record.values[index].path = name.to_owned();
        Node { graph: self, index }
    }

    /// A weight: one value for all rows, trained unless it is frozen. Its path is the path of the
    /// layer being built, a dot, and `name`.
    ///
    /// # Errors
    /// If the path is taken, or, inside [`Node::shared`], if it is not there or has another shape.
    pub fn param(
        &self,
        name: &str,
        shape: impl Into<Shape>,
        initializer: impl Initializer + 'static,
    ) -> Result<Node<'_>, BuildError> {
        let shape = shape.into();
        self.weight(name, shape, Arc::new(initializer), Fan::of(shape.dims()), false)
    }

    /// A weight whose fan is not that of its shape: the bias of a layer of so many inputs.
    ///
    /// # Errors
    /// As [`param`](Graph::param).
    pub fn param_with_fan(
        &self,
        name: &str,
        shape: impl Into<Shape>,
        initializer: impl Initializer + 'static,
        fan: Fan,
    ) -> Result<Node<'_>, BuildError> {
        self.weight(name, shape.into(), Arc::new(initializer), fan, false)
    }

    /// A weight matrix, here `[inputs, outputs]`, in files `[outputs, inputs]` as PyTorch has it.
    ///
    /// # Errors
    /// As [`param`](Graph::param).
    pub fn matrix(
        &self,
        name: &str,
        shape: [usize; 2],
        initializer: impl Initializer + 'static,
    ) -> Result<Node<'_>, BuildError> {
        self.weight(name, shape.into(), Arc::new(initializer), Fan::of(&shape), true)
    }

    /// A weight that is drawn, or what is computed from one.
    fn weight(
        &self,
        name: &str,
        shape: Shape,
        initializer: Arc<dyn Initializer>,
        fan: Fan,
        transposed_in_files: bool,
    ) -> Result<Node<'_>, BuildError> {
        let computations = self.computations(name);
        let original = computations.first().map(|innermost| innermost.original(name));
        let drawn_name = original.as_deref().unwrap_or(name);
        let mut w = self.drawn(drawn_name, shape, initializer, fan, transposed_in_files)?;
        if original.is_some() {
            let (name, path) = (name.to_owned(), self.path_of(drawn_name));
            let drawn = Drawn { name, path, shape, transposed_in_files };
            for computation in computations {
                w = computation.compute(w, &drawn)?;
            }
        }
        Ok(w)
    }

    fn drawn(
        &self,
        name: &str,
        shape: Shape,
        initializer: Arc<dyn Initializer>,
        fan: Fan,
        transposed_in_files: bool,
    ) -> Result<Node<'_>, BuildError> {
        let mut record = self.record.borrow_mut();
        let path = record.path(name);
        if record.states.iter().any(|state| state.path == path) {
            return Err(BuildError::Duplicate { path });
        }
        let known = record.weights.iter().find(|weight| weight.path == path);
        if let Some(weight) = known {
            if record.sharing == 0 {
                return Err(BuildError::Duplicate { path });
            }
            if weight.shape != shape {
                let found = weight.shape;
                return Err(BuildError::conflict(path, shape, found));
            }
            return Ok(Node { graph: self, index: weight.value });
        }
        if record.sharing > 0 {
            return Err(BuildError::Unknown { path });
        }
        let weight = record.weights.len();
        let value = record.push(Source::Weight(weight), Spec::single(shape));
        record.values[value].path.clone_from(&path);
        record.weights.push(Weight { path, shape, initializer, fan, transposed_in_files, value });
        Ok(Node { graph: self, index: value })
    }

    /// Records an op over these values and states.
    ///
    /// # Errors
    /// If the op does not take their shapes, or has no gradient for a value that depends on
    /// weights.
    ///
    /// # Panics
    /// If a node or state belongs to another graph, or, in the op, if there are fewer inputs than
    /// it reads.
    pub fn record<'g>(
        &'g self,
        op: impl AnyOp,
        inputs: &[Node<'g>],
        states: &[State<'g>],
    ) -> Result<Node<'g>, BuildError> {
        for graph in inputs.iter().map(|x| x.graph).chain(states.iter().map(|s| s.graph)) {
            assert!(std::ptr::eq(graph, self), "{op:?}: an input belongs to another graph");
        }
        let inputs = self.apart(inputs)?;
        let mut record = self.record.borrow_mut();
        let specs: Vec<Spec> = inputs.iter().map(|&x| record.values[x].spec).collect();
        let op: Arc<dyn AnyOp> = Arc::new(op);
        let spec = Op::<f32>::output(&*op, &specs).map_err(|error| {
            let (path, trail) = (record.scope.join("."), trail(&record, &inputs));
            BuildError::shape(path, Op::<f32>::name(&*op), error, trail)
        })?;
        for (i, &input) in inputs.iter().enumerate() {
            let is_weight = |i: usize| matches!(record.values[i].source, Source::Weight(_));
            let needed = !Op::<f32>::differentiates(&*op, i);
            if needed && record.depends_on(input, is_weight) {
                let message = format!(
                    "{} has no gradient for its input {i} of shape {}, which depends on weights: \
                     detach it",
                    Op::<f32>::name(&*op),
                    specs[i]
                );
                return Err(BuildError::Option { path: record.scope.join("."), message });
            }
        }
        let states = states.iter().map(|state| state.index).collect();
        let index = record.push(Source::Op { op, inputs, states }, spec);
        Ok(Node { graph: self, index })
    }

    /// The inputs of an op, a copy in place of each that shows the same numbers as one before it:
    /// the gradients of all inputs can then be lent at once.
    fn apart(&self, inputs: &[Node<'_>]) -> Result<Vec<usize>, BuildError> {
        let mut apart: Vec<usize> = Vec::with_capacity(inputs.len());
        let mut roots: Vec<usize> = Vec::with_capacity(inputs.len());
        for node in inputs {
            let (root, indices) = {
                let record = self.record.borrow();
                (record.root(node.index), record.values[node.index].spec.indices)
            };
            if roots.contains(&root) && !indices {
                apart.push(
                    self.record(CopyOp, &[Node { graph: self, index: node.index }], &[])?.index,
                );
            } else {
                apart.push(node.index);
            }
            roots.push(root);
        }
        Ok(apart)
    }

    /// Whether a value is what an op makes, in whatever shape.
    pub(crate) fn is_computed(&self, node: Node<'_>) -> bool {
        let record = self.record.borrow();
        matches!(record.values[record.root(node.index)].source, Source::Op { .. })
    }

    /// What has been recorded.
    pub(crate) fn snapshot(&self) -> Record {
        self.record.borrow().clone()
    }
}

impl<'g> Node<'g> {
    /// The graph, to record weights and ops.
    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    /// This value by number.
    pub fn id(self) -> NodeId {
        NodeId { graph: self.graph.record.borrow().id, index: self.index }
    }

    /// What is known of the value.
    pub fn spec(self) -> Spec {
        self.graph.record.borrow().values[self.index].spec
    }

    /// The shape of one row's value, or of the single value.
    pub fn shape(self) -> Shape {
        self.spec().shape
    }

    /// The last axis of the shape; 1 for a scalar.
    pub fn width(self) -> usize {
        self.shape().width()
    }

    /// The path of the layer being built.
    pub fn path(self) -> String {
        self.graph.record.borrow().scope.join(".")
    }

    /// What a module makes of this value. Its weights stand in the current path.
    ///
    /// # Errors
    /// What the module says.
    pub fn then(self, module: impl Module) -> Result<Node<'g>, BuildError> {
        module.build(self)
    }

    /// What a module makes of this value, its weights one level below, under `name`.
    ///
    /// # Errors
    /// What the module says.
    pub fn named(
        self,
        name: &str,
        module: &(impl Module + ?Sized),
    ) -> Result<Node<'g>, BuildError> {
        self.graph.scoped(name, false, || module.build(self))
    }

    /// The same as an earlier [`named`](Node::named), with the very weights that it made.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let graph = Graph::new();
    /// let (a, b) = (graph.input("a", [4]), graph.input("b", [4]));
    /// let tower = Sequential::new().then(Linear::new(4, 2)).then(Tanh);
    /// let left = a.named("tower", &tower)?; // makes tower.0.weight and tower.0.bias
    /// let right = b.shared("tower", &tower)?; // reads them again
    /// let both = left.plus(right)?;
    ///
    /// let params = Params::<f32>::new(&[&graph], 42)?;
    /// assert_eq!(params.paths().count(), 2);
    /// # assert_eq!(both.shape().dims(), [2]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If a weight is not there or has another shape, or what the module says.
    pub fn shared(
        self,
        name: &str,
        module: &(impl Module + ?Sized),
    ) -> Result<Node<'g>, BuildError> {
        self.graph.scoped(name, true, || module.build(self))
    }

    /// What an op makes of this value.
    ///
    /// # Errors
    /// If the op does not take its shape.
    pub fn op(self, op: impl AnyOp) -> Result<Node<'g>, BuildError> {
        self.graph.record(op, &[self], &[])
    }

    /// What an op makes of this value and others, weights among them.
    ///
    /// # Errors
    /// If the op does not take their shapes.
    pub fn op_with<const N: usize>(
        self,
        others: [Node<'g>; N],
        op: impl AnyOp,
    ) -> Result<Node<'g>, BuildError> {
        let inputs: Vec<Node<'g>> = std::iter::once(self).chain(others).collect();
        self.graph.record(op, &inputs, &[])
    }

    /// The sum with a value of the same shape.
    ///
    /// # Errors
    /// If the shapes differ.
    pub fn plus(self, other: Node<'g>) -> Result<Node<'g>, BuildError> {
        self.op_with([other], Add)
    }

    /// The product, element by element, with a value of the same shape.
    ///
    /// # Errors
    /// If the shapes differ.
    pub fn times(self, other: Node<'g>) -> Result<Node<'g>, BuildError> {
        self.op_with([other], Multiply)
    }

    /// The same numbers in another shape of as many. Costs nothing.
    ///
    /// # Errors
    /// If the shapes hold different counts of numbers.
    pub fn reshape(self, shape: impl Into<Shape>) -> Result<Node<'g>, BuildError> {
        let (old, shape) = (self.spec(), shape.into());
        if old.shape.len() != shape.len() {
            let trail = trail(&self.graph.record.borrow(), &[self.index]);
            let error = ShapeError::mismatch("reshape", old.shape, shape);
            return Err(BuildError::shape(self.path(), "Reshape".into(), error, trail));
        }
        Ok(self.alias(Source::Alias(self.index), old.with_shape(shape)))
    }

    /// The same numbers as one vector a row. Costs nothing.
    pub fn flatten(self) -> Node<'g> {
        let spec = self.spec();
        self.alias(Source::Alias(self.index), spec.with_shape([spec.shape.len()]))
    }

    /// The same numbers, through which no gradient flows back. Costs nothing.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// // A student is drawn to what the teacher says; the teacher is not drawn to the student.
    /// let graph = Graph::new();
    /// let x = graph.input("x", [4]);
    /// let student = x.named("student", &Linear::new(4, 2))?;
    /// let teacher = x.named("teacher", &Linear::new(4, 2))?.detach();
    /// let cost = student.loss(MeanSquaredError::new(), teacher)?;
    /// # assert!(!cost.spec().per_row);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn detach(self) -> Node<'g> {
        self.alias(Source::Detached(self.index), self.spec())
    }

    fn alias(self, source: Source, spec: Spec) -> Node<'g> {
        let index = self.graph.record.borrow_mut().push(source, spec);
        Node { graph: self.graph, index }
    }

    /// The cost of this prediction against a target, one number for the batch. The target holds
    /// indices or numbers, as the loss accepts. It gets no gradient: one that depends on weights
    /// must be [`detach`](Node::detach)ed, to say that this is meant.
    ///
    /// # Errors
    /// If the loss does not accept the target or its shape, or the target depends on weights.
    pub fn loss(self, loss: impl Loss, target: Node<'g>) -> Result<Node<'g>, BuildError> {
        self.graph.record(LossOp::new(loss), &[self, target], &[])
    }

    /// The cost with a weight for each row: a third value of shape `[]`. The weights are data and
    /// are not looked at before a run: a mean under weights that sum to zero is NaN.
    ///
    /// # Errors
    /// If the loss does not accept the target or its shape, the weights are not one a row, or
    /// either depends on weights of the network.
    pub fn weighted_loss(
        self,
        loss: impl Loss,
        target: Node<'g>,
        weights: Node<'g>,
    ) -> Result<Node<'g>, BuildError> {
        self.graph.record(LossOp::new(loss), &[self, target, weights], &[])
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node {} {}", self.index, self.spec())
    }
}
