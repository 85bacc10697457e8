//! What is wrong with the certificates that a server shows: each observation by itself, and all that hold. A verifier names one and hides the rest.

use super::handshake::{Certificate, PublicKey};
use crate::time::{Duration, Time};

/// Days before its end from which on a certificate is warned of.
const WARNED_DAYS: i64 = 30;
/// Bits of an RSA key that authorities have to have at least (CA/Browser Forum, Baseline Requirements, 6.1.5).
const LEAST_RSA_BITS: u32 = 2_048;
/// Bits of an elliptic curve, the same.
const LEAST_EC_BITS: u32 = 256;
/// In the issuer of every certificate of Cloudflare's Origin CA, RSA and ECC (docs: ssl/origin-configuration/origin-ca). The edge trusts it, browsers
/// do not, and it issues without intermediates.
const ORIGIN_CA: &str = "CloudFlare Origin SSL";

/// Something that is wrong with a chain, or soon will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateFault {
    /// Not valid any more, for so many days.
    Expired(i64),
    /// Not valid yet, for so many days.
    NotYetValid(i64),
    /// It ends in so many days.
    EndsSoon(i64),
    /// It does not cover the name that was asked for.
    OtherName,
    /// It is its own issuer.
    SelfSigned,
    /// Its issuer is not sent with it.
    IssuerMissing,
    /// Its key is shorter than authorities accept.
    WeakKey(PublicKey),
    /// It is signed with SHA-1 or MD5.
    WeakSignature,
}

impl Certificate {
    /// Whether Cloudflare's Origin CA issued it.
    pub fn is_of_origin_ca(&self) -> bool {
        is_of_origin_ca(&self.issuer)
    }

    /// Whether it covers this name.
    pub fn covers(&self, name: &str) -> bool {
        any_covers(&self.dns_names, name)
    }
}

/// Whether one of a certificate's names covers this one.
pub(crate) fn any_covers(names: &[String], name: &str) -> bool {
    names.iter().any(|pattern| covers(pattern, name))
}

/// Whether this is the name of Cloudflare's Origin CA.
pub(super) fn is_of_origin_ca(issuer: &str) -> bool {
    issuer.contains(ORIGIN_CA)
}

/// All that is wrong with a chain at a moment, for a client that asked for this name.
pub fn certificate_faults(chain: &[Certificate], asked: Option<&str>, at: Time) -> Vec<CertificateFault> {
    let Some(leaf) = chain.first().filter(|leaf| !leaf.unreadable) else { return Vec::new() };
    let days = |span: Duration| span / Duration::from_seconds(86_400);
    let mut faults = Vec::new();
    let left = leaf.not_after.since(at);
    if left < Duration::ZERO {
        faults.push(CertificateFault::Expired(-days(left)));
    } else if at < leaf.not_before {
        faults.push(CertificateFault::NotYetValid(days(leaf.not_before.since(at))));
    } else if days(left) < WARNED_DAYS {
        faults.push(CertificateFault::EndsSoon(days(left)));
    }
    if asked.is_some_and(|asked| !leaf.covers(asked)) {
        faults.push(CertificateFault::OtherName);
    }
    if leaf.self_issued {
        faults.push(CertificateFault::SelfSigned);
    } else if !leaf.is_of_origin_ca() && !chain[1..].iter().any(|other| other.subject == leaf.issuer) {
        faults.push(CertificateFault::IssuerMissing);
    }
    match leaf.key {
        PublicKey::Rsa(bits) if bits < LEAST_RSA_BITS => faults.push(CertificateFault::WeakKey(leaf.key)),
        PublicKey::Ec(bits) if bits < LEAST_EC_BITS => faults.push(CertificateFault::WeakKey(leaf.key)),
        _ => {}
    }
    if leaf.weakly_signed {
        faults.push(CertificateFault::WeakSignature);
    }
    faults
}

/// A wildcard stands for one whole label, the leftmost one (RFC 6125, section 6.4.3).
fn covers(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((label, rest))) => !label.is_empty() && rest.eq_ignore_ascii_case(parent),
        _ => pattern.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Arrival, PacketId};

    const DAY: i64 = 86_400;

    fn certificate(subject: &str, issuer: &str, days: (i64, i64)) -> Certificate {
        Certificate {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            serial: "01".to_owned(),
            not_before: Time::from_seconds(days.0 * DAY, 0),
            not_after: Time::from_seconds(days.1 * DAY, 0),
            dns_names: vec!["*.shop.example".to_owned(), "shop.example".to_owned()],
            self_issued: subject == issuer,
            key: PublicKey::Ec(256),
            weakly_signed: false,
            unreadable: false,
            at: Arrival { time: Time(0), packet: PacketId::new(0, 1) },
            der: Box::default(),
        }
    }

    fn faults(chain: &[Certificate], asked: &str) -> Vec<CertificateFault> {
        certificate_faults(chain, Some(asked), Time::from_seconds(100 * DAY, 0))
    }

    #[test]
    fn all_that_is_wrong_is_named_and_not_the_first_alone() {
        use CertificateFault::*;
        let mut bad = certificate("CN=a", "CN=a", (0, 90));
        bad.key = PublicKey::Rsa(1024);
        bad.weakly_signed = true;
        let all = [Expired(10), OtherName, SelfSigned, WeakKey(PublicKey::Rsa(1024)), WeakSignature];
        assert_eq!(faults(&[bad], "pay.example"), all);
        let good = [certificate("CN=a", "CN=R3", (0, 200)), certificate("CN=R3", "CN=Root", (0, 900))];
        assert_eq!(faults(&good, "www.shop.example"), []);
        assert_eq!(faults(&good[..1], "shop.example"), [IssuerMissing]);
        let mut soon = good.clone();
        soon[0].not_after = Time::from_seconds(129 * DAY, 0);
        assert_eq!(faults(&soon, "shop.example"), [EndsSoon(29)]);
        soon[0].not_before = Time::from_seconds(103 * DAY, 0);
        assert_eq!(faults(&soon, "shop.example"), [NotYetValid(3)]);
        assert_eq!(faults(&[], "shop.example"), []);
    }

    /// It has no intermediate to send, and the edge trusts it.
    #[test]
    fn a_certificate_of_cloudflares_origin_ca_is_whole_alone() {
        let issuer = "C=US, O=CloudFlare, Inc., OU=CloudFlare Origin SSL ECC Certificate Authority";
        assert_eq!(faults(&[certificate("CN=a", issuer, (0, 5_000))], "shop.example"), []);
    }

    #[test]
    fn a_wildcard_covers_one_label_and_no_more() {
        assert!(covers("*.shop.example", "www.shop.example") && covers("Shop.Example", "shop.example."));
        assert!(!covers("*.shop.example", "a.b.shop.example") && !covers("*.shop.example", "shop.example"));
    }
}
