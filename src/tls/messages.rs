//! What handshake messages say (RFC 8446, 4; RFC 5246, 7.4). tls-parser reads them; a hello that it refuses, or that was cut, is read by
//! `hello` as far as it goes.

use tls_parser::nom::IResult;
use tls_parser::{
    TlsExtension, TlsExtensionType, TlsHandshakeType, TlsMessageHandshake, parse_tls_client_hello_extensions,
    parse_tls_handshake_client_hello, parse_tls_handshake_msg_certificate, parse_tls_handshake_server_hello,
    parse_tls_server_hello_extensions,
};

use super::certificates::read_chain;
use super::handshake::Certificate;
use super::hello::{self, Answer, Offer, text};
use super::names::is_grease;
use crate::flow::Arrival;

/// Certificates of one message that are read; chains have three or four.
const MOST_CERTIFICATES: usize = 32;

/// What a whole message says, as far as it is wanted.
pub(super) enum Said {
    ClientHello(Offer),
    ServerHello(Answer),
    Certificates(Vec<Certificate>),
    CertificateRequest,
    ServerHelloDone,
    ClientKeyExchange,
    /// TLS 1.3: what the server chose, out of others' sight.
    EncryptedExtensions {
        alpn: Option<String>,
        takes_early_data: bool,
    },
    /// Nothing that is wanted.
    Other,
}

/// Reads a whole message that was protected, as TLS 1.3 has them, its header included; `None` where it cannot be read.
pub(super) fn read_protected(message: &[u8], at: Arrival) -> Option<Said> {
    let (&[kind, ..], body) = message.split_first_chunk::<4>()?;
    Some(match TlsHandshakeType(kind) {
        TlsHandshakeType::EncryptedExtensions => {
            let takes_early_data = hello::has_extension(body, TlsExtensionType::EarlyData);
            Said::EncryptedExtensions { alpn: hello::chosen_protocol(body), takes_early_data }
        }
        TlsHandshakeType::Certificate => {
            let chain = hello::certificates(body, MOST_CERTIFICATES)?;
            Said::Certificates(read_chain(chain.into_iter(), at))
        }
        TlsHandshakeType::CertificateRequest => Said::CertificateRequest,
        _ => Said::Other,
    })
}

/// Reads a whole message in the clear, its header included; `None` where it cannot be read. `at` is the packet that completed it.
pub(super) fn read(message: &[u8], at: Arrival) -> Option<Said> {
    let (&[kind, ..], body) = message.split_first_chunk::<4>()?;
    Some(match TlsHandshakeType(kind) {
        TlsHandshakeType::ClientHello => Said::ClientHello(client_hello(body)),
        TlsHandshakeType::ServerHello => Said::ServerHello(server_hello(body)?),
        TlsHandshakeType::Certificate => Said::Certificates(certificates(body, at)?),
        TlsHandshakeType::CertificateRequest => Said::CertificateRequest,
        TlsHandshakeType::ServerDone => Said::ServerHelloDone,
        TlsHandshakeType::ClientKeyExchange => Said::ClientKeyExchange,
        _ => Said::Other,
    })
}

/// Reads a ClientHello's body, or what is there of it.
pub(super) fn client_hello(body: &[u8]) -> Offer {
    parsed_client_hello(body).unwrap_or_else(|| hello::client_hello(body))
}

fn server_hello(body: &[u8]) -> Option<Answer> {
    parsed_server_hello(body).or_else(|| hello::server_hello(body))
}

/// As tls-parser reads it; `None` where it refuses a part.
fn parsed_client_hello(body: &[u8]) -> Option<Offer> {
    let (rest, hello) = parse_tls_handshake_client_hello(body).ok()?;
    let mut offer = Offer {
        versions: vec![hello.version.0],
        cipher_suites: hello.ciphers.iter().map(|suite| suite.0).filter(|suite| !is_grease(*suite)).collect(),
        random: hello.random.try_into().ok(),
        ..Offer::default()
    };
    for extension in extensions(rest, hello.ext.map(parse_tls_client_hello_extensions))? {
        match extension {
            TlsExtension::SNI(names) => {
                let host = names.iter().find(|(kind, _)| *kind == tls_parser::SNIType::HostName);
                offer.sni = host.map(|(_, name)| text(name)).or(offer.sni);
            }
            TlsExtension::ALPN(names) => offer.alpn = names.into_iter().map(text).collect(),
            TlsExtension::SupportedVersions(versions) => {
                let versions = versions.iter().map(|version| version.0);
                offer.versions = versions.filter(|version| !is_grease(*version)).collect();
            }
            _ => {}
        }
    }
    Some(offer)
}

/// As tls-parser reads it; `None` where it refuses a part. A HelloRetryRequest is a ServerHello with a random of its own: the message
/// of that name in tls-parser is the one of the drafts.
fn parsed_server_hello(body: &[u8]) -> Option<Answer> {
    let (rest, hello) = parse_tls_handshake_server_hello(body).ok()?;
    let mut answer = Answer::new(hello.version.0, hello.random, hello.cipher.0);
    for extension in extensions(rest, hello.ext.map(parse_tls_server_hello_extensions))? {
        match extension {
            TlsExtension::ALPN(names) => answer.alpn = names.first().copied().map(text),
            TlsExtension::SupportedVersions(versions) => {
                answer.version = versions.first().map_or(answer.version, |version| version.0);
            }
            // tls-parser looks for it under the number of another extension (21, padding).
            TlsExtension::Unknown(TlsExtensionType::EncryptThenMac, _) => answer.encrypt_then_mac = true,
            _ => {}
        }
    }
    Some(answer)
}

/// The extensions of a hello, and what is left behind it; `None` where they were not all read. tls-parser's list ends without a word
/// before an extension that it cannot read, and is none where the extensions are cut.
fn extensions<'a>(
    rest: &[u8],
    list: Option<IResult<&'a [u8], Vec<TlsExtension<'a>>>>,
) -> Option<Vec<TlsExtension<'a>>> {
    match list {
        Some(Ok(([], extensions))) => Some(extensions),
        Some(_) => None,
        None => rest.is_empty().then(Vec::new),
    }
}

/// The certificates of a message of TLS 1.2 or older; `None` where its lengths do not fit.
fn certificates(body: &[u8], at: Arrival) -> Option<Vec<Certificate>> {
    let (_, parsed) = parse_tls_handshake_msg_certificate(body).ok()?;
    let TlsMessageHandshake::Certificate(message) = parsed else { return None };
    let chain = message.cert_chain;
    // tls-parser leaves a last certificate out, without a word, whose length does not fit.
    let [high, middle, low] = *body.first_chunk::<3>()?;
    let announced = u32::from_be_bytes([0, high, middle, low]);
    let read: usize = chain.iter().map(|certificate| 3 + certificate.data.len()).sum();
    if u32::try_from(read) != Ok(announced) {
        return None;
    }
    Some(read_chain(chain.iter().take(MOST_CERTIFICATES).map(|certificate| certificate.data), at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::PacketId;
    use crate::time::Time;

    const AT: Arrival = Arrival { time: Time(0), packet: PacketId::new(0, 1) };

    /// A hello's body: version, random, no session, two suites (one of them GREASE), no compression, these extensions.
    fn client_body(extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend_from_slice(&[7; 32]);
        body.extend_from_slice(&[0, 0, 4, 0x1a, 0x1a, 0x13, 0x01, 1, 0]);
        body.extend_from_slice(&u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend_from_slice(extensions);
        body
    }

    fn server_body(version: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend_from_slice(&[7; 32]);
        body.extend_from_slice(&[0, 0x13, 0x01, 0]);
        body.extend_from_slice(&u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend_from_slice(extensions);
        body
    }

    const SNI: &[u8] = b"\x00\x00\x00\x10\x00\x0e\x00\x00\x0bshop.exampl";
    const ALPN: &[u8] = b"\x00\x10\x00\x0e\x00\x0c\x02h2\x08http/1.1";
    const VERSIONS: &[u8] = &[0, 43, 0, 7, 6, 0x2a, 0x2a, 3, 4, 3, 3];
    /// record_size_limit (RFC 8449) without its two bytes.
    const BROKEN: &[u8] = &[0, 28, 0, 1, 9];

    #[test]
    fn both_readers_of_a_client_hello_tell_the_same() {
        let body = client_body(&[SNI, ALPN, VERSIONS].concat());
        let offer = parsed_client_hello(&body).unwrap();
        assert_eq!(
            (offer.sni.as_deref(), offer.versions.as_slice()),
            (Some("shop.exampl"), &[0x0304, 0x0303][..])
        );
        assert_eq!(
            (&offer.alpn[..], &offer.cipher_suites[..]),
            (&["h2".into(), "http/1.1".into()][..], &[0x1301][..])
        );
        assert_eq!(offer, hello::client_hello(&body));
        let old = &body[..43];
        assert_eq!(parsed_client_hello(old).unwrap(), hello::client_hello(old));
    }

    #[test]
    fn an_extension_that_cannot_be_read_costs_none_of_those_behind_it() {
        let body = client_body(&[BROKEN, SNI, ALPN].concat());
        assert!(
            parsed_client_hello(&body).is_none(),
            "tls-parser no longer gives up: is `hello` still needed?"
        );
        let offer = client_hello(&body);
        assert_eq!((offer.sni.as_deref(), offer.alpn.len()), (Some("shop.exampl"), 2));
        let answer =
            server_hello(&server_body(0x0303, &[BROKEN, b"\x00\x10\x00\x05\x00\x03\x02h2"].concat()));
        assert_eq!(answer.unwrap().alpn.as_deref(), Some("h2"));
    }

    #[test]
    fn a_hello_that_is_cut_tells_what_came_of_it() {
        let body = client_body(&[SNI, ALPN, VERSIONS].concat());
        let whole = client_hello(&body);
        for length in 0..body.len() {
            let cut = client_hello(&body[..length]);
            assert_eq!(cut.sni.is_some(), length >= 45 + SNI.len(), "{length}");
            assert!(cut.sni.is_none() || cut.sni == whole.sni);
            assert!(whole.alpn.starts_with(&cut.alpn), "{length}");
            assert!(whole.cipher_suites.starts_with(&cut.cipher_suites), "{length}");
        }
    }

    #[test]
    fn a_server_hello_of_an_unknown_version_is_an_answer_all_the_same() {
        for version in [0x0002, 0x0300, 0x0304, 0x7f1c] {
            let answer = server_hello(&server_body(version, &[])).unwrap();
            assert_eq!((answer.version, answer.cipher_suite), (version, 0x1301));
        }
        let both = server_body(0x0303, &[0, 43, 0, 2, 3, 4]);
        assert_eq!(parsed_server_hello(&both), hello::server_hello(&both));
        assert_eq!(parsed_server_hello(&both).unwrap().version, 0x0304);
        assert_eq!(server_hello(&both[..36]), None);
    }

    #[test]
    fn a_chain_whose_lengths_do_not_fit_is_not_taken_for_a_shorter_one() {
        let read = |body: &[u8]| certificates(body, AT).map(|chain| chain.len());
        assert_eq!(read(&[0, 0, 0]), Some(0));
        assert_eq!(read(&[0, 0, 8, 0, 0, 1, 9, 0, 0, 1, 9]), Some(2));
        assert_eq!(read(&[0, 0, 8, 0, 0, 1, 9, 0, 0, 2, 9]), None);
        assert_eq!(read(&[0, 0, 9, 0, 0, 1, 9, 0, 0, 1, 9]), None);
    }
}
