//! An activation written as a user of the crate would write it.

use neuropil_activations::{Activation, Elementwise, Float, Lanes, Reads};

/// (sqrt(x² + 1) - 1)/2 + x
#[derive(Clone, Copy, Debug)]
pub struct BentIdentity;

impl Elementwise for BentIdentity {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        (x.mul_add(x, V::of(1.0)).sqrt() - V::of(1.0)) * V::of(0.5) + x
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        x / (x.mul_add(x, V::of(1.0)).sqrt() * V::of(2.0)) + V::of(1.0)
    }
}

#[test]
fn it_is_an_activation() {
    let x = [-0.75_f64, 0.0, 0.75];
    let mut y = [0.0; 3];
    BentIdentity.forward(3, &x, &mut y);
    assert_eq!(y, [-0.625, 0.0, 0.875]);
    assert_eq!(BentIdentity.name(), "BentIdentity");
    assert!(BentIdentity.is_elementwise());
    assert!(!BentIdentity.is_relu());
    assert_eq!(Activation::clamp(&BentIdentity), None);
}

/// A type with fields and parameters is still called by its name alone.
#[test]
fn a_name_has_neither_fields_nor_parameters() {
    #[derive(Clone, Debug)]
    struct Scaled<A> {
        #[allow(dead_code)]
        by: A,
    }
    impl Elementwise for Scaled<f64> {
        const READS: Reads = Reads::Nothing;
        #[inline(always)]
        fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
            x * V::of(self.by)
        }
        #[inline(always)]
        fn slope<T: Float, V: Lanes<T>>(&self, _x: V, _y: V) -> V {
            V::of(self.by)
        }
    }
    assert_eq!(Scaled { by: 2.0 }.name(), "Scaled");
    let mut dy = [1.0_f32, 3.0];
    Scaled { by: 2.0 }.scale_by_slope(&[], &mut dy);
    assert_eq!(dy, [2.0, 6.0]);
}
