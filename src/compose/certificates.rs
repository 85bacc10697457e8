//! What is wrong with certificates, or soon will be, whether a connection failed by it or not.

use super::place::words;
use crate::correlate::Incident;
use crate::evidence::certificates::Showing;
use crate::tls::{Certificate, CertificateFault, PublicKey};

/// Chains that are told.
const TOLD: usize = 20;

/// A sentence for each chain that is out of its dates, will be within a month, or is weak. All else that is wrong with it stands in the same sentence.
///
/// A certificate that is its own issuer, covers another name or comes without its issuer is taken by an edge that does not verify it: where it
/// is not, the failure tells.
pub fn warnings(incident: &Incident) -> Vec<String> {
    let faulty = incident.evidence.tallies.certificates.faulty();
    let urgent = faulty.filter(|(_, faults)| faults.iter().any(is_urgent));
    urgent.take(TOLD).map(|(showing, faults)| sentence(showing, &faults)).collect()
}

fn is_urgent(fault: &CertificateFault) -> bool {
    !matches!(
        fault,
        CertificateFault::OtherName | CertificateFault::SelfSigned | CertificateFault::IssuerMissing
    )
}

fn sentence(Showing { server, asked, shown, .. }: Showing<'_>, faults: &[CertificateFault]) -> String {
    let leaf = shown.chain.first();
    let host = asked.map_or(String::new(), |asked| format!(" for {asked}"));
    let faults: Vec<String> = faults.iter().map(|fault| in_words(fault, leaf)).collect();
    let origin_ca = match leaf.is_some_and(|leaf| leaf.is_of_origin_ca()) {
        true => "; it is of Cloudflare's Origin CA, which the edge alone trusts",
        false => "",
    };
    format!(
        "the certificate that {server} shows{host} ({}) {}{origin_ca}",
        words(shown.first),
        faults.join(", ")
    )
}

/// What is wrong with a certificate, as the end of a sentence that names it.
pub(super) fn in_words(fault: &CertificateFault, certificate: Option<&Certificate>) -> String {
    // The day of RFC 3339.
    let end: String =
        certificate.map_or(String::new(), |it| it.not_after.to_string().chars().take(10).collect());
    match fault {
        CertificateFault::Expired(days) => format!("has been out of date for {days} days (since {end})"),
        CertificateFault::NotYetValid(days) => format!("is not valid for {days} days yet"),
        CertificateFault::EndsSoon(days) => format!("ends in {days} days ({end})"),
        CertificateFault::OtherName => "does not cover that name".to_owned(),
        CertificateFault::SelfSigned => "is its own issuer".to_owned(),
        CertificateFault::IssuerMissing => "comes without its issuer".to_owned(),
        CertificateFault::WeakKey(PublicKey::Rsa(bits)) => format!("has an RSA key of {bits} bits"),
        CertificateFault::WeakKey(PublicKey::Ec(bits)) => format!("has a key on a curve of {bits} bits"),
        CertificateFault::WeakKey(PublicKey::Other) => "has a weak key".to_owned(),
        CertificateFault::WeakSignature => "is signed with a hash that is broken".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::certificates::ShownCertificates;
    use crate::evidence::{InputId, Place};
    use crate::flow::{Arrival, PacketId};
    use crate::time::Time;

    const DAY: i64 = 86_400;

    fn leaf(ends: i64) -> Certificate {
        Certificate {
            subject: "CN=shop.example".to_owned(),
            issuer: "CN=CloudFlare Origin SSL Certificate Authority".to_owned(),
            serial: "0a".to_owned(),
            not_before: Time::from_seconds(0, 0),
            not_after: Time::from_seconds(ends * DAY, 0),
            dns_names: vec!["shop.example".to_owned()],
            self_issued: false,
            key: PublicKey::Rsa(1_024),
            weakly_signed: false,
            unreadable: false,
            at: Arrival { time: Time::from_seconds(100 * DAY, 0), packet: PacketId::new(0, 7) },
            der: Box::default(),
        }
    }

    /// Whoever renews it has to know which server shows it, and what else to mend while at it.
    #[test]
    fn a_certificate_that_ends_soon_is_told_with_all_that_is_wrong_with_it() {
        let mut shown = ShownCertificates::default();
        let server = ([192, 0, 2, 1], 443).into();
        let place = |frame| Place::Packet { input: InputId(0), frame, stream: None };
        shown.shown(server, Some("pay.example"), (&[leaf(112)], Vec::new()), place(9));
        shown.shown(server, Some("pay.example"), (&[leaf(112)], Vec::new()), place(7));
        let told: Vec<String> = shown.faulty().map(|(showing, faults)| sentence(showing, &faults)).collect();
        assert_eq!(
            told,
            [
                "the certificate that 192.0.2.1:443 shows for pay.example (frame 7) ends in 12 days (1970-04-23), does not cover that name, \
              has an RSA key of 1024 bits; it is of Cloudflare's Origin CA, which the edge alone trusts"
            ]
        );
    }
}
