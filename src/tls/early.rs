//! Early data of TLS 1.3 (RFC 8446, 2.3) until it is known what the server makes of it: it says so in its EncryptedExtensions, behind what was said early.

use serde::{Deserialize, Serialize};
use tls_parser::TlsRecordType;

use super::said::{RecordAtHand, SaidInside};
use super::written;
use crate::flow::Arrival;

/// Bytes of early data that wait on one connection. Servers take 16 KiB by default (OpenSSL's `max_early_data`).
const MOST_WAITING: usize = 64 * 1024;

/// Records that came before the ServerHello chose the suite, and what was opened of them before the server told whether it takes them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Undecided {
    sealed: Vec<Sealed>,
    opened: Vec<SaidEarly>,
    bytes: usize,
}

/// A whole record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    #[serde(with = "written")]
    pub kind: TlsRecordType,
    pub record: RecordAtHand,
    /// Where it ends outside, and the packet in which it does.
    pub end: u64,
    pub at: Arrival,
}

/// What a record said.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SaidEarly {
    pub said: SaidInside,
    pub end: u64,
    pub at: Arrival,
}

impl Undecided {
    /// Keeps a record; gives back one for which there is no room.
    pub fn seal(&mut self, sealed: Sealed) -> Option<Sealed> {
        let bytes = self.bytes + sealed.record.payload.len();
        if bytes > MOST_WAITING {
            return Some(sealed);
        }
        self.bytes = bytes;
        self.sealed.push(sealed);
        None
    }

    /// The records, now that they can be opened. They no longer wait.
    pub fn take_sealed(&mut self) -> Vec<Sealed> {
        self.bytes = 0;
        std::mem::take(&mut self.sealed)
    }

    /// Keeps what a record said; `false` where there is no room.
    pub fn keep(&mut self, opened: SaidEarly) -> bool {
        let bytes = self.bytes + opened.said.record.text.len();
        let fits = bytes <= MOST_WAITING;
        if fits {
            self.bytes = bytes;
            self.opened.push(opened);
        }
        fits
    }

    /// What was said, in order.
    pub fn into_opened(self) -> Vec<SaidEarly> {
        self.opened
    }

    /// Bytes that wait, sealed or opened.
    pub fn waiting(&self) -> usize {
        self.bytes
    }
}
