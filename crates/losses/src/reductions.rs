//! What all losses have to say of their reduction.

/// The methods that set the reduction, for a loss with a field `reduction`.
macro_rules! reductions {
    ($loss:ident) => {
        impl $loss {
            /// The sum over all numbers instead of the mean: [`Reduction::Sum`](crate::Reduction::Sum).
            pub fn sum(mut self) -> Self {
                self.reduction = crate::Reduction::Sum;
                self
            }

            /// The mean over the rows of the sums over their numbers, instead of the mean over both:
            /// [`Reduction::BatchMean`](crate::Reduction::BatchMean).
            pub fn batch_mean(mut self) -> Self {
                self.reduction = crate::Reduction::BatchMean;
                self
            }
        }
    };
}

pub(crate) use reductions;
