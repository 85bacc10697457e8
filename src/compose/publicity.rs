//! Which addresses of an incident are nobody's own: those of the edge, of the origin and of its own network.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::correlate::Incident;
use crate::evidence::sample::Seen;
use crate::facts::ranges::is_internal;
use crate::report::redaction::{Redaction, Redactor};
use crate::tls::CertificateDetails;

/// What makes the texts of a report on an incident.
pub fn redactor(incident: &Incident, redaction: Redaction) -> Redactor<'_> {
    let named = NamedAddresses::of(incident);
    Redactor::new(redaction, move |address| incident.ranges.contains(address) || named.is_public(address))
}

/// Addresses that the inputs say whose they are.
struct NamedAddresses {
    /// Of the origin and of its own network: not personal.
    public: BTreeSet<IpAddr>,
    /// That a source names as a visitor's.
    visitors: BTreeSet<IpAddr>,
}

impl NamedAddresses {
    fn of(incident: &Incident) -> NamedAddresses {
        let mut public = BTreeSet::new();
        let mut visitors = BTreeSet::new();
        for row in &incident.evidence.connections {
            public.insert(row.connection.server.ip());
        }
        // Who shows a certificate is a server, and so is whom the edge names as the origin of what went well.
        public.extend(incident.evidence.tallies.certificates.all().map(|showing| showing.server.ip()));
        let answering = incident.evidence.samples.of(Seen::Edge);
        public.extend(answering.filter_map(|request| request.origin_address));
        let places = incident.same_traffic.iter().flat_map(|same| [same.counted, same.other]);
        public.extend(places.filter_map(|place| place.group.server()));
        let passed_by = incident.evidence.tallies.passed_by.keys().flatten().copied();
        public.extend(passed_by.filter(|server| is_internal(*server)));
        for case in &incident.cases {
            for row in case.edge(&incident.evidence).into_iter().chain(case.subrequests(&incident.evidence)) {
                public.extend(row.record.origin_address);
                visitors.extend(row.record.client_address);
            }
            public.extend(case.har(&incident.evidence).and_then(|row| row.entry.server_address));
            for (_, kept) in case.exchanges(&incident.evidence) {
                let visitor = kept.exchange.request.as_ref().and_then(|request| request.visitor.as_ref());
                visitors.extend(visitor.and_then(|visitor| visitor.trim().parse::<IpAddr>().ok()));
            }
        }
        // What a certificate covers its server is, unless somebody else is said to be.
        public.extend(covered(incident).filter(|address| !visitors.contains(address)));
        NamedAddresses { public, visitors }
    }

    fn is_public(&self, address: IpAddr) -> bool {
        let own_network = match address {
            IpAddr::V4(address) => {
                address.is_private()
                    || address.is_loopback()
                    || address.is_unspecified()
                    || address.is_link_local()
            }
            // Short forms of IPv6 are times and ratios more often than addresses (`::`, `12::`).
            IpAddr::V6(address) => {
                address.is_loopback() || address.is_unspecified() || address.segments()[0] & 0xe000 != 0x2000
            }
        };
        self.public.contains(&address) || (own_network && !self.visitors.contains(&address))
    }
}

/// The addresses for which servers showed certificates.
fn covered(incident: &Incident) -> impl Iterator<Item = IpAddr> {
    let leaves = incident.evidence.tallies.certificates.all().filter_map(|showing| showing.bytes.first());
    let names = leaves.filter_map(|leaf| CertificateDetails::of(leaf)).flat_map(|details| details.names);
    names.filter_map(|name| name.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_address_is_the_origins_own_unless_a_source_calls_it_a_visitors() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let named = NamedAddresses {
            public: BTreeSet::from([address("203.0.113.7")]),
            visitors: BTreeSet::from([address("10.1.2.3")]),
        };
        for (text, is_public) in [
            ("203.0.113.7", true),
            ("127.0.0.1", true),
            ("10.9.9.9", true),
            ("10.1.2.3", false),
            ("198.51.100.9", false),
            ("2001:db8::1", false),
            ("fd00::1", true),
            ("::", true),
        ] {
            assert_eq!(named.is_public(address(text)), is_public, "{text}");
        }
    }
}
