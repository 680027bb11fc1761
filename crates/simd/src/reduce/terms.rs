//! What is summed: a function of one number of each of several slices.

use crate::{Float, Lanes, math};

/// A function of one number of each of `N` slices, to be summed by
/// [`sum_of`](crate::reduce::sum_of).
pub trait Term<T: Float, const N: usize>: Copy {
    /// The function of each lane. Must be `#[inline(always)]`.
    fn term<V: Lanes<T>>(&self, x: [V; N]) -> V;

    /// `sum` + the function. Worth writing where the function ends in a product, which then can be
    /// fused with the addition. Must be `#[inline(always)]`.
    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, x: [V; N]) -> V {
        sum + self.term(x)
    }
}

/// x
#[derive(Clone, Copy, Debug, Default)]
pub struct Value;

impl<T: Float> Term<T, 1> for Value {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        x
    }
}

/// x y
#[derive(Clone, Copy, Debug, Default)]
pub struct Product;

impl<T: Float> Term<T, 2> for Product {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x, y]: [V; 2]) -> V {
        x * y
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [x, y]: [V; 2]) -> V {
        x.mul_add(y, sum)
    }
}

/// x²
#[derive(Clone, Copy, Debug, Default)]
pub struct Square;

impl<T: Float> Term<T, 1> for Square {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        x * x
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [x]: [V; 1]) -> V {
        x.mul_add(x, sum)
    }
}

/// e^(x - shift). Where no x is larger than the shift, [`ExpBelow`] is quicker.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShiftedExp<T> {
    /// What is subtracted.
    pub shift: T,
}

impl<T: Float> Term<T, 1> for ShiftedExp<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        math::exp(x - V::splat(self.shift))
    }
}

/// e^(x - largest) for x that are not larger: what softmax, cross entropy and log-sum-exp add, so that
/// nothing is too large. For an x above largest + 40 the term is unspecified.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExpBelow<T> {
    /// What is subtracted.
    pub largest: T,
}

impl<T: Float> Term<T, 1> for ExpBelow<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        math::exp_below_40(x - V::splat(self.largest))
    }
}
