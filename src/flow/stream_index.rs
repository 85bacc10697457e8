//! Wireshark's `tcp.stream` numbers: connections in the order of their first frame in a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::connection::{Connection, SeenInFile};

/// First frames of the connections of each file of a set. Each shard keeps its own (8 bytes a connection and file); merged,
/// they give the numbers that Wireshark shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamIndex {
    first_frames: Vec<Vec<u64>>,
    /// For each file the first frame of the last connection there of which a segment was seen, not only what ICMP quotes.
    last_with_segment: Vec<u64>,
    /// Connections that Wireshark takes for the continuation of another: file and own first frame, and the other's.
    continued: BTreeMap<(u32, u64), u64>,
}

impl StreamIndex {
    /// Notes a connection's first frame in a file; gives its number among those noted so far.
    pub(super) fn record(&mut self, file: u32, frame: u64) -> u32 {
        let file = file as usize;
        if self.first_frames.len() <= file {
            self.first_frames.resize_with(file + 1, Vec::new);
        }
        let Some(frames) = self.first_frames.get_mut(file) else { return 0 };
        frames.push(frame);
        u32::try_from(frames.len() - 1).unwrap_or(u32::MAX)
    }

    /// Notes that a segment of the connection that begins with `first_frame` was seen.
    pub(super) fn note_segment(&mut self, file: u32, first_frame: u64) {
        let file = file as usize;
        if self.last_with_segment.len() <= file {
            self.last_with_segment.resize(file + 1, 0);
        }
        if let Some(last) = self.last_with_segment.get_mut(file) {
            *last = first_frame.max(*last);
        }
    }

    /// Notes that a connection which begins with `frame` has the number of another.
    pub(super) fn continue_stream(&mut self, other: SeenInFile, frame: u64) {
        let place = (other.file, other.first_frame);
        let first = self.continued.get(&place).copied().unwrap_or(other.first_frame);
        self.continued.insert((other.file, frame), first);
    }

    /// Takes in the first frames that another shard saw.
    pub fn merge(&mut self, other: StreamIndex) {
        if self.first_frames.len() < other.first_frames.len() {
            self.first_frames.resize_with(other.first_frames.len(), Vec::new);
        }
        for (frames, more) in self.first_frames.iter_mut().zip(other.first_frames) {
            frames.extend(more);
            frames.sort_unstable();
        }
        self.continued.extend(other.continued);
        for (file, last) in other.last_with_segment.into_iter().enumerate() {
            if last > 0 {
                self.note_segment(u32::try_from(file).unwrap_or(u32::MAX), last);
            }
        }
    }

    /// Takes in what the shards of one capture have noted since the last call; `known` says of each shard and file how much that was. Packets come
    /// in order, so that what is new lies behind all that is here.
    pub fn follow<'s>(&mut self, shards: impl Iterator<Item = &'s StreamIndex>, known: &mut Vec<Vec<usize>>) {
        let mut added: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for (shard, index) in shards.enumerate() {
            if known.len() <= shard {
                known.resize_with(shard + 1, Vec::new);
            }
            let Some(known) = known.get_mut(shard) else { continue };
            known.resize(index.first_frames.len().max(known.len()), 0);
            for (file, (frames, known)) in index.first_frames.iter().zip(known).enumerate() {
                added.entry(file).or_default().extend(frames.get(*known..).unwrap_or_default());
                *known = frames.len();
            }
        }
        for (file, mut frames) in added {
            frames.sort_unstable();
            if self.first_frames.len() <= file {
                self.first_frames.resize_with(file + 1, Vec::new);
            }
            self.first_frames.get_mut(file).into_iter().for_each(|all| all.append(&mut frames));
        }
    }

    /// The first frame of the connection that Wireshark numbers together with the one that begins with `first_frame`.
    pub fn first_of_stream(&self, file: u32, first_frame: u64) -> u64 {
        self.continued.get(&(file, first_frame)).copied().unwrap_or(first_frame)
    }

    /// Connections in a file, as Wireshark's numbers count them: up to the last of which a segment was seen.
    pub fn count(&self, file: u32) -> u64 {
        let file = file as usize;
        let last = self.last_with_segment.get(file).copied().unwrap_or(0);
        self.first_frames.get(file).map_or(0, |frames| frames.partition_point(|&frame| frame <= last) as u64)
    }

    /// Gives a connection its numbers, once the frames of all shards are merged.
    pub fn assign(&self, connection: &mut Connection) {
        for seen in &mut connection.seen_in {
            seen.stream = self.number(seen.file, seen.first_frame).unwrap_or(seen.stream);
        }
    }

    /// The number of the connection that begins in a file with this frame.
    pub fn number(&self, file: u32, first_frame: u64) -> Option<u32> {
        let frames = self.first_frames.get(file as usize)?;
        let first = self.first_of_stream(file, first_frame);
        frames.binary_search(&first).ok().map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }
}
