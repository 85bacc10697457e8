//! A probability as the diagnosis tells it.

/// A probability in thousandths.
pub type Thousandths = u16;

/// All that can be.
pub const WHOLE: Thousandths = 1000;

/// No diagnosis is certain, so 1.000 is never given.
pub fn thousandths(probability: f64) -> Thousandths {
    ((probability * 1000.0) as u16).min(999)
}
