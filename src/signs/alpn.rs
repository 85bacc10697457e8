//! Signs of what both sides of a handshake say of the protocol inside TLS (ALPN, RFC 7301).

use super::handshake::{NO_HANDSHAKE, handshakes, or_not_in_handshake};
use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::tls::{ClientHello, alert_name};

const NO_CHOICE: &str = "no choice of a protocol was captured in the clear";

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
        "choice-refused",
        "the edge cannot take what the origin chose: illegal_parameter (47), decode_error (50), unsupported_extension (110)",
        Frequency::Never,
        choice_refused,
    )
    .one_with("alert-no-application-protocol"),
];

/// What a client says of a choice that it did not offer (RFC 8446, 4.2 and 6.2; BoringSSL says 47, Go 110, OpenSSL 50 where it offered h2 alone).
const NOT_IN_ORDER: [u8; 3] = [47, 50, 110];

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
    let mut both = handshakes(look)
        .filter_map(|(row, tls)| Some((row, tls.client_hello.as_ref()?, tls.server_hello.as_ref()?)));
    let told = both.find(|(_, hello, answer)| hello.complete.is_some() && answer.tells_alpn);
    let Some((row, hello, answer)) = told else {
        return Observation::NotVisible(NO_CHOICE);
    };
    or_absent(answer.alpn.as_ref().filter(|chosen| !hello.alpn.contains(chosen)).map(|chosen| {
        let text = || format!("the ClientHello offers {}, the origin chooses {chosen}", offered(hello));
        look.seen(text, row.place(answer.at), answer.at.time)
    }))
}

/// A certificate that is not accepted, a version and a cipher have alerts of their own: what is left of the origin's part of the handshake are
/// its extensions. Of a choice that shows the alert tells nothing more, and who offers several protocols is hardly given another one.
fn choice_refused(look: &Viewpoint<'_>) -> Observation {
    let refused = handshakes(look).find_map(|(row, tls)| {
        let alert = tls.fatal_alert().filter(|alert| alert.from == tls.client_side)?;
        let shows_choice = tls.server_hello.as_ref().is_some_and(|answer| answer.tells_alpn);
        let offers_several = tls.client_hello.as_ref().is_some_and(|hello| hello.alpn.len() > 1);
        let may_be = !shows_choice && !offers_several && NOT_IN_ORDER.contains(&alert.description);
        may_be.then_some((row, alert))
    });
    let seen = refused.map(|(row, alert)| {
        let text = || {
            let name = alert_name(alert.description).unwrap_or("unknown");
            format!("the edge ends the handshake with the alert {name} ({})", alert.description)
        };
        look.seen(text, row.place(alert.at), alert.at.time)
    });
    or_not_in_handshake(look, seen)
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
        let offered =
            tls.client_hello.as_ref().is_none_or(|hello| hello.alpn.iter().any(|protocol| protocol == "h2"));
        (!offered).then(absent)
    });
    told.unwrap_or_else(|| {
        let plain = look.case.connections(&look.incident.evidence).any(|row| row.tls.is_none());
        if plain { absent() } else { Observation::NotVisible(NO_CHOICE) }
    })
}
