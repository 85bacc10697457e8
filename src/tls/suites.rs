//! Cipher suites whose records can be opened (IANA, TLS Cipher Suites): how each protects records and which hash its keys are made with.

/// TLS 1.0.
pub(super) const TLS10: u16 = 0x0301;

/// How records are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bulk {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
    Aes128Ccm,
    Aes256Ccm,
    /// With a tag of 8 bytes.
    Aes128Ccm8,
    Aes256Ccm8,
    Aes128Cbc(MacHash),
    Aes256Cbc(MacHash),
}

/// The hash of a record's MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MacHash {
    Sha1,
    Sha256,
    Sha384,
}

/// The hash with which keys are made: HKDF's in TLS 1.3, the PRF's before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyHash {
    /// MD5 and SHA-1 together, in TLS 1.0 and 1.1 whatever the suite (RFC 2246, 5; RFC 4346, 5).
    Md5AndSha1,
    Sha256,
    Sha384,
}

/// The keys of one direction of TLS 1.2 or older, and the version.
pub(super) struct Tls12Keys<'a> {
    pub version: u16,
    pub key: &'a [u8],
    pub mac_key: &'a [u8],
    pub nonce: &'a [u8],
    pub encrypt_then_mac: bool,
}

/// Suites of TLS 1.3 (RFC 8446, B.4).
const TLS13: &[(u16, Bulk, KeyHash)] = &[
    (0x1301, Bulk::Aes128Gcm, KeyHash::Sha256),
    (0x1302, Bulk::Aes256Gcm, KeyHash::Sha384),
    (0x1303, Bulk::ChaCha20Poly1305, KeyHash::Sha256),
    (0x1304, Bulk::Aes128Ccm, KeyHash::Sha256),
    (0x1305, Bulk::Aes128Ccm8, KeyHash::Sha256),
];

/// Suites of TLS 1.2: RSA, DHE_RSA, DHE_DSS, ECDHE_ECDSA, ECDHE_RSA (RFC 5246, A.5; RFC 5288; RFC 5289; RFC 6655; RFC 7251; RFC 7905; RFC 8422).
const TLS12: &[(&[u16], Bulk, KeyHash)] = &[
    (&[0x009c, 0x009e, 0x00a2, 0xc02b, 0xc02f], Bulk::Aes128Gcm, KeyHash::Sha256),
    (&[0x009d, 0x009f, 0x00a3, 0xc02c, 0xc030], Bulk::Aes256Gcm, KeyHash::Sha384),
    (&[0xcca8, 0xcca9, 0xccaa], Bulk::ChaCha20Poly1305, KeyHash::Sha256),
    (&[0xc09c, 0xc09e, 0xc0ac], Bulk::Aes128Ccm, KeyHash::Sha256),
    (&[0xc09d, 0xc09f, 0xc0ad], Bulk::Aes256Ccm, KeyHash::Sha256),
    (&[0xc0a0, 0xc0a2, 0xc0ae], Bulk::Aes128Ccm8, KeyHash::Sha256),
    (&[0xc0a1, 0xc0a3, 0xc0af], Bulk::Aes256Ccm8, KeyHash::Sha256),
    (&[0x002f, 0x0032, 0x0033, 0xc009, 0xc013], Bulk::Aes128Cbc(MacHash::Sha1), KeyHash::Sha256),
    (&[0x0035, 0x0038, 0x0039, 0xc00a, 0xc014], Bulk::Aes256Cbc(MacHash::Sha1), KeyHash::Sha256),
    (&[0x003c, 0x0040, 0x0067, 0xc023, 0xc027], Bulk::Aes128Cbc(MacHash::Sha256), KeyHash::Sha256),
    (&[0x003d, 0x006a, 0x006b], Bulk::Aes256Cbc(MacHash::Sha256), KeyHash::Sha256),
    (&[0xc024, 0xc028], Bulk::Aes256Cbc(MacHash::Sha384), KeyHash::Sha384),
];

/// A suite of TLS 1.3.
pub(super) fn of_tls13(suite: u16) -> Option<(Bulk, KeyHash)> {
    TLS13.iter().find(|(number, ..)| *number == suite).map(|&(_, bulk, hash)| (bulk, hash))
}

/// A suite of TLS 1.2.
pub(super) fn of_tls12(suite: u16) -> Option<(Bulk, KeyHash)> {
    TLS12.iter().find(|(numbers, ..)| numbers.contains(&suite)).map(|&(_, bulk, hash)| (bulk, hash))
}

/// A suite of TLS 1.0 and 1.1. Of those that can be opened, they have the ones with AES-CBC and SHA-1 (RFC 3268, RFC 4492).
pub(super) fn of_tls10(suite: u16) -> Option<(Bulk, KeyHash)> {
    let (bulk, _) = of_tls12(suite)?;
    let is_theirs = matches!(bulk, Bulk::Aes128Cbc(MacHash::Sha1) | Bulk::Aes256Cbc(MacHash::Sha1));
    is_theirs.then_some((bulk, KeyHash::Md5AndSha1))
}

impl Bulk {
    /// Bytes of its key.
    pub fn key(self) -> usize {
        match self {
            Bulk::Aes128Gcm | Bulk::Aes128Ccm | Bulk::Aes128Ccm8 | Bulk::Aes128Cbc(_) => 16,
            Bulk::Aes256Gcm
            | Bulk::ChaCha20Poly1305
            | Bulk::Aes256Ccm
            | Bulk::Aes256Ccm8
            | Bulk::Aes256Cbc(_) => 32,
        }
    }

    /// Bytes of its MAC's key; authenticated encryption has none.
    pub fn mac_key(self) -> usize {
        match self {
            Bulk::Aes128Cbc(mac) | Bulk::Aes256Cbc(mac) => mac.length(),
            _ => 0,
        }
    }

    /// Bytes of the nonce that TLS 1.2 takes from the keys: all of ChaCha20's, of GCM and CCM those that records do not tell.
    pub fn fixed_nonce(self, version: u16) -> usize {
        match self {
            Bulk::ChaCha20Poly1305 => 12,
            // The block before the first record (RFC 2246, 6.3).
            Bulk::Aes128Cbc(_) | Bulk::Aes256Cbc(_) if version == TLS10 => 16,
            Bulk::Aes128Cbc(_) | Bulk::Aes256Cbc(_) => 0,
            _ => 4,
        }
    }
}

impl MacHash {
    /// Bytes of its output, and of its key.
    pub fn length(self) -> usize {
        match self {
            MacHash::Sha1 => 20,
            MacHash::Sha256 => 32,
            MacHash::Sha384 => 48,
        }
    }
}
