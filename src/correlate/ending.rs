//! What the edge says of a connection that failed, and of a request that the capture cut: by how it ended, and when.

use crate::evidence::failure::Failure;
use crate::evidence::{ConnectionRow, KeptExchange, Protocol};
use crate::flow::{Arrival, Side};
use crate::http::exchange::{BodyState, Cut};
use crate::logs::EdgeRecord;
use crate::tls::is_about_certificate;

/// How an attempt failed, as far as the edge tells such ends apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailedEnding {
    /// What the edge says of it (docs/edge.md), the likeliest first.
    pub statuses: &'static [u16],
    /// So many of them it says side by side, of one end now this and now that; the others only where it has no word of its own for such ends.
    pub side_by_side: usize,
    /// The packet with which the attempt began, or with which it was over.
    pub at: Arrival,
    /// Whether that is how the request began, and not how it ended.
    pub begins: bool,
}

/// How a connection failed of which no request can be read; `None` where it did not.
pub(super) fn of_connection(row: &ConnectionRow) -> Option<FailedEnding> {
    let begins = |statuses, side_by_side| {
        Some(FailedEnding { statuses, side_by_side, at: row.connection.first, begins: true })
    };
    let connection = &row.connection;
    if connection.refused_at().is_some() || connection.icmp.is_some_and(|icmp| icmp.is_rejection()) {
        return begins(&[521, 520, 523], 3);
    }
    if connection.icmp.is_some_and(|icmp| icmp.is_no_route_to(Side::Server)) {
        return begins(&[523, 522, 520], 2);
    }
    if connection.is_unanswered() || connection.is_never_completed() {
        // Of an IPv6 packet that is rejected a snap length of 96 leaves no port, and the attempt looks unanswered.
        return begins(&[522, 523, 524, 521], 3);
    }
    if connection.unheard_bytes().is_some() {
        return begins(&[522, 525, 524], 3);
    }
    if row.failed_before_request() {
        return begins(if refuses_certificate(row) { &[526, 525, 520] } else { &[525, 526, 520] }, 1);
    }
    if row.is_left_unasked() {
        return begins(&[526, 525], 2);
    }
    if row.is_cut_before_request() {
        return begins(&[525, 522, 520], 3);
    }
    let (closed_by, _, at) = connection.closed_first()?;
    let ends = |statuses, side_by_side| Some(FailedEnding { statuses, side_by_side, at, begins: false });
    if row.asked_not_in_http2().is_some() {
        return ends(&[520], 1);
    }
    if row.protocol != Protocol::Tls {
        return if row.connection.reset_is_forged() { ends(&[520], 1) } else { None };
    }
    if row.tls.as_ref().is_some_and(|tls| tls.server_refuses().is_some()) {
        return ends(&[520, 525], 2);
    }
    if let Some(at) = row.undelivered_inside() {
        return Some(FailedEnding { statuses: &[524, 520], side_by_side: 1, at, begins: false });
    }
    row.unanswered_inside()?;
    match closed_by {
        Side::Server => ends(&[520], 1),
        Side::Client => ends(&[524, 522, 520], 2),
    }
}

/// How a request failed whose head the capture cut before its ray, or of which it has the answer alone, with a status of failure; `None` where it can be
/// read, or where it did not fail.
pub(super) fn of_unread(row: &ConnectionRow, kept: &KeptExchange) -> Option<FailedEnding> {
    let is_unread = match &kept.exchange.request {
        Some(request) => request.target.is_empty() || request.body.state == BodyState::InHead(Cut::Capture),
        None => matches!(kept.failure, Some(Failure::OriginStatus(_))),
    };
    of_rayless(row, kept).filter(|_| is_unread)
}

/// How a request without a ray failed; `None` where it has one, or did not fail.
pub(super) fn of_rayless(row: &ConnectionRow, kept: &KeptExchange) -> Option<FailedEnding> {
    let (statuses, side_by_side): (&[u16], usize) =
        match kept.failure.filter(|_| kept.exchange.ray().is_none())? {
            Failure::NoResponse => (&[520, 521], 2),
            Failure::StreamRefused(_) => (&[520, 502], 2),
            Failure::GivenUp | Failure::Undelivered => (&[524, 522, 520], 2),
            Failure::OriginStatus(status) => (passed_on(status)?, 1),
            Failure::Refused(_) | Failure::Truncated | Failure::ResponseHeaders => (&[520], 1),
            _ => return None,
        };
    let answered = kept.exchange.response.as_ref().map(|response| response.last);
    let at = answered.or_else(|| row.connection.closed_first().map(|(_, _, at)| at))?;
    Some(FailedEnding { statuses, side_by_side, at, begins: false })
}

/// What the edge says of an answer with a status of failure: it passes it on.
fn passed_on(status: u16) -> Option<&'static [u16]> {
    static STATUSES: [u16; 100] = {
        let mut statuses = [0; 100];
        let mut status = 500;
        while status < 600 {
            statuses[status - 500] = status as u16;
            status += 1;
        }
        statuses
    };
    STATUSES.get(usize::from(status.checked_sub(500)?)..)?.get(..1)
}

/// Whether the edge says that it does not accept the origin's certificate.
fn refuses_certificate(row: &ConnectionRow) -> bool {
    let alert = row.tls.as_ref().and_then(|tls| Some((tls.client_side, tls.fatal_alert()?)));
    alert.is_some_and(|(client, alert)| alert.from == client && is_about_certificate(alert.description))
}

/// The name that a connection's ClientHello asks for, where it is not this host. Of a hello that the capture cut, the name may be, too.
pub fn other_name<'r>(row: &'r ConnectionRow, host: &str) -> Option<&'r str> {
    let hello = row.tls.as_ref()?.client_hello.as_ref()?;
    let name = hello.sni.as_deref()?;
    let begins_so = || host.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
    let is_same = name.eq_ignore_ascii_case(host) || hello.complete.is_none() && begins_so();
    (!is_same).then_some(name)
}

/// Whether a record of the edge may be of a request of which so much of the target was captured.
pub(super) fn may_ask_for(record: &EdgeRecord, captured: &str) -> bool {
    let asked = record.target.as_deref();
    asked.is_none_or(|asked| asked.starts_with(captured) || captured.starts_with(asked))
}
