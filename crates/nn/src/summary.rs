//! A table of a network's layers.

use crate::graph::Source;
use crate::op::Op;
use crate::plan::Program;
use neuropil_tensor::Shape;
use std::fmt;

/// A network's ops in order, with output shapes and counts of weights. `Display` prints a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The ops.
    pub rows: Vec<SummaryRow>,
    sample: Shape,
}

/// One op of a [`Summary`].
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// The path of the layer.
    pub path: String,
    /// The op, and what is fused behind it.
    pub op: String,
    /// The shape of one row's output.
    pub output: Shape,
    /// Numbers in the weights that it reads first; a shared weight counts once.
    pub weights: usize,
}

impl Summary {
    pub(crate) fn new(program: &Program, sample: Shape) -> Self {
        let record = &program.record;
        let mut counted = vec![false; record.values.len()];
        let rows = program.steps.iter().map(|step| {
            let mut weights = 0;
            for &input in &step.inputs {
                let root = record.root(input);
                let is_weight = matches!(record.values[root].source, Source::Weight(_));
                if is_weight && !std::mem::replace(&mut counted[root], true) {
                    weights += record.values[root].spec.shape.len();
                }
            }
            let mut op = Op::<f32>::name(&*step.op);
            if let Some(finish) = &step.finish {
                op = format!("{op} + {}", Op::<f32>::name(&**finish));
            }
            // The first op of a fused pair gives the path: the one that has the weights.
            let path = step.inputs.iter().find_map(|&input| match record.values[input].source {
                Source::Weight(weight) => {
                    record.weights[weight].path.rsplit_once('.').map(|(layer, _)| layer.to_owned())
                }
                _ => None,
            });
            let value = &record.values[step.output];
            let path = path.unwrap_or_else(|| value.path.clone());
            SummaryRow { path, op, output: value.spec.shape, weights }
        });
        let rows = rows.collect();
        Self { rows, sample }
    }

    /// Numbers in all weights.
    pub fn weights(&self) -> usize {
        self.rows.iter().map(|row| row.weights).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<[String; 4]> =
            std::iter::once(["layer", "op", "output", "weights"].map(str::to_owned))
                .chain([[String::new(), "input".into(), self.sample.to_string(), String::new()]])
                .chain(self.rows.iter().map(|row| {
                    [
                        row.path.clone(),
                        row.op.clone(),
                        row.output.to_string(),
                        row.weights.to_string(),
                    ]
                }))
                .chain([["total".into(), String::new(), String::new(), self.weights().to_string()]])
                .collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
        let [a, b, c, d] = [0, 1, 2, 3].map(|column| width(column).unwrap_or(0));
        for (i, [path, op, output, weights]) in lines.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            let line = format!("{path:a$}  {op:b$}  {output:c$}  {weights:>d$}");
            f.write_str(line.trim_end())?;
        }
        Ok(())
    }
}
