//! Records of TLS 1.0 to 1.2 in cipher block chaining: MAC, then encrypt (RFC 5246, 6.2.3.2), or encrypt, then MAC (RFC 7366).

use aes::cipher::array::Array;
use aes::cipher::{BlockCipherDecrypt, BlockModeDecrypt, BlockSizeUser, InnerIvInit, KeyInit, KeyIvInit};
use aes::{Aes128, Aes256};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384};
use tls_parser::TlsRecordType;

use super::secrets::Secret;
use super::suites::{MacHash, Tls12Keys};

/// The version in each record of TLS 1.2 and 1.3, and of TLS 1.0.
pub(super) const VERSION: [u8; 2] = [3, 3];
const TLS10: [u8; 2] = [3, 1];
/// Bytes of a block of AES, and of the vector before the first one.
const BLOCK: usize = 16;

/// A block of the cipher.
pub(super) type CipherBlock = [u8; BLOCK];

/// The keys of one side.
pub(super) struct BlockProtection {
    key: Secret,
    mac: MacHash,
    mac_key: Secret,
    encrypt_then_mac: bool,
    version: [u8; 2],
}

impl BlockProtection {
    /// `None` where the key is none of AES.
    pub fn new(mac: MacHash, keys: &Tls12Keys<'_>) -> Option<BlockProtection> {
        let is_key = matches!(keys.key.len(), 16 | 32);
        is_key.then(|| BlockProtection {
            key: Secret::new(keys.key),
            mac,
            mac_key: Secret::new(keys.mac_key),
            encrypt_then_mac: keys.encrypt_then_mac,
            version: keys.version.to_be_bytes(),
        })
    }

    /// Bytes of a record beside its text: vector, MAC, and half a block of padding.
    pub fn overhead(&self) -> u64 {
        let vector = if self.tells_vector() { BLOCK } else { 0 };
        (vector + self.mac.length() + BLOCK / 2) as u64
    }

    /// Whether records begin with their vector. In TLS 1.0 it is the last block of the record before (RFC 2246, 6.2.3.2; RFC 4346, 6.2.3.2).
    fn tells_vector(&self) -> bool {
        self.version > TLS10
    }

    /// The text of the record of this number. `vector` is the last block of the record before it, where that is known.
    pub fn open(
        &self,
        number: u64,
        kind: TlsRecordType,
        payload: &[u8],
        vector: Option<&CipherBlock>,
    ) -> Option<Vec<u8>> {
        if self.encrypt_then_mac {
            let (sealed, mac) = payload.split_at_checked(payload.len().checked_sub(self.mac.length())?)?;
            let beside = beside_text(number, kind, self.version, sealed.len())?;
            return (self.mac(&beside, sealed)? == mac).then(|| self.decrypt(sealed, vector)).flatten();
        }
        let mut text = self.decrypt(payload, vector)?;
        let mac = text.split_off(text.len().checked_sub(self.mac.length())?);
        let beside = beside_text(number, kind, self.version, text.len())?;
        (self.mac(&beside, &text)? == mac).then_some(text)
    }

    /// The block with which the blocks of the next record are chained, where that does not tell it itself.
    pub fn next_vector(&self, payload: &[u8]) -> Option<CipherBlock> {
        let sealed =
            if self.encrypt_then_mac { payload.len().checked_sub(self.mac.length())? } else { payload.len() };
        payload.get(..sealed)?.last_chunk().copied().filter(|_| !self.tells_vector())
    }

    /// Decrypts what follows the vector, and takes the padding off.
    fn decrypt(&self, sealed: &[u8], before: Option<&CipherBlock>) -> Option<Vec<u8>> {
        let (vector, blocks) = match self.tells_vector() {
            true => sealed.split_at_checked(BLOCK)?,
            false => (before?.as_slice(), sealed),
        };
        let mut text = blocks.to_vec();
        match self.key.bytes().len() {
            16 => decrypt::<Aes128>(self.key.bytes(), vector, &mut text)?,
            _ => decrypt::<Aes256>(self.key.bytes(), vector, &mut text)?,
        }
        // Each byte of the padding is its length, and one more is the length itself.
        let padding = *text.last()?;
        let end = text.len().checked_sub(usize::from(padding) + 1)?;
        let is_padding = text.get(end..)?.iter().all(|byte| *byte == padding);
        text.truncate(end);
        is_padding.then_some(text)
    }

    fn mac(&self, beside: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        let key = self.mac_key.bytes();
        match self.mac {
            MacHash::Sha1 => mac::<Hmac<Sha1>>(key, beside, bytes),
            MacHash::Sha256 => mac::<Hmac<Sha256>>(key, beside, bytes),
            MacHash::Sha384 => mac::<Hmac<Sha384>>(key, beside, bytes),
        }
    }
}

/// Beside the text (RFC 5246, 6.2.3.3), also of its MAC (RFC 2246, 6.2.3.1).
pub(super) fn beside_text(
    number: u64,
    kind: TlsRecordType,
    version: [u8; 2],
    length: usize,
) -> Option<[u8; 13]> {
    let mut beside = [0; 13];
    beside[..8].copy_from_slice(&number.to_be_bytes());
    beside[8] = kind.0;
    beside[9..11].copy_from_slice(&version);
    beside[11..].copy_from_slice(&u16::try_from(length).ok()?.to_be_bytes());
    Some(beside)
}

fn decrypt<C: BlockCipherDecrypt + KeyInit>(key: &[u8], vector: &[u8], text: &mut [u8]) -> Option<()>
where
    cbc::Decryptor<C>: KeyIvInit + BlockModeDecrypt + InnerIvInit,
    cbc::Decryptor<C>: BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    let mut chain = <cbc::Decryptor<C> as KeyIvInit>::new_from_slices(key, vector).ok()?;
    let (blocks, []) = Array::slice_as_chunks_mut(text) else { return None };
    chain.decrypt_blocks(blocks);
    Some(())
}

fn mac<M: Mac + KeyInit>(key: &[u8], beside: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(beside);
    mac.update(bytes);
    Some(mac.finalize().into_bytes().to_vec())
}
