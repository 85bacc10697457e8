//! How keys follow from secrets: HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1), the pseudorandom function of TLS 1.2 (RFC 5246, 5)
//! and of TLS 1.0 and 1.1 (RFC 2246, 5).

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::secrets::Secret;
use super::suites::KeyHash;

/// HKDF-Expand-Label without a context. `None` where the secret is too short for the hash.
pub(super) fn expand_label(hash: KeyHash, secret: &Secret, label: &str, length: usize) -> Option<Vec<u8>> {
    const PREFIX: &[u8] = b"tls13 ";
    let mut info = u16::try_from(length).ok()?.to_be_bytes().to_vec();
    info.push(u8::try_from(PREFIX.len() + label.len()).ok()?);
    info.extend_from_slice(PREFIX);
    info.extend_from_slice(label.as_bytes());
    info.push(0);
    let mut key = vec![0; length];
    match hash {
        KeyHash::Sha256 => Hkdf::<Sha256>::from_prk(secret.bytes()).ok()?.expand(&info, &mut key).ok()?,
        KeyHash::Sha384 => Hkdf::<Sha384>::from_prk(secret.bytes()).ok()?.expand(&info, &mut key).ok()?,
        KeyHash::Md5AndSha1 => return None,
    }
    Some(key)
}

/// The traffic secret that follows a KeyUpdate (RFC 8446, 7.2).
pub(super) fn next_generation(hash: KeyHash, secret: &Secret) -> Option<Secret> {
    let next = expand_label(hash, secret, "traffic upd", secret.bytes().len())?;
    Some(Secret::new(&next))
}

/// `length` bytes of the pseudorandom function.
pub(super) fn prf(
    hash: KeyHash,
    secret: &Secret,
    label: &str,
    seed: &[&[u8]],
    length: usize,
) -> Option<Vec<u8>> {
    let seed = [&[label.as_bytes()], seed].concat().concat();
    match hash {
        KeyHash::Sha256 => p_hash::<Hmac<Sha256>>(secret.bytes(), &seed, length),
        KeyHash::Sha384 => p_hash::<Hmac<Sha384>>(secret.bytes(), &seed, length),
        KeyHash::Md5AndSha1 => {
            // Each hash has half of the secret; of an odd number of bytes both have the one in the middle (RFC 2246, 5).
            let half = secret.bytes().len().div_ceil(2);
            let (first, _) = secret.bytes().split_at_checked(half)?;
            let (_, second) = secret.bytes().split_at_checked(secret.bytes().len() - half)?;
            let mut output = p_hash::<Hmac<Md5>>(first, &seed, length)?;
            let of_sha1 = p_hash::<Hmac<Sha1>>(second, &seed, length)?;
            output.iter_mut().zip(of_sha1).for_each(|(byte, other)| *byte ^= other);
            Some(output)
        }
    }
}

fn p_hash<M: Mac + KeyInit>(secret: &[u8], seed: &[u8], length: usize) -> Option<Vec<u8>> {
    let keyed = |parts: [&[u8]; 2]| -> Option<Vec<u8>> {
        let mut mac = <M as KeyInit>::new_from_slice(secret).ok()?;
        parts.iter().for_each(|part| mac.update(part));
        Some(mac.finalize().into_bytes().to_vec())
    };
    let mut output = Vec::new();
    let mut a = keyed([seed, &[]])?;
    while output.len() < length {
        output.extend(keyed([&a, seed])?);
        a = keyed([&a, &[]])?;
    }
    output.truncate(length);
    Some(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
    }

    /// RFC 8448, 3: the server's keys of the handshake.
    #[test]
    fn keys_of_tls_1_3_follow_from_the_traffic_secret() {
        let secret = Secret::new(&bytes("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"));
        let key = expand_label(KeyHash::Sha256, &secret, "key", 16).unwrap();
        assert_eq!(key, bytes("3fce516009c21727d0f2e4e86ee403bc"));
        let iv = expand_label(KeyHash::Sha256, &secret, "iv", 12).unwrap();
        assert_eq!(iv, bytes("5d313eb2671276ee13000b30"));
    }

    /// The test vector for P_SHA256 that was sent to the TLS working group (mail archive, "TLS 1.2 PRF test vectors").
    #[test]
    fn the_pseudorandom_function_gives_what_everyone_gets() {
        let secret = Secret::new(&bytes("9bbe436ba940f017b17652849a71db35"));
        let seed = bytes("a0ba9f936cda311827a6f796ffd5198c");
        let output = prf(KeyHash::Sha256, &secret, "test label", &[&seed], 100).unwrap();
        assert_eq!(
            output,
            bytes(concat!(
                "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a",
                "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab",
                "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701",
                "87347b66"
            ))
        );
    }
}
