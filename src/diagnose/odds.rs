//! Log-odds, in which evidence is added up: integers, so that sums are the same everywhere.

/// Log-odds in thousandths.
pub type LogOdds = i32;

/// Natural log-odds in thousandths.
pub fn thousandths(log_odds: f64) -> LogOdds {
    libm::round(log_odds * 1000.0) as LogOdds
}
