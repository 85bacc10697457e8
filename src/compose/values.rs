//! Instants, probabilities and figures as the report writes them.

use crate::report::model::{Decimal, Moment, Share};
use crate::time::Time;

/// An instant as the report writes it.
pub fn moment(time: Time) -> Moment {
    Moment::new(time.to_string())
}

/// A probability as the report writes it.
pub fn share(thousandths: u16) -> Share {
    Share::from_thousandths(thousandths)
}

/// Nanoseconds as seconds.
pub fn seconds(nanoseconds: i64) -> Decimal {
    Decimal::from_millionths(nanoseconds / 1000)
}

/// A configured figure as the report writes it.
pub fn decimal(value: f64) -> Decimal {
    Decimal::from_millionths(libm::round(value * 1e6) as i64)
}
