//! Opens the records of one side in their order, and finds the order again where records are missing.
//!
//! A record does not tell its number (RFC 8446, 5.3; RFC 5246, 6.1): it opens under the right one alone. Behind a hole, and where a change of keys may
//! have been lost, the next numbers and the next keys are tried. What may be tried in vain grows with the bytes that came, so that the time
//! spent does, too.

use serde::{Deserialize, Serialize};
use tls_parser::TlsRecordType;

use super::blocks::CipherBlock;
use super::derivation::{next_generation, prf};
use super::found::NotOpened;
use super::handshake::BySide;
use super::names::TLS13;
use super::protection::{OpenedRecord, Protection};
use super::secrets::{ClientRandom, Secret, SessionSecrets};
use super::suites::{self, Bulk, KeyHash, TLS10, Tls12Keys};
use crate::flow::Side;

/// Records that may be missing in one place.
const MOST_MISSING: u64 = 256;
/// The shortest record: header, tag and type. The longest: what RFC 8446, 5.2 allows.
const SHORTEST: u64 = 5 + 16;
const LONGEST: u64 = 5 + (1 << 14) + 256;
/// Bytes of a side that may be tried in vain from the beginning, and for each byte that came.
const FIRST_TRIALS: u64 = 256 * 1024;
const TRIALS_PER_BYTE: u64 = 4;
/// What the shortest record costs, in bytes: trying has a price of its own.
const LEAST_TRIAL: u64 = 1024;
/// TLS 1.2.
const TLS12: u16 = 0x0303;

/// What both hellos settle, as far as keys follow from it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Settled {
    pub version: u16,
    pub cipher_suite: u16,
    pub client_random: ClientRandom,
    pub server_random: ClientRandom,
    /// RFC 7366.
    pub encrypt_then_mac: bool,
}

/// The keys of one side, in the order in which they are used. Where a reading is kept, what they follow from is written of them, and no key: they are
/// derived again ([`Opener::take_keys`]).
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Opener {
    settled: Settled,
    /// Whose keys they are, as TLS names the sides.
    of: Side,
    epochs: Vec<KeyEpoch>,
    chain: ChainedWith,
    trials: u64,
}

/// With what the next record is chained in TLS 1.0.
#[derive(Debug, Serialize, Deserialize)]
enum ChainedWith {
    /// With a block that follows from the keys, before the first record.
    Keys {
        #[serde(skip)]
        first: CipherBlock,
    },
    /// With the last block of the record before.
    Record(CipherBlock),
    /// With one that did not come, or with none.
    Nothing,
}

/// Keys and the number of the next record under them.
#[derive(Debug, Serialize, Deserialize)]
struct KeyEpoch {
    #[serde(skip, default = "Protection::not_at_hand")]
    protection: Protection,
    number: u64,
    stage: KeyStage,
    /// Of TLS 1.3 after the handshake: what the next keys follow from.
    #[serde(skip)]
    generation: Option<(Bulk, KeyHash, Secret)>,
}

/// When keys are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum KeyStage {
    /// For early data.
    Early,
    /// In TLS 1.3, for the handshake.
    Handshake,
    /// In TLS 1.3, for what the application says behind so many changes of the keys.
    Application(u64),
    /// Before TLS 1.3, for all.
    Whole,
}

/// A record that was opened.
#[derive(Debug)]
pub(super) struct Found {
    pub record: OpenedRecord,
    /// By the keys of early data.
    pub is_early: bool,
    /// Records under the same keys that are missing before it.
    pub missing: u64,
}

impl KeyEpoch {
    fn tls13(bulk: Bulk, hash: KeyHash, secret: &Secret) -> Option<KeyEpoch> {
        let protection = Protection::tls13(bulk, hash, secret)?;
        Some(KeyEpoch { protection, number: 0, stage: KeyStage::Handshake, generation: None })
    }

    fn early(bulk: Bulk, hash: KeyHash, secret: &Secret) -> Option<KeyEpoch> {
        Some(KeyEpoch { stage: KeyStage::Early, ..KeyEpoch::tls13(bulk, hash, secret)? })
    }

    fn application(bulk: Bulk, hash: KeyHash, secret: &Secret, updates: u64) -> Option<KeyEpoch> {
        let (stage, generation) = (KeyStage::Application(updates), Some((bulk, hash, secret.clone())));
        Some(KeyEpoch { stage, generation, ..KeyEpoch::tls13(bulk, hash, secret)? })
    }

    fn after_update(&self) -> Option<KeyEpoch> {
        let (Some((bulk, hash, secret)), KeyStage::Application(updates)) = (&self.generation, self.stage)
        else {
            return None;
        };
        KeyEpoch::application(*bulk, *hash, &next_generation(*hash, secret)?, updates.checked_add(1)?)
    }

    fn is_early(&self) -> bool {
        self.stage == KeyStage::Early
    }
}

impl Opener {
    /// For both sides of TLS, as far as the secrets go; none where suite or version are not read.
    pub fn of_sides(settled: &Settled, secrets: &SessionSecrets) -> BySide<Option<Opener>> {
        match settled.version {
            TLS13 => BySide {
                client: Opener::tls13(
                    (settled, Side::Client),
                    secrets.early.as_ref(),
                    secrets.handshake.client.as_ref(),
                    secrets.application.client.as_ref(),
                ),
                server: Opener::tls13(
                    (settled, Side::Server),
                    None,
                    secrets.handshake.server.as_ref(),
                    secrets.application.server.as_ref(),
                ),
            },
            TLS10..=TLS12 => Opener::tls12(settled, secrets).unwrap_or_default(),
            _ => BySide::default(),
        }
    }

    /// Why none of both sides' records can be opened.
    pub fn why_none(settled: &Settled) -> NotOpened {
        let (version, suite) = (settled.version, settled.cipher_suite);
        let is_known = match version {
            TLS13 => suites::of_tls13(suite).is_some(),
            TLS12 => suites::of_tls12(suite).is_some(),
            TLS10..TLS12 => suites::of_tls10(suite).is_some(),
            _ => return NotOpened::Version(version),
        };
        if is_known { NotOpened::OtherSecrets } else { NotOpened::Suite { version, suite } }
    }

    fn new(settled: &Settled, of: Side, epochs: Vec<KeyEpoch>) -> Option<Opener> {
        let (settled, chain, trials) = (*settled, ChainedWith::Nothing, FIRST_TRIALS);
        (!epochs.is_empty()).then_some(Opener { settled, of, epochs, chain, trials })
    }

    /// By what the session is known whose keys they are.
    pub fn client_random(&self) -> &ClientRandom {
        &self.settled.client_random
    }

    /// Derives the keys again that were not written, from the secrets with which it was made; `None` where they do not follow from these.
    pub fn take_keys(&mut self, secrets: &SessionSecrets) -> Option<()> {
        let sides = Opener::of_sides(&self.settled, secrets);
        let of_side = match self.of {
            Side::Client => sides.client,
            Side::Server => sides.server,
        };
        let Opener { epochs: mut fresh, chain, .. } = of_side?;
        for epoch in &mut self.epochs {
            let begins = |fresh: &KeyEpoch| match (fresh.stage, epoch.stage) {
                (KeyStage::Application(_), KeyStage::Application(_)) => true,
                (fresh, stage) => fresh == stage,
            };
            let mut keys = fresh.swap_remove(fresh.iter().position(begins)?);
            while keys.stage != epoch.stage {
                keys = keys.after_update()?;
            }
            *epoch = KeyEpoch { number: epoch.number, ..keys };
        }
        if let ChainedWith::Keys { .. } = self.chain {
            self.chain = chain;
        }
        Some(())
    }

    fn tls13(
        (settled, of): (&Settled, Side),
        early: Option<&Secret>,
        handshake: Option<&Secret>,
        application: Option<&Secret>,
    ) -> Option<Opener> {
        let (bulk, hash) = suites::of_tls13(settled.cipher_suite)?;
        // A server that takes early data takes the suite with which it was protected (RFC 8446, 4.2.10).
        let early = early.and_then(|secret| KeyEpoch::early(bulk, hash, secret));
        let handshake = handshake.and_then(|secret| KeyEpoch::tls13(bulk, hash, secret));
        let application = application.and_then(|secret| KeyEpoch::application(bulk, hash, secret, 0));
        Opener::new(settled, of, [early, handshake, application].into_iter().flatten().collect())
    }

    /// RFC 5246, 6.3: the keys of both sides are cut from one row of bytes. So they were in TLS 1.0 (RFC 2246, 6.3) and 1.1.
    fn tls12(settled: &Settled, secrets: &SessionSecrets) -> Option<BySide<Option<Opener>>> {
        let version = settled.version;
        let of_version = if version < TLS12 { suites::of_tls10 } else { suites::of_tls12 };
        let (bulk, hash) = of_version(settled.cipher_suite)?;
        let lengths = [bulk.mac_key(), bulk.key(), bulk.fixed_nonce(version)];
        let seed: [&[u8]; 2] = [&settled.server_random, &settled.client_random];
        let length = 2 * lengths.iter().sum::<usize>();
        let row = prf(hash, secrets.master.as_ref()?, "key expansion", &seed, length)?;
        let mut rest = row.as_slice();
        let mut parts: [[&[u8]; 2]; 3] = [[&[]; 2]; 3];
        for (part, length) in parts.iter_mut().zip(lengths) {
            for of_side in part {
                (*of_side, rest) = rest.split_at_checked(length)?;
            }
        }
        let opener = |of: Side| {
            let [mac_key, key, nonce] = parts.map(|part| part[of as usize]);
            let keys = Tls12Keys { version, key, mac_key, nonce, encrypt_then_mac: settled.encrypt_then_mac };
            let protection = Protection::tls12(bulk, &keys)?;
            let epoch = KeyEpoch { protection, number: 0, stage: KeyStage::Whole, generation: None };
            let first = nonce.try_into().ok();
            let chain = first.map_or(ChainedWith::Nothing, |first| ChainedWith::Keys { first });
            Some(Opener { chain, ..Opener::new(settled, of, vec![epoch])? })
        };
        Some(BySide { client: opener(Side::Client), server: opener(Side::Server) })
    }

    /// Opens the next record. `hole`: bytes before it that were not opened, where there were any.
    pub fn open(&mut self, kind: TlsRecordType, payload: &[u8], hole: Option<u64>) -> Option<Found> {
        let next = self.epochs.first().and_then(|epoch| epoch.protection.next_vector(payload));
        let found = self.find(kind, payload, hole);
        self.chain = next.map_or(ChainedWith::Nothing, ChainedWith::Record);
        found
    }

    /// A record does not come.
    pub fn record_is_missing(&mut self) {
        self.chain = ChainedWith::Nothing;
    }

    fn find(&mut self, kind: TlsRecordType, payload: &[u8], hole: Option<u64>) -> Option<Found> {
        self.trials = self.trials.saturating_add((payload.len() as u64).saturating_mul(TRIALS_PER_BYTE));
        let most = hole.map_or(0, |bytes| (bytes / SHORTEST).min(MOST_MISSING));
        let likely = hole.map_or(0, |bytes| (bytes / LONGEST).min(most));
        for at in 0..self.epochs.len() {
            let Some(found) = self.try_epoch(at, likely, most, kind, payload) else { continue };
            self.epochs.drain(..at);
            return Some(found);
        }
        // A KeyUpdate may be among what is missing.
        hole?;
        self.epochs.push(self.epochs.last()?.after_update()?);
        let at = self.epochs.len() - 1;
        let found = self.try_epoch(at, 0, most, kind, payload);
        match found {
            Some(_) => drop(self.epochs.drain(..at)),
            None => drop(self.epochs.pop()),
        }
        found
    }

    /// Tries the numbers from the likeliest on.
    fn try_epoch(
        &mut self,
        at: usize,
        likely: u64,
        most: u64,
        kind: TlsRecordType,
        payload: &[u8],
    ) -> Option<Found> {
        let Opener { epochs, chain, trials, .. } = self;
        let vector = match chain {
            ChainedWith::Keys { first: block } | ChainedWith::Record(block) => Some(&*block),
            ChainedWith::Nothing => None,
        };
        let epoch = epochs.get_mut(at)?;
        for missing in (likely..=most).chain(0..likely) {
            let number = epoch.number.checked_add(missing)?;
            if let Some(record) = epoch.protection.open(number, kind, payload, vector) {
                epoch.number = number.checked_add(1)?;
                return Some(Found { record, is_early: epoch.is_early(), missing });
            }
            *trials = trials.checked_sub(LEAST_TRIAL.max(payload.len() as u64))?;
        }
        None
    }

    /// Early data is not taken, or is over.
    pub fn without_early(&mut self) {
        self.epochs.retain(|epoch| !epoch.is_early());
    }

    /// The side said Finished: what it says next is protected by the application's keys (RFC 8446, 4.4.4).
    pub fn finished(&mut self) {
        if self.epochs.len() > 1 {
            self.epochs.remove(0);
        }
    }

    /// The side said KeyUpdate (RFC 8446, 4.6.3).
    pub fn update(&mut self) {
        if let [.., last] = self.epochs.as_slice()
            && let Some(next) = last.after_update()
        {
            self.epochs = vec![next];
        }
    }

    /// How much text lies in a hole of so many bytes and records.
    pub fn text_of(&self, bytes: u64, records: u64) -> u64 {
        self.epochs.first().map_or(0, |epoch| epoch.protection.text_of(bytes, records))
    }
}
