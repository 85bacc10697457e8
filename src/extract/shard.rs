//! A shard: a part of a capture's connections, with a flow table, counts and rows of its own. While they work, shards have nothing in
//! common but what they were given, and none of them changes that.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::attempts::Attempts;
use super::collector::{CollectorState, ShardCollector};
use super::given::Given;
use super::seen::SeenByShard;
use super::sharding::SHARDS;
use crate::capture::Packet;
use crate::evidence::capture_facts::ApplicationFacts;
use crate::evidence::row::{ConnectionRow, ExchangeRow};
use crate::evidence::view::{Group, View};
use crate::flow::{ConnectionTable, Facts, PacketId, StreamIndex, TableLimits};
use crate::packet::{self, Carried, Datagram, Tally};
use crate::time::{Duration, Time};
use crate::tls::{FoundSessions, Sessions};

/// A part of a capture's connections.
pub struct Shard<'a> {
    table: ConnectionTable<ShardCollector<'a>>,
    collector: ShardCollector<'a>,
    tally: Tally,
}

/// What is written of a shard.
pub type ShardState<'a> = (ConnectionTable<ShardCollector<'a>>, CollectorState);

/// What a shard has gathered from its connections.
pub struct Harvest {
    /// Connections kept. Their stream numbers are the shard's own until they are assigned.
    pub rows: Vec<Box<ConnectionRow>>,
    /// Counts and samples by the group of connections that they came from.
    pub views: BTreeMap<Group, View>,
    /// HTTP and TLS counts by file of the set.
    pub application_facts: Vec<ApplicationFacts>,
    /// The flow's counts by file of the set.
    pub facts: Vec<Facts>,
    /// First frames of the connections.
    pub index: StreamIndex,
    /// Attempts that failed and requests that were answered, since the pass last asked.
    pub attempts: Attempts,
    /// TLS sessions that were found, of those whose secrets are known.
    pub found: FoundSessions,
}

impl<'a> Shard<'a> {
    /// An empty shard.
    pub fn new(given: Given<'a>) -> Shard<'a> {
        let limits = TableLimits::within(given.memory);
        let limits = TableLimits {
            total_bytes: limits.total_bytes / SHARDS,
            half_open: limits.half_open / SHARDS,
            ..limits
        };
        Shard {
            table: ConnectionTable::new(limits),
            collector: ShardCollector::new(given),
            tally: Tally::default(),
        }
    }

    /// What is written of it between two files, when the pass has taken all that it saw.
    pub fn state(&self) -> impl Serialize {
        (&self.table, self.collector.state())
    }

    /// The shard of which this was written; `None` where the secrets are not there with which its connections were opened.
    pub fn restored(
        given: Given<'a>,
        sessions: &Arc<Sessions>,
        (mut table, collector): ShardState<'a>,
    ) -> Option<Shard<'a>> {
        let mut collector = ShardCollector::restored(given, sessions, collector);
        for dialogue in table.protocols() {
            dialogue.wake(sessions, &mut collector.texts)?;
        }
        Some(Shard { table, collector, tally: Tally::default() })
    }

    /// Takes a packet of a file; packets of a shard come in order. `now` is the reading of the capture's clock.
    #[inline]
    pub fn packet(&mut self, now: Duration, file: u32, packet: &Packet<'_>) {
        let carried = packet::decode(packet, &mut self.tally);
        self.carried(now, file, packet, &carried);
    }

    /// Takes the datagram that a packet, as its last fragment, completed.
    pub fn datagram(&mut self, now: Duration, file: u32, packet: &Packet<'_>, datagram: &Datagram) {
        let carried = datagram.decode(&mut self.tally);
        self.carried(now, file, packet, &carried);
    }

    #[inline]
    fn carried(&mut self, now: Duration, file: u32, packet: &Packet<'_>, carried: &Carried<'_>) {
        let Shard { table, collector, .. } = self;
        collector.now = collector.now.max(packet.time);
        let id = PacketId::new(file, packet.frame);
        table.packet_at(collector, now, carried, id, packet.time);
    }

    /// The TLS sessions whose secrets are known from here on.
    pub fn know(&mut self, sessions: Arc<Sessions>) {
        self.collector.sessions = sessions;
    }

    /// The counts of its packets since the last call.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// The attempts that it saw since the last call.
    pub fn take_attempts(&mut self) -> Attempts {
        std::mem::take(&mut self.collector.attempts)
    }

    /// From here on every connection and every exchange is noted.
    pub fn note_all(&mut self) {
        let files = Arc::clone(self.collector.given.files);
        self.collector.seen = Some(SeenByShard { files, ..SeenByShard::default() });
    }

    /// What it has seen since the last call, where it notes all.
    pub fn take_seen(&mut self) -> (Vec<ConnectionRow>, Vec<ExchangeRow>) {
        self.collector.seen.as_mut().map(SeenByShard::take).unwrap_or_default()
    }

    /// First frames of its connections.
    pub fn streams(&self) -> &StreamIndex {
        self.table.stream_index()
    }

    /// There are no more packets; the last packet of the capture was at `end`.
    pub fn close(&mut self, end: Time) {
        self.collector.now = end;
        self.table.finish(&mut self.collector);
    }

    /// What it gathered, when there are no more packets; the last packet of the capture was at `end`.
    pub fn finish(mut self, end: Time, files: u32) -> Harvest {
        self.close(end);
        let ShardCollector { rows, views, facts: application_facts, attempts, found, .. } = self.collector;
        let facts = (0..files).map(|file| self.table.facts(file)).collect();
        let index = self.table.take_stream_index();
        Harvest { rows: rows.into_rows(), views, application_facts, facts, index, attempts, found }
    }
}
