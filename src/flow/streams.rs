//! Wireshark's `tcp.stream` numbers: connections in the order of their first frame in a file.

use super::connection::Connection;

/// First frames of the connections of each file of a set. Each shard keeps its own (8 bytes a connection and file); merged,
/// they give the numbers that Wireshark shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamIndex {
    first_frames: Vec<Vec<u64>>,
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

    /// Takes in the first frames that another shard saw.
    pub fn merge(&mut self, other: StreamIndex) {
        if self.first_frames.len() < other.first_frames.len() {
            self.first_frames.resize_with(other.first_frames.len(), Vec::new);
        }
        for (frames, more) in self.first_frames.iter_mut().zip(other.first_frames) {
            frames.extend(more);
            frames.sort_unstable();
        }
    }

    /// Connections in a file.
    pub fn count(&self, file: u32) -> u64 {
        self.first_frames.get(file as usize).map_or(0, |frames| frames.len() as u64)
    }

    /// Gives a connection its numbers, once the frames of all shards are merged.
    pub fn assign(&self, connection: &mut Connection) {
        for seen in &mut connection.seen_in {
            let frames = self.first_frames.get(seen.file as usize).map_or(&[][..], Vec::as_slice);
            if let Ok(number) = frames.binary_search(&seen.first_frame) {
                seen.stream = u32::try_from(number).unwrap_or(u32::MAX);
            }
        }
    }
}
