//! TLS 1.3 as far as it is in the clear, and records of random bytes for the rest.

use crate::random::Random;

/// A ClientHello for the shop's name, as one record.
pub fn client_hello(random: &mut Random) -> Vec<u8> {
    let name = b"shop.example";
    let mut extensions = Vec::new();
    let mut list = vec![0];
    list.extend((name.len() as u16).to_be_bytes());
    list.extend(name);
    extension(&mut extensions, 0, &prefixed(&list));
    extension(&mut extensions, 10, &prefixed(&[0, 29, 0, 23]));
    extension(&mut extensions, 13, &prefixed(&[4, 3, 8, 4, 4, 1]));
    extension(&mut extensions, 16, &prefixed(b"\x08http/1.1"));
    extension(&mut extensions, 43, &[4, 3, 4, 3, 3]);
    let mut share = vec![0, 29];
    share.extend(prefixed(&random.bytes(32)));
    extension(&mut extensions, 51, &prefixed(&share));
    let mut body = vec![3, 3];
    body.extend(random.bytes(32));
    body.push(32);
    body.extend(random.bytes(32));
    body.extend(prefixed(&[0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2f]));
    body.extend([1, 0]);
    body.extend(prefixed(&extensions));
    handshake(1, &body)
}

/// A ServerHello, a ChangeCipherSpec and the encrypted rest of the flight.
pub fn server_flight(random: &mut Random, pool: &[u8]) -> Vec<u8> {
    let mut extensions = Vec::new();
    extension(&mut extensions, 43, &[3, 4]);
    let mut share = vec![0, 29];
    share.extend(prefixed(&random.bytes(32)));
    extension(&mut extensions, 51, &share);
    let mut body = vec![3, 3];
    body.extend(random.bytes(32));
    body.push(32);
    body.extend(random.bytes(32));
    body.extend([0x13, 1, 0]);
    body.extend(prefixed(&extensions));
    let mut flight = handshake(2, &body);
    flight.extend([20, 3, 3, 0, 1, 1]);
    flight.extend(application_data(&pool[..3100]));
    flight
}

/// A ChangeCipherSpec and the encrypted Finished.
pub fn client_finished(pool: &[u8]) -> Vec<u8> {
    let mut flight = vec![20, 3, 3, 0, 1, 1];
    flight.extend(application_data(&pool[..53]));
    flight
}

/// Encrypted content in records of at most 16 KiB.
pub fn application_data(content: &[u8]) -> Vec<u8> {
    let mut records = Vec::with_capacity(content.len() + content.len() / 1000 + 5);
    for piece in content.chunks(16_384) {
        records.extend([23, 3, 3]);
        records.extend(prefixed(piece));
    }
    records
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind, 0];
    message.extend(prefixed(body));
    let mut record = vec![22, 3, 1];
    record.extend(prefixed(&message));
    record
}

fn extension(out: &mut Vec<u8>, kind: u16, body: &[u8]) {
    out.extend(kind.to_be_bytes());
    out.extend(prefixed(body));
}

/// Bytes behind their length in two bytes.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let mut out = (bytes.len() as u16).to_be_bytes().to_vec();
    out.extend(bytes);
    out
}
