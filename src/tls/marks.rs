//! The lists of a ClientHello by which its client is known.

use serde::{Deserialize, Serialize};

use tls_parser::TlsExtensionType;

use super::names::is_grease;

/// The lists of a ClientHello that was read whole, in its order and without values of RFC 8701.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloMarks {
    /// The version of the message's own field, which TLS 1.3 leaves at 1.2.
    pub legacy_version: u16,
    /// The extensions' numbers.
    pub extensions: Vec<u16>,
    /// Groups for the key exchange (supported_groups).
    pub groups: Vec<u16>,
    /// The groups of which it sends a share (key_share).
    pub key_shares: Vec<u16>,
    /// Formats of points (ec_point_formats).
    pub point_formats: Vec<u16>,
    /// Signature algorithms.
    pub signature_algorithms: Vec<u16>,
}

impl HelloMarks {
    /// Notes an extension and what it lists.
    pub(super) fn extension(&mut self, kind: u16, content: &[u8]) {
        if is_grease(kind) {
            return;
        }
        self.extensions.push(kind);
        match TlsExtensionType(kind) {
            TlsExtensionType::SupportedGroups => self.groups = numbers(content, 2, 2),
            TlsExtensionType::SignatureAlgorithms => self.signature_algorithms = numbers(content, 2, 2),
            TlsExtensionType::EcPointFormats => self.point_formats = numbers(content, 1, 1),
            TlsExtensionType::KeyShare => self.key_shares = shares(content),
            _ => {}
        }
    }
}

/// A list of numbers of so many bytes behind a length of so many.
fn numbers(content: &[u8], length_bytes: usize, bytes: usize) -> Vec<u16> {
    let list = content.get(length_bytes..).unwrap_or_default();
    let each = list
        .chunks_exact(bytes)
        .map(|number| number.iter().fold(0, |value, &byte| value << 8 | u16::from(byte)));
    each.filter(|number| bytes == 1 || !is_grease(*number)).collect()
}

/// The groups of a key_share (RFC 8446, 4.2.8).
fn shares(content: &[u8]) -> Vec<u16> {
    let mut rest = content.get(2..).unwrap_or_default();
    let mut groups = Vec::new();
    while let [group @ .., _, _] = rest.get(..4).unwrap_or_default() {
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let group = u16::from_be_bytes([group[0], group[1]]);
        if !is_grease(group) {
            groups.push(group);
        }
        rest = rest.get(4 + length..).unwrap_or_default();
    }
    groups
}

/// Groups for the key exchange that a report names (IANA, "TLS Supported Groups").
const GROUPS: &[(u16, &str)] = &[
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (29, "x25519"),
    (30, "x448"),
    (256, "ffdhe2048"),
    (4587, "SecP256r1MLKEM768"),
    (4588, "X25519MLKEM768"),
    (4589, "SecP384r1MLKEM1024"),
    (25497, "X25519Kyber768Draft00"),
];

/// A group's name, or its number.
pub fn group_name(group: u16) -> String {
    let known = GROUPS.iter().find(|(number, _)| *number == group);
    known.map_or_else(|| format!("group {group}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_draws_anew_is_no_mark_of_it() {
        let mut marks = HelloMarks::default();
        marks.extension(0x3a3a, &[]);
        marks.extension(51, &[0, 43, 0x1a, 0x1a, 0, 1, 0, 0x11, 0xec, 0, 2, 9, 9, 0, 29, 0, 1, 7]);
        marks.extension(10, &[0, 6, 0x2a, 0x2a, 0x11, 0xec, 0, 29]);
        // Cut within a share, and within a length.
        marks.extension(13, &[0]);
        assert_eq!((marks.extensions, marks.key_shares), (vec![51, 10, 13], vec![4588, 29]));
        assert_eq!(marks.groups, [4588, 29]);
        assert_eq!(shares(&[0, 9, 0, 29, 255, 255, 1]), [29]);
        assert_eq!(group_name(4588), "X25519MLKEM768");
    }
}
