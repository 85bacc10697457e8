//! Signs of what both sides of a handshake say of the protocol inside TLS (ALPN, RFC 7301).

use super::handshake::{NO_HANDSHAKE, handshakes};
use super::sign::{Frequency, NO_REQUEST, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::flow::{Arrival, Side};
use crate::tls::{ClientHello, Handshake, alert_name};

const NO_CHOICE: &str = "no choice of a protocol was captured in the clear";
const NO_ALERT: &str = "no alert of the edge was captured in the clear";

pub(super) const SIGNS: &[Sign] = &[
    look("http2-chosen", "both sides agreed on HTTP/2", Frequency::Often, http2_chosen),
    look(
        "http2-alone-offered",
        "the edge offers HTTP/2 alone by ALPN",
        Frequency::Seldom,
        http2_alone_offered,
    ),
    look(
        "protocol-not-offered",
        "the origin chooses a protocol that the edge did not offer",
        Frequency::Never,
        protocol_not_offered,
    )
    .one_with("alert-no-application-protocol"),
    look(
        "edge-refuses-parameters",
        "the edge ends the handshake over what the origin's greeting chose, and not over its certificate",
        Frequency::Never,
        edge_refuses_parameters,
    ),
    look(
        "http1-asked-over-http2",
        "the edge asks in HTTP/1 where both sides agreed on HTTP/2",
        Frequency::Never,
        http1_asked_over_http2,
    ),
    look(
        "http2-preface-logged",
        "a log of HTTP/1 has the beginning of HTTP/2 as a request",
        Frequency::Never,
        http2_preface_logged,
    )
    .one_with("alert-no-application-protocol"),
];

/// What a client says of the values and extensions that a server chose: illegal_parameter, decode_error, unsupported_extension (RFC 8446, 6.2).
const OF_A_CHOICE: [u8; 3] = [47, 50, 110];

/// What TLS 1.3 chooses is encrypted (RFC 8446, 4.3.1), what is offered is not.
fn http2_alone_offered(look: &Viewpoint<'_>) -> Observation {
    let mut hellos = handshakes(look).filter_map(|(row, tls)| Some((row, tls.client_hello.as_ref()?)));
    let Some((row, hello)) = hellos.find(|(_, hello)| hello.complete.is_some()) else {
        return Observation::NotVisible(NO_HANDSHAKE);
    };
    if hello.alpn.is_empty() || hello.alpn.iter().any(|protocol| protocol != "h2") {
        return absent();
    }
    look.seen(|| "the ClientHello offers h2 alone by ALPN".to_owned(), row.place(hello.at), hello.at.time)
}

/// A server must choose what was offered, or nothing (RFC 7301, 3.2).
fn protocol_not_offered(look: &Viewpoint<'_>) -> Observation {
    let told = handshakes(look).find_map(|(row, tls)| {
        let hello = tls.client_hello.as_ref().filter(|hello| hello.complete.is_some())?;
        Some((row, hello, Choice::of(tls)?))
    });
    let Some((row, hello, choice)) = told else {
        return Observation::NotVisible(NO_CHOICE);
    };
    or_absent(choice.protocol.filter(|chosen| !offers(hello, chosen)).map(|chosen| {
        let text = || format!("the ClientHello offers {}, {}", offered(hello), choice.words(chosen));
        look.seen(text, row.place(choice.at), choice.at.time)
    }))
}

/// What a server chose by ALPN.
struct Choice<'a> {
    protocol: Option<&'a str>,
    at: Arrival,
    /// TLS 1.3 encrypts it, and the size of its record tells it.
    by_size: bool,
}

impl<'a> Choice<'a> {
    fn of(tls: &'a Handshake) -> Option<Choice<'a>> {
        let answer = tls.server_hello.as_ref()?;
        if answer.tells_alpn {
            return Some(Choice { protocol: answer.alpn.as_deref(), at: answer.at, by_size: false });
        }
        let (protocol, at) = tls.chosen_by_size()?;
        Some(Choice { protocol, at, by_size: true })
    }

    fn words(&self, chosen: &str) -> String {
        match self.by_size {
            false => format!("the origin chooses {chosen} by ALPN"),
            true => {
                format!("the origin's first encrypted record has the size of a choice of {chosen} by ALPN")
            }
        }
    }
}

/// Who lets the origin end it has nothing to say; and where the choice of a protocol is seen to be in order, it is another one.
fn edge_refuses_parameters(look: &Viewpoint<'_>) -> Observation {
    let ended = handshakes(look).find_map(|(row, tls)| {
        let alert = tls.fatal_alert().filter(|alert| alert.from == Side::Client)?;
        Some((row, tls, alert))
    });
    let Some((row, tls, alert)) = ended else { return Observation::NotVisible(NO_ALERT) };
    let is_in_order = Choice::of(tls).is_some_and(|choice| {
        choice
            .protocol
            .is_none_or(|chosen| tls.client_hello.as_ref().is_some_and(|hello| offers(hello, chosen)))
    });
    if is_in_order || !OF_A_CHOICE.contains(&alert.description) {
        return absent();
    }
    let text = || {
        let name = alert_name(alert.description).unwrap_or("unknown");
        format!("the edge ends the handshake with the alert {name} ({})", alert.description)
    };
    look.seen(text, row.place(alert.at), alert.at.time)
}

/// A server that speaks HTTP/2 as it was agreed closes such a connection, mostly without a word (RFC 9113, 3.4), or the edge does, which takes its settings for
/// an answer.
fn http1_asked_over_http2(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let encrypted = handshakes(look).find_map(|(row, _)| Some((row, row.asked_not_in_http2()?)));
    if let Some((row, at)) = encrypted {
        let text = || {
            "both sides agreed on h2 by ALPN, and the edge asks behind the origin's settings without acknowledging them: not in HTTP/2".to_owned()
        };
        return look.seen(text, row.place(at), at.time);
    }
    let asked = look.case.exchanges(evidence).next_back().and_then(|(row, kept)| {
        let request = kept.exchange.request.as_ref()?;
        Some((row, request.first, row.tls.as_deref().and_then(Choice::of)))
    });
    let Some((row, at, choice)) = asked else { return Observation::NotVisible(NO_REQUEST) };
    let agreed = choice.filter(|choice| choice.protocol == Some("h2") && row.http2.is_none());
    or_absent(agreed.map(|_| {
        let text = || "both sides agreed on h2 by ALPN, and the edge asks in HTTP/1".to_owned();
        look.seen(text, row.place(at), at.time)
    }))
}

/// Who ends TLS before a server that speaks HTTP/1 alone must not promise HTTP/2 for it.
fn http2_preface_logged(look: &Viewpoint<'_>) -> Observation {
    match look.case.access(&look.incident.evidence).find(|row| row.line.is_http2_preface()) {
        Some(row) => look.seen(
            || "a server that speaks HTTP/1 has the connection preface of HTTP/2 for a request".to_owned(),
            row.place,
            row.line.time,
        ),
        None => Observation::NotVisible("no log has a line of it"),
    }
}

fn offers(hello: &ClientHello, protocol: &str) -> bool {
    hello.alpn.iter().any(|offered| offered == protocol)
}

/// What a client offers by ALPN, in words.
fn offered(hello: &ClientHello) -> String {
    if hello.alpn.is_empty() { "no protocol".to_owned() } else { hello.alpn.join(" and ") }
}

/// TLS 1.3 hides the choice from those without the secrets; only a client that offers no HTTP/2 rules it out then.
fn http2_chosen(look: &Viewpoint<'_>) -> Observation {
    let last = look.case.exchanges(&look.incident.evidence).next_back();
    if let Some((row, http2)) = last.and_then(|(row, _)| Some((row, row.http2.as_ref()?))) {
        let text = || "the connection speaks HTTP/2".to_owned();
        return look.seen(text, row.place(http2.from), http2.from.time);
    }
    let told = handshakes(look).find_map(|(row, tls)| {
        let answer = tls.server_hello.as_ref()?;
        if let Some(chosen) = &answer.alpn {
            let text = || format!("the origin chooses {chosen} by ALPN");
            let place = row.place(answer.at);
            return Some(if chosen == "h2" {
                look.seen(text, place, answer.at.time)
            } else {
                look.not_seen(text, place)
            });
        }
        if answer.tells_alpn {
            return Some(absent());
        }
        let offered = tls.client_hello.as_ref().is_none_or(|hello| offers(hello, "h2"));
        (!offered).then(absent)
    });
    told.unwrap_or_else(|| {
        let plain = look.case.connections(&look.incident.evidence).any(|row| row.tls.is_none());
        if plain { absent() } else { Observation::NotVisible(NO_CHOICE) }
    })
}
