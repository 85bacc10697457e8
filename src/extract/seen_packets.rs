//! What the shards of a capture noted, handed out with the numbers of their streams, in an order that does not depend on them.

use super::row_taker::{RowTaker, Rows};
use super::shard::Shard;
use crate::error::Result;
use crate::evidence::{ConnectionRow, ExchangeRow};
use crate::flow::{Arrival, StreamIndex};

/// What all shards of a capture hand out, and to whom.
pub struct SeenPackets<'t> {
    taker: &'t mut dyn RowTaker,
    /// First frames of the connections of all shards, and how many of them are known.
    streams: StreamIndex,
    known: Vec<Vec<usize>>,
    /// Why nothing more is handed out.
    result: Result<()>,
}

impl<'t> SeenPackets<'t> {
    /// Nothing yet of a capture.
    pub fn new(taker: &'t mut dyn RowTaker) -> SeenPackets<'t> {
        SeenPackets { taker, streams: StreamIndex::default(), known: Vec::new(), result: Ok(()) }
    }

    /// Shards of a capture begin: they note what they see.
    pub fn begin(&mut self, shards: &mut [Shard<'_>]) {
        self.known.clear();
        shards.iter_mut().for_each(Shard::note_all);
    }

    /// Hands out what the shards have seen since the last time: all have read the same packets.
    pub fn hand_out(&mut self, shards: &mut [&mut Shard<'_>]) {
        self.streams.follow(shards.iter().map(|shard| shard.streams()), &mut self.known);
        let (mut connections, mut exchanges) = (Vec::new(), Vec::new());
        for shard in shards {
            let (mut of_shard, mut asked) = shard.take_seen();
            let number = |at: Arrival| {
                let first = shard.streams().first_of_stream(at.packet.file(), at.packet.frame());
                self.streams.number(at.packet.file(), first)
            };
            asked.iter_mut().for_each(|row| row.stream = number(row.connection));
            for row in &mut of_shard {
                for seen in &mut row.connection.seen_in {
                    let first = shard.streams().first_of_stream(seen.file, seen.first_frame);
                    seen.stream = self.streams.number(seen.file, first).unwrap_or(seen.stream);
                }
            }
            connections.append(&mut of_shard);
            exchanges.append(&mut asked);
        }
        connections.sort_by_key(|row: &ConnectionRow| row.connection.first.packet);
        exchanges.sort_by_key(|row: &ExchangeRow| {
            let stream = row.exchange.stream.as_ref().map(|stream| stream.id);
            (row.first().map(|first| first.packet), row.connection.packet, stream, row.exchange.number)
        });
        if self.result.is_ok() {
            self.result = self.taker.take(Rows::Connections(connections));
        }
        if self.result.is_ok() {
            self.result = self.taker.take(Rows::Exchanges(exchanges));
        }
    }

    /// Whether all could be handed out.
    ///
    /// # Errors
    /// That of the taker.
    pub fn finish(self) -> Result<()> {
        self.result
    }
}
