//! EtherTypes that etherparse has no names for (registry: IEEE 802, EtherType; IANA, IEEE 802 numbers).

use etherparse::{EtherType, ether_type};

/// VLAN tags as they were stacked before IEEE 802.1ad, beside 0x9100.
const VLAN_STACKED: [EtherType; 2] = [EtherType(0x9200), EtherType(0x9300)];
/// A whole Ethernet frame, in GRE (RFC 1701).
pub(super) const TRANSPARENT_BRIDGING: EtherType = EtherType(0x6558);
/// PPP, in GRE (RFC 2637).
pub(super) const PPP: EtherType = EtherType(0x880b);
/// MPLS, unicast (RFC 3032).
pub(super) const MPLS: EtherType = EtherType(0x8847);
/// MPLS, multicast or with an upstream label (RFC 5332).
pub(super) const MPLS_MULTICAST: EtherType = EtherType(0x8848);
/// PPPoE, session stage (RFC 2516).
pub(super) const PPPOE_SESSION: EtherType = EtherType(0x8864);
/// VN-Tag of Cisco (draft of IEEE 802.1Qbh).
pub(super) const VN_TAG: EtherType = EtherType(0x8926);
/// ERSPAN types I and II (draft-foschiano-erspan).
pub(super) const ERSPAN: EtherType = EtherType(0x88be);
/// ERSPAN type III.
pub(super) const ERSPAN_III: EtherType = EtherType(0x22eb);

/// Whether this is a VLAN tag's: 802.1Q, 802.1ad, and what was used before it.
#[inline]
pub(super) fn is_vlan(ether_type: EtherType) -> bool {
    matches!(
        ether_type,
        ether_type::VLAN_TAGGED_FRAME | ether_type::PROVIDER_BRIDGING | ether_type::VLAN_DOUBLE_TAGGED_FRAME
    ) || VLAN_STACKED.contains(&ether_type)
}
