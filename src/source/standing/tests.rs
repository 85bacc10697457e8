use std::cell::Cell;

use proptest::prelude::*;

use super::*;
use crate::source::fixtures::noise;

/// An archive of a thousand bytes, and how often it was opened.
struct Archive {
    bytes: Vec<u8>,
    opened: Cell<usize>,
    streams: ArchiveStreams,
}

impl Archive {
    fn among(archives: &mut StreamsOfArchives) -> Archive {
        let streams = archives.of_next();
        let mut bytes = noise(1_000);
        bytes.truncate(1_000);
        // Each has others.
        bytes.rotate_left(streams.archive.0 as usize * 37 % 1_000);
        Archive { bytes, opened: Cell::new(0), streams }
    }

    fn member(&self, start: u64, length: u64) -> StretchReader<'_> {
        let open = || {
            self.opened.set(self.opened.get() + 1);
            ArchiveInput::Standing(Box::new(io::Cursor::new(self.bytes.clone())))
        };
        StretchReader::of(start, length, &self.streams, open)
    }

    fn holds(&self, start: u64, read: &[u8]) -> bool {
        self.bytes[start as usize..].starts_with(read)
    }
}

fn drain(mut reader: StretchReader<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn members_in_their_order_are_inflated_once() {
    let archive = Archive::among(&mut StreamsOfArchives::default());
    for start in (0..1_000).step_by(100) {
        let read = drain(archive.member(start + 12, 88));
        assert!(read.len() == 88 && archive.holds(start + 12, &read));
    }
    assert_eq!(archive.opened.get(), 1);
}

#[test]
fn two_that_go_side_by_side_have_a_stream_each() {
    let archive = Archive::among(&mut StreamsOfArchives::default());
    for start in (0..1_000).step_by(200) {
        let (one, other) = (archive.member(start, 100), archive.member(start + 100, 100));
        assert!(archive.holds(start + 100, &drain(other)) && archive.holds(start, &drain(one)));
    }
    assert_eq!(archive.opened.get(), 2);
}

#[test]
fn no_more_streams_stand_than_are_allowed() {
    let mut archives = StreamsOfArchives::default();
    let all: Vec<Archive> = (0..3 * MOST).map(|_| Archive::among(&mut archives)).collect();
    for start in [0, 500] {
        assert!(all.iter().all(|archive| archive.holds(start, &drain(archive.member(start, 400)))));
    }
    assert_eq!(archives.all.0.lock().unwrap().len(), MOST);
    let again = all.iter().filter(|archive| archive.opened.get() == 2).count();
    assert_eq!(again, all.len(), "each was gone when its turn came again");
}

#[test]
fn a_stream_that_ended_too_early_is_not_left_standing() {
    let mut archives = StreamsOfArchives::default();
    let archive = Archive::among(&mut archives);
    for (start, length) in [(900, 200), (1_200, 10)] {
        let mut reader = archive.member(start, length);
        let mut bytes = Vec::new();
        assert_eq!(reader.read_to_end(&mut bytes).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert!(start > 1_000 || archive.holds(start, &bytes) && bytes.len() == 100);
        drop(reader);
        assert!(archives.all.0.lock().unwrap().is_empty());
    }
}

proptest! {
    /// Whatever is read, in any order, to its end or not, of two archives: each gets its own bytes.
    #[test]
    fn each_reads_its_own_bytes(
        reads in prop::collection::vec((any::<bool>(), 0u64..900, 0u64..100, 0usize..120, any::<bool>()), 0..60),
    ) {
        let mut archives = StreamsOfArchives::default();
        let both = [Archive::among(&mut archives), Archive::among(&mut archives)];
        let mut open = Vec::new();
        for (which, start, length, wanted, stays) in reads {
            let archive = &both[usize::from(which)];
            let mut reader = archive.member(start, length);
            let mut bytes = vec![0; wanted];
            let read = reader.read(&mut bytes).unwrap();
            prop_assert_eq!(read, wanted.min(length as usize));
            prop_assert!(archive.holds(start, &bytes[..read]));
            if stays {
                open.push((archive, start + read as u64, reader));
            }
        }
        for (archive, at, reader) in open {
            prop_assert!(archive.holds(at, &drain(reader)));
        }
    }
}
