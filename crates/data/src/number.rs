//! The two types of numbers that data can have.

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`: what arithmetic on data (weights, statistics, readers) is written for. Storing and gathering need
/// less: any `Copy` type will do.
///
/// The trait is sealed.
pub trait Number:
    sealed::Sealed + Copy + PartialOrd + Default + std::fmt::Debug + Send + Sync + 'static
{
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The same number as `f64`, exactly.
    fn to_f64(self) -> f64;
}

impl Number for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Number for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }

    fn to_f64(self) -> f64 {
        self
    }
}
