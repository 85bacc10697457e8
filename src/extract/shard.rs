//! One share of a capture's connections: its own flow table, its own counts, its own rows. Shards share nothing while they work but what
//! they were given, which none of them changes.

use std::collections::BTreeMap;

use super::attempts::Attempts;
use super::collector::ShardCollector;
use super::given::Given;
use super::sharding::SHARDS;
use crate::capture::Packet;
use crate::evidence::capture_facts::ApplicationFacts;
use crate::evidence::row::ConnectionRow;
use crate::evidence::view::{Group, View};
use crate::flow::{ConnectionTable, Facts, PacketId, StreamIndex, TableLimits};
use crate::packet::{self, Carried, Datagram, Tally};
use crate::time::Time;

/// A share of a capture's connections.
pub struct Shard<'a> {
    table: ConnectionTable<ShardCollector<'a>>,
    collector: ShardCollector<'a>,
    tally: Tally,
}

/// What a shard has made of its connections.
pub struct Harvest {
    /// Connections kept. Their stream numbers are the shard's own until they are assigned.
    pub rows: Vec<ConnectionRow>,
    /// Counts and samples by the group of connections that they came from.
    pub views: BTreeMap<Group, View>,
    /// HTTP and TLS counts by file of the set.
    pub application_facts: Vec<ApplicationFacts>,
    /// The flow's counts by file of the set.
    pub facts: Vec<Facts>,
    /// First frames of the connections.
    pub index: StreamIndex,
    /// What is known of attempts since the pass last asked.
    pub attempts: Attempts,
}

impl<'a> Shard<'a> {
    /// An empty shard.
    pub fn new(given: Given<'a>) -> Shard<'a> {
        let limits = TableLimits::default();
        let limits = TableLimits { total_bytes: limits.total_bytes / SHARDS, ..limits };
        Shard {
            table: ConnectionTable::new(limits),
            collector: ShardCollector::new(given),
            tally: Tally::default(),
        }
    }

    /// Takes a packet of a file; packets of a shard come in order. `now` is the reading of the capture's clock.
    #[inline]
    pub fn packet(&mut self, now: i64, file: u32, packet: &Packet<'_>) {
        let carried = packet::decode(packet, &mut self.tally);
        self.carried(now, file, packet, &carried);
    }

    /// Takes what a packet, the last fragment of a datagram, made whole.
    pub fn datagram(&mut self, now: i64, file: u32, packet: &Packet<'_>, datagram: &Datagram) {
        let carried = datagram.decode(&mut self.tally);
        self.carried(now, file, packet, &carried);
    }

    #[inline]
    fn carried(&mut self, now: i64, file: u32, packet: &Packet<'_>, carried: &Carried<'_>) {
        let Shard { table, collector, .. } = self;
        collector.now = collector.now.max(packet.time);
        let id = PacketId { file, frame: packet.frame };
        table.packet_at(collector, now, carried, id, packet.time);
    }

    /// What its packets were, since this was last asked.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// What it saw of attempts, to be emptied by who asks.
    pub fn attempts(&mut self) -> &mut Attempts {
        &mut self.collector.attempts
    }

    /// No more packets; the capture's last was at `end`.
    pub fn finish(mut self, end: Time, files: u32) -> Harvest {
        self.collector.now = end;
        self.table.finish(&mut self.collector);
        let ShardCollector { rows, views, facts: application_facts, attempts, .. } = self.collector;
        let facts = (0..files).map(|file| self.table.facts(file)).collect();
        Harvest { rows, views, application_facts, facts, index: self.table.stream_index().clone(), attempts }
    }
}
