//! Signs of a header of the PROXY protocol that a server waits for, or does not know.

use super::line_table::line;
use super::lines::{are_known, said_between};
use super::sign::{Frequency, LineScope, Observation, Sign, Viewpoint, absent, look};
use super::spread::{said_at, window_of_several};
use crate::correlate::failure_window::FailureWindow;
use crate::correlate::{Happened, Outcome};
use crate::evidence::MessageRow;
use crate::facts::refusals::PROXY_HEADER_AMISS;
use crate::text::words::quote;
use crate::time::{Duration, Time};

/// What servers say as they start when they want such a header on a port.
pub(super) const WANTS_HEADER: &[&str] = &["apache-proxy-header-wanted"];
/// What the same servers say as they start, and as they stop.
const STARTED_OR_STOPPED: &[&str] = &["apache-restarted"];
/// A server says all this within so long of its start.
const STARTS_WITHIN: Duration = Duration::from_seconds(2);

pub(super) const SIGNS: &[Sign] = &[
    line(
        "proxy-header-line",
        "a header of the PROXY protocol did not come, or came where none is expected",
        LineScope::Host(2),
        PROXY_HEADER_AMISS,
    )
    .one_with("proxy-header"),
    look(
        "proxy-header-wanted",
        "the server wants a header of the PROXY protocol, and the connection begins without one",
        Frequency::Never,
        proxy_header_wanted,
    )
    .one_with("proxy-header"),
    look(
        "proxy-header-refused",
        "the server has a header of the PROXY protocol for a request",
        Frequency::Never,
        proxy_header_refused,
    )
    .one_with("proxy-header"),
];

/// Apache writes nothing of a connection that begins otherwise (modules/metadata/mod_remoteip.c, remoteip_input_filter): it closes.
fn proxy_header_wanted(look: &Viewpoint<'_>) -> Observation {
    let incident = look.incident;
    let Some(row) = wants_header(look) else {
        return Observation::NotVisible("no server says as it last started that it wants such a header");
    };
    // Who sends none is answered there meanwhile: it is another server that wants one.
    if window_of_several(look).is_some_and(FailureWindow::lets_some_pass) {
        return absent();
    }
    let last = look.case.exchanges(&incident.evidence).next_back();
    let Some((kept, request)) = last.and_then(|(_, kept)| Some((kept, kept.exchange.request.as_ref()?)))
    else {
        return begin_with_the_server(look);
    };
    if kept.exchange.number == 1 && request.offset == 0 {
        let text = || {
            format!("the connection begins with the request, and the server said: {}", quote(&row.line.text))
        };
        look.seen(text, row.place, row.line.time)
    } else {
        absent()
    }
}

/// Whether it is seen that the server waits for such a header.
pub(super) fn wants_header_in_vain(look: &Viewpoint<'_>) -> bool {
    are_known(look.incident, WANTS_HEADER) && proxy_header_wanted(look).state() == Some(true)
}

/// What the server said as it last started, unless it has started since and did not say so.
fn wants_header<'a>(look: &Viewpoint<'a>) -> Option<&'a MessageRow> {
    let (case, clocks) = (look.case, &look.incident.clocks);
    let row = said_between(look, WANTS_HEADER, Time(i64::MIN), case.end).last()?;
    // It says so and that it has started in one go; what the clocks leave open is no later start.
    let (from, to) = (clocks.time_of(row).plus(STARTS_WITHIN), case.time.plus(-Duration::SECOND));
    let mut since = said_between(look, STARTED_OR_STOPPED, from, to);
    since.all(|line| line.place.input() != row.place.input()).then_some(row)
}

/// Without packets the moment tells: until the server started so, its requests were answered.
fn begin_with_the_server(look: &Viewpoint<'_>) -> Observation {
    // Nobody was there to want anything, or nobody heard it.
    const NOT_CONNECTED: [u16; 3] = [521, 522, 523];
    let status = look.case.status_at_origin(&look.incident.evidence);
    if status.is_some_and(|status| NOT_CONNECTED.contains(&status)) {
        return Observation::Moot("the edge had no connection on which it could have sent such a header");
    }
    // Who waits for such a header closes without a word (see above).
    if Happened::to(look.case, look.incident).outcome == Outcome::HandshakePlaintext {
        return absent();
    }
    let window = window_of_several(look);
    let line = window.and_then(|window| Some((said_at(look, WANTS_HEADER, window.first).next()?, window)));
    let Some((row, window)) = line else {
        return Observation::NotVisible(
            "how its connection began was not captured, and the failures do not begin as a server starts that wants such a header",
        );
    };
    let begins = look.incident.clocks.time_of(row);
    if said_between(look, WANTS_HEADER, Time(i64::MIN), begins.plus(-STARTS_WITHIN)).next().is_some() {
        return Observation::NotVisible(
            "the server had wanted such a header before, when its requests were answered",
        );
    }
    let text = || {
        let (failures, line) = (window.failures, quote(&row.line.text));
        format!("the failures, {failures} with this status, begin as the server says: {line}")
    };
    look.seen(text, row.place, row.line.time)
}

/// A balancer sends such a header, and the server behind it was not told.
fn proxy_header_refused(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.access(&look.incident.evidence).find(|row| row.line.is_proxy_header());
    let Some(row) = row else { return Observation::NotVisible("no log has a line of it") };
    let text = || {
        let header = quote(row.line.odd_request_line.as_deref().unwrap_or_default());
        format!("the server has a header of the PROXY protocol where a request line should be: {header}")
    };
    look.seen(text, row.place, row.line.time)
}
