//! A certificate's facts (RFC 5280), as x509-parser reads them.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::handshake::Certificate;
use crate::flow::Arrival;
use crate::time::Time;

/// Names of one certificate that are kept.
const MOST_NAMES: usize = 256;

/// Reads one; `at` is the packet that completed the message it came in.
pub(super) fn read_certificate(der: &[u8], at: Arrival) -> Certificate {
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
