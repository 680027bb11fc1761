//! What a run cannot do without, and what the machine does of it at best.

use std::fmt;

/// What a workload computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// `f32`
    F32,
    /// `f64`
    F64,
}

/// What bounds a workload, and so what its rate is compared with.
///
/// Printed as the table names it: `FMA f32` or `copy 4,096 f32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scale {
    /// Multiply-adds in registers, counted as two operations each.
    MultiplyAdds(Number),
    /// A copy of so many `f32`, counted as the bytes that it reads and those that it writes.
    Copy {
        /// Numbers that are copied: those of the workload's own buffers, so that both lie in the
        /// same cache.
        floats: usize,
    },
}

impl Scale {
    /// What rates are counted in, in thousand millions: `"GFLOP/s"` or `"GB/s"`.
    pub fn unit(self) -> &'static str {
        match self {
            Self::MultiplyAdds(_) => "GFLOP/s",
            Self::Copy { .. } => "GB/s",
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::MultiplyAdds(Number::F32) => f.write_str("FMA f32"),
            Self::MultiplyAdds(Number::F64) => f.write_str("FMA f64"),
            Self::Copy { floats } => {
                write!(f, "copy {} f32", crate::table::thousands(floats as f64))
            }
        }
    }
}

/// The least that a run must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// What it is compared with.
    pub scale: Scale,
    /// Floating-point operations, a multiply-add being two, or bytes read and written, as the scale
    /// counts.
    pub amount: u64,
}

impl Work {
    /// Arithmetic.
    pub fn operations(number: Number, amount: usize) -> Self {
        Self { scale: Scale::MultiplyAdds(number), amount: amount as u64 }
    }

    /// Memory: so many `f32` read or written in all, over buffers of `floats`.
    pub fn passes(floats: usize, passes: usize) -> Self {
        Self { scale: Scale::Copy { floats }, amount: (4 * floats * passes) as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::{Number, Scale, Work};

    #[test]
    fn a_scale_is_named_and_has_its_unit() {
        let copy = Scale::Copy { floats: 1 << 20 };
        assert_eq!((copy.to_string().as_str(), copy.unit()), ("copy 1,048,576 f32", "GB/s"));
        let adds = Scale::MultiplyAdds(Number::F64);
        assert_eq!((adds.to_string().as_str(), adds.unit()), ("FMA f64", "GFLOP/s"));
    }

    #[test]
    fn a_pass_over_a_buffer_is_four_bytes_a_number() {
        let copied = Work::passes(1000, 2);
        assert_eq!(copied, Work { scale: Scale::Copy { floats: 1000 }, amount: 8000 });
    }
}
