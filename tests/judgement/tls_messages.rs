//! What is said in a TLS 1.2 handshake (RFC 5246), how one of TLS 1.3 begins (RFC 8446), and certificates (RFC 5280), as bytes. Nothing in them is signed: nobody here checks.

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;

/// A vector whose length stands before it in so many bytes.
fn vector(bytes_of_length: usize, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&length[4 - bytes_of_length..], content].concat()
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &vector(2, content)].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    record(HANDSHAKE, &[&[kind][..], &vector(3, body)].concat())
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &vector(2, content)].concat()
}

fn alpn(protocols: &[&str]) -> Vec<u8> {
    let names: Vec<u8> = protocols.iter().flat_map(|name| vector(1, name.as_bytes())).collect();
    extension(16, &vector(2, &names))
}

/// A ClientHello for this host that offers these protocols; `padding` makes it longer (RFC 7685).
pub fn client_hello(host: &str, protocols: &[&str], padding: usize) -> Vec<u8> {
    let name = [&[0][..], &vector(2, host.as_bytes())].concat();
    let extensions =
        [extension(0, &vector(2, &name)), alpn(protocols), extension(21, &vec![0; padding])].concat();
    let suites = vector(2, &[0xc0, 0x2f, 0x00, 0x9c]);
    message(1, &[&[3, 3][..], &[7; 32], &[0], &suites, &[1, 0], &vector(2, &extensions)].concat())
}

/// A ServerHello that chooses a protocol or none, and the certificates after it.
pub fn server_flight(
    protocol: Option<&str>,
    certificates: &[Vec<u8>],
    asks_for_certificate: bool,
) -> Vec<u8> {
    let chosen = protocol.map_or(Vec::new(), |protocol| alpn(&[protocol]));
    let hello = message(2, &[&[3, 3][..], &[9; 32], &[0, 0xc0, 0x2f, 0], &vector(2, &chosen)].concat());
    let list: Vec<u8> = certificates.iter().flat_map(|certificate| vector(3, certificate)).collect();
    let request = if asks_for_certificate { message(13, &[1, 1, 0, 2, 4, 1, 0, 0]) } else { Vec::new() };
    [hello, message(11, &vector(3, &list)), request, message(14, &[])].concat()
}

/// A ServerHello that chooses TLS 1.3: all that comes after it is encrypted.
pub fn hello_of_tls13() -> Vec<u8> {
    let version = extension(43, &[3, 4]);
    message(2, &[&[3, 3][..], &[9; 32], &[0, 0x13, 0x01, 0], &vector(2, &version)].concat())
}

/// The client's side of the end of a handshake; `without_certificate`: it was asked for one and has none.
pub fn client_end(without_certificate: bool) -> Vec<u8> {
    let none = if without_certificate { message(11, &[0, 0, 0]) } else { Vec::new() };
    [none, message(16, &vector(1, &[4; 65])), record(20, &[1]), record(HANDSHAKE, &[5; 40])].concat()
}

/// The server's side of it.
pub fn server_end() -> Vec<u8> {
    [record(20, &[1]), record(HANDSHAKE, &[6; 40])].concat()
}

/// Encrypted bytes.
pub fn encrypted(length: usize) -> Vec<u8> {
    record(23, &vec![0xa5; length])
}

/// A fatal alert in the clear.
pub fn fatal(description: u8) -> Vec<u8> {
    record(ALERT, &[2, description])
}

/// What is said of a certificate.
pub struct Certificate {
    /// Whose it is, and the one name that it covers.
    pub name: &'static str,
    /// Who issued it.
    pub issuer: &'static str,
    /// Until when it is valid, as `YYMMDDHHMMSSZ`.
    pub until: &'static str,
}

impl Certificate {
    /// Its DER encoding (X.690).
    pub fn der(&self) -> Vec<u8> {
        let sequence = |parts: &[Vec<u8>]| der(0x30, &parts.concat());
        let name = |text: &str| {
            let common_name = der(0x06, &[0x55, 4, 3]);
            sequence(&[der(0x31, &sequence(&[common_name, der(0x0c, text.as_bytes())]))])
        };
        let algorithm =
            || sequence(&[der(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]), der(0x05, &[])]);
        let key = sequence(&[der(0x02, &[0x11; 64]), der(0x02, &[1, 0, 1])]);
        let key = sequence(&[algorithm(), der(0x03, &[&[0][..], &key].concat())]);
        let names = sequence(&[der(0x82, self.name.as_bytes())]);
        let extension = sequence(&[der(0x06, &[0x55, 0x1d, 0x11]), der(0x04, &names)]);
        let validity = sequence(&[der(0x17, b"250101000000Z"), der(0x17, self.until.as_bytes())]);
        let version = der(0xa0, &der(0x02, &[2]));
        let to_be_signed = sequence(&[
            version,
            der(0x02, &[1]),
            algorithm(),
            name(self.issuer),
            validity,
            name(self.name),
            key,
            der(0xa3, &sequence(&[extension])),
        ]);
        sequence(&[to_be_signed, algorithm(), der(0x03, &[0; 65])])
    }
}

/// A value with its tag.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        ..128 => vec![tag, length as u8],
        128..256 => vec![tag, 0x81, length as u8],
        _ => [&[tag, 0x82][..], &(length as u16).to_be_bytes()].concat(),
    };
    [&head[..], content].concat()
}
