//! TLS records (RFC 8446, 5.1; RFC 5246, 6.2.1): framed as they come, payloads handed on, gaps stepped over by length.

use super::probe::{Probe, probe};

/// Record types.
pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const APPLICATION_DATA: u8 = 23;

/// Frames one side's stream.
#[derive(Debug, Default)]
pub(crate) struct Records {
    header: [u8; 5],
    state: Framing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// So many bytes of a header came.
    Header(usize),
    /// In a payload.
    Payload { kind: u8, length: u16, left: u16 },
    /// Bytes are missing around a header: the next record is looked for where a segment begins.
    Lost,
}

impl Default for Framing {
    fn default() -> Self {
        Framing::Header(0)
    }
}

/// What comes next in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// A record began.
    Began { kind: u8, length: u16 },
    /// A part of its payload.
    Payload { kind: u8, bytes: &'a [u8] },
    /// It is complete.
    Ended { kind: u8, length: u16 },
    /// These bytes are no record; before them came what [`Records::held`] gives.
    NoRecord(&'a [u8]),
}

/// What a gap did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// It lay in the payload of a record of this kind; `ended` if the record is over.
    Payload { kind: u8, ended: bool },
    /// The framing is lost.
    Framing,
}

impl Records {
    /// The next item; moves `data` on. `fresh` says that `data` is the start of a segment. `None` when `data` is used up.
    pub fn next<'a>(&mut self, data: &mut &'a [u8], fresh: bool) -> Option<Item<'a>> {
        match self.state {
            Framing::Header(have) => {
                let (part, rest) = data.split_at(data.len().min(5 - have));
                self.header[have..have + part.len()].copy_from_slice(part);
                let have = have + part.len();
                match probe(&self.header[..have]) {
                    Probe::No => {
                        let bytes = std::mem::take(data);
                        Some(Item::NoRecord(bytes))
                    }
                    Probe::Certain => {
                        *data = rest;
                        let kind = self.header[0];
                        let length = u16::from_be_bytes([self.header[3], self.header[4]]);
                        self.state = Framing::Payload { kind, length, left: length };
                        Some(Item::Began { kind, length })
                    }
                    Probe::Possible | Probe::TooShort => {
                        *data = rest;
                        self.state = Framing::Header(have);
                        None
                    }
                }
            }
            Framing::Payload { kind, length, left: 0 } => {
                self.state = Framing::Header(0);
                Some(Item::Ended { kind, length })
            }
            Framing::Payload { kind, length, left } => {
                if data.is_empty() {
                    return None;
                }
                let (bytes, rest) = data.split_at(data.len().min(usize::from(left)));
                *data = rest;
                let left = left.saturating_sub(u16::try_from(bytes.len()).unwrap_or(left));
                self.state = Framing::Payload { kind, length, left };
                Some(Item::Payload { kind, bytes })
            }
            Framing::Lost if fresh && probe(data) == Probe::Certain => {
                self.state = Framing::Header(0);
                self.next(data, false)
            }
            Framing::Lost => {
                *data = &[];
                None
            }
        }
    }

    /// Takes application data without looking at them if the record goes on behind them.
    #[inline]
    pub fn pass_application_data(&mut self, length: usize) -> bool {
        match &mut self.state {
            Framing::Payload { kind: APPLICATION_DATA, left, .. } => match u16::try_from(length) {
                Ok(length) if length < *left => {
                    *left -= length;
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The bytes of a header that came with earlier segments.
    pub fn held(&self) -> &[u8] {
        match self.state {
            Framing::Header(have) => &self.header[..have],
            _ => &[],
        }
    }

    /// Bytes that were not captured.
    pub fn gap(&mut self, length: u64) -> Skipped {
        match self.state {
            Framing::Payload { kind, length: whole, left } if length <= u64::from(left) => {
                let left = left.saturating_sub(u16::try_from(length).unwrap_or(left));
                self.state = match left {
                    0 => Framing::Header(0),
                    _ => Framing::Payload { kind, length: whole, left },
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
        self.state = Framing::Lost;
    }
}
