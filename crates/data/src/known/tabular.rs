//! Tables: iris, wine, breast cancer, digits, diabetes, penguins.

use std::path::Path;

use super::find;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::source::{Source, quoted};
use crate::table::{Csv, Missing, Table};

/// The species of [`iris`] by their labels.
pub const IRIS_CLASSES: [&str; 3] = ["setosa", "versicolor", "virginica"];

/// The tumours of [`breast_cancer`] by their labels.
pub const BREAST_CANCER_CLASSES: [&str; 2] = ["malignant", "benign"];

/// The species of [`penguins`] by their labels.
pub const PENGUIN_CLASSES: [&str; 3] = ["Adelie", "Chinstrap", "Gentoo"];

/// Reads Fisher's irises from a directory: 150 flowers of 3 species, 50 each.
///
/// A sample is `[4]`: length and width of the sepals, length and width of the petals, in cm. Labels: 0 setosa, 1
/// versicolor, 2 virginica ([`IRIS_CLASSES`]). The rows stand in the order of their labels:
/// split them before use. The file is `iris.csv`, plain or with `.gz`, as scikit-learn has it.
///
/// ```no_run
/// let iris = neuropil_data::iris("examples/data/tabular")?;
/// let (train, test) = iris.split_stratified(0.8, 42)?;
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// Source: R. Fisher, The Use of Multiple Measurements in Taxonomic Problems, 1936.
///
/// # Errors
/// [`DataError::Missing`] if the file isn't there, and as [`Csv::open`].
pub fn iris(directory: impl AsRef<Path>) -> Result<Dataset, DataError> {
    with_counts(&find(directory.as_ref(), "iris.csv")?)
}

/// Reads the chemical analysis of 178 wines of 3 growers (59, 71 and 48 wines).
///
/// A sample is `[13]`: alcohol, malic acid, ash, alcalinity of ash, magnesium, total phenols, flavanoids,
/// nonflavanoid phenols, proanthocyanins, colour intensity, hue, OD280/OD315 of diluted wines, proline. The rows stand
/// in the order of their labels. The file is `wine_data.csv`, plain or with `.gz`, as scikit-learn has it.
///
/// Source: S. Aeberhard, M. Forina, UCI Machine Learning Repository, 1991.
///
/// # Errors
/// As [`iris`].
pub fn wine(directory: impl AsRef<Path>) -> Result<Dataset, DataError> {
    with_counts(&find(directory.as_ref(), "wine_data.csv")?)
}

/// Reads the Wisconsin breast cancer data: 569 tumours.
///
/// A sample is `[30]`: mean, standard error and greatest value of ten measures of the cell nuclei in an image (radius,
/// texture, perimeter, area, smoothness, compactness, concavity, concave points, symmetry, fractal dimension). Labels:
/// 0 malignant (212), 1 benign (357): [`BREAST_CANCER_CLASSES`]. The file is `breast_cancer.csv`, plain
/// or with `.gz`, as scikit-learn has it.
///
/// Source: W. Street, W. Wolberg, O. Mangasarian, Nuclear Feature Extraction for Breast Tumor Diagnosis, 1993.
///
/// # Errors
/// As [`iris`].
pub fn breast_cancer(directory: impl AsRef<Path>) -> Result<Dataset, DataError> {
    with_counts(&find(directory.as_ref(), "breast_cancer.csv")?)
}

/// Reads 1,797 handwritten digits of 8 x 8 pixels.
///
/// A sample is `[64]`, the pixels from the top left, each in 0 (paper) to 1 (ink) in steps of 1/16; its label is the
/// digit, of 10 classes. The file is `digits.csv`, plain or with `.gz`, as scikit-learn has it.
///
/// Source: E. Alpaydin, C. Kaynak, UCI Machine Learning Repository, 1998.
///
/// # Errors
/// As [`iris`].
pub fn digits(directory: impl AsRef<Path>) -> Result<Dataset, DataError> {
    const PIXELS: usize = 64;
    const INK: f32 = 16.0;
    let source = find(directory.as_ref(), "digits.csv")?;
    let table = Csv::new().no_header().missing([""; 0]).read(&source)?;
    expect_columns(&source, &table, PIXELS + 1)?;
    let classes = (0..10).map(|digit| digit.to_string());
    let columns = (0..PIXELS).map(|column| column.to_string());
    let pixels: Dataset = table.features().numbers(columns).label_of("64", classes)?.data;
    let ink = (0..pixels.len()).flat_map(|row| pixels.input(row)).map(|pixel| pixel / INK);
    pixels.with_numbers(&[PIXELS], ink.collect())
}

/// Reads the diabetes data: 442 patients, and a measure of how far the disease went within a year.
///
/// A sample is `[10]`, unscaled: age in years, sex (1 or 2), body mass index, mean blood pressure, and six
/// measurements of blood serum (total, LDL and HDL cholesterol, total / HDL, log of triglycerides, sugar). The target
/// is `[1]`, from 25 to 346. The files are `diabetes_data_raw.csv` and `diabetes_target.csv`, each plain or with
/// `.gz`, as scikit-learn has them.
///
/// Source: B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least Angle Regression, 2004.
///
/// # Errors
/// As [`iris`].
pub fn diabetes(directory: impl AsRef<Path>) -> Result<Dataset, DataError> {
    const FEATURES: usize = 10;
    let read = |file, columns| {
        let source = find(directory.as_ref(), file)?;
        let table = Csv::new().whitespace().no_header().missing([""; 0]).read(&source)?;
        expect_columns(&source, &table, columns)?;
        let names = (0..columns).map(|column| column.to_string());
        let numbers = table.features().numbers(names).inputs()?.inputs.into_numbers()?;
        Ok((source, numbers))
    };
    let (_, inputs) = read("diabetes_data_raw.csv", FEATURES)?;
    let (source, targets) = read("diabetes_target.csv", 1)?;
    let patients = inputs.len() / FEATURES;
    if targets.len() != patients {
        let (expected, found) = (format!("{patients} targets"), targets.len().to_string());
        return Err(source.malformed(targets.len(), expected, found));
    }
    Dataset::with_values([FEATURES], inputs, [1], targets)
}

/// Reads the penguins of the Palmer Archipelago that are fully known: 333 of 344, of 3 species.
///
/// A sample is `[9]`: length and depth of the bill and length of a flipper in mm, body mass in g, the island (1 for one
/// of Biscoe, Dream, Torgersen, 0 for the others), the sex (1 for one of female, male). Labels: 0 Adelie (146), 1
/// Chinstrap (68), 2 Gentoo (119): [`PENGUIN_CLASSES`]. The file is `penguins.csv`, plain or with `.gz`.
///
/// For the 11 penguins of which something is missing, or other columns, read the [`Table`] itself:
///
/// ```no_run
/// use neuropil_data::{MeanFill, Missing, Table};
///
/// let table = Table::open("examples/data/tabular/penguins.csv")?;
/// let measures = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];
/// let all = table.features().missing(Missing::Keep).numbers(measures).one_hot("sex").label::<f32>("species")?;
/// let (train, test) = all.data.split_stratified(0.8, 42)?;
/// let fill = MeanFill::fit(&train)?;
/// let (train, test) = (fill.apply(&train)?, fill.apply(&test)?);
/// assert_eq!(train.len() + test.len(), 344);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// Source: K. Gorman, T. Williams, W. Fraser, Ecological Sexual Dimorphism and Environmental Variability within a
/// Community of Antarctic Penguins, 2014; A. Horst, A. Hill, K. Gorman, palmerpenguins, 2020.
///
/// # Errors
/// As [`iris`].
pub fn penguins(directory: impl AsRef<Path>) -> Result<Dataset, DataError> {
    let table = Csv::new().read(&find(directory.as_ref(), "penguins.csv")?)?;
    let penguins = table
        .features()
        .missing(Missing::Drop)
        .numbers(["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"])
        .one_hot_of("island", ["Biscoe", "Dream", "Torgersen"])
        .one_hot_of("sex", ["female", "male"])
        .label_of("species", PENGUIN_CLASSES)?;
    Ok(penguins.data)
}

/// A table of scikit-learn's: the first line is `rows,features,class,class...`, the last column the class's number.
fn with_counts(source: &Source) -> Result<Dataset, DataError> {
    let first = source.text()?.lines().next().unwrap_or_default();
    let mut words = first.split(',');
    let mut count = || words.next().and_then(|word| word.trim().parse::<usize>().ok());
    let (Some(rows), Some(features)) = (count(), count()) else {
        return Err(source.malformed(1, "the numbers of rows and features", quoted(first)));
    };
    let classes = words.count();
    let table = Csv::new().no_header().missing([""; 0]).skip(1).read(source)?;
    expect_columns(source, &table, features.saturating_add(1))?;
    if table.rows() != rows {
        let found = format!("{} rows", table.rows());
        return Err(source.malformed(1, found, rows.to_string()));
    }
    let columns = (0..features).map(|column| column.to_string());
    let codes = (0..classes).map(|class| class.to_string());
    Ok(table.features().numbers(columns).label_of(&features.to_string(), codes)?.data)
}

fn expect_columns(source: &Source, table: &Table, expected: usize) -> Result<(), DataError> {
    let found = table.width();
    if found == expected {
        return Ok(());
    }
    let (expected, found) = (format!("{expected} columns"), found.to_string());
    Err(source.malformed(1, expected, found))
}
