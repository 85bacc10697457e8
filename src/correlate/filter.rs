//! Which part of the evidence is asked about.

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::AccessRow;
use crate::ray::Ray;
use crate::time::Time;

/// Which part of the evidence is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// From this instant on, by the corrected clock.
    pub since: Option<Time>,
    /// Up to this instant, by the corrected clock.
    pub until: Option<Time>,
    /// This host only.
    pub host: Option<String>,
    /// These rays only.
    pub rays: Vec<Ray>,
    /// Rays whose requests are told of also where they did not fail.
    pub asked_for: Vec<Ray>,
}

impl Filter {
    /// Whether an instant lies in the filtered window.
    pub fn holds_time(&self, time: Time) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time <= until)
    }

    /// Whether a request to `host` is asked about.
    pub fn holds_host(&self, host: Option<&str>) -> bool {
        match (&self.host, host) {
            (Some(wanted), Some(host)) => host.eq_ignore_ascii_case(wanted),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    /// Whether the request of an access line is asked about.
    pub(super) fn holds_line(&self, row: &AccessRow, clocks: &Clocks) -> bool {
        self.holds_time(clocks.at(row.place, row.line.start())) && self.holds_host(row.line.host.as_deref())
    }

    /// Whether a case is asked about.
    pub(super) fn holds(&self, case: &Case, evidence: &Whole) -> bool {
        let ray = self.rays.is_empty() || case.ray.is_some_and(|ray| self.rays.contains(&ray));
        // A connection that failed before a request was for no host yet.
        let host = || case.is_connection_only(evidence) || self.holds_host(case.host(evidence));
        ray && self.holds_time(case.time) && host()
    }
}
