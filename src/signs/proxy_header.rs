//! Signs of a header of the PROXY protocol that a server waits for, or does not know.

use super::line_table::line;
use super::sign::{Frequency, LineScope, Observation, Sign, Viewpoint, absent, look};
use super::spread::window;
use crate::evidence::MessageRow;
use crate::text::words::quote;
use crate::time::{Duration, Time};

/// What servers say as they start when they want such a header on a port.
pub(super) const WANTS_HEADER: &[&str] = &["apache-proxy-header-wanted"];

pub(super) const SIGNS: &[Sign] = &[
    line(
        "proxy-header-line",
        "a header of the PROXY protocol did not come, or came where none is expected",
        LineScope::Host(2),
        &["haproxy-proxy-header-missing", "nginx-proxy-header-broken"],
    )
    .one_with("proxy-header"),
    look(
        "proxy-header-wanted",
        "the server wants a header of the PROXY protocol, and the connection begins without one",
        Frequency::Never,
        proxy_header_wanted,
    )
    .one_with("proxy-header"),
];

/// Apache writes nothing of a connection that begins otherwise (modules/metadata/mod_remoteip.c, remoteip_input_filter): it closes.
fn proxy_header_wanted(look: &Viewpoint<'_>) -> Observation {
    let incident = look.incident;
    let Some(row) = server_that_wants(look, Time(i64::MIN), look.case.end) else {
        return Observation::NotVisible("no server says as it starts whether it wants such a header");
    };
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

/// Without packets the moment tells: until the server started so, its requests were answered.
fn begin_with_the_server(look: &Viewpoint<'_>) -> Observation {
    const AT_ONCE: Duration = Duration::from_seconds(2);
    const FEWEST: u64 = 3;
    let window = window(look).filter(|window| window.failures >= FEWEST);
    let line = window.and_then(|window| {
        server_that_wants(look, window.first.plus(-AT_ONCE), window.first.plus(AT_ONCE)).zip(Some(window))
    });
    let Some((row, window)) = line else {
        return Observation::NotVisible(
            "how its connection began was not captured, and the failures do not begin as a server starts that wants such a header",
        );
    };
    let text = || {
        let (failures, line) = (window.failures, quote(&row.line.text));
        format!("the failures, {failures} with this status, begin as the server says: {line}")
    };
    look.seen(text, row.place, row.line.time)
}

/// What the server of a case says between two moments as it starts.
fn server_that_wants<'a>(look: &Viewpoint<'a>, from: Time, to: Time) -> Option<&'a MessageRow> {
    let incident = look.incident;
    let mut wants = incident.messages.known_between(&incident.evidence, WANTS_HEADER, from, to);
    wants.find(|row| {
        incident.population.machines.may_concern(row.place.input(), look.case, &incident.evidence)
    })
}
