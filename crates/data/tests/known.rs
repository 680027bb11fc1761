//! The loaders on the files of examples/data: the numbers here were counted by a few lines of Python on the raw files.

use neuropil_data::{
    BREAST_CANCER_CLASSES, Dataset, IRIS_CLASSES, InputKind, MeanFill, Missing, PENGUIN_CLASSES,
    Table, TargetKind, Windows, airline, breast_cancer, co2, diabetes, digits, interpolate, iris,
    japanese_vowels, penguins, pride_and_prejudice, sunspots, sunspots_monthly, wine,
};

fn folder(name: &str) -> String {
    format!("{}/../../examples/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn counts(data: &Dataset) -> Vec<usize> {
    let TargetKind::Labels { classes, shape: [] } = data.target_kind() else { panic!("{data:?}") };
    let mut counts = vec![0; classes];
    for row in 0..data.len() {
        counts[data.label(row).unwrap() as usize] += 1;
    }
    counts
}

fn sum(data: &Dataset, column: usize) -> f64 {
    (0..data.len()).map(|row| f64::from(data.input(row)[column])).sum()
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{found}, expected {expected}");
}

#[test]
fn irises_wines_and_tumours() {
    let tables = folder("tabular");
    let iris = iris(&tables).unwrap();
    assert_eq!((iris.len(), iris.shape()), (150, &[4][..]));
    assert_eq!(counts(&iris), [50, 50, 50]);
    assert_eq!(iris.input(0), [5.1, 3.5, 1.4, 0.2]);
    assert_near(sum(&iris, 0), 876.5);
    assert_near(sum(&iris, 3), 179.9);

    let wine = wine(&tables).unwrap();
    assert_eq!((wine.len(), wine.shape()), (178, &[13][..]));
    assert_eq!(counts(&wine), [59, 71, 48]);
    assert_near(sum(&wine, 0), 2314.11);
    assert_near(sum(&wine, 12), 132_947.0);

    let tumours = breast_cancer(&tables).unwrap();
    assert_eq!((tumours.len(), tumours.shape()), (569, &[30][..]));
    assert_eq!(counts(&tumours), [212, 357]);
    assert_near(sum(&tumours, 0), 8038.429);
    assert_near(sum(&tumours, 29), 47.765_17);
}

#[test]
fn classes_are_named_as_in_the_files() {
    for (file, classes) in
        [("iris.csv", &IRIS_CLASSES[..]), ("breast_cancer.csv", &BREAST_CANCER_CLASSES[..])]
    {
        let text = std::fs::read_to_string(folder("tabular") + "/" + file).unwrap();
        let names: Vec<&str> = text.lines().next().unwrap().split(',').skip(2).collect();
        assert_eq!(names, classes);
    }
    let table = Table::open(folder("tabular/penguins.csv")).unwrap();
    assert_eq!(table.categories("species").unwrap().names, PENGUIN_CLASSES);
}

#[test]
fn eight_by_eight_digits() {
    let digits = digits(folder("tabular")).unwrap();
    assert_eq!((digits.len(), digits.shape()), (1797, &[64][..]));
    assert_eq!(counts(&digits), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    assert_eq!(digits.input(0)[2..5], [5.0 / 16.0, 13.0 / 16.0, 9.0 / 16.0]);
    let ink: f64 = (0..64).map(|pixel| sum(&digits, pixel)).sum();
    assert_eq!(ink * 16.0, 561_718.0);
}

#[test]
fn diabetes_is_a_regression() {
    let data = diabetes(folder("tabular")).unwrap();
    assert_eq!((data.len(), data.shape()), (442, &[10][..]));
    assert_eq!(data.target_kind(), TargetKind::Values { shape: &[1] });
    assert_eq!(data.input(0), [59.0, 2.0, 32.1, 101.0, 157.0, 93.2, 38.0, 4.0, 4.8598, 87.0]);
    assert_near(sum(&data, 2), 11658.1);
    assert_near(sum(&data, 9), 40337.0);
    let targets: Vec<f32> = (0..442).map(|row| data.target_values(row).unwrap()[0]).collect();
    assert_eq!((targets[0], targets[441]), (151.0, 57.0));
    assert_eq!(targets.iter().sum::<f32>(), 67243.0);
}

#[test]
fn penguins_whole_and_with_gaps() {
    let whole = penguins(folder("tabular")).unwrap();
    assert_eq!((whole.len(), whole.shape()), (333, &[9][..]));
    assert_eq!(counts(&whole), [146, 68, 119]);
    // The fourth of the file is the first that is left out.
    assert_eq!(whole.input(3), [36.7, 19.3, 193.0, 3450.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(sum(&whole, 3), 1_400_950.0);
    assert_eq!(
        [4, 5, 6, 7, 8].map(|column| sum(&whole, column)),
        [163.0, 123.0, 47.0, 165.0, 168.0]
    );

    let table = Table::open(folder("tabular/penguins.csv")).unwrap();
    assert_eq!((table.rows(), table.width()), (344, 8));
    let features =
        table.features().missing(Missing::Indicate).number("bill_length_mm").one_hot("sex");
    let all = features.label::<f32>("species").unwrap();
    let names =
        ["bill_length_mm", "bill_length_mm missing", "sex=female", "sex=male", "sex missing"];
    assert_eq!(all.features, names);
    assert_eq!((all.data.len(), sum(&all.data, 1), sum(&all.data, 4)), (344, 2.0, 11.0));
    assert!(all.data.input(3)[0].is_nan());
    let filled = MeanFill::fit(&all.data).unwrap().apply(&all.data).unwrap();
    assert_near(f64::from(filled.input(3)[0]), 43.921_929_824_561_424);
}

#[test]
fn the_novel_by_characters() {
    let text = pride_and_prejudice(folder("text")).unwrap();
    assert_eq!((text.tokens().len(), text.vocabulary().len()), (684_768, 75));
    let characters = text.vocabulary().characters().unwrap();
    assert_eq!((characters[0], characters[74]), ('\n', 'z'));
    let start = text.vocabulary().decode(&text.tokens()[..19]).unwrap();
    assert_eq!(start, "PRIDE AND PREJUDICE");
    let count =
        |wanted| text.tokens().iter().filter(|&&t| characters[t as usize] == wanted).count();
    assert_eq!((count(' '), count('e')), (111_002, 68_641));

    let (train, valid) = text.split_at(0.9).unwrap();
    assert_eq!((train.tokens().len(), valid.tokens().len()), (616_291, 68_477));
    let data: Dataset = train.windows(Windows::new(64)).unwrap();
    assert_eq!((data.len(), data.input_kind()), (9629, InputKind::Indices { limit: 75 }));
    assert_eq!(data.target_kind(), TargetKind::Labels { classes: 75, shape: &[64] });
    // What is predicted last is what the next window starts with.
    assert_eq!(data.labels(0).unwrap()[63], data.input_indices(1).unwrap()[0]);
}

#[test]
fn series_in_time() {
    let folder = folder("timeseries");
    let total = |series: &[f32]| series.iter().copied().map(f64::from).sum::<f64>();
    let passengers = airline(&folder).unwrap();
    assert_eq!((passengers.len(), passengers[0], passengers[143]), (144, 112.0, 432.0));
    assert_eq!(total(&passengers), 40363.0);

    let mut air = co2(&folder).unwrap();
    assert_eq!((air.len(), air[0], air[2283]), (2284, 316.1, 371.5));
    assert_eq!(air.iter().filter(|number| number.is_nan()).count(), 59);
    let known: Vec<f32> = air.iter().copied().filter(|number| !number.is_nan()).collect();
    assert_near(total(&known), 756_816.5);
    assert!(Windows::new(52).forecast(&air).is_err());
    interpolate(&mut air).unwrap();
    assert_eq!(Windows::new(52).forecast(&air).unwrap().len(), 2284 - 52);

    let yearly = sunspots(&folder).unwrap();
    assert_eq!((yearly.len(), yearly[0], yearly[308]), (309, 5.0, 2.9));
    assert_near(total(&yearly), 15373.4);
    let monthly = sunspots_monthly(&folder).unwrap();
    assert_eq!((monthly.len(), monthly[0], monthly[3125]), (3126, 58.0, 2.6));
    assert_near(total(&monthly), 162_984.9);
}

#[test]
fn vowels_of_nine_speakers() {
    let (train, test) = japanese_vowels(folder("sequence")).unwrap();
    for (data, rows, steps, total) in
        [(&train, 270, 4274, -1_057.452_303), (&test, 370, 5687, -2_146.513_43)]
    {
        assert_eq!((data.len(), data.shape()), (rows, &[29, 12][..]));
        let lengths = (0..rows).map(|row| data.length(row).unwrap());
        assert_eq!(lengths.sum::<u32>(), steps);
        // Padding is zero, so it doesn't change the sum.
        let sum: f64 = (0..rows).flat_map(|row| data.input(row)).copied().map(f64::from).sum();
        assert!((sum - total).abs() < 1e-3, "{sum}, expected {total}");
    }
    assert_eq!(counts(&train), [30; 9]);
    assert_eq!(counts(&test), [31, 35, 88, 44, 29, 24, 40, 50, 29]);
    // The second coefficient's first two frames, and the shortest and longest utterances.
    assert_eq!(
        (train.input(0)[1], train.input(0)[13], train.length(0)),
        (-0.207_383, -0.193_249, Some(20))
    );
    let lengths =
        |data: &Dataset| (0..data.len()).filter_map(|row| data.length(row)).collect::<Vec<_>>();
    assert_eq!((lengths(&train).iter().min(), lengths(&train).iter().max()), (Some(&7), Some(&26)));
    assert_eq!((lengths(&test).iter().min(), lengths(&test).iter().max()), (Some(&7), Some(&29)));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = iris("no/such/folder").unwrap_err().to_string();
    assert_eq!(error, "no/such/folder/iris.csv: no such file, nor the same name with .gz");
}
