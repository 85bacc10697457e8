//! Signs of the certificate that the origin showed.

use super::handshake::{HIDDEN, handshakes};
use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look};
use crate::correlate::messages::Named;
use crate::evidence::certificates::Showing;
use crate::evidence::{ConnectionRow, Place};
use crate::facts::lasting::WITHOUT_CERTIFICATE;
use crate::text::words::quote;
use crate::time::{Duration, Time};
use crate::tls::{Certificate, Handshake, any_covers};

pub(super) const SIGNS: &[Sign] = &[
    look(
        "certificate-out-of-dates",
        "the certificate was not valid at that moment",
        Frequency::Seldom,
        out_of_dates,
    )
    .one_with("expired"),
    look("certificate-self-issued", "the certificate is its own issuer", Frequency::Seldom, self_issued),
    look("certificate-other-name", "the certificate does not cover the name", Frequency::Seldom, other_name),
    look(
        "certificate-of-host",
        "the certificate covers the name that was asked for",
        Frequency::Often,
        covers_name,
    ),
    look("certificate-alone", "one certificate is sent, and its issuer is not", Frequency::Seldom, alone),
    look(
        "certificate-not-obtained-line",
        "the server could not obtain a certificate for the name",
        Frequency::Never,
        not_obtained,
    )
    .one_with("unknown-name"),
];

/// The server's certificate where the edge did not accept it, or may not have, as far as the capture has it.
#[derive(Clone, Copy)]
struct ShownLeaf<'a> {
    asked: Option<&'a str>,
    /// For whom it was issued, and whether by himself.
    subject: Option<(&'a str, bool)>,
    valid: (Time, Time),
    names: Option<&'a [String]>,
    /// Who issued it, and whether it was sent alone.
    chain: Option<(&'a Certificate, bool)>,
    place: Place,
    /// When it was shown.
    time: Time,
}

impl<'a> ShownLeaf<'a> {
    fn whole(row: &ConnectionRow, tls: &'a Handshake, asked: Option<&'a str>) -> Option<ShownLeaf<'a>> {
        let leaf = tls.certificates.first().filter(|leaf| !leaf.unreadable)?;
        ShownLeaf::of_chain(&tls.certificates, asked, (row.place(leaf.at), leaf.at.time))
    }

    fn of_chain(
        chain: &'a [Certificate],
        asked: Option<&'a str>,
        (place, time): (Place, Time),
    ) -> Option<ShownLeaf<'a>> {
        let leaf = chain.first()?;
        Some(ShownLeaf {
            asked,
            subject: Some((&leaf.subject, leaf.self_issued)),
            valid: (leaf.not_before, leaf.not_after),
            names: Some(&leaf.dns_names),
            chain: Some((leaf, chain.len() == 1)),
            place,
            time,
        })
    }

    /// What the server showed others, where the edge says that it does not accept the certificate and nothing of the handshake itself was captured.
    fn shown_to_others(look: &Viewpoint<'a>) -> Option<ShownLeaf<'a>> {
        const NOT_ACCEPTED: u16 = 526;
        let evidence = &look.incident.evidence;
        let record = &look.case.edge(evidence)?.record;
        let server = record.origin_address.filter(|_| record.edge_status == Some(NOT_ACCEPTED))?;
        let host = look.case.host(evidence)?;
        let is_asked = |showing: &Showing<'a>| {
            showing.server.ip() == server
                && showing.asked.is_none_or(|asked| asked.eq_ignore_ascii_case(host))
        };
        let mut showings = evidence.tallies.certificates.all().filter(is_asked);
        // Of several nobody knows which the edge met.
        let (Some(only), None) = (showings.next(), showings.next()) else { return None };
        ShownLeaf::of_chain(&only.shown.chain, Some(host), (only.shown.first, look.case.time))
    }

    fn cut(row: &ConnectionRow, tls: &'a Handshake, asked: Option<&'a str>) -> Option<ShownLeaf<'a>> {
        let leaf = tls.cut_leaf.as_ref()?;
        Some(ShownLeaf {
            asked,
            subject: leaf.subject.as_ref().map(|subject| (subject.name.as_str(), subject.is_issuer)),
            valid: (leaf.not_before, leaf.not_after),
            names: leaf.dns_names.as_deref(),
            chain: None,
            place: row.place(leaf.at),
            time: leaf.at.time,
        })
    }
}

fn leaf<'a>(look: &Viewpoint<'a>) -> Option<ShownLeaf<'a>> {
    let host = look.case.host(&look.incident.evidence);
    let of = |read: fn(&ConnectionRow, &'a Handshake, Option<&'a str>) -> Option<ShownLeaf<'a>>| {
        handshakes(look).find_map(|(row, tls)| {
            let sni = tls.client_hello.as_ref().and_then(|hello| hello.sni.as_deref());
            read(row, tls, sni.or(host))
        })
    };
    of(ShownLeaf::whole).or_else(|| of(ShownLeaf::cut))
}

/// Whether something is so of the leaf; `is_so` gives `None` where the capture lacks that part of it.
fn of_leaf<'a>(
    look: &Viewpoint<'a>,
    is_so: impl FnOnce(&ShownLeaf<'a>) -> Option<bool>,
    text: impl Fn(&ShownLeaf<'a>) -> String,
) -> Observation {
    let Some(leaf) = leaf(look) else { return Observation::NotVisible(HIDDEN) };
    match is_so(&leaf) {
        Some(true) => look.seen(|| text(&leaf), leaf.place, leaf.time),
        Some(false) => absent(),
        None => Observation::NotVisible("this part of the certificate was not captured"),
    }
}

pub(super) fn out_of_dates(look: &Viewpoint<'_>) -> Observation {
    let is_out = |leaf: &ShownLeaf<'_>| leaf.time > leaf.valid.1 || leaf.time < leaf.valid.0;
    let text = |leaf: &ShownLeaf<'_>| {
        let whose = leaf.subject.map(|(name, _)| format!(" of {name}")).unwrap_or_default();
        let ((from, to), at) = (leaf.valid, leaf.time);
        format!("the certificate{whose} is valid from {from} to {to}, the handshake was at {at}")
    };
    // All else that is wrong with what others were shown was wrong when they took it; that its time is over begins at an instant.
    let of_others = || ShownLeaf::shown_to_others(look).filter(is_out);
    if handshakes(look).next().is_none()
        && let Some(leaf) = of_others()
    {
        return look.seen(|| text(&leaf), leaf.place, leaf.time);
    }
    of_leaf(look, |leaf| Some(is_out(leaf)), text)
}

pub(super) fn self_issued(look: &Viewpoint<'_>) -> Observation {
    of_leaf(
        look,
        |leaf| leaf.subject.map(|(_, by_himself)| by_himself),
        |leaf| {
            let subject = leaf.subject.map_or("", |(name, _)| name);
            format!("the certificate of {subject} is its own issuer")
        },
    )
}

pub(super) fn other_name(look: &Viewpoint<'_>) -> Observation {
    of_leaf(
        look,
        |leaf| leaf.names.map(|covered| leaf.asked.is_some_and(|asked| !any_covers(covered, asked))),
        |leaf| {
            let covered = names(leaf.names.unwrap_or_default());
            format!("the edge asks for {}, the certificate covers {covered}", leaf.asked.unwrap_or_default())
        },
    )
}

/// Who shows it is a server of that host, and not whoever has its address now.
fn covers_name(look: &Viewpoint<'_>) -> Observation {
    of_leaf(
        look,
        |leaf| leaf.names.map(|covered| leaf.asked.is_some_and(|asked| any_covers(covered, asked))),
        |leaf| format!("the certificate covers {}", leaf.asked.unwrap_or_default()),
    )
}

fn names(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len() {
        0 => "no name at all".to_owned(),
        count @ ..=SHOWN => names[..count].join(", "),
        count => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
    }
}

/// The origin sent one certificate alone, which another one issued: that other one is missing. Cloudflare's Origin CA has none between, and the
/// edge knows it.
pub(super) fn alone(look: &Viewpoint<'_>) -> Observation {
    of_leaf(
        look,
        |leaf| {
            let (leaf, is_alone) = leaf.chain?;
            Some(is_alone && !leaf.self_issued && !leaf.is_of_origin_ca())
        },
        |leaf| {
            let (subject, issuer) = leaf.chain.map_or(("", ""), |(leaf, _)| (&leaf.subject, &leaf.issuer));
            format!("one certificate is sent, {subject}, and its issuer {issuer} is not")
        },
    )
}

/// A server that obtains its certificates itself (Caddy) has none for a name from the first attempt that fails to the one that succeeds.
fn not_obtained(look: &Viewpoint<'_>) -> Observation {
    const LONGEST: Duration = Duration::from_seconds(86_400);
    let (case, incident) = (look.case, look.incident);
    let Some(host) = case.host(&incident.evidence).or_else(|| case.name_asked_for(&incident.evidence)) else {
        return Observation::NotVisible("the name that was asked for is not known");
    };
    let without = (WITHOUT_CERTIFICATE, &Named::Host(host.to_ascii_lowercase()));
    match incident.messages.holding(&incident.evidence, without, case.time.plus(-LONGEST), case.end) {
        Some(row) => look.seen(|| quote(&row.line.text), row.place, row.line.time),
        None => Observation::NotVisible("no line says that a certificate could not be obtained"),
    }
}
