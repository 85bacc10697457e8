//! What one visitor's record shows of the requests of all: a URL that redirects to itself, a host that the edge refuses by a limit of its own. The
//! statuses alone are common and tell nothing, so such requests are looked for in the edge's log once the browsers' records are known.

use std::collections::BTreeMap;

use super::failure::{self, Failure};
use super::request_key::HostKey;
use super::row::HarRow;
use crate::logs::{Dataset, EdgeRecord};

/// What the browsers met: hosts, and the status by which a host fails in one of three ways. Each way has statuses of its own.
///
/// - A URL of the host redirects to itself: what sends a visitor in a circle there does so whatever he asks for.
/// - The edge refuses by a limit of its own.
/// - A rule of the edge turns visitors away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetByBrowsers(BTreeMap<(HostKey, u16), Failure>);

impl MetByBrowsers {
    /// By these entries. `origin_line_limit`: how many bytes of one request header line origins accept.
    pub fn by<'e>(entries: impl Iterator<Item = &'e HarRow>, origin_line_limit: u64) -> MetByBrowsers {
        let met = entries.map(|row| &row.entry).filter_map(|entry| {
            let failure = failure::of_har_entry(entry, origin_line_limit)?;
            let is_of_all =
                matches!(failure, Failure::RedirectToItself | Failure::EdgeLimit | Failure::EdgeBlock);
            is_of_all.then(|| ((HostKey::of(&entry.host), entry.status), failure))
        });
        MetByBrowsers(met.collect())
    }

    /// Whether they met nothing of the kind.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether they met a status.
    pub fn has_status(&self, status: u16) -> bool {
        self.0.keys().any(|(_, met)| *met == status)
    }

    /// How a visitor's request may have failed that the edge's log has, if it met the same: whether a redirect is of a loop is decided by how often it was met.
    pub fn failure_of(&self, record: &EdgeRecord) -> Option<Failure> {
        if self.is_empty() || record.dataset != Dataset::Requests || !failure::is_visitors(record) {
            return None;
        }
        let (host, status) = (HostKey::of(record.host.as_deref()?), record.edge_status?);
        let failure = *self.0.get(&(host, status))?;
        let answered = record.origin_status.filter(|status| *status > 0);
        let was_asked = answered.is_some() || record.edge_address.is_some();
        let met_the_same = match failure {
            Failure::RedirectToItself => {
                record.target.is_some() && answered.is_none_or(|answered| answered == status)
            }
            // An application denies by 403 all day: where nothing says that none was asked, it may have been that.
            Failure::EdgeBlock if status == 403 => {
                !was_asked && (record.origin_status.is_some() || record.edge_address_logged)
            }
            _ => !was_asked,
        };
        met_the_same.then_some(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::place::{InputId, Place};
    use crate::har;

    const URL: &str = "https://shop.example/a";

    fn met(status: u16, from_edge_page: bool) -> MetByBrowsers {
        let entry = har::Entry {
            host: "shop.example".to_owned(),
            target: "/a".to_owned(),
            status,
            location: Some(URL.to_owned()),
            from_edge_page,
            ..har::Entry::default()
        };
        let row = HarRow { place: Place::Entry { input: InputId(0), entry: 0 }, entry };
        MetByBrowsers::by([row].iter(), 8190)
    }

    fn record(status: u16, target: &str) -> EdgeRecord {
        EdgeRecord {
            edge_status: Some(status),
            host: Some("Shop.Example".to_owned()),
            target: Some(target.to_owned()),
            ..EdgeRecord::default()
        }
    }

    #[test]
    fn the_edges_records_of_a_host_of_which_a_browser_saw_a_url_redirect_to_itself_may_be_of_the_loop() {
        let met = met(301, false);
        assert_eq!(met.failure_of(&record(301, "/a")), Some(Failure::RedirectToItself));
        assert_eq!(met.failure_of(&record(301, "/b")), Some(Failure::RedirectToItself));
        assert_eq!(met.failure_of(&record(302, "/a")), None);
        let elsewhere = EdgeRecord { host: Some("other.example".to_owned()), ..record(301, "/a") };
        assert_eq!(met.failure_of(&elsewhere), None);
        let by_origin = EdgeRecord { origin_status: Some(200), ..record(301, "/a") };
        assert_eq!(met.failure_of(&by_origin), None);
    }

    #[test]
    fn a_rule_of_the_edge_that_one_page_shows_turns_others_away_where_no_origin_was_asked() {
        let rule = |status: u16| {
            let entry = har::Entry {
                host: "shop.example".to_owned(),
                status,
                error_code: Some(1020),
                ..har::Entry::default()
            };
            let row = HarRow { place: Place::Entry { input: InputId(0), entry: 0 }, entry };
            MetByBrowsers::by([row].iter(), 8190)
        };
        let of = |met: MetByBrowsers, status: u16, origin_status: Option<u16>| {
            met.failure_of(&EdgeRecord { origin_status, ..record(status, "/b") })
        };
        assert_eq!(of(rule(403), 403, Some(0)), Some(Failure::EdgeBlock));
        assert_eq!(of(rule(403), 403, None), None, "an application may have denied it");
        assert_eq!(of(rule(403), 403, Some(403)), None);
        assert_eq!(of(rule(429), 429, None), Some(Failure::EdgeBlock));
        assert_eq!(of(rule(429), 403, Some(0)), None, "another rule");
    }

    #[test]
    fn a_limit_of_the_edge_that_one_page_shows_holds_for_its_host_where_no_origin_was_asked() {
        let met = met(409, true);
        assert_eq!(met.failure_of(&record(409, "/b")), Some(Failure::EdgeLimit));
        let asked = EdgeRecord { origin_status: Some(409), ..record(409, "/b") };
        assert_eq!(met.failure_of(&asked), None);
        let other = EdgeRecord { host: Some("other.example".to_owned()), ..record(409, "/b") };
        assert_eq!(met.failure_of(&other), None);
    }
}
