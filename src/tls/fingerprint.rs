//! What tells one TLS client from another: its ClientHello as JA3 and JA4 write it.
//!
//! JA3 is salesforce/ja3's, JA4 FoxIO's (technical_details/JA4.md of FoxIO-LLC/ja4). Neither counts the reserved values of RFC 8701, which clients
//! draw anew for each connection.

use std::fmt::Write;

use md5::Md5;
use sha2::{Digest, Sha256};
use tls_parser::TlsExtensionType;

use super::handshake::ClientHello;
use crate::text::base16::base16;

/// Hexadecimal digits of JA4's hashes.
const DIGITS: usize = 12;
/// More entries than any client has are counted as this many (JA4: two digits).
const MOST_COUNTED: usize = 99;

impl ClientHello {
    /// JA4 over TCP; `None` where the hello was not read whole.
    pub fn ja4(&self) -> Option<String> {
        let marks = self.marks.as_deref()?;
        let highest = self.versions.iter().copied().max().unwrap_or(marks.legacy_version);
        let sni = if self.sni.is_some() { 'd' } else { 'i' };
        let start = format!(
            "t{}{sni}{:02}{:02}{}",
            version(highest),
            self.cipher_suites.len().min(MOST_COUNTED),
            marks.extensions.len().min(MOST_COUNTED),
            ends(self.alpn.first())
        );
        let mut suites = self.cipher_suites.clone();
        suites.sort_unstable();
        let (name, protocols) =
            (TlsExtensionType::ServerName.0, TlsExtensionType::ApplicationLayerProtocolNegotiation.0);
        let mut extensions: Vec<u16> =
            marks.extensions.iter().copied().filter(|kind| ![name, protocols].contains(kind)).collect();
        extensions.sort_unstable();
        let mut rest = hexadecimal(&extensions);
        if !marks.signature_algorithms.is_empty() && !extensions.is_empty() {
            rest = format!("{rest}_{}", hexadecimal(&marks.signature_algorithms));
        }
        Some(format!("{start}_{}_{}", hash(&hexadecimal(&suites)), hash(&rest)))
    }

    /// JA3: the MD5 of version, suites, extensions, groups and formats of points in decimal (salesforce/ja3).
    pub fn ja3(&self) -> Option<String> {
        Some(base16(&Md5::digest(self.ja3_text()?.as_bytes())))
    }

    /// Version, suites, extensions, groups and formats of points in decimal.
    fn ja3_text(&self) -> Option<String> {
        let marks = self.marks.as_deref()?;
        let lists =
            [&self.cipher_suites, &marks.extensions, &marks.groups, &marks.point_formats].map(|list| {
                let numbers: Vec<String> = list.iter().map(u16::to_string).collect();
                numbers.join("-")
            });
        Some(format!("{},{}", marks.legacy_version, lists.join(",")))
    }
}

/// A version in two characters.
fn version(version: u16) -> &'static str {
    match version {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// The first and the last character of the first protocol; of one that begins or ends otherwise than with a letter or a digit, those of its bytes in
/// hexadecimal.
fn ends(protocol: Option<&String>) -> String {
    let Some((first, last)) =
        protocol.and_then(|name| Some((*name.as_bytes().first()?, *name.as_bytes().last()?)))
    else {
        return "00".to_owned();
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return format!("{}{}", char::from(first), char::from(last));
    }
    let (first, last) = (format!("{first:02x}"), format!("{last:02x}"));
    first.chars().take(1).chain(last.chars().skip(1)).collect()
}

/// Numbers of four digits with commas between.
fn hexadecimal(numbers: &[u16]) -> String {
    let mut text = String::with_capacity(numbers.len() * 5);
    for (at, number) in numbers.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}{number:04x}");
    }
    text
}

/// The first digits of a text's SHA-256; zeros where there is none.
fn hash(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(DIGITS);
    }
    base16(&Sha256::digest(text.as_bytes())[..DIGITS / 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Arrival, PacketId};
    use crate::time::Time;
    use crate::tls::HelloMarks;

    /// The example of FoxIO's JA4.md: Chrome over TCP.
    fn chrome() -> ClientHello {
        let suites = [
            0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c,
            0x009d, 0x002f, 0x0035,
        ];
        let extensions = [
            0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b,
            0xff01, 0x000b, 0x000a, 0x0015,
        ];
        let marks = HelloMarks {
            legacy_version: 0x0303,
            extensions: extensions.to_vec(),
            signature_algorithms: vec![0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
            groups: vec![29, 23],
            point_formats: vec![0],
            ..HelloMarks::default()
        };
        ClientHello {
            at: Arrival { time: Time(0), packet: PacketId::new(0, 1) },
            complete: None,
            sni: Some("a.example".to_owned()),
            alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
            versions: vec![0x0304, 0x0303],
            cipher_suites: suites.to_vec(),
            bytes: 0,
            records: 1,
            segments: 1,
            acknowledged: None,
            part_acknowledged: None,
            marks: Some(Box::new(marks)),
        }
    }

    #[test]
    fn a_hello_has_the_fingerprint_that_other_tools_give_it() {
        assert_eq!(chrome().ja4().as_deref(), Some("t13d1516h2_8daaf6152771_e5627efa2ab1"));
        let mut odd = chrome();
        odd.alpn = vec!["\u{1}h".to_owned()];
        odd.sni = None;
        assert!(odd.ja4().is_some_and(|ja4| ja4.starts_with("t13i151608_")));
        odd.marks = None;
        assert_eq!(odd.ja4(), None);
    }

    #[test]
    fn the_text_of_ja3_has_its_five_lists() {
        let text = chrome().ja3_text().unwrap();
        assert!(text.starts_with("771,4865-4866-4867-49195-"), "{text}");
        assert!(text.ends_with("-65281-11-10-21,29-23,0"), "{text}");
    }
}
