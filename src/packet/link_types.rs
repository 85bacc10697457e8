//! Link types and their names (tcpdump.org/linktypes.html, read 2026-11).

/// No link-layer header but the address family in the capturing machine's byte order.
pub const NULL: u16 = 0;
/// Ethernet.
pub const ETHERNET: u16 = 1;
/// PPP.
pub const PPP: u16 = 9;
/// Raw IP as BSD/OS and others number it.
pub const RAW_BSD: u16 = 12;
/// Raw IP as OpenBSD numbers it.
pub const RAW_OPENBSD: u16 = 14;
/// Raw IP, version by its first nibble.
pub const RAW: u16 = 101;
/// Cisco HDLC.
pub const C_HDLC: u16 = 104;
/// As NULL, in network byte order.
pub const LOOP: u16 = 108;
/// Linux cooked capture, version 1.
pub const LINUX_SLL: u16 = 113;
/// ARCNET as Linux captures it.
pub const ARCNET_LINUX: u16 = 129;
/// Raw IPv4.
pub const IPV4: u16 = 228;
/// Raw IPv6.
pub const IPV6: u16 = 229;
/// Linux netfilter log.
pub const NFLOG: u16 = 239;
/// Linux cooked capture, version 2.
pub const LINUX_SLL2: u16 = 276;

const NAMES: &[(u16, &str)] = &[
    (NULL, "BSD loopback"),
    (ETHERNET, "Ethernet"),
    (6, "token ring"),
    (7, "ARCNET"),
    (8, "SLIP"),
    (PPP, "PPP"),
    (10, "FDDI"),
    (RAW_BSD, "raw IP"),
    (RAW_OPENBSD, "raw IP"),
    (50, "PPP in HDLC-like framing"),
    (51, "PPPoE"),
    (RAW, "raw IP"),
    (C_HDLC, "Cisco HDLC"),
    (105, "IEEE 802.11"),
    (107, "frame relay"),
    (LOOP, "OpenBSD loopback"),
    (LINUX_SLL, "Linux cooked"),
    (117, "OpenBSD pflog"),
    (119, "IEEE 802.11 with Prism header"),
    (127, "IEEE 802.11 with radiotap"),
    (ARCNET_LINUX, "ARCNET of Linux"),
    (147, "USER0"),
    (163, "IEEE 802.11 with AVS header"),
    (187, "Bluetooth HCI"),
    (189, "USB of Linux"),
    (192, "per-packet information"),
    (195, "IEEE 802.15.4"),
    (IPV4, "raw IPv4"),
    (IPV6, "raw IPv6"),
    (NFLOG, "Linux netfilter log"),
    (242, "IP over InfiniBand"),
    (249, "USBPcap"),
    (252, "Wireshark upper PDU"),
    (253, "netlink of Linux"),
    (271, "vsock monitor"),
    (274, "Ethernet mPacket"),
    (LINUX_SLL2, "Linux cooked 2"),
];

/// A link type's name; "unnamed" where the table has none.
pub fn link_name(link: u16) -> &'static str {
    NAMES.iter().find(|&&(number, _)| number == link).map_or("unnamed", |&(_, name)| name)
}
