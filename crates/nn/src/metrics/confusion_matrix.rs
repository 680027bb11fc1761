//! What is taken for what.

use crate::metrics::accuracy::largest;
use crate::metrics::class_counts::ratio;
use crate::metrics::metric::weight_of;
use crate::metrics::{Better, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{Target, TargetKind, Weighted};
use std::fmt;

/// How often each class was taken for each: its value is a [`Confusion`]. scikit-learn's
/// `confusion_matrix`, torchmetrics' `MulticlassConfusionMatrix`.
///
/// The prediction of a row is the place of its largest number, the first of equal ones. A row with
/// a NaN predicts no class; such rows are counted beside the matrix.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{ConfusionMatrix, Metric};
///
/// let y = [0.9_f32, 0.1, 0.2, 0.8, 0.4, 0.6]; // [3, 2], predicts 0, 1, 1
/// let confusion = ConfusionMatrix.of(2, &y, Target::Labels(&[0, 0, 1]))?;
/// assert_eq!(confusion.count(0, 1), 1.0); // a 0 was taken for a 1
/// assert_eq!(confusion.precision(1), 0.5);
/// println!("{confusion}");
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConfusionMatrix;

impl Metric for ConfusionMatrix {
    type Tally = Confusion;
    type Value = Confusion;

    fn name(&self) -> String {
        "confusion matrix".into()
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Labels
    }

    fn better(&self) -> Option<Better> {
        None
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut Confusion,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        let target = target.into();
        let rows = self.check(width, y, target)?;
        tally.grow(width);
        if rows == 0 {
            return Ok(());
        }
        if let Target::Labels(labels) = target.target {
            for (row, (y, &label)) in y.chunks_exact(width).zip(labels).enumerate() {
                let weight = weight_of(target.weights, row);
                match largest(y) {
                    Some(class) => tally.counts[label as usize][class] += weight,
                    None => tally.undecided[label as usize] += weight,
                }
            }
        }
        Ok(())
    }

    fn value(&self, tally: &Confusion) -> Confusion {
        tally.clone()
    }
}

/// How often each class was taken for each, by weight: whole numbers where rows have none.
///
/// As text it is a table with a line for each label and a column for each prediction:
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{ConfusionMatrix, Metric};
///
/// let y = [0.9_f64, 0.1, 0.2, 0.8, 0.4, 0.6]; // [3, 2]
/// let confusion = ConfusionMatrix.of(2, &y, Target::Labels(&[0, 0, 1]))?;
/// let table = "\
/// label \\ prediction       0       1  recall
///                  0       1       1  0.5000
///                  1       0       1  1.0000
///          precision  1.0000  0.5000  0.6667
/// ";
/// assert_eq!(confusion.to_string(), table); // in the corner, the accuracy
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Confusion {
    /// A row for each label, a column for each prediction.
    counts: Vec<Vec<f64>>,
    /// For each label the rows without a prediction.
    undecided: Vec<f64>,
}

impl Confusion {
    fn grow(&mut self, classes: usize) {
        if self.classes() < classes {
            self.counts.resize(classes, Vec::new());
            for counts in &mut self.counts {
                counts.resize(classes, 0.0);
            }
            self.undecided.resize(classes, 0.0);
        }
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.undecided.len()
    }

    /// How often a row of the class `label` was predicted to be of the class `prediction`.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn count(&self, label: usize, prediction: usize) -> f64 {
        self.check(label);
        self.check(prediction);
        self.counts[label][prediction]
    }

    /// The rows of a class that have a NaN and so no prediction.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn undecided(&self, label: usize) -> f64 {
        self.check(label);
        self.undecided[label]
    }

    /// The rows of a class.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn support(&self, class: usize) -> f64 {
        self.check(class);
        self.counts[class].iter().sum::<f64>() + self.undecided[class]
    }

    /// The share of rows predicted to be of the class that are; 0 if there are none.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn precision(&self, class: usize) -> f64 {
        self.check(class);
        let predicted = self.counts.iter().map(|counts| counts[class]).sum();
        ratio(self.counts[class][class], predicted)
    }

    /// The share of rows of the class that are predicted to be; 0 if there are none.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn recall(&self, class: usize) -> f64 {
        ratio(self.count(class, class), self.support(class))
    }

    /// The share of rows that are right; NaN if there are none.
    pub fn accuracy(&self) -> f64 {
        let right: f64 = (0..self.classes()).map(|class| self.counts[class][class]).sum();
        let rows: f64 = (0..self.classes()).map(|class| self.support(class)).sum();
        right / rows
    }

    /// The same with names for the classes, in their order, to be shown as text.
    ///
    /// ```
    /// use neuropil_losses::Target;
    /// use neuropil_nn::metrics::{ConfusionMatrix, Metric};
    ///
    /// let y = [0.9_f64, 0.1, 0.2, 0.8, 0.4, 0.6]; // [3, 2]
    /// let confusion = ConfusionMatrix.of(2, &y, Target::Labels(&[0, 0, 1]))?;
    /// let table = "\
    /// label \\ prediction         cat  chinchilla  recall
    ///                cat           1           1  0.5000
    ///         chinchilla           0           1  1.0000
    ///          precision      1.0000      0.5000  0.6667
    /// ";
    /// assert_eq!(confusion.named(&["cat", "chinchilla"])?.to_string(), table);
    /// # Ok::<(), neuropil_nn::metrics::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// If there are more or fewer names than classes.
    pub fn named<'a, S: AsRef<str>>(
        &'a self,
        names: &'a [S],
    ) -> Result<NamedConfusion<'a>, MetricError> {
        if names.len() != self.classes() {
            return Err(MetricError::Names { names: names.len(), classes: self.classes() });
        }
        Ok(NamedConfusion { confusion: self, names: names.iter().map(AsRef::as_ref).collect() })
    }

    fn check(&self, class: usize) {
        let classes = self.classes();
        assert!(class < classes, "class {class} of a confusion matrix of {classes} classes");
    }
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = (0..self.classes()).map(|class| class.to_string()).collect();
        let names = numbers.iter().map(String::as_str).collect();
        NamedConfusion { confusion: self, names }.fmt(f)
    }
}

/// A [`Confusion`] with names for its classes, from [`Confusion::named`]: as text it is the same
/// table.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedConfusion<'a> {
    confusion: &'a Confusion,
    names: Vec<&'a str>,
}

impl NamedConfusion<'_> {
    /// The letters of the longest name.
    fn longest(&self) -> usize {
        self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0)
    }
}

impl fmt::Display for NamedConfusion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CORNER: &str = "label \\ prediction";
        let Self { confusion, names } = self;
        let all = || confusion.counts.iter().flatten().chain(&confusion.undecided);
        let decimals = if all().all(|count| count.fract() == 0.0) { 0 } else { 2 };
        let longest = all().map(|count| format!("{count:.decimals$}").len()).max();
        let first = self.longest().max(CORNER.len());
        // 0.1234, and the word `recall`, have six letters.
        let width = longest.unwrap_or(0).max(self.longest()).max(6) + 2;
        let undecided = confusion.undecided.iter().any(|&count| count > 0.0);

        write!(f, "{CORNER:>first$}")?;
        for name in names {
            write!(f, "{name:>width$}")?;
        }
        if undecided {
            write!(f, "{:>width$}", "none")?;
        }
        writeln!(f, "{:>8}", "recall")?;
        for (label, name) in names.iter().enumerate() {
            write!(f, "{name:>first$}")?;
            for count in &confusion.counts[label] {
                write!(f, "{count:>width$.decimals$}")?;
            }
            if undecided {
                write!(f, "{:>width$.decimals$}", confusion.undecided[label])?;
            }
            writeln!(f, "{:>8.4}", confusion.recall(label))?;
        }
        write!(f, "{:>first$}", "precision")?;
        for class in 0..names.len() {
            write!(f, "{:>width$.4}", confusion.precision(class))?;
        }
        if undecided {
            write!(f, "{:>width$}", "")?;
        }
        writeln!(f, "{:>8.4}", confusion.accuracy())
    }
}
