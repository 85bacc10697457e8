//! A certificate's facts (RFC 5280), as x509-parser reads them.

use x509_parser::asn1_rs::{Any, Header};
use x509_parser::certificate::{Validity, X509Certificate};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as KeyBytes;
use x509_parser::x509::X509Name;

use super::handshake::{Certificate, CutLeaf, CutSubject, PublicKey};
use crate::flow::Arrival;
use crate::text::base16::base16;
use crate::time::Time;

/// Names of one certificate that are kept.
const MOST_NAMES: usize = 256;

/// Signatures over a hash that others can forge: MD5 and SHA-1 with RSA (RFC 8017, A.2.4; OIW's older number), ECDSA (RFC 5758, 3.2) and DSA (RFC 3279,
/// 2.2.2).
const WEAK_SIGNATURES: &[&str] = &[
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.3.14.3.2.29",
    "1.2.840.10045.4.1",
    "1.2.840.10040.4.3",
];

/// Bytes of a chain that are kept: four certificates with the largest keys in use take half of it.
const MOST_CHAIN_BYTES: usize = 16 << 10;

/// Reads a chain; `at` is the packet that completed its message.
pub(super) fn read_chain<'a>(chain: impl Iterator<Item = &'a [u8]>, at: Arrival) -> Vec<Certificate> {
    let mut chain: Vec<Certificate> = chain.map(|der| read_certificate(der, at)).collect();
    if chain.iter().map(|certificate| certificate.der.len()).sum::<usize>() > MOST_CHAIN_BYTES {
        chain.iter_mut().for_each(|certificate| certificate.der = Box::default());
    }
    chain
}

/// Reads one; `at` is the packet that completed the message it came in.
fn read_certificate(der: &[u8], at: Arrival) -> Certificate {
    let mut certificate = Certificate {
        subject: String::new(),
        issuer: String::new(),
        serial: String::new(),
        not_before: Time(0),
        not_after: Time(0),
        dns_names: Vec::new(),
        self_issued: false,
        key: PublicKey::Other,
        weakly_signed: false,
        unreadable: true,
        at,
        der: der.into(),
    };
    let Ok((_, read)) = X509Certificate::from_der(der) else { return certificate };
    certificate.unreadable = false;
    certificate.subject = read.subject().to_string();
    certificate.issuer = read.issuer().to_string();
    certificate.serial = base16(read.raw_serial());
    certificate.not_before = Time::from_seconds(read.validity().not_before.timestamp(), 0);
    certificate.not_after = Time::from_seconds(read.validity().not_after.timestamp(), 0);
    certificate.self_issued = read.subject().as_raw() == read.issuer().as_raw();
    certificate.key = match read.public_key().parsed() {
        Ok(KeyBytes::RSA(key)) => PublicKey::Rsa(bits(key.modulus)),
        Ok(KeyBytes::EC(point)) if point.key_size() > 0 => {
            PublicKey::Ec(u32::try_from(point.key_size()).unwrap_or(u32::MAX))
        }
        _ => PublicKey::Other,
    };
    let algorithm = read.signature_algorithm.algorithm.to_id_string();
    certificate.weakly_signed = WEAK_SIGNATURES.contains(&algorithm.as_str());
    certificate.dns_names = dns_names(&read);
    certificate
}

fn dns_names(read: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = read.subject_alternative_name() else { return Vec::new() };
    let dns = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_string()),
        _ => None,
    });
    dns.take(MOST_NAMES).collect()
}

/// What a cut message of TLS 1.2 or older still tells of the first certificate in it: nothing before its validity came. `at` is the packet with
/// the first byte of the message.
pub(super) fn read_cut_leaf(body: &[u8], at: Arrival) -> Option<CutLeaf> {
    /// Of the list, and of the first certificate in it.
    const LENGTHS: usize = 6;
    let (lengths, der) = body.split_at_checked(LENGTHS)?;
    let announced = u32::from_be_bytes([0, lengths[3], lengths[4], lengths[5]]);
    let whole = usize::try_from(announced).ok().and_then(|announced| der.get(..announced));
    let mut leaf = beginning(der, at)?;
    leaf.dns_names = whole.and_then(|der| Some(dns_names(&X509Certificate::from_der(der).ok()?.1)));
    Some(leaf)
}

/// The parts of a certificate in their order (RFC 5280, 4.1), as far as they came.
fn beginning(der: &[u8], at: Arrival) -> Option<CutLeaf> {
    /// The version, which those of version 1 leave out.
    const VERSION: u8 = 0xa0;
    let (rest, _certificate) = Header::from_der(der).ok()?;
    let (mut rest, _to_be_signed) = Header::from_der(rest).ok()?;
    if rest.first() == Some(&VERSION) {
        rest = Any::from_der(rest).ok()?.0;
    }
    let (rest, _serial) = Any::from_der(rest).ok()?;
    let (rest, _algorithm) = Any::from_der(rest).ok()?;
    let (rest, issuer) = X509Name::from_der(rest).ok()?;
    let (rest, validity) = Validity::from_der(rest).ok()?;
    let subject = X509Name::from_der(rest).ok().map(|(_, subject)| CutSubject {
        name: subject.to_string(),
        is_issuer: subject.as_raw() == issuer.as_raw(),
    });
    Some(CutLeaf {
        issuer: issuer.to_string(),
        not_before: Time::from_seconds(validity.not_before.timestamp(), 0),
        not_after: Time::from_seconds(validity.not_after.timestamp(), 0),
        subject,
        dns_names: None,
        at,
    })
}

/// Bits of a number, of which x509-parser drops up to seven.
pub(super) fn bits(number: &[u8]) -> u32 {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let rest = &number[zeros..];
    let unused = rest.first().map_or(0, |first| first.leading_zeros());
    u32::try_from(rest.len() * 8).unwrap_or(u32::MAX) - unused
}
