//! Finds the paths: local derivatives of all numbers that lie between, then a walk over them.

use super::{DERIVATIVES, ExplainError, Explanation, Factor, GradientPath, Variable};
use crate::graph::{Record, Source};
use crate::inspect::Role;
use crate::op::Op;
use crate::plan::{Program, Run};
use crate::real::Real;
use crate::spec::Spec;
use std::collections::BTreeMap;

/// A number of a value.
type Place = (usize, usize);

/// A derivative, and the number that it is with respect to.
#[derive(Clone, Copy)]
struct Edge {
    by: Place,
    value: f64,
}

/// The derivatives of each number that lies on a way from the cost.
type Edges = BTreeMap<Place, Vec<Edge>>;

pub(super) fn explain<T: Real>(
    run: &mut Run<'_, T>,
    variable: &Variable,
    limit: usize,
) -> Result<Explanation, ExplainError> {
    assert!(run.has_run_forward(), "explain before forward");
    let rows = run.rows();
    let program = run.program().clone();
    let cost = program.cost.expect("an inference plan has no cost");
    let source = locate(&program, variable, rows)?;
    let cost = (root(&program.record, cost), 0);

    let edges = derivatives(run, &program, cost, source, variable)?;
    let counts = count(&edges, source);
    let paths = counts.get(&cost).copied().unwrap_or(0);
    if paths > limit as u64 {
        return Err(ExplainError::Paths { variable: variable.clone(), paths, limit });
    }
    let names = Names::new(&program);
    let mut found = Vec::new();
    if paths > 0 {
        walk(&edges, &counts, source, cost, &mut Vec::new(), &mut |path| {
            let mut of = cost;
            let factors = path.iter().map(|edge| {
                let factor = Factor { of: names.of(of), by: names.of(edge.by), value: edge.value };
                of = edge.by;
                factor
            });
            found.push(GradientPath { factors: factors.collect() });
        });
    }
    Ok(Explanation { cost: names.of(cost), variable: variable.clone(), paths: found })
}

/// The value behind reshapings; one that is detached is no way back.
fn root(record: &Record, mut index: usize) -> usize {
    while let Source::Alias(of) = record.values[index].source {
        index = of;
    }
    index
}

fn locate(program: &Program, variable: &Variable, rows: usize) -> Result<Place, ExplainError> {
    let record = &program.record;
    let numbers = |i: &usize| {
        let value = &record.values[*i];
        matches!(value.source, Source::Input | Source::Weight(_)) && !value.spec.indices
    };
    let wanted = |i: &usize| match (variable, &record.values[*i].source) {
        (Variable::Weight { path, .. }, Source::Weight(_)) => record.values[*i].path == *path,
        (Variable::Input { name, .. }, Source::Input) => record.values[*i].path == *name,
        _ => false,
    };
    let all = || (0..record.values.len()).filter(numbers);
    let Some(value) = all().find(wanted) else {
        let known = all().map(|i| record.values[i].path.clone()).collect();
        return Err(ExplainError::Unknown { variable: variable.clone(), known });
    };
    let spec = record.values[value].spec;
    let (row, index) = match variable {
        Variable::Weight { index, .. } => (0, index),
        Variable::Input { row, index, .. } => (*row, index),
    };
    let dims = spec.shape.dims();
    let fits = index.len() == dims.len() && index.iter().zip(dims).all(|(i, dim)| i < dim);
    if !fits || row >= if spec.per_row { rows } else { 1 } {
        let shape =
            if spec.per_row { format!("{rows} rows of {}", spec.shape) } else { spec.to_string() };
        return Err(ExplainError::Index { variable: variable.clone(), shape });
    }
    let within = index.iter().zip(dims).fold(0, |at, (i, dim)| at * dim + i);
    Ok((value, row * spec.shape.len() + within))
}

/// Which values depend on the source with a derivative.
fn depends(record: &Record, source: usize) -> Vec<bool> {
    let mut depends: Vec<bool> = Vec::with_capacity(record.values.len());
    for (index, value) in record.values.iter().enumerate() {
        let found = match &value.source {
            Source::Input | Source::Weight(_) => index == source,
            Source::Alias(of) => depends[*of],
            Source::Detached(_) => false,
            Source::Op { op, inputs, .. } => (inputs.iter().enumerate())
                .any(|(place, &x)| depends[x] && Op::<f32>::differentiates(&**op, place)),
        };
        depends.push(found);
    }
    depends
}

fn derivatives<T: Real>(
    run: &mut Run<'_, T>,
    program: &Program,
    cost: Place,
    source: Place,
    variable: &Variable,
) -> Result<Edges, ExplainError> {
    let record = &program.record;
    let depends = depends(record, source.0);
    let mut edges = Edges::new();
    if !depends[cost.0] {
        return Ok(edges);
    }
    edges.insert(cost, Vec::new());
    let mut computed = 0;
    for (number, step) in program.steps.iter().enumerate().rev() {
        let wanted: Vec<bool> = (step.inputs.iter().enumerate())
            .map(|(i, &x)| depends[x] && Op::<f32>::differentiates(&*step.op, i))
            .collect();
        if !wanted.contains(&true) {
            continue;
        }
        let of = (step.output, 0)..(step.output + 1, 0);
        let elements: Vec<usize> = edges.range(of).map(|(place, _)| place.1).collect();
        let width: usize = (step.inputs.iter().zip(&wanted))
            .filter(|(_, wanted)| **wanted)
            .map(|(&x, _)| record.values[x].spec.len(run.rows()))
            .sum();
        computed += elements.len() * width;
        if computed > DERIVATIVES {
            return Err(ExplainError::Derivatives { variable: variable.clone() });
        }
        let curve = step.finish.is_none() && matches!(Op::<f32>::role(&*step.op), Role::Curve(_));
        for element in elements {
            let of = (step.output, element);
            for (place, dx) in run.local_gradient(number, element, &wanted).iter().enumerate() {
                let by = root(record, step.inputs[place]);
                for (i, &value) in dx.iter().enumerate() {
                    let on_the_way = value != T::ZERO || (curve && i == element);
                    if on_the_way && (by != source.0 || i == source.1) {
                        edges.entry((by, i)).or_default();
                        let edge = Edge { by: (by, i), value: value.to_f64() };
                        edges.entry(of).or_default().push(edge);
                    }
                }
            }
        }
    }
    Ok(edges)
}

/// How many paths lead from each number to the source: a number's value is recorded after all that
/// it is computed from, so ascending order meets those first.
fn count(edges: &Edges, source: Place) -> BTreeMap<Place, u64> {
    let mut counts = BTreeMap::new();
    for (&place, edges) in edges {
        let through = edges.iter().map(|edge| counts.get(&edge.by).copied().unwrap_or(0));
        let paths = through.fold(u64::from(place == source), u64::saturating_add);
        counts.insert(place, paths);
    }
    counts
}

fn walk(
    edges: &Edges,
    counts: &BTreeMap<Place, u64>,
    source: Place,
    at: Place,
    path: &mut Vec<Edge>,
    found: &mut impl FnMut(&[Edge]),
) {
    if at == source {
        return found(path);
    }
    for edge in edges.get(&at).into_iter().flatten() {
        if counts.get(&edge.by).is_some_and(|&paths| paths > 0) {
            path.push(*edge);
            walk(edges, counts, source, edge.by, path, found);
            path.pop();
        }
    }
}

/// What numbers are called: path and op, told apart by a count where an op stands twice in a
/// layer, and the place.
struct Names {
    values: Vec<(String, Spec)>,
}

impl Names {
    fn new(program: &Program) -> Self {
        let record = &program.record;
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let values = record.values.iter().map(|value| {
            let name = match &value.source {
                Source::Op { op, .. } => {
                    let op = Op::<f32>::name(&**op);
                    let name = match value.path.as_str() {
                        "" => op,
                        path => format!("{path}.{op}"),
                    };
                    let times = seen.entry(name.clone()).or_default();
                    *times += 1;
                    if *times == 1 { name } else { format!("{name}#{times}") }
                }
                _ => value.path.clone(),
            };
            (name, value.spec)
        });
        Self { values: values.collect() }
    }

    fn of(&self, (value, element): Place) -> String {
        let (name, spec) = &self.values[value];
        let len = spec.shape.len().max(1);
        let (row, mut rest) = (element / len, element % len);
        let mut place: Vec<usize> = Vec::new();
        for &dim in spec.shape.dims().iter().rev() {
            place.push(rest % dim);
            rest /= dim;
        }
        if spec.per_row {
            place.push(row);
        }
        place.reverse();
        if place.is_empty() { name.clone() } else { format!("{name}{place:?}") }
    }
}
