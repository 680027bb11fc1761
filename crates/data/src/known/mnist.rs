//! MNIST: 70,000 handwritten digits, and the datasets that took over its files.

use std::path::Path;

use super::either;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::idx;

/// Height and width of an image.
const SIDE: usize = 28;
const CLASSES: usize = 10;

/// Reads MNIST from a directory: the training set (60,000 digits) and the test set (10,000).
///
/// A sample is `[784]`, the 28 x 28 pixels from the top left, each `byte / 255` in 0 (paper) to 1 (ink); its label is
/// the digit, of 10 classes. The files are those of the original distribution, each plain or with `.gz`:
/// `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`.
/// Fashion-MNIST and KMNIST come in the same form and are read the same way. Any number of images is accepted.
///
/// ```no_run
/// let (train, test) = neuropil_data::mnist("examples/data/mnist")?;
/// assert_eq!((train.len(), test.len()), (60_000, 10_000));
/// assert_eq!(train.label(0), Some(5));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to Document Recognition, 1998.
///
/// # Errors
/// Each names the file:
/// - [`DataError::Missing`], [`DataError::Open`]: a file isn't there or can't be opened.
/// - [`DataError::Idx`]: it is truncated, corrupt, or no IDX file.
/// - [`DataError::FileShape`]: the images are not 28 x 28, or there are none, or the labels are not one number each.
/// - [`DataError::FileRows`]: images and labels are not equally many.
/// - [`DataError::FileLabel`]: a label is not a digit.
pub fn mnist(directory: impl AsRef<Path>) -> Result<(Dataset, Dataset), DataError> {
    let directory = directory.as_ref();
    Ok((read_set(directory, "train")?, read_set(directory, "t10k")?))
}

fn read_set(directory: &Path, set: &str) -> Result<Dataset, DataError> {
    let (label_path, labels) =
        either(&directory.join(format!("{set}-labels-idx1-ubyte")), |path| idx::open(path))?;
    if labels.shape.len() != 1 {
        return Err(DataError::FileShape {
            path: label_path,
            expected: "[labels]",
            found: labels.shape,
        });
    }
    let (image_path, images) =
        either(&directory.join(format!("{set}-images-idx3-ubyte")), |path| idx::open(path))?;
    let [image_count @ (1..), SIDE, SIDE] = images.shape[..] else {
        let expected = "[images, 28, 28] with at least one image";
        return Err(DataError::FileShape { path: image_path, expected, found: images.shape });
    };
    let label_count = labels.elements.len();
    if image_count != label_count {
        return Err(DataError::FileRows {
            images: image_path,
            image_count,
            labels: label_path,
            label_count,
        });
    }

    let shades: [f32; 256] = std::array::from_fn(|byte| byte as f32 / 255.0);
    let inputs = images.elements.iter().map(|&byte| shades[usize::from(byte)]).collect();
    let labels = labels.elements.into_iter().map(u32::from).collect();
    Dataset::labelled([SIDE * SIDE], inputs, labels, CLASSES).map_err(|error| match error {
        DataError::Label { row, label, classes } => {
            DataError::FileLabel { path: label_path, row, label, classes }
        }
        other => other,
    })
}
