//! The files of a set of captures in the order of time: those that go on where others end are one capture, the others are captures of their own. Between two
//! files all that was read may be kept, so that another process reads on from there.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::capture::{CaptureFile, CaptureWanted, Pass, PassState};
use super::given::Given;
use super::row_taker::RowTaker;
use super::seen_packets::SeenPackets;
use crate::error::Result;
use crate::evidence::chunk::{packed_within, share_again, unpacked};
use crate::evidence::partial::Partial;
use crate::evidence::place::InputId;
use crate::source::Compression;
use crate::tls::FoundSessions;

/// As many bytes that are not packed are read in the time in which a packed one is inflated and read (docs/scale.md).
const PACKED_COSTS: u64 = 10;

/// Where the reading of a set is kept between two of its files.
pub trait ReadingStore: Sync {
    /// What was kept last.
    fn last(&self) -> Option<Vec<u8>>;

    /// Keeps a reading in the place of the one before. Where that fails, it was not kept, and that is all.
    fn keep(&self, reading: &[u8]);

    /// How many bytes a reading may have to be worth keeping, when so many bytes of packets were read since the last one (packed ones count for as many as take
    /// as long); `None` where it is too early for any.
    fn room(&self, read: u64) -> Option<usize>;
}

/// Files that are yet to be read, by their indices in the set.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct FilesAhead {
    /// As parts of the capture under way, where they go on at its end.
    waiting: VecDeque<u32>,
    /// As another capture.
    later: VecDeque<u32>,
}

impl FilesAhead {
    fn all(files: &[CaptureFile<'_>]) -> FilesAhead {
        FilesAhead { waiting: (0u32..).zip(files).map(|(index, _)| index).collect(), later: VecDeque::new() }
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.later.is_empty()
    }

    fn contains(&self, index: u32) -> bool {
        self.waiting.contains(&index) || self.later.contains(&index)
    }
}

/// What is written between two files: what the captures before told, which files are ahead, and the capture under way.
pub(super) type KeptReading<'a> = (Partial, FoundSessions, FilesAhead, PassState<'a>);

/// Extracts captures that may be parts of one, in the order of time. Where a file goes on where the one before it ends, connections go on
/// from one to the next. Files that overlap in time are captures of their own. Gives also which of the sessions were found. Goes on with what is kept in the
/// store, where there is one.
pub fn extract(
    files: &[CaptureFile<'_>],
    wanted: &CaptureWanted<'_>,
    progress: &(dyn Fn(u64) + Sync),
    store: Option<&dyn ReadingStore>,
) -> (Partial, FoundSessions) {
    let inputs = inputs(files);
    let given = given(&inputs, wanted);
    let mut taker = Extracting::begun(files, store);
    let (ahead, pass) = match taker.go_on(given, wanted) {
        Some((ahead, pass)) => (ahead, Some(pass)),
        None => (FilesAhead::all(files), None),
    };
    let read = (0u32..).zip(files).filter(|(index, _)| !ahead.contains(*index));
    read.for_each(|(_, file)| progress(file.bytes));
    for_each_capture((files, ahead, pass), given, wanted, progress, None, &mut taker);
    (taker.whole, taker.found)
}

/// Hands out every connection and every exchange of captures that may be parts of one.
///
/// # Errors
/// That of the taker.
pub fn every_row(
    files: &[CaptureFile<'_>],
    wanted: &CaptureWanted<'_>,
    taker: &mut dyn RowTaker,
) -> Result<()> {
    let mut seen = SeenPackets::new(taker);
    let inputs = inputs(files);
    let set = (files, FilesAhead::all(files), None);
    for_each_capture(set, given(&inputs, wanted), wanted, &|_| {}, Some(&mut seen), &mut HandingOut);
    seen.finish()
}

fn inputs(files: &[CaptureFile<'_>]) -> Arc<[InputId]> {
    files.iter().map(|file| file.input).collect()
}

fn given<'a>(files: &'a Arc<[InputId]>, wanted: &CaptureWanted<'a>) -> Given<'a> {
    let CaptureWanted { ranges, profile, interest, host, memory, .. } = *wanted;
    Given { files, ranges, profile, interest, host, memory }
}

/// Who takes what the captures of a set tell.
trait CaptureTaker {
    /// A file of a capture was read.
    fn file_is_read(&mut self, _: &CaptureFile<'_>, _: &FilesAhead, _: &Pass<'_, '_, '_>) {}

    /// All files of a capture were read.
    fn capture_is_read(&mut self, pass: Pass<'_, '_, '_>);
}

/// Reads the files ahead of a set, from where the capture under way stands, if one is.
fn for_each_capture<'a, 's, 't>(
    (files, mut ahead, mut under_way): (&[CaptureFile<'_>], FilesAhead, Option<Pass<'a, 's, 't>>),
    given: Given<'a>,
    wanted: &CaptureWanted<'_>,
    progress: &(dyn Fn(u64) + Sync),
    mut seen: Option<&'s mut SeenPackets<'t>>,
    taker: &mut impl CaptureTaker,
) {
    while under_way.is_some() || !ahead.waiting.is_empty() {
        let mut pass = match under_way.take() {
            Some(pass) => pass,
            None => Pass::begin(given, wanted.sessions, seen.as_deref_mut()),
        };
        while let Some(index) = ahead.waiting.pop_front() {
            let Some(file) = files.get(index as usize) else { continue };
            if pass.goes_on_at(file.first) {
                pass.file(index, file, progress);
                taker.file_is_read(file, &ahead, &pass);
            } else {
                ahead.later.push_back(index);
            }
        }
        std::mem::swap(&mut ahead.waiting, &mut ahead.later);
        taker.capture_is_read(pass);
    }
}

/// Puts together what the captures tell, and keeps the reading.
struct Extracting<'s> {
    files: &'s [CaptureFile<'s>],
    whole: Partial,
    found: FoundSessions,
    store: Option<&'s dyn ReadingStore>,
    /// Bytes of packets since the reading was kept, packed ones as many times as they cost.
    since: u64,
    /// With fewer it is not tried again, since it was too large to be kept with half as many.
    due: u64,
}

impl<'s> Extracting<'s> {
    fn begun(files: &'s [CaptureFile<'s>], store: Option<&'s dyn ReadingStore>) -> Extracting<'s> {
        let (whole, found) = (Partial::default(), FoundSessions::default());
        Extracting { files, whole, found, store, since: 0, due: 0 }
    }

    /// Goes on with what is kept, if something is that can be read: the files ahead, and the capture under way.
    fn go_on<'a>(
        &mut self,
        given: Given<'a>,
        wanted: &CaptureWanted<'_>,
    ) -> Option<(FilesAhead, Pass<'a, 'static, 'static>)> {
        let kept = self.store?.last()?;
        let (mut whole, found, ahead, state): KeptReading<'a> = unpacked(&kept).ok()?;
        let pass = Pass::restored(given, wanted.sessions, state)?;
        share_again(&mut whole);
        (self.whole, self.found) = (whole, found);
        Some((ahead, pass))
    }
}

impl CaptureTaker for Extracting<'_> {
    fn file_is_read(&mut self, file: &CaptureFile<'_>, ahead: &FilesAhead, pass: &Pass<'_, '_, '_>) {
        let is_packed = file.content.compression() != Compression::None;
        let cost = pass.bytes_of_last_file().saturating_mul(if is_packed { PACKED_COSTS } else { 1 });
        self.since = self.since.saturating_add(cost);
        let Some(store) = self.store.filter(|_| self.since >= self.due && !ahead.is_empty()) else { return };
        let (Some(room), Some(state)) = (store.room(self.since), pass.state()) else { return };
        (self.since, self.due) = match packed_within(&(&self.whole, &self.found, ahead, state), room) {
            Some(reading) => {
                store.keep(&reading);
                (0, 0)
            }
            None => (self.since, self.since.saturating_mul(2)),
        };
    }

    fn capture_is_read(&mut self, pass: Pass<'_, '_, '_>) {
        let (partial, sessions) = pass.finish(self.files);
        self.whole = std::mem::take(&mut self.whole).merge(partial);
        self.found.merge(&sessions);
    }
}

/// Hands out what the shards saw.
struct HandingOut;

impl CaptureTaker for HandingOut {
    fn capture_is_read(&mut self, pass: Pass<'_, '_, '_>) {
        pass.hand_out_rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::checkpoint::CHECKPOINT_FORM;
    use crate::evidence::chunk::form::assert_numbered;

    /// Each form with what it is known by. Where the types have changed, `CHECKPOINT_FORM` goes up by one and a line is added; a line stays as it is.
    const FORMS: &[(u8, &str)] = &[
        (1, "7ddb5b5a73ac4b63"),
        (2, "d0181709982c93c5"),
        (3, "ff4a122ee269336c"),
        (4, "f330110432a9344a"),
        (5, "eab0bb64f83885ed"),
        (6, "6ecf268be807d7bb"),
        (7, "0c5939a2ccbeb442"),
        (8, "c3ad26661e6ca9a1"),
        (9, "f06cab5c5a044507"),
        (10, "88980d3d650fcb55"),
        (11, "cb8e1a57e84e1d30"),
        (12, "e7e9f82a27bfdd7d"),
        (13, "0246dbe55300c7e5"),
        (14, "f732d7b396699baa"),
        (15, "5652915b51745123"),
        (16, "5e104cfa507400c3"),
        (17, "ff8ba6d89404a7a6"),
        (18, "724aa8ebd0047e68"),
        (19, "ac2f0ad359688bfd"),
    ];

    #[test]
    fn another_form_of_a_reading_has_another_number() {
        assert_numbered::<KeptReading<'static>>(
            "CHECKPOINT_FORM in src/evidence/checkpoint.rs",
            CHECKPOINT_FORM,
            FORMS,
        );
    }
}
