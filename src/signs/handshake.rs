//! Signs of the handshake: alerts, certificates, what was asked for and what was sent.

use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look};
use crate::correlate::in_packets::begins_as_web_server;
use crate::evidence::ConnectionRow;
use crate::flow::{Arrival, Side};
use crate::http::begins_with_settings;
use crate::text::words::{duration, quote};
use crate::time::Duration;
use crate::tls::{Alert, ClientHello, Handshake, group_name};

pub(super) const NO_HANDSHAKE: &str = "no handshake of it was captured";
pub(super) const HIDDEN: &str = "no certificate of it was captured in the clear";

pub(super) const SIGNS: &[Sign] = &[
    look(
        "alert-handshake-failure",
        "the origin answers the ClientHello with handshake_failure (40)",
        Frequency::Never,
        hello_refused,
    )
    .one_with("no-shared-cipher"),
    look("alert-protocol-version", "the origin says protocol_version (70)", Frequency::Never, |look| {
        alert(look, Side::Server, 70)
    })
    .one_with("protocol-version"),
    look("alert-unrecognized-name", "the origin says unrecognized_name (112)", Frequency::Never, |look| {
        alert(look, Side::Server, 112)
    })
    .one_with("unknown-name"),
    // Go's crypto/tls, so Caddy and Traefik, where whoever is asked for a certificate has none (handshake_server.go, getCertificate).
    look("alert-internal-error", "the origin says internal_error (80)", Frequency::Seldom, |look| {
        alert(look, Side::Server, 80)
    })
    .one_with("unknown-name"),
    look(
        "alert-no-application-protocol",
        "the origin says no_application_protocol (120)",
        Frequency::Never,
        |look| alert(look, Side::Server, 120),
    ),
    look(
        "alert-certificate-required",
        "the origin says that a certificate is required (116) or bad (42)",
        Frequency::Never,
        certificate_required,
    )
    .one_with("client-certificate"),
    look("alert-expired", "the edge says certificate_expired (45)", Frequency::Never, |look| {
        certificate_alert(look, 45)
    })
    .one_with("expired"),
    look(
        "alert-bad-certificate",
        "the edge says bad_certificate (42): the name or another part of it does not fit",
        Frequency::Seldom,
        |look| certificate_alert(look, 42),
    ),
    look(
        "alert-answers-handshake",
        "the origin answers the edge's last part of the handshake by an alert, and not by a session ticket",
        Frequency::Seldom,
        alert_answers_handshake,
    )
    .one_with("client-certificate"),
    look("alert-unknown-ca", "the edge says unknown_ca (48)", Frequency::Seldom, |look| {
        certificate_alert(look, 48)
    }),
    look(
        "client-certificate-asked",
        "the origin asks for a client certificate and gets none",
        Frequency::Never,
        client_certificate_asked,
    )
    .one_with("client-certificate"),
    look("plain-reply", "the ClientHello is answered in plain text", Frequency::Never, plain_reply)
        .one_with("plain"),
    look(
        "handshake-bytes-logged",
        "a plain log has the handshake's bytes as a request line",
        Frequency::Never,
        handshake_bytes_logged,
    )
    .one_with("plain"),
    look(
        "hello-unanswered",
        "the ClientHello is acknowledged and never answered",
        Frequency::Seldom,
        hello_unanswered,
    ),
    look(
        "hello-in-two-segments",
        "the ClientHello takes two packets, and its end does not come or is not acknowledged",
        Frequency::Never,
        hello_split,
    ),
];

pub(super) fn handshakes<'a>(
    look: &Viewpoint<'a>,
) -> impl Iterator<Item = (&'a ConnectionRow, &'a Handshake)> {
    look.case.connections(&look.incident.evidence).filter_map(|row| Some((row, row.tls.as_deref()?)))
}

/// Where no handshake shows it: whether one was captured that would.
pub(super) fn or_not_in_handshake(look: &Viewpoint<'_>, seen: Option<Observation>) -> Observation {
    let visible = || handshakes(look).any(|(_, tls)| tls.client_hello.is_some());
    seen.unwrap_or_else(|| if visible() { absent() } else { Observation::NotVisible(NO_HANDSHAKE) })
}

fn alert(look: &Viewpoint<'_>, from: Side, description: u8) -> Observation {
    let seen = handshakes(look).find_map(|(row, tls)| {
        let says_so = |alert: &&Alert| alert.from == from && alert.description == description;
        let alert = tls.alerts.iter().filter(|alert| !tls.answers_close(alert)).find(says_so)?;
        let text = || {
            let who = if from == Side::Server { "the origin" } else { "the edge" };
            let name = crate::tls::alert_name(description).unwrap_or("unknown");
            format!("{who} ends the handshake with the alert {name} ({description})")
        };
        Some(look.seen(text, row.place(alert.at), alert.at.time))
    });
    // An edge that leaves without a word, or says it where only those with the secrets read it, tells no cause from another.
    let is_silent = || handshakes(look).all(|(_, tls)| tls.alerts.iter().all(|alert| alert.from != from));
    if seen.is_none() && from == Side::Client && is_silent() {
        return Observation::NotVisible("no alert of the edge was captured in the clear");
    }
    or_not_in_handshake(look, seen)
}

/// What the edge says against a certificate: one alert of several (OpenSSL, `ssl_x509err2alert`: 45 of one that is past its time, 42 of one that is before it
/// or bears another name, 48 of an unknown authority; Go says 42 of all). Where it says one, that it does not say another tells nothing further.
fn certificate_alert(look: &Viewpoint<'_>, description: u8) -> Observation {
    const AGAINST_CERTIFICATES: [u8; 3] = [42, 45, 48];
    let said = alert(look, Side::Client, description);
    let others = || AGAINST_CERTIFICATES.into_iter().filter(|other| *other != description);
    let says = |other: u8| alert(look, Side::Client, other).state() == Some(true);
    if said.state() == Some(false) && others().any(says) {
        return Observation::Moot("the edge says another alert against the certificate");
    }
    said
}

/// The server has chosen a cipher suite once it has said ServerHello: behind that the same alert means something else.
fn hello_refused(look: &Viewpoint<'_>) -> Observation {
    if handshakes(look).any(|(row, tls)| failure_behind_flight(row, tls).is_some()) {
        return absent();
    }
    alert(look, Side::Server, 40)
}

/// The server's alert handshake_failure that is not its first word.
fn failure_behind_flight<'t>(row: &ConnectionRow, tls: &'t Handshake) -> Option<&'t Alert> {
    let first = row.connection.traffic(tls.client_side.peer()).first_data;
    let is_behind =
        |alert: &&Alert| tls.server_hello.is_some() || first.is_some_and(|first| first < alert.at);
    tls.alerts.iter().filter(|alert| alert.from == Side::Server && alert.description == 40).find(is_behind)
}

/// The alerts bad_certificate and certificate_required, and up to TLS 1.2 handshake_failure behind a CertificateRequest (RFC 5246, 7.4.6), or behind a flight
/// in which one may have stood that the capture cut.
fn certificate_required(look: &Viewpoint<'_>) -> Observation {
    let seen = handshakes(look).find_map(|(row, tls)| {
        let may_have_asked = tls.certificate_request.is_some() || tls.certificates.is_empty();
        let says_so = |alert: &&Alert| alert.from == Side::Server && matches!(alert.description, 42 | 116);
        let failure = || failure_behind_flight(row, tls).filter(|_| may_have_asked);
        let alert = tls.alerts.iter().find(says_so).or_else(failure)?;
        let text = || {
            format!(
                "the origin ends the handshake over a certificate that the edge did not send (alert {})",
                alert.description
            )
        };
        Some(look.seen(text, row.place(alert.at), alert.at.time))
    });
    or_not_in_handshake(look, seen)
}

/// TLS 1.3 hides what the alert says; its size and its place tell that it is one.
fn alert_answers_handshake(look: &Viewpoint<'_>) -> Observation {
    let seen = handshakes(look).find_map(|(row, tls)| {
        let at = tls.server_refuses()?;
        let text = || {
            "the origin's first word after the edge's part of the handshake has the size of an alert"
                .to_owned()
        };
        Some(look.seen(text, row.place(at), at.time))
    });
    or_not_in_handshake(look, seen)
}

fn client_certificate_asked(look: &Viewpoint<'_>) -> Observation {
    let seen = handshakes(look).find_map(|(row, tls)| {
        let asked = tls.certificate_request.filter(|_| row.client_sent_no_certificate())?;
        Some(look.seen(
            || "the origin asks for a client certificate and gets none".to_owned(),
            row.place(asked),
            asked.time,
        ))
    });
    let by_size = || {
        handshakes(look).find_map(|(row, tls)| {
            let at = tls.sends_no_certificate_by_size()?;
            let text = || {
                "the edge's first word after the origin's part of the handshake has the size of an empty certificate".to_owned()
            };
            Some(look.seen(text, row.place(at), at.time))
        })
    };
    // TLS 1.3 hides the request from those without the secrets.
    seen.or_else(by_size).unwrap_or_else(|| {
        let readable = handshakes(look).any(|(_, tls)| !tls.certificates.is_empty());
        if readable { absent() } else { Observation::NotVisible(HIDDEN) }
    })
}

fn plain_reply(look: &Viewpoint<'_>) -> Observation {
    let seen = handshakes(look).find_map(|(row, tls)| {
        let (at, bytes) = tls.plaintext_reply.as_ref().filter(|(_, bytes)| begins_as_web_server(bytes))?;
        let text = || {
            let first = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
            let said = match begins_with_settings(bytes) {
                Some(true) => "HTTP/2's SETTINGS in the clear".to_owned(),
                _ => format!("“{}”", String::from_utf8_lossy(first)),
            };
            format!("port {} answers a ClientHello with {said}", row.connection.server.port())
        };
        Some(look.seen(text, row.place(*at), at.time))
    });
    or_not_in_handshake(look, seen)
}

fn handshake_bytes_logged(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.access(&look.incident.evidence).find(|row| row.line.holds_no_request());
    match row {
        Some(row) => {
            let text = || match row.line.odd_request_line.as_deref() {
                Some(line) if !line.starts_with("\\x16") => {
                    format!("the origin's plain-HTTP log has {} where a request line should be", quote(line))
                }
                _ => "the origin's plain-HTTP log has the handshake's bytes as a request line".to_owned(),
            };
            look.seen(text, row.place, row.line.time)
        }
        None => Observation::NotVisible("no access line of it was found"),
    }
}

fn hello_unanswered(look: &Viewpoint<'_>) -> Observation {
    let seen = handshakes(look).find_map(|(row, tls)| {
        let hello = tls.client_hello.as_ref()?;
        // The end of a hello that the capture cut is not known, but that all was acknowledged is.
        let cut_and_heard = hello.complete.is_none() && row.connection.from_client.all_acknowledged;
        if hello.acknowledged.is_none() && !cut_and_heard {
            return None;
        }
        let (side @ Side::Client, _, closed) = row.connection.closed_first()? else { return None };
        let in_time = |at: Arrival| !row.connection.closed_unheard(side, closed, at);
        let answered = row.connection.traffic(tls.client_side.peer()).first_data.is_some_and(in_time);
        let waited = closed.time.since(hello.at.time);
        (!answered && waited >= Duration::SECOND / 2).then(|| {
            let text = || {
                format!(
                    "the ClientHello is acknowledged, no ServerHello comes for {}, then the edge closes",
                    duration(waited)
                )
            };
            look.seen(text, row.place(hello.at), hello.at.time)
        })
    });
    or_not_in_handshake(look, seen)
}

/// A device on the way loses or rejects a ClientHello that spans two packets.
fn hello_split(look: &Viewpoint<'_>) -> Observation {
    let seen = handshakes(look).find_map(|(row, tls)| {
        let hello = tls.client_hello.as_ref()?;
        if row.connection.traffic(tls.client_side.peer()).stream_bytes > 0 {
            return None;
        }
        let is_unheard = hello.complete.is_some() && hello.segments >= 2 && hello.acknowledged.is_none();
        let end = match (is_unheard, end_never_came(row, hello)) {
            (true, _) => format!("takes {} packets, and its end is never acknowledged", hello.segments),
            (false, true) => "is acknowledged in part and no further".to_owned(),
            (false, false) => return None,
        };
        let text = || format!("the ClientHello of {} bytes{} {end}", hello.bytes, shares(hello));
        Some(look.seen(text, row.place(hello.at), hello.at.time))
    });
    or_not_in_handshake(look, seen)
}

/// A part of the hello was acknowledged, and the edge waited for more than a moment: the rest was lost each time it was sent, whether the
/// capture would have it or not. A path that takes no large packets loses the first part and not the second.
fn end_never_came(row: &ConnectionRow, hello: &ClientHello) -> bool {
    let waited = row.connection.closed_first().map(|(_, _, closed)| closed.time.since(hello.at.time));
    let is_given_up = waited.is_some_and(|waited| waited >= Duration::SECOND / 2) || row.hello_is_stuck();
    hello.part_acknowledged.is_some() && is_given_up
}

/// What makes hellos large.
fn shares(hello: &ClientHello) -> String {
    let groups = hello.marks.as_ref().map_or(&[][..], |marks| &marks.key_shares);
    let names: Vec<String> = groups.iter().map(|group| group_name(*group)).collect();
    if names.is_empty() { String::new() } else { format!(" (key shares {})", names.join(", ")) }
}
