//! Handshake messages (RFC 8446, 4; RFC 5246, 7.4), read as far as they go: a ClientHello of which only the first segment
//! arrived still tells its host name if that lies in it.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::handshake::{Certificate, ClientHello, ServerHello};
use super::names::is_grease;
use crate::flow::Arrival;
use crate::time::Time;

/// Message types.
pub(crate) const CLIENT_HELLO: u8 = 1;
pub(crate) const SERVER_HELLO: u8 = 2;
pub(crate) const CERTIFICATE: u8 = 11;
pub(crate) const CERTIFICATE_REQUEST: u8 = 13;
pub(crate) const SERVER_HELLO_DONE: u8 = 14;
pub(crate) const CLIENT_KEY_EXCHANGE: u8 = 16;

/// Every type that a message in the clear may have (IANA, TLS HandshakeType).
const KNOWN: &[u8] = &[0, 1, 2, 3, 4, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25];

/// Whether a message of this type exists.
pub(crate) fn is_known(kind: u8) -> bool {
    KNOWN.contains(&kind)
}

/// TLS 1.3.
pub(crate) const TLS13: u16 = 0x0304;

/// Extensions that are read.
const SERVER_NAME: u16 = 0;
const ALPN: u16 = 16;
const SUPPORTED_VERSIONS: u16 = 43;

/// The random of a HelloRetryRequest: SHA-256 of that word (RFC 8446, 4.1.3).
const RETRY_RANDOM: [u8; 32] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2,
    0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];

/// Certificates of one message that are read; chains have three or four.
const MOST_CERTIFICATES: usize = 32;
/// Names of one certificate that are kept.
const MOST_NAMES: usize = 256;

/// Takes fields off the front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, bytes: usize) -> Option<usize> {
        Some(self.take(bytes)?.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
    }

    fn short(&mut self) -> Option<u16> {
        self.number(2).and_then(|value| u16::try_from(value).ok())
    }

    /// A vector with its length in front; what is there of it, where it is cut.
    fn vector(&mut self, length_bytes: usize) -> Option<Fields<'a>> {
        let length = self.number(length_bytes)?.min(self.0.len());
        self.take(length).map(Fields)
    }
}

/// Reads a ClientHello's body, or what is there of it, into `hello`.
pub(crate) fn read_client_hello(body: &[u8], hello: &mut ClientHello) {
    let mut fields = Fields(body);
    let mut read = || {
        let version = fields.short()?;
        hello.versions = vec![version];
        fields.take(32)?;
        fields.vector(1)?;
        let mut suites = fields.vector(2)?;
        while let Some(suite) = suites.short() {
            if !is_grease(suite) {
                hello.cipher_suites.push(suite);
            }
        }
        fields.vector(1)?;
        let mut extensions = fields.vector(2)?;
        while let Some(kind) = extensions.short() {
            let mut extension = extensions.vector(2)?;
            match kind {
                SERVER_NAME => hello.sni = server_name(&mut extension).or(hello.sni.take()),
                ALPN => hello.alpn = protocols(&mut extension),
                SUPPORTED_VERSIONS => hello.versions = offered_versions(&mut extension),
                _ => {}
            }
        }
        Some(())
    };
    // A message that is cut ends the reading early; what came before the cut stands.
    let _ = read();
}

/// Reads a ServerHello's body; `None` where it is too short to be one.
pub(crate) fn read_server_hello(body: &[u8], at: Arrival) -> Option<ServerHello> {
    let mut fields = Fields(body);
    let version = fields.short()?;
    let random = fields.take(32)?;
    fields.vector(1)?;
    let cipher_suite = fields.short()?;
    fields.take(1)?;
    let mut hello =
        ServerHello { at, version, cipher_suite, alpn: None, hello_retry: random == RETRY_RANDOM };
    let mut extensions = fields.vector(2).unwrap_or(Fields(&[]));
    while let Some(kind) = extensions.short() {
        let Some(mut extension) = extensions.vector(2) else { break };
        match kind {
            ALPN => hello.alpn = protocols(&mut extension).into_iter().next(),
            SUPPORTED_VERSIONS => hello.version = extension.short().unwrap_or(hello.version),
            _ => {}
        }
    }
    Some(hello)
}

/// Reads a Certificate message of TLS 1.2 or older; `None` where its lengths do not fit.
pub(crate) fn read_certificates(body: &[u8], at: Arrival) -> Option<Vec<Certificate>> {
    let mut fields = Fields(body);
    let length = fields.number(3)?;
    let mut list = Fields(fields.take(length)?);
    let mut certificates = Vec::new();
    while !list.0.is_empty() && certificates.len() < MOST_CERTIFICATES {
        let length = list.number(3)?;
        certificates.push(read_certificate(list.take(length)?, at));
    }
    Some(certificates)
}

fn read_certificate(der: &[u8], at: Arrival) -> Certificate {
    let mut certificate = Certificate {
        subject: String::new(),
        issuer: String::new(),
        serial: String::new(),
        not_before: Time(0),
        not_after: Time(0),
        dns_names: Vec::new(),
        self_issued: false,
        unreadable: true,
        at,
    };
    let Ok((_, read)) = X509Certificate::from_der(der) else { return certificate };
    certificate.unreadable = false;
    certificate.subject = read.subject().to_string();
    certificate.issuer = read.issuer().to_string();
    certificate.serial = read.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect();
    certificate.not_before = Time::from_seconds(read.validity().not_before.timestamp(), 0);
    certificate.not_after = Time::from_seconds(read.validity().not_after.timestamp(), 0);
    certificate.self_issued = read.subject().as_raw() == read.issuer().as_raw();
    if let Ok(Some(names)) = read.subject_alternative_name() {
        let dns = names.value.general_names.iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_string()),
            _ => None,
        });
        certificate.dns_names = dns.take(MOST_NAMES).collect();
    }
    certificate
}

/// `host_name` of a server_name extension (RFC 6066, 3).
fn server_name(extension: &mut Fields) -> Option<String> {
    let mut list = extension.vector(2)?;
    while let Some(kind) = list.number(1) {
        let length = list.number(2)?;
        // Half a name is none.
        let name = list.take(length)?;
        if kind == 0 {
            return Some(String::from_utf8_lossy(name).into_owned());
        }
    }
    None
}

/// The protocol names of an ALPN extension (RFC 7301, 3.1).
fn protocols(extension: &mut Fields) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(mut list) = extension.vector(2) {
        while let Some(name) = list.number(1).and_then(|length| list.take(length)) {
            names.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    names
}

fn offered_versions(extension: &mut Fields) -> Vec<u16> {
    let mut versions = Vec::new();
    if let Some(mut list) = extension.vector(1) {
        while let Some(version) = list.short() {
            if !is_grease(version) {
                versions.push(version);
            }
        }
    }
    versions
}
