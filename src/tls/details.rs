//! What a report tells of a certificate beside the facts that causes ask for: read when the report is made, of the few chains that there are.

use std::net::{Ipv4Addr, Ipv6Addr};

use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as KeyBytes;

use crate::text::base16::base16;

/// Names that are told of one certificate.
const MOST_NAMES: usize = 100;

/// More of what a certificate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateDetails {
    /// SHA-256 over its bytes, in hex: what `openssl x509 -fingerprint -sha256` prints, without the colons.
    pub sha256: String,
    /// DNS names and addresses that it covers (subjectAltName), in its order; at most 100.
    pub names: Vec<String>,
    /// The names beyond these.
    pub more_names: usize,
    /// Its public key in words, as in `RSA, 2048 bits`.
    pub key: String,
    /// How it is signed, as in `sha256WithRSAEncryption` (RFC 8017, RFC 5758).
    pub signature: String,
}

impl CertificateDetails {
    /// Of a certificate's bytes; `None` where they cannot be read.
    pub fn of(der: &[u8]) -> Option<CertificateDetails> {
        let (_, read) = X509Certificate::from_der(der).ok()?;
        let mut details = CertificateDetails {
            sha256: fingerprint(der),
            key: key(&read),
            signature: name_of(&read.signature_algorithm.algorithm),
            ..CertificateDetails::default()
        };
        if let Ok(Some(names)) = read.subject_alternative_name() {
            let mut names = names.value.general_names.iter().filter_map(written);
            details.names = names.by_ref().take(MOST_NAMES).collect();
            details.more_names = names.count();
        }
        Some(details)
    }
}

/// SHA-256 over these bytes, in hex.
pub fn fingerprint(bytes: &[u8]) -> String {
    base16(&Sha256::digest(bytes))
}

fn written(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(|bytes| Ipv4Addr::from(bytes).to_string())
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(|bytes| Ipv6Addr::from(bytes).to_string()))
            .ok(),
        _ => None,
    }
}

fn key(certificate: &X509Certificate<'_>) -> String {
    match certificate.public_key().parsed() {
        Ok(KeyBytes::RSA(key)) => format!("RSA, {} bits", super::certificates::bits(key.modulus)),
        Ok(KeyBytes::EC(point)) if point.key_size() > 0 => {
            format!("elliptic curve, {} bits", point.key_size())
        }
        _ => name_of(&certificate.public_key().algorithm.algorithm),
    }
}

/// An algorithm's name, or its number where it has none.
fn name_of(algorithm: &x509_parser::der_parser::Oid<'_>) -> String {
    oid2sn(algorithm, oid_registry()).map_or_else(|_| algorithm.to_id_string(), str::to_owned)
}
