//! `--fail-on`: conditions on a report that scripts act upon.

use std::str::FromStr;

use crate::report::model::{Report, VerdictKind};

/// A condition under which `diagnose` exits with status 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Anything failed.
    Failures,
    /// Something failed that no cause explains.
    Unexplained,
    /// The verdict is this one.
    Verdict(VerdictKind),
    /// This cause explains something.
    Cause(String),
    /// More than this share failed, of the requests or of what else is counted, in thousandths.
    Rate(u16),
}

impl Condition {
    /// Whether it holds for a report.
    pub fn holds(&self, report: &Report) -> bool {
        let totals = &report.totals;
        match self {
            Condition::Failures => totals.failures > 0,
            Condition::Unexplained => report.unexplained.failures > 0,
            Condition::Verdict(kind) => report.verdict.kind == *kind,
            Condition::Cause(slug) => report.causes.iter().any(|cause| cause.slug == *slug),
            Condition::Rate(share) => totals.failure_rate.thousandths() > *share,
        }
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Condition, String> {
        match text {
            "failures" => return Ok(Condition::Failures),
            "unexplained" => return Ok(Condition::Unexplained),
            _ => {}
        }
        if let Some(kind) = text.strip_prefix("verdict=") {
            let kind = serde_json::from_value(serde_json::Value::String(kind.to_owned()));
            return kind
                .map(Condition::Verdict)
                .map_err(|_| "a verdict is origin, path, edge, client, healthy or inconclusive".to_owned());
        }
        if let Some(slug) = text.strip_prefix("cause=") {
            let known = crate::causes::find(slug);
            return known
                .map(|cause| Condition::Cause(cause.slug.clone()))
                .ok_or_else(|| format!("there is no cause {slug}: `rayscope causes` lists them"));
        }
        if let Some(share) = text.strip_prefix("rate>") {
            let share = share.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
            return share
                .map(|share| Condition::Rate((share * 1000.0) as u16))
                .ok_or_else(|| "a rate is a share from 0 to 1: rate>0.01".to_owned());
        }
        Err("a condition is failures, unexplained, verdict=KIND, cause=SLUG or rate>SHARE".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Share;

    #[test]
    fn conditions_are_read_and_hold_as_written() {
        let mut report = Report::default();
        report.totals.failures = 3;
        report.totals.failure_rate = Share::from_thousandths(11);
        report.verdict.kind = VerdictKind::Origin;
        let holds = |text: &str| text.parse::<Condition>().unwrap().holds(&report);
        assert!(holds("failures") && holds("verdict=origin") && holds("rate>0.01"));
        assert!(
            !holds("unexplained")
                && !holds("verdict=healthy")
                && !holds("rate>0.011")
                && !holds("cause=keepalive-race")
        );
        for wrong in ["", "rate>2", "cause=nonsense", "verdict=guilty"] {
            assert!(wrong.parse::<Condition>().is_err(), "{wrong}");
        }
    }
}
