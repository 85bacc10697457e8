//! Fillings in the form in which the report writes them.

use crate::report::model::{Decimal, Moment, Share};
use crate::time::{Duration, Time};

/// An instant.
pub fn moment(time: Time) -> Moment {
    Moment::from(time)
}

/// A probability.
pub fn share(thousandths: u16) -> Share {
    Share::from_thousandths(thousandths)
}

/// A duration as the report writes it, in seconds.
pub fn seconds(duration: Duration) -> Decimal {
    Decimal::from_millionths(duration / Duration::MICROSECOND)
}

/// A limit of the profile, rounded to millionths.
pub fn decimal(value: f64) -> Decimal {
    Decimal::from_millionths(libm::round(value * 1e6) as i64)
}

/// A number of bytes; one too large for the report becomes the largest that it can hold.
pub fn bytes(count: u64) -> Decimal {
    Decimal::whole(i64::try_from(count).unwrap_or(i64::MAX))
}
