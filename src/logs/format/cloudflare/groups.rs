//! Groups of requests, as GraphQL counts them (docs: analytics/graphql-api, `httpRequestsAdaptiveGroups`).

use super::EdgeDraft;
use crate::logs::row::edge::EdgeRecord;
use crate::time::Duration;

/// A group whose attributes stand one level down, with how many requests it has.
pub(super) fn merge(outer: EdgeDraft, inner: EdgeDraft) -> EdgeDraft {
    let sample_interval = outer.record.sample_interval.or(inner.record.sample_interval);
    EdgeDraft { record: EdgeRecord { sample_interval, ..inner.record }, count: outer.count, ..inner }
}

/// Over how long a group of GraphQL's counts requests that is named by its beginning.
pub(super) fn group_length(key: &str) -> Option<Duration> {
    let minutes = match key {
        "datetimeMinute" => 1,
        "datetimeFiveMinutes" => 5,
        "datetimeFifteenMinutes" => 15,
        "datetimeHour" => 60,
        _ => return None,
    };
    Some(Duration::from_seconds(60 * minutes))
}
