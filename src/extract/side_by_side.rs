//! One capture file, gone over by several threads. Each reads a block, walks over its records, and has the shards take its packets, all while the block is
//! in the cache of its own processor. The walk and every group of shards are taken in turn, block after block: while one thread's packets are with the
//! last shards, the next one's are with the first, and a third reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attempts::{Attempts, HealedAttempts};
use super::batch::{Batch, Batches};
use super::in_turn::InTurn;
use super::seen_packets::SeenPackets;
use super::shard::Shard;
use super::sharding::SHARDS;
use crate::packet::Tally;
use crate::time::Time;
use crate::tls::{KeyLog, Sessions};

/// Groups of shards: as many threads can be with the shards at one time.
const GROUPS: usize = 8;
const SHARDS_IN_A_GROUP: usize = SHARDS / GROUPS;
/// More threads than this would wait for the walk, and each has a block of its own in memory.
const MOST_THREADS: usize = 8;

/// What the blocks of a capture add to, in their order, besides the shards.
pub struct Gathered<'a, 't> {
    /// Attempts that a later one healed.
    pub attempts: HealedAttempts,
    /// The latest time of a packet.
    pub end: Time,
    /// TLS sessions whose secrets are known so far.
    pub sessions: Arc<Sessions>,
    /// What files told of such secrets themselves, by their indices.
    pub told: BTreeMap<u32, KeyLog>,
    /// Who takes every connection and every exchange, where that is wanted.
    pub seen: Option<&'a mut SeenPackets<'t>>,
    /// Counts of the packets that no shard saw, of the file under way.
    pub tally: Tally,
}

/// A file under way.
struct FileUnderWay<'p, 'c, 'a, 's, 't> {
    file: u32,
    batches: &'p Batches<'c>,
    groups: Vec<InTurn<&'p mut [Shard<'a>]>>,
    gathered: InTurn<&'p mut Gathered<'s, 't>>,
    /// Every block is taken by all shards before the next one is.
    is_handed_out: bool,
    progress: &'p (dyn Fn(u64) + Sync),
}

/// Has the shards take all packets of a file, the one of index `file` in its set.
pub fn take_all<'a>(
    file: u32,
    batches: &Batches<'_>,
    shards: &mut [Shard<'a>],
    gathered: &mut Gathered<'_, '_>,
    progress: &(dyn Fn(u64) + Sync),
) {
    let is_handed_out = gathered.seen.is_some();
    let groups = shards.chunks_mut(SHARDS_IN_A_GROUP).map(InTurn::new).collect();
    let under_way =
        FileUnderWay { file, batches, groups, gathered: InTurn::new(gathered), is_handed_out, progress };
    // A thread that is here waits for those that came before it, and for nothing that the pool has yet to begin.
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(MOST_THREADS) {
            scope.spawn(|_| under_way.go());
        }
    });
}

impl FileUnderWay<'_, '_, '_, '_, '_> {
    /// Takes blocks until there are no more.
    fn go(&self) {
        let mut batch = Batch::default();
        while let Some(number) = self.batches.next_into(&mut batch) {
            match self.is_handed_out || !batch.secrets.is_empty() {
                true => self.alone(number, &batch),
                false => self.beside_others(number, &batch),
            }
            (self.progress)(batch.length);
        }
    }

    fn beside_others(&self, number: u64, batch: &Batch) {
        let mut attempts = Vec::with_capacity(SHARDS);
        for (group, first) in self.groups.iter().zip((0..).step_by(SHARDS_IN_A_GROUP)) {
            let mut shards = group.wait(number);
            for (shard, number) in shards.iter_mut().zip(first..) {
                self.take(shard, number, batch);
                attempts.push(shard.take_attempts());
            }
        }
        self.gathered.wait(number).take(batch, attempts);
    }

    /// Takes a block when all before it are done with, and before any behind it: where what the shards know changes with it, or what they have seen is handed
    /// out.
    fn alone(&self, number: u64, batch: &Batch) {
        let mut groups: Vec<_> = self.groups.iter().map(|group| group.wait(number)).collect();
        let mut shards: Vec<&mut Shard<'_>> = groups.iter_mut().flat_map(|group| group.iter_mut()).collect();
        let mut gathered = self.gathered.wait(number);
        gathered.learn(self.file, &batch.secrets, &mut shards);
        shards.iter_mut().enumerate().for_each(|(number, shard)| self.take(shard, number, batch));
        let attempts = shards.iter_mut().map(|shard| shard.take_attempts()).collect();
        gathered.take(batch, attempts);
        gathered.hand_out(&mut shards);
    }

    fn take(&self, shard: &mut Shard<'_>, number: usize, batch: &Batch) {
        for (record, packet) in batch.of_shard(number) {
            match batch.datagram(record) {
                None => shard.packet(record.now, self.file, &packet),
                Some(datagram) => shard.datagram(record.now, self.file, &packet, datagram),
            }
        }
    }
}

impl Gathered<'_, '_> {
    /// Takes what a block told, and what the shards saw in it of attempts.
    fn take(&mut self, batch: &Batch, attempts: Vec<Attempts>) {
        self.attempts.take(attempts);
        self.end = self.end.max(batch.latest.unwrap_or(self.end));
        self.tally.add(&batch.tally);
    }

    /// Takes the secrets that a file told. They hold for the packets of the block in which they stand.
    fn learn(&mut self, file: u32, secrets: &[u8], shards: &mut [&mut Shard<'_>]) {
        if secrets.is_empty() {
            return;
        }
        // The shards let go first: a table that nobody shares need not be copied.
        shards.iter_mut().for_each(|shard| shard.know(Arc::default()));
        // A slice in memory does not break off.
        let _ = self.told.entry(file).or_default().read(secrets, Arc::make_mut(&mut self.sessions));
        shards.iter_mut().for_each(|shard| shard.know(Arc::clone(&self.sessions)));
    }

    /// Hands out what the shards have seen, where that is wanted.
    pub fn hand_out(&mut self, shards: &mut [&mut Shard<'_>]) {
        if let Some(seen) = &mut self.seen {
            seen.hand_out(shards);
        }
    }
}
