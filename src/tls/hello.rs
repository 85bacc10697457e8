//! Hellos that tls-parser refuses, or that were cut, read as far as they go: a ClientHello of which only the first segment arrived still
//! tells its host name if that lies in it.

use tls_parser::{SNIType, TlsExtensionType};

use super::marks::HelloMarks;
use super::names::is_grease;
use super::secrets::ClientRandom;

/// What a ClientHello offers (RFC 8446, 4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub sni: Option<String>,
    pub alpn: Vec<String>,
    pub versions: Vec<u16>,
    pub cipher_suites: Vec<u16>,
    /// Its random, where that came whole: the name of the session in a key log.
    pub random: Option<ClientRandom>,
}

/// What a ServerHello or HelloRetryRequest chooses (RFC 8446, 4.1.3 and 4.1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub version: u16,
    pub cipher_suite: u16,
    pub alpn: Option<String>,
    pub is_retry_request: bool,
    /// Its random.
    pub random: ClientRandom,
    /// encrypt_then_mac (RFC 7366).
    pub encrypt_then_mac: bool,
}

/// The random of a HelloRetryRequest: SHA-256 of that word (RFC 8446, 4.1.3).
const RETRY_RANDOM: ClientRandom = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2,
    0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];
/// Bytes of a hello's random.
const RANDOM: usize = RETRY_RANDOM.len();

impl Answer {
    /// One without extensions.
    pub fn new(version: u16, random: &[u8], cipher_suite: u16) -> Answer {
        let random = ClientRandom::try_from(random).unwrap_or_default();
        let is_retry_request = random == RETRY_RANDOM;
        Answer { version, cipher_suite, alpn: None, is_retry_request, random, encrypt_then_mac: false }
    }
}

/// A name as sent; what is no UTF-8 is replaced.
pub(super) fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Reads a ClientHello's body, or what is there of it.
pub(super) fn client_hello(body: &[u8]) -> Offer {
    let mut offer = Offer::default();
    // A hello that is cut ends the reading early; what came before the cut stands.
    let _ = read_offer(Remaining(body), &mut offer);
    offer
}

fn read_offer(mut body: Remaining, offer: &mut Offer) -> Option<()> {
    offer.versions = vec![body.short()?];
    offer.random = body.take(RANDOM)?.try_into().ok();
    // Session.
    body.vector(1)?;
    offer.cipher_suites = body.vector(2)?.shorts();
    // Compression methods.
    body.vector(1)?;
    let mut extensions = body.vector(2)?;
    while let Some(kind) = extensions.short() {
        let mut content = extensions.vector(2)?;
        match TlsExtensionType(kind) {
            TlsExtensionType::ServerName => offer.sni = server_name(&mut content).or(offer.sni.take()),
            TlsExtensionType::ApplicationLayerProtocolNegotiation => offer.alpn = protocols(&mut content),
            TlsExtensionType::SupportedVersions => {
                offer.versions = content.vector(1).map_or(Vec::new(), Remaining::shorts);
            }
            _ => {}
        }
    }
    Some(())
}

/// Reads a ServerHello's body; `None` where it is too short to be one.
pub(super) fn server_hello(body: &[u8]) -> Option<Answer> {
    let mut body = Remaining(body);
    let version = body.short()?;
    let random = body.take(RANDOM)?;
    body.vector(1)?;
    let cipher_suite = body.short()?;
    // Compression method.
    body.take(1)?;
    let mut answer = Answer::new(version, random, cipher_suite);
    let mut extensions = body.vector(2).unwrap_or(Remaining(&[]));
    while let Some(kind) = extensions.short() {
        let Some(mut content) = extensions.vector(2) else { break };
        match TlsExtensionType(kind) {
            TlsExtensionType::ApplicationLayerProtocolNegotiation => {
                answer.alpn = protocols(&mut content).into_iter().next();
            }
            TlsExtensionType::SupportedVersions => answer.version = content.short().unwrap_or(answer.version),
            TlsExtensionType::EncryptThenMac => answer.encrypt_then_mac = true,
            _ => {}
        }
    }
    Some(answer)
}

/// What tells a client by its ClientHello; `None` where it was cut.
pub(super) fn marks(body: &[u8]) -> Option<HelloMarks> {
    let mut body = Remaining(body);
    let mut marks = HelloMarks { legacy_version: body.short()?, ..HelloMarks::default() };
    body.take(RANDOM)?;
    body.vector(1)?;
    body.vector(2)?;
    body.vector(1)?;
    // An old client has none.
    let mut extensions = body.vector(2).unwrap_or(Remaining(&[]));
    while let Some(kind) = extensions.short() {
        let length = extensions.number(2)?;
        marks.extension(kind, extensions.take(length)?);
    }
    Some(marks)
}

/// The protocol that EncryptedExtensions choose (RFC 8446, 4.3.1).
pub(super) fn chosen_protocol(body: &[u8]) -> Option<String> {
    let mut extensions = Remaining(body).vector(2)?;
    while let Some(kind) = extensions.short() {
        let mut content = extensions.vector(2)?;
        if TlsExtensionType(kind) == TlsExtensionType::ApplicationLayerProtocolNegotiation {
            return protocols(&mut content).into_iter().next();
        }
    }
    None
}

/// Whether EncryptedExtensions have one of this kind.
pub(super) fn has_extension(body: &[u8], wanted: TlsExtensionType) -> bool {
    let mut extensions = Remaining(body).vector(2).unwrap_or(Remaining(&[]));
    while let Some(kind) = extensions.short() {
        if TlsExtensionType(kind) == wanted {
            return true;
        }
        extensions.vector(2);
    }
    false
}

/// The certificates of a message of TLS 1.3 (RFC 8446, 4.4.2), at most `most`; `None` where its lengths do not fit.
pub(super) fn certificates(body: &[u8], most: usize) -> Option<Vec<&[u8]>> {
    let mut body = Remaining(body);
    let context = body.number(1)?;
    body.take(context)?;
    let length = body.number(3)?;
    let mut list = Remaining(body.take(length)?);
    let mut certificates = Vec::new();
    while !list.0.is_empty() && certificates.len() < most {
        let length = list.number(3)?;
        certificates.push(list.take(length)?);
        let extensions = list.number(2)?;
        list.take(extensions)?;
    }
    Some(certificates)
}

/// `host_name` of a server_name extension (RFC 6066, 3).
fn server_name(extension: &mut Remaining) -> Option<String> {
    let mut list = extension.vector(2)?;
    while let Some(kind) = list.take(1) {
        let length = list.number(2)?;
        // Half a name is none.
        let name = list.take(length)?;
        if kind == [SNIType::HostName.0] {
            return Some(text(name));
        }
    }
    None
}

/// The protocol names of an ALPN extension (RFC 7301, 3.1).
fn protocols(extension: &mut Remaining) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(mut list) = extension.vector(2) {
        while let Some(name) = list.number(1).and_then(|length| list.take(length)) {
            names.push(text(name));
        }
    }
    names
}

/// Bytes whose fields are taken off the front.
struct Remaining<'a>(&'a [u8]);

impl<'a> Remaining<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, bytes: usize) -> Option<usize> {
        Some(self.take(bytes)?.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
    }

    fn short(&mut self) -> Option<u16> {
        self.number(2).and_then(|value| u16::try_from(value).ok())
    }

    /// A vector with its length in front; what is there of it, where it is cut.
    fn vector(&mut self, length_bytes: usize) -> Option<Remaining<'a>> {
        let length = self.number(length_bytes)?.min(self.0.len());
        self.take(length).map(Remaining)
    }

    /// A list of numbers of two bytes, without those of RFC 8701.
    fn shorts(mut self) -> Vec<u16> {
        std::iter::from_fn(|| self.short()).filter(|value| !is_grease(*value)).collect()
    }
}
