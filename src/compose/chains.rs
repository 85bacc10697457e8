//! The chains of certificates that servers showed: what they say, where they lead, all that is wrong with them, and who showed them.

use std::collections::BTreeMap;

use super::certificates::in_words;
use super::place;
use super::values::moment;
use crate::correlate::Incident;
use crate::evidence::Place;
use crate::evidence::certificates::Showing;
use crate::report::model::{
    CertificateObservation, CertificateObservationKind, ChainTrust, ChainTrustKind, ServedCertificate,
    ServedChain, ServedTo,
};
use crate::report::redaction::{Redactor, ReportText};
use crate::time::Time;
use crate::tls::{
    Certificate, CertificateDetails, CertificateFault, Trust, certificate_faults, fingerprint, trust,
};

/// Names that one sentence lists.
const NAMES_IN_A_SENTENCE: usize = 5;
/// Hex digits of a chain's hash that name it.
const ID_DIGITS: usize = 16;

/// Each chain once: those that end first come first.
pub fn chains(incident: &Incident, redactor: &Redactor<'_>) -> Vec<ServedChain> {
    let chains = by_chain(incident);
    chains.iter().map(|showings| chain(showings, incident, redactor)).collect()
}

/// What to call a chain; `None` where its bytes were not kept.
pub fn id(bytes: &[Box<[u8]>]) -> Option<String> {
    let is_whole = !bytes.is_empty() && bytes.iter().all(|der| !der.is_empty());
    is_whole.then(|| fingerprint(&bytes.concat())[..ID_DIGITS].to_owned())
}

/// The showings of each chain, in an order that every run has.
pub fn by_chain(incident: &Incident) -> Vec<Vec<Showing<'_>>> {
    let mut chains: BTreeMap<_, Vec<Showing<'_>>> = BTreeMap::new();
    for showing in incident.evidence.tallies.certificates.all() {
        let Some(leaf) = showing.shown.chain.first() else { continue };
        let serials: Vec<&str> = showing.shown.chain.iter().map(|other| other.serial.as_str()).collect();
        let key = (leaf.not_after, leaf.issuer.as_str(), serials, showing.bytes);
        chains.entry(key).or_default().push(showing);
    }
    chains.into_values().collect()
}

fn chain(showings: &[Showing<'_>], incident: &Incident, redactor: &Redactor<'_>) -> ServedChain {
    let Some(first) = showings.first() else { return ServedChain::default() };
    let certificates = &first.shown.chain;
    let last = showings.iter().map(|showing| showing.shown.last).max().unwrap_or(first.shown.last);
    let trust = match id(first.bytes) {
        Some(_) => trust(first.bytes.iter().map(|der| &**der)),
        None => Trust::Unread,
    };
    ServedChain {
        id: id(first.bytes).map(|id| redactor.text(id)),
        observations: observations(showings, &trust, last, redactor),
        trust: told_trust(&trust, redactor),
        certificates: certificates
            .iter()
            .enumerate()
            .map(|(at, certificate)| told(certificate, first.bytes.get(at).map(|der| &**der), redactor))
            .collect(),
        served: showings.iter().map(|showing| served(showing, incident, redactor)).collect(),
    }
}

fn told(certificate: &Certificate, der: Option<&[u8]>, redactor: &Redactor<'_>) -> ServedCertificate {
    let details = der.and_then(CertificateDetails::of);
    let (names, more_names) = match &details {
        Some(details) => (&details.names, details.more_names),
        None => (&certificate.dns_names, 0),
    };
    ServedCertificate {
        subject: redactor.text(&certificate.subject),
        issuer: redactor.text(&certificate.issuer),
        serial: redactor.text(&certificate.serial),
        names: redactor.texts(names),
        more_names: more_names as u64,
        not_before: moment(certificate.not_before),
        not_after: moment(certificate.not_after),
        self_issued: certificate.self_issued,
        sha256: details.as_ref().map(|details| redactor.text(&details.sha256)),
        key: details.as_ref().map(|details| redactor.text(&details.key)),
        signature: details.as_ref().map(|details| redactor.text(&details.signature)),
    }
}

fn served(showing: &Showing<'_>, incident: &Incident, redactor: &Redactor<'_>) -> ServedTo {
    let covers = |name| showing.shown.chain.first().map(|leaf| leaf.covers(name));
    let first = showing.shown.first;
    let (frame, filter) = match first {
        Place::Packet { frame, stream, .. } => {
            (Some(frame), Some(redactor.text(place::display_filter(first, frame, stream, incident))))
        }
        _ => (None, None),
    };
    ServedTo {
        server: redactor.text(showing.server.to_string()),
        name: showing.asked.map(|asked| redactor.text(asked)),
        covered: showing.asked.and_then(covers),
        connections: showing.shown.connections,
        input: redactor.text(place::name(incident, first.input())),
        frame,
        filter,
        last: moment(showing.shown.last),
    }
}

fn told_trust(trust: &Trust, redactor: &Redactor<'_>) -> ChainTrust {
    let told = |kind, name: Option<&String>, text: ReportText| ChainTrust {
        kind,
        name: name.map(|name| redactor.text(name)),
        text,
    };
    match trust {
        Trust::BrowserRoot(root) => {
            let text = redactor.text(format!("issued by a root that browsers trust: {root}"));
            told(ChainTrustKind::BrowserRoot, Some(root), text)
        }
        Trust::OriginCa => {
            let text = "issued by Cloudflare's Origin CA, which the edge trusts and browsers do not".into();
            told(ChainTrustKind::OriginCa, None, text)
        }
        Trust::OtherRoot(root) => {
            let text =
                redactor.text(format!("does not lead to a root that browsers trust: it ends at {root}"));
            told(ChainTrustKind::OtherRoot, Some(root), text)
        }
        Trust::Incomplete(issuer) => {
            let text = format!("cannot be told: the chain is incomplete, {issuer} was not sent with it");
            told(ChainTrustKind::Incomplete, Some(issuer), redactor.text(text))
        }
        Trust::Unread => {
            let text = "cannot be told: its bytes were not kept, or cannot be read".into();
            told(ChainTrustKind::Unread, None, text)
        }
    }
}

/// All that is wrong with any of its certificates at a moment. A root's own signature says nothing, and only the server's certificate is asked for by
/// name, or has to come with an issuer.
fn observations(
    showings: &[Showing<'_>],
    trust: &Trust,
    at: Time,
    redactor: &Redactor<'_>,
) -> Vec<CertificateObservation> {
    let Some(first) = showings.first() else { return Vec::new() };
    let chain = &first.shown.chain;
    let mut observations = Vec::new();
    for (number, certificate) in chain.iter().enumerate() {
        let faults = certificate_faults(&chain[number..], None, at).into_iter().filter(|fault| match fault {
            CertificateFault::IssuerMissing => number == 0 && !matches!(trust, Trust::BrowserRoot(_)),
            CertificateFault::SelfSigned => number == 0,
            CertificateFault::WeakSignature => !certificate.self_issued,
            _ => true,
        });
        observations.extend(faults.map(|fault| CertificateObservation {
            kind: kind(&fault),
            certificate: number as u64,
            text: redactor.text(in_words(&fault, Some(certificate))),
        }));
    }
    let asked = showings.iter().filter_map(|showing| showing.asked);
    let other: Vec<&str> =
        asked.filter(|asked| chain.first().is_some_and(|leaf| !leaf.covers(asked))).collect();
    if !other.is_empty() {
        let more = match other.len().checked_sub(NAMES_IN_A_SENTENCE) {
            Some(more @ 1..) => format!(" and {more} more"),
            _ => String::new(),
        };
        let listed = other[..other.len().min(NAMES_IN_A_SENTENCE)].join(", ");
        observations.push(CertificateObservation {
            kind: CertificateObservationKind::OtherName,
            certificate: 0,
            text: redactor.text(format!("does not cover {listed}{more}, which was asked for")),
        });
    }
    observations
}

fn kind(fault: &CertificateFault) -> CertificateObservationKind {
    use CertificateObservationKind as Kind;
    match fault {
        CertificateFault::Expired(_) => Kind::Expired,
        CertificateFault::NotYetValid(_) => Kind::NotYetValid,
        CertificateFault::EndsSoon(_) => Kind::EndsSoon,
        CertificateFault::OtherName => Kind::OtherName,
        CertificateFault::SelfSigned => Kind::SelfSigned,
        CertificateFault::IssuerMissing => Kind::IssuerMissing,
        CertificateFault::WeakKey(_) => Kind::WeakKey,
        CertificateFault::WeakSignature => Kind::WeakSignature,
    }
}
