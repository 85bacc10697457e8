//! TLS records (RFC 8446, 5.1; RFC 5246, 6.2.1): framed as they come, payloads handed on, gaps stepped over by length.

use serde::{Deserialize, Serialize};
use tls_parser::TlsRecordType;

use super::probe::{Probe, probe};
use super::written;

/// Bytes of a record's header: type, version, length.
const HEADER: usize = 5;

/// Frames one side's stream.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Records {
    header: [u8; HEADER],
    place: RecordPlace,
}

/// Where in a stream of records reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum RecordPlace {
    /// So many bytes of a header came.
    Header(usize),
    /// In a payload.
    Payload {
        #[serde(with = "written")]
        kind: TlsRecordType,
        length: u16,
        left: u16,
    },
    /// Bytes are missing around a header: the next record is looked for where a segment begins.
    Lost,
}

impl Default for RecordPlace {
    fn default() -> Self {
        RecordPlace::Header(0)
    }
}

/// What comes next in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordPart<'a> {
    /// A record begins.
    Begins { kind: TlsRecordType, length: u16 },
    /// A part of its payload.
    Payload { kind: TlsRecordType, bytes: &'a [u8] },
    /// It is complete.
    Ended { kind: TlsRecordType, length: u16 },
    /// These bytes are no record; before them came what [`Records::held`] gives.
    NoRecord(&'a [u8]),
}

impl RecordPart<'_> {
    /// The type of its record.
    pub fn kind(&self) -> Option<TlsRecordType> {
        match self {
            RecordPart::Begins { kind, .. }
            | RecordPart::Payload { kind, .. }
            | RecordPart::Ended { kind, .. } => Some(*kind),
            RecordPart::NoRecord(_) => None,
        }
    }
}

/// The beginning of a record's header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldHeader {
    header: [u8; HEADER],
    have: usize,
}

impl HeldHeader {
    /// What is there of it.
    pub fn bytes(&self) -> &[u8] {
        &self.header[..self.have]
    }
}

/// What a gap did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// It lay in the payload of a record of this kind; `ended` if the record is over.
    Payload { kind: TlsRecordType, ended: bool },
    /// The framing is lost.
    Framing,
}

impl Records {
    /// The next part; moves `data` on. `is_segment_start` says that `data` is. `None` when `data` is used up.
    pub fn next<'a>(&mut self, data: &mut &'a [u8], is_segment_start: bool) -> Option<RecordPart<'a>> {
        match self.place {
            RecordPlace::Header(have) => {
                let (part, rest) = data.split_at(data.len().min(HEADER - have));
                self.header[have..have + part.len()].copy_from_slice(part);
                let have = have + part.len();
                match probe(&self.header[..have]) {
                    Probe::No => {
                        let bytes = std::mem::take(data);
                        Some(RecordPart::NoRecord(bytes))
                    }
                    Probe::Certain => {
                        *data = rest;
                        let kind = TlsRecordType(self.header[0]);
                        let length = u16::from_be_bytes([self.header[3], self.header[4]]);
                        self.place = RecordPlace::Payload { kind, length, left: length };
                        Some(RecordPart::Begins { kind, length })
                    }
                    Probe::Possible | Probe::TooShort => {
                        *data = rest;
                        self.place = RecordPlace::Header(have);
                        None
                    }
                }
            }
            RecordPlace::Payload { kind, length, left: 0 } => {
                self.place = RecordPlace::Header(0);
                Some(RecordPart::Ended { kind, length })
            }
            RecordPlace::Payload { kind, length, left } => {
                if data.is_empty() {
                    return None;
                }
                let (bytes, rest) = data.split_at(data.len().min(usize::from(left)));
                *data = rest;
                let left = left.saturating_sub(u16::try_from(bytes.len()).unwrap_or(left));
                self.place = RecordPlace::Payload { kind, length, left };
                Some(RecordPart::Payload { kind, bytes })
            }
            RecordPlace::Lost if is_segment_start && probe(data) == Probe::Certain => {
                self.place = RecordPlace::Header(0);
                self.next(data, false)
            }
            RecordPlace::Lost => {
                *data = &[];
                None
            }
        }
    }

    /// Takes application data without looking at them if the record goes on behind them.
    #[inline]
    pub fn pass_application_data(&mut self, length: usize) -> bool {
        match &mut self.place {
            RecordPlace::Payload { kind: TlsRecordType::ApplicationData, left, .. } => {
                match u16::try_from(length) {
                    Ok(length) if length < *left => {
                        *left -= length;
                        true
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// The bytes of a header that came with earlier segments.
    pub fn held(&self) -> HeldHeader {
        match self.place {
            RecordPlace::Header(have) => HeldHeader { header: self.header, have },
            _ => HeldHeader { header: self.header, have: 0 },
        }
    }

    /// Bytes that were not captured.
    pub fn gap(&mut self, length: u64) -> Skipped {
        match self.place {
            RecordPlace::Payload { kind, length: whole, left } if length <= u64::from(left) => {
                let left = left.saturating_sub(u16::try_from(length).unwrap_or(left));
                self.place = match left {
                    0 => RecordPlace::Header(0),
                    _ => RecordPlace::Payload { kind, length: whole, left },
                };
                Skipped::Payload { kind, ended: left == 0 }
            }
            _ => {
                self.lose();
                Skipped::Framing
            }
        }
    }

    /// Reading goes on at the next certain record.
    pub fn lose(&mut self) {
        self.place = RecordPlace::Lost;
    }
}
