//! A record that can be opened: while it is not whole, and what it said.

use serde::{Deserialize, Serialize};

use super::protection::OpenedRecord;
use crate::flow::Arrival;

/// A record that is not whole yet.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RecordAtHand {
    pub begun: Arrival,
    pub start: u64,
    pub payload: Vec<u8>,
}

/// What a record said.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SaidInside {
    pub record: OpenedRecord,
    /// The packet in which the record began.
    pub begun: Arrival,
    /// Something before it was not opened.
    pub after_hole: bool,
}
