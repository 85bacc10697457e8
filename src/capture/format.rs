//! Which capture format a file has, by its first bytes.

use pcap_parser::{BOM_MAGIC, SHB_MAGIC};

use super::legacy;
use super::order::Order;

/// A capture format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureFormat {
    /// Classic pcap, any byte order and resolution, also with Kuznetzov's longer record header.
    Pcap,
    /// pcapng.
    Pcapng,
}

impl CaptureFormat {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            CaptureFormat::Pcap => "pcap",
            CaptureFormat::Pcapng => "pcapng",
        }
    }
}

/// Recognises a capture by its first bytes; twelve are enough.
pub fn recognise(head: &[u8]) -> Option<CaptureFormat> {
    if legacy::Variant::from_magic(head).is_some() {
        return Some(CaptureFormat::Pcap);
    }
    if !head.starts_with(&SHB_MAGIC.to_le_bytes()) {
        return None;
    }
    // A file cut within its first twelve bytes is still a (broken) pcapng.
    let magic = Order::Little.u32(head, 8);
    (magic.is_none_or(|magic| magic == BOM_MAGIC || magic.swap_bytes() == BOM_MAGIC))
        .then_some(CaptureFormat::Pcapng)
}

/// A capture format that cannot be read, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// What it is.
    pub name: &'static str,
    /// How to make it readable.
    pub help: &'static str,
}

const CONVERT: &str = "convert it with `editcap -F pcapng IN OUT` (part of Wireshark)";

/// First bytes of capture formats that are not read (source: Wireshark, wiretap/*.c, and file(1), magic/Magdir/sniffer).
const NEAR_MISSES: &[(&[u8], NearMiss)] = &[
    (b"snoop\0\0\0", NearMiss { name: "a Solaris snoop capture", help: CONVERT }),
    (b"XCP\0", NearMiss { name: "a NetXRay or Windows Sniffer capture", help: CONVERT }),
    (b"TRSNIFF data    \x1a", NearMiss { name: "a DOS Sniffer capture", help: CONVERT }),
    (b"GMBU", NearMiss { name: "a Microsoft Network Monitor 2 capture", help: CONVERT }),
    (b"RTSS", NearMiss { name: "a Microsoft Network Monitor 1 capture", help: CONVERT }),
    (b"\x7fver", NearMiss { name: "a Savvius OmniPeek capture", help: CONVERT }),
    (b"5VIEW", NearMiss { name: "an Accellent 5View capture", help: CONVERT }),
    (b"\x1c\x00\x01\xac", NearMiss { name: "an IxVeriWave or Ixia lcap capture", help: CONVERT }),
    (b"\x1c\x00\x01\xab", NearMiss { name: "an IxVeriWave or Ixia lcap capture", help: CONVERT }),
    (b"\xac\x01\x00\x1c", NearMiss { name: "an Ixia lcap capture", help: CONVERT }),
    (b"\xab\x01\x00\x1c", NearMiss { name: "an Ixia lcap capture", help: CONVERT }),
    (
        b"pcap-NG\0",
        NearMiss { name: "something that calls itself pcap-NG", help: "capture again with tcpdump -w" },
    ),
];

/// Recognises what looks like a capture but is of a format that cannot be read.
pub fn near_miss(head: &[u8]) -> Option<NearMiss> {
    let found = NEAR_MISSES.iter().find(|(magic, _)| head.starts_with(magic)).map(|&(_, miss)| miss);
    found.or_else(|| tcpdump_text(head)).or_else(|| erf(head))
}

/// The printed output of tcpdump, which people save by mistake instead of `-w`: `14:02:11.123456 IP 10.0.0.1...`.
fn tcpdump_text(head: &[u8]) -> Option<NearMiss> {
    let line = head.split(|&byte| byte == b'\n').next()?;
    let (clock, rest) = line.split_at_checked(15)?;
    let shape = |(&byte, &want): (&u8, &u8)| if want == b'0' { byte.is_ascii_digit() } else { byte == want };
    let stamped = clock.iter().zip(b"00:00:00.000000").all(shape);
    let told = rest.starts_with(b" IP ") || rest.starts_with(b" IP6 ") || rest.starts_with(b" ARP");
    (stamped && told).then_some(NearMiss {
        name: "the printed output of tcpdump, which lacks the payload",
        help: "capture again with `tcpdump -s 0 -w FILE`",
    })
}

/// Endace ERF has no magic: 8 bytes of little-endian time, a type (bit 7: extension headers), flags, record length, loss
/// counter, wire length (Endace, ERF types reference). Judged by the first record alone, with a date between 2001 and 2065.
fn erf(head: &[u8]) -> Option<NearMiss> {
    let seconds = Order::Little.u32(head, 4)?;
    let kind = head.get(8)? & 0x7f;
    let record = Order::Big.u16(head, 10)?;
    let wire = Order::Big.u16(head, 14)?;
    let ethernet = matches!(kind, 2 | 11 | 16 | 20);
    let plausible = (1_000_000_000..3_000_000_000).contains(&seconds)
        && ethernet
        && record >= 18
        && (60..=9_600).contains(&wire)
        && u32::from(record) <= u32::from(wire) + 64;
    plausible.then_some(NearMiss { name: "an Endace ERF capture", help: CONVERT })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flavour_of_pcap_is_known_whatever_its_name() {
        for magic in [0xa1b2_c3d4u32, 0xa1b2_3c4d, 0xa1b2_cd34] {
            assert_eq!(recognise(&magic.to_le_bytes()), Some(CaptureFormat::Pcap));
            assert_eq!(recognise(&magic.to_be_bytes()), Some(CaptureFormat::Pcap));
        }
        assert_eq!(recognise(b"\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d"), Some(CaptureFormat::Pcapng));
        assert_eq!(recognise(b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a"), Some(CaptureFormat::Pcapng));
    }

    #[test]
    fn text_that_begins_with_line_ends_is_no_capture() {
        assert_eq!(recognise(b"\n\r\r\nGET / HTTP/1.1"), None);
        assert_eq!(recognise(b""), None);
        assert_eq!(recognise(b"\xa1\xb2"), None);
    }

    #[test]
    fn a_person_who_saved_the_wrong_format_is_told_what_to_do() {
        assert_eq!(near_miss(b"snoop\0\0\0\0\0\0\x02").unwrap().help, CONVERT);
        let printed = near_miss(b"14:02:11.123456 IP 10.0.0.1.443 > 10.0.0.2.5000: Flags [S]\n").unwrap();
        assert!(printed.help.contains("-w"));
        let mut record = vec![0, 0, 0, 0];
        record.extend(1_700_000_000u32.to_le_bytes());
        record.extend([2, 0, 0, 82, 0, 0, 0, 64, 0, 0]);
        assert_eq!(near_miss(&record).unwrap().name, "an Endace ERF capture");
        assert_eq!(near_miss(b"127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 23"), None);
    }
}
