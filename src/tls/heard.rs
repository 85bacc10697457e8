//! How much of a ClientHello its server acknowledged.

use serde::{Deserialize, Serialize};

use super::handshake::{BySide, ClientHello};
use crate::flow::{Arrival, Side};

/// Where the ClientHello ends, and what of each side's stream was acknowledged.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Heard {
    /// Stream offset behind the ClientHello.
    hello_end: Option<u64>,
    /// The capture has not all of it.
    is_cut: bool,
    acknowledged: BySide<Option<(u64, Arrival)>>,
}

impl Heard {
    /// The ClientHello ends there.
    pub fn hello_ends(&mut self, end: Option<u64>) {
        self.hello_end = end;
    }

    /// Of the ClientHello nothing comes behind the offset `came_to`, where so many bytes of it are missing.
    pub fn hello_cut(&mut self, came_to: u64, missing: u64) {
        self.is_cut = true;
        self.hello_end = Some(came_to.saturating_add(missing));
    }

    /// The peer has acknowledged this side's bytes up to that offset.
    pub fn acknowledged(&mut self, from: Side, offset: u64, at: Arrival) {
        *self.acknowledged.of_mut(from) = Some((offset, at));
    }

    /// Notes in the hello when all of it was acknowledged.
    pub fn settle(&self, client: Side, hello: &mut ClientHello) {
        if let (Some(end), Some((offset, at))) = (self.hello_end, *self.acknowledged.of(client))
            && offset >= end
        {
            hello.acknowledged.get_or_insert(at);
        }
    }

    /// Notes in the hello, at the end of the connection, whether a part of it was acknowledged and never all.
    pub fn conclude(&self, client: Side, hello: &mut ClientHello) {
        let is_part = |offset: u64| offset > 0 && self.hello_end.is_some_and(|end| offset < end);
        let last = self.acknowledged.of(client).filter(|(offset, _)| self.is_cut && is_part(*offset));
        hello.part_acknowledged = last.map(|(_, at)| at);
    }
}
