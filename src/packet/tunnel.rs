//! Tunnels: GRE, and over UDP VXLAN, Geneve and GTP-U.

use super::bytes::{u8_at, u16_at};
use super::layer::{Kind, Layer};

/// GRE (RFC 2784, 2890; version 1: RFC 2637): a flag each for the optional fields of four bytes.
pub(super) fn gre(layer: Layer<'_>) -> Option<Layer<'_>> {
    let flags = u16_at(layer.data, 0)?;
    let protocol = u16_at(layer.data, 2)?;
    let checksum_or_routing = flags & 0xc000 != 0;
    let optional =
        [checksum_or_routing, flags & 0x2000 != 0, flags & 0x1000 != 0, flags & 7 == 1 && flags & 0x80 != 0];
    let header = 4 + 4 * optional.into_iter().filter(|&present| present).count();
    if protocol == 0x88be && flags & 0x1000 == 0 {
        // ERSPAN type I has no header of its own and no sequence number.
        return layer.behind(header, Kind::Ethernet);
    }
    layer.behind(header, Kind::EtherType(protocol))
}

/// The tunnel of a UDP packet, by its ports.
pub(super) fn udp(layer: Layer<'_>) -> Option<Layer<'_>> {
    let ports = [u16_at(layer.data, 0)?, u16_at(layer.data, 2)?];
    let inner = layer.behind(8, Kind::Ip);
    match ports {
        // 4789: RFC 7348; 8472: what Linux used before and flannel still does.
        [_, 4789 | 8472] => vxlan(inner?),
        [_, 4790] => vxlan_generic(inner?),
        [_, 6081] => geneve(inner?),
        [2152, _] | [_, 2152] => gtp_user(inner?),
        _ => None,
    }
}

fn vxlan(layer: Layer<'_>) -> Option<Layer<'_>> {
    // The flag I says that the network identifier holds; all others are reserved.
    (u8_at(layer.data, 0)? == 0x08).then(|| layer.behind(8, Kind::Ethernet))?
}

/// VXLAN with a protocol field (draft-ietf-nvo3-vxlan-gpe): flags I and P, and what follows in the fourth byte.
fn vxlan_generic(layer: Layer<'_>) -> Option<Layer<'_>> {
    if u8_at(layer.data, 0)? & 0x0c != 0x0c {
        return None;
    }
    match u8_at(layer.data, 3)? {
        1 | 2 => layer.behind(8, Kind::Ip),
        3 => layer.behind(8, Kind::Ethernet),
        _ => None,
    }
}

/// Geneve (RFC 8926): options in words of four bytes, then what its protocol field says.
fn geneve(layer: Layer<'_>) -> Option<Layer<'_>> {
    let first = u8_at(layer.data, 0)?;
    let protocol = u16_at(layer.data, 2)?;
    (first >> 6 == 0).then(|| layer.behind(8 + 4 * usize::from(first & 0x3f), Kind::EtherType(protocol)))?
}

/// GTP-U version 1 (3GPP TS 29.281, 5.1): user packets are message type 255; any of three flags brings four more bytes,
/// of which the last names an extension header, each of which ends with the type of the next.
fn gtp_user(layer: Layer<'_>) -> Option<Layer<'_>> {
    let flags = u8_at(layer.data, 0)?;
    if flags >> 4 != 3 || u8_at(layer.data, 1)? != 0xff {
        return None;
    }
    let mut at = if flags & 7 == 0 { 8 } else { 12 };
    if flags & 4 != 0 {
        for _ in 0..16 {
            if u8_at(layer.data, at - 1)? == 0 {
                break;
            }
            at += 4 * usize::from(u8_at(layer.data, at)?.max(1));
        }
    }
    layer.behind(at, Kind::Ip)
}
