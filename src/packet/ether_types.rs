//! EtherTypes that etherparse has no names for (registry: IEEE 802, EtherType; IANA, IEEE 802 numbers).

use etherparse::{EtherType, ether_type};

/// EtherTypes begin here; what is less is an IEEE 802.3 length.
pub(super) const FIRST_ETHER_TYPE: u16 = 1536;

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

/// EtherTypes that hold no IP: ARP, Wake-on-LAN, RARP, AppleTalk and its ARP, IPX, slow protocols (LACP), PPPoE discovery, HomePlug, 802.1X, LLDP,
/// PTP, connectivity faults (802.1ag), and the configuration test.
const WITHOUT_IP: [u16; 14] = [
    0x0806, 0x0842, 0x8035, 0x809b, 0x80f3, 0x8137, 0x8809, 0x8863, 0x88e1, 0x888e, 0x88cc, 0x88f7, 0x8902,
    0x9000,
];

/// Whether IP may lie behind a header that announces this: not behind IEEE 802.3's lengths, and not behind protocols that hold none.
pub(super) fn may_hide_ip(ether_type: EtherType) -> bool {
    ether_type.0 >= FIRST_ETHER_TYPE && !WITHOUT_IP.contains(&ether_type.0)
}
