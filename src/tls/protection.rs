//! Opens single records: authenticated encryption of TLS 1.3 (RFC 8446, 5.2) and of TLS 1.2 (RFC 5288, RFC 6655, RFC 7905), and blocks (`blocks`).

use std::fmt;

use aes::{Aes128, Aes256};
use aes_gcm::aead::consts::{U8, U12, U16};
use aes_gcm::aead::{Aead, Nonce, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
use ccm::Ccm;
use chacha20poly1305::ChaCha20Poly1305;
use serde::{Deserialize, Serialize};
use tls_parser::TlsRecordType;

use super::blocks::{BlockProtection, CipherBlock, VERSION, beside_text};
use super::derivation::expand_label;
use super::secrets::Secret;
use super::suites::{Bulk, KeyHash, Tls12Keys};
use super::written;

/// Bytes of a nonce of authenticated encryption.
const NONCE: usize = 12;
/// Bytes of a nonce that records of TLS 1.2 tell (GCM, CCM).
const TOLD_NONCE: usize = 8;
/// Bytes of a record's header.
const HEADER: u64 = 5;

/// The keys of one side for some time.
pub(super) struct Protection {
    form: Form,
    cipher: Cipher,
}

/// What goes into the nonce and beside the text.
#[derive(Clone, Copy)]
enum Form {
    /// TLS 1.3: the record's header; the type of what it holds stands behind the text.
    Tls13 { nonce: [u8; NONCE] },
    /// TLS 1.2: number, type, version and length. `told` bytes of the nonce stand before the text.
    Tls12 { nonce: [u8; NONCE], told: usize },
}

enum Cipher {
    Aes128Gcm(Box<Aes128Gcm>),
    Aes256Gcm(Box<Aes256Gcm>),
    ChaCha20Poly1305(Box<ChaCha20Poly1305>),
    Aes128Ccm(Box<Ccm<Aes128, U16, U12>>),
    Aes256Ccm(Box<Ccm<Aes256, U16, U12>>),
    Aes128Ccm8(Box<Ccm<Aes128, U8, U12>>),
    Aes256Ccm8(Box<Ccm<Aes256, U8, U12>>),
    Blocks(BlockProtection),
    /// Its keys were not written, and are not derived again yet: it opens nothing.
    NotAtHand,
}

/// What was in a record.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenedRecord {
    #[serde(with = "written")]
    pub kind: TlsRecordType,
    pub text: Vec<u8>,
}

impl fmt::Debug for Protection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Protection")
    }
}

impl Protection {
    /// Whose keys are yet to be derived again.
    pub fn not_at_hand() -> Protection {
        Protection { form: Form::Tls12 { nonce: [0; NONCE], told: 0 }, cipher: Cipher::NotAtHand }
    }

    /// By a traffic secret of TLS 1.3 (RFC 8446, 7.3).
    pub fn tls13(bulk: Bulk, hash: KeyHash, secret: &Secret) -> Option<Protection> {
        let key = expand_label(hash, secret, "key", bulk.key())?;
        let nonce = expand_label(hash, secret, "iv", NONCE)?.try_into().ok()?;
        Some(Protection { form: Form::Tls13 { nonce }, cipher: Cipher::new(bulk, &key)? })
    }

    /// By keys of TLS 1.2 and older (RFC 5246, 6.3).
    pub fn tls12(bulk: Bulk, keys: &Tls12Keys<'_>) -> Option<Protection> {
        let mut nonce = [0; NONCE];
        if let Bulk::Aes128Cbc(mac) | Bulk::Aes256Cbc(mac) = bulk {
            let cipher = Cipher::Blocks(BlockProtection::new(mac, keys)?);
            return Some(Protection { form: Form::Tls12 { nonce, told: 0 }, cipher });
        }
        nonce.get_mut(..keys.nonce.len())?.copy_from_slice(keys.nonce);
        let (told, cipher) = match bulk {
            Bulk::ChaCha20Poly1305 => (0, Cipher::new(bulk, keys.key)?),
            _ => (TOLD_NONCE, Cipher::new(bulk, keys.key)?),
        };
        Some(Protection { form: Form::Tls12 { nonce, told }, cipher })
    }

    /// Opens the record of this number; `None` where it is another one, or has other keys, or was changed on its way.
    /// `vector` is what [`Protection::next_vector`] gave for the record before, where that came.
    pub fn open(
        &self,
        number: u64,
        kind: TlsRecordType,
        payload: &[u8],
        vector: Option<&CipherBlock>,
    ) -> Option<OpenedRecord> {
        match (&self.cipher, self.form) {
            (Cipher::Blocks(blocks), _) => {
                let text = blocks.open(number, kind, payload, vector)?;
                Some(OpenedRecord { kind, text })
            }
            (cipher, Form::Tls13 { nonce }) => {
                let [high, low] = u16::try_from(payload.len()).ok()?.to_be_bytes();
                let beside = [TlsRecordType::ApplicationData.0, VERSION[0], VERSION[1], high, low];
                let mut text = cipher.open(with_number(nonce, number), &beside, payload)?;
                // Padding of zeros, and before it the type (RFC 8446, 5.4).
                let end = text.iter().rposition(|byte| *byte != 0)?;
                let kind = TlsRecordType(*text.get(end)?);
                text.truncate(end);
                Some(OpenedRecord { kind, text })
            }
            (cipher, Form::Tls12 { mut nonce, told }) => {
                let (before, sealed) = payload.split_at_checked(told)?;
                if told == 0 {
                    nonce = with_number(nonce, number);
                } else {
                    nonce.get_mut(NONCE - told..)?.copy_from_slice(before);
                }
                let length = sealed.len().checked_sub(cipher.tag())?;
                let beside = beside_text(number, kind, VERSION, length)?;
                let text = cipher.open(nonce, &beside, sealed)?;
                Some(OpenedRecord { kind, text })
            }
        }
    }

    /// What the record behind this one is chained with, where it does not tell that itself: in TLS 1.0.
    pub fn next_vector(&self, payload: &[u8]) -> Option<CipherBlock> {
        match &self.cipher {
            Cipher::Blocks(blocks) => blocks.next_vector(payload),
            _ => None,
        }
    }

    /// How much text so many records hold that take so many bytes, their headers included. Of TLS 1.3 it is known but for padding, which
    /// hardly anyone sends; of blocks it is known but for half of one.
    pub fn text_of(&self, bytes: u64, records: u64) -> u64 {
        let beside_text = match (&self.cipher, self.form) {
            (Cipher::Blocks(blocks), _) => blocks.overhead(),
            (cipher, Form::Tls13 { .. }) => cipher.tag() as u64 + 1,
            (cipher, Form::Tls12 { told, .. }) => (cipher.tag() + told) as u64,
        };
        bytes.saturating_sub(records.saturating_mul(beside_text.saturating_add(HEADER)))
    }
}

/// The number is added to the nonce's end (RFC 8446, 5.3; RFC 7905, 2).
fn with_number(mut nonce: [u8; NONCE], number: u64) -> [u8; NONCE] {
    for (byte, number) in nonce.iter_mut().skip(NONCE - 8).zip(number.to_be_bytes()) {
        *byte ^= number;
    }
    nonce
}

impl Cipher {
    fn new(bulk: Bulk, key: &[u8]) -> Option<Cipher> {
        Some(match bulk {
            Bulk::Aes128Gcm => Cipher::Aes128Gcm(keyed(key)?),
            Bulk::Aes256Gcm => Cipher::Aes256Gcm(keyed(key)?),
            Bulk::ChaCha20Poly1305 => Cipher::ChaCha20Poly1305(keyed(key)?),
            Bulk::Aes128Ccm => Cipher::Aes128Ccm(keyed(key)?),
            Bulk::Aes256Ccm => Cipher::Aes256Ccm(keyed(key)?),
            Bulk::Aes128Ccm8 => Cipher::Aes128Ccm8(keyed(key)?),
            Bulk::Aes256Ccm8 => Cipher::Aes256Ccm8(keyed(key)?),
            Bulk::Aes128Cbc(_) | Bulk::Aes256Cbc(_) => return None,
        })
    }

    fn tag(&self) -> usize {
        match self {
            Cipher::Aes128Ccm8(_) | Cipher::Aes256Ccm8(_) => 8,
            Cipher::Blocks(_) => 0,
            _ => 16,
        }
    }

    fn open(&self, nonce: [u8; NONCE], beside: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        match self {
            Cipher::Aes128Gcm(cipher) => open(cipher.as_ref(), &nonce, beside, sealed),
            Cipher::Aes256Gcm(cipher) => open(cipher.as_ref(), &nonce, beside, sealed),
            Cipher::ChaCha20Poly1305(cipher) => open(cipher.as_ref(), &nonce, beside, sealed),
            Cipher::Aes128Ccm(cipher) => open(cipher.as_ref(), &nonce, beside, sealed),
            Cipher::Aes256Ccm(cipher) => open(cipher.as_ref(), &nonce, beside, sealed),
            Cipher::Aes128Ccm8(cipher) => open(cipher.as_ref(), &nonce, beside, sealed),
            Cipher::Aes256Ccm8(cipher) => open(cipher.as_ref(), &nonce, beside, sealed),
            Cipher::Blocks(_) | Cipher::NotAtHand => None,
        }
    }
}

fn keyed<C: KeyInit>(key: &[u8]) -> Option<Box<C>> {
    C::new_from_slice(key).ok().map(Box::new)
}

fn open<C: Aead>(cipher: &C, nonce: &[u8], beside: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let nonce = Nonce::<C>::try_from(nonce).ok()?;
    cipher.decrypt(&nonce, Payload { msg: sealed, aad: beside }).ok()
}
