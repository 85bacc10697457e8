//! What an ICMP error says about a connection.

use serde::{Deserialize, Serialize};

use super::arrival::Arrival;
use super::side::Side;

/// An ICMP error about this connection (RFC 792, RFC 4443).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcmpError {
    /// IP version 4 or 6: types and codes differ.
    pub version: u8,
    /// ICMP type.
    pub kind: u8,
    /// ICMP code.
    pub code: u8,
    /// Whose segment it is about.
    pub about: Side,
    /// The packet.
    pub at: Arrival,
}

/// IP version, ICMP type and codes of one meaning.
type Meaning = (u8, u8, &'static [u8]);

const DESTINATION_UNREACHABLE: u8 = 3;
const DESTINATION_UNREACHABLE_6: u8 = 1;
const PACKET_TOO_BIG_6: u8 = 2;

/// Nobody takes packets on that port: protocol and port unreachable (RFC 792); port unreachable (RFC 4443, 3.1).
const PORT_UNREACHABLE: [Meaning; 2] =
    [(4, DESTINATION_UNREACHABLE, &[2, 3]), (6, DESTINATION_UNREACHABLE_6, &[4])];
/// Communication with the net, with the host, or as such administratively prohibited (RFC 1812, 5.2.7.1); communication prohibited,
/// the source address failed a policy, the route is rejected (RFC 4443, 3.1).
const PROHIBITED: [Meaning; 2] =
    [(4, DESTINATION_UNREACHABLE, &[9, 10, 13]), (6, DESTINATION_UNREACHABLE_6, &[1, 5, 6])];
/// Net and host unreachable, source route failed, net and host unknown, source isolated, net and host unreachable for the type of
/// service (RFC 792; RFC 1812, 5.2.7.1); no route, beyond the scope of the source, address unreachable (RFC 4443, 3.1).
const NO_WAY: [Meaning; 2] =
    [(4, DESTINATION_UNREACHABLE, &[0, 1, 5, 6, 7, 8, 11, 12]), (6, DESTINATION_UNREACHABLE_6, &[0, 2, 3])];
/// Fragmentation needed and forbidden (RFC 1191); packet too big (RFC 8201).
const TOO_BIG: [Meaning; 2] = [(4, DESTINATION_UNREACHABLE, &[4]), (6, PACKET_TOO_BIG_6, &[0])];

impl IcmpError {
    fn is_one_of(&self, meanings: &[Meaning]) -> bool {
        let is = |&(version, kind, codes): &Meaning| {
            (self.version, self.kind) == (version, kind) && codes.contains(&self.code)
        };
        meanings.iter().any(is)
    }

    /// Somebody refuses: port unreachable or administratively prohibited.
    pub fn is_rejection(&self) -> bool {
        self.is_port_unreachable() || self.is_prohibition()
    }

    /// A filter says of itself that it prohibits this.
    pub fn is_prohibition(&self) -> bool {
        self.is_one_of(&PROHIBITED)
    }

    /// Nobody is there on that port, or a firewall speaks as if it were so.
    pub fn is_port_unreachable(&self) -> bool {
        self.is_one_of(&PORT_UNREACHABLE)
    }

    /// A packet was too big for a link and must not be fragmented.
    pub fn is_packet_too_big(&self) -> bool {
        self.is_one_of(&TOO_BIG)
    }

    /// There is no way: net or host unreachable.
    pub fn is_unreachable(&self) -> bool {
        self.is_one_of(&NO_WAY)
    }

    /// There is no way to `side`: what its peer sent could not be delivered.
    pub fn is_no_route_to(&self, side: Side) -> bool {
        self.is_unreachable() && self.about == side.peer()
    }
}
