//! Where a chain of certificates leads: to a root that browsers trust, to another one, or to an issuer that was not sent (RFC 5280, 6.1). Certificates are
//! tied to each other by the names and key identifiers that they carry; signatures are not verified, since nobody but a forger of the capture gains
//! by a false one.

use std::sync::OnceLock;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use super::observations::is_of_origin_ca;
use crate::facts::roots::roots;

/// Where a chain leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// To a root that browsers trust, of this name.
    BrowserRoot(String),
    /// To Cloudflare's Origin CA, which the edge alone trusts.
    OriginCa,
    /// To a certificate that is its own issuer, of this name, and no root that browsers trust.
    OtherRoot(String),
    /// To an issuer of this name that was not sent and is no root that browsers trust: what lies behind it cannot be told.
    Incomplete(String),
    /// It cannot be told: the server's certificate cannot be read, or its bytes were not kept.
    Unread,
}

/// What ties a certificate to others.
#[derive(Clone, Copy)]
struct Ties<'a> {
    subject: &'a [u8],
    issuer: &'a [u8],
    public_key: &'a [u8],
    key_identifier: Option<&'a [u8]>,
    issuers_key_identifier: Option<&'a [u8]>,
}

impl<'a> Ties<'a> {
    fn of(certificate: &'a X509Certificate<'a>) -> Ties<'a> {
        let mut ties = Ties {
            subject: certificate.subject().as_raw(),
            issuer: certificate.issuer().as_raw(),
            public_key: certificate.public_key().raw,
            key_identifier: None,
            issuers_key_identifier: None,
        };
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(own) => ties.key_identifier = Some(own.0),
                ParsedExtension::AuthorityKeyIdentifier(issuers) => {
                    ties.issuers_key_identifier = issuers.key_identifier.as_ref().map(|issuers| issuers.0);
                }
                _ => {}
            }
        }
        ties
    }

    /// Whether it is the one by which `other` says that it was issued.
    fn issued(&self, other: &Ties<'_>) -> bool {
        let same_key = match (self.key_identifier, other.issuers_key_identifier) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => true,
        };
        self.subject == other.issuer && same_key
    }

    /// Whether it says so itself, or stands for the same key: cross-signed certificates do.
    fn is_same(&self, other: &Ties<'_>) -> bool {
        self.subject == other.subject && self.public_key == other.public_key
    }
}

struct Root {
    ties: Ties<'static>,
    name: String,
}

/// Read once, and only where a server showed a certificate.
fn known_roots() -> &'static [Root] {
    static CERTIFICATES: OnceLock<Vec<X509Certificate<'static>>> = OnceLock::new();
    static ROOTS: OnceLock<Vec<Root>> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let certificates = CERTIFICATES.get_or_init(|| roots().filter_map(read).collect());
        certificates.iter().map(|root| Root { ties: Ties::of(root), name: name(root.subject()) }).collect()
    })
}

fn read(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
}

/// The common name, or all of the name where it has none.
fn name(of: &X509Name<'_>) -> String {
    let common = of.iter_common_name().find_map(|name| name.as_str().ok());
    common.map_or_else(|| of.to_string(), str::to_owned)
}

/// Where a chain leads, the server's certificate first; the others may come in any order, as RFC 8446, 4.4.2 has it.
pub fn trust<'a>(chain: impl IntoIterator<Item = &'a [u8]>) -> Trust {
    let mut chain = chain.into_iter().map(read);
    let Some(leaf) = chain.next().flatten() else { return Trust::Unread };
    if is_of_origin_ca(&leaf.issuer().to_string()) {
        return Trust::OriginCa;
    }
    let others: Vec<X509Certificate<'_>> = chain.flatten().collect();
    let mut unused: Vec<&X509Certificate<'_>> = others.iter().collect();
    let mut at = &leaf;
    loop {
        let ties = Ties::of(at);
        let leads_to = |root: &&Root| root.ties.is_same(&ties) || root.ties.issued(&ties);
        if let Some(root) = known_roots().iter().find(leads_to) {
            return Trust::BrowserRoot(root.name.clone());
        }
        if ties.subject == ties.issuer {
            return Trust::OtherRoot(name(at.subject()));
        }
        // Each is used once, so that two that name each other as issuers come to an end.
        match unused.iter().position(|other| Ties::of(other).issued(&ties)) {
            Some(next) => at = unused.swap_remove(next),
            None => return Trust::Incomplete(name(at.issuer())),
        }
    }
}
