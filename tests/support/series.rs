//! Series of captures that are read with a stop between two of their files. What is found must not show it, and neither must what is kept at the next stop:
//! so whatever is forgotten of a connection is noticed at once, and not only where it would have changed a row.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use rayscope::evidence::{Chunk, Coverage, Extracted};
use rayscope::extract::{Extraction, Inputs, KnownSoFar, Passes, ReadingStore, Round, RoundWork, Unit};
use rayscope::source::discover;

/// Bytes of the headers of a classic pcap file and of a record.
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// Keeps each reading, and goes on from one of another run.
#[derive(Default)]
struct AllReadings {
    from: Option<Vec<u8>>,
    kept: Mutex<Vec<Vec<u8>>>,
}

impl ReadingStore for AllReadings {
    fn last(&self) -> Option<Vec<u8>> {
        self.from.clone()
    }

    fn keep(&self, reading: &[u8]) {
        self.kept.lock().expect("one run").push(reading.to_vec());
    }

    fn room(&self, _: u64) -> Option<usize> {
        Some(usize::MAX)
    }
}

/// What a run from a reading on finds, and what it keeps.
fn read(work: &RoundWork<'_>, unit: &Unit<'_>, from: Option<Vec<u8>>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let store = AllReadings { from, ..AllReadings::default() };
    let extracted = work.extract_keeping(unit, &|_| {}, Some(&store));
    (chunk(extracted), store.kept.into_inner().expect("one run"))
}

fn chunk(extracted: Extracted) -> Vec<u8> {
    Chunk { coverage: Coverage::default(), extracted }.encode()
}

/// Goes over the evidence of a folder up to its captures, and does something with each series of these.
pub fn each_series(folder: &Path, mut each: impl FnMut(&RoundWork<'_>, &Unit<'_>)) {
    let extraction = Extraction::default();
    let inputs = Inputs::open(discover(&[folder.to_owned()]).expect("the evidence"), &extraction);
    let (mut passes, mut known) = (Passes::over(&inputs, &extraction), KnownSoFar::default());
    for round in Round::ALL.into_iter().filter(|round| *round <= Round::Packets) {
        let work = passes.work(round, &known);
        let units: Vec<_> = work.units().iter().collect();
        if round == Round::Packets {
            units.iter().filter(|unit| unit.inputs().len() > 1).for_each(|unit| each(&work, unit));
            return;
        }
        let read = |unit: &_| work.extract(unit, &|_| {});
        let extracted = work.over(&units, read, |one, other| round.gather(one, other, extraction.memory));
        let extracted = passes.close(round, extracted);
        known.take(round, extracted, &extraction);
    }
}

/// The readings of a unit between its files.
pub fn readings(work: &RoundWork<'_>, unit: &Unit<'_>) -> Vec<Vec<u8>> {
    read(work, unit, None).1
}

/// Stops between any two files of each series in a folder, and goes on: the same chunk, and the same at every later stop. Gives each reading.
pub fn goes_on_between_files(folder: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    each_series(folder, |work, unit| {
        let (whole, kept) = read(work, unit, None);
        assert!(chunk(work.extract(unit, &|_| {})) == whole, "a store changes what is found");
        assert_eq!(kept.len(), unit.inputs().len() - 1, "{}: a place is left out", folder.display());
        for (at, reading) in kept.iter().enumerate() {
            let (found, behind) = read(work, unit, Some(reading.clone()));
            assert!(found == whole, "{}: a stop behind file {at} shows", folder.display());
            assert!(
                behind == kept[at + 1..],
                "{}: what is forgotten behind file {at} shows at a later stop",
                folder.display()
            );
        }
        all.extend(kept);
    });
    all
}

/// Cuts a classic little-endian capture into so many files, or fewer where it has fewer packets, at places that `seed` chooses.
pub fn cut(capture: &[u8], files: usize, seed: u64, folder: &Path) {
    let (header, mut rest) = capture.split_at(FILE_HEADER);
    assert!(matches!(header[0], 0xd4 | 0x4d), "a classic little-endian capture");
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length: [u8; 4] = rest[8..12].try_into().expect("four bytes");
        let record;
        (record, rest) = rest.split_at(RECORD_HEADER + u32::from_le_bytes(length) as usize);
        records.push(record);
    }
    let place = |number: usize| {
        let mixed = (seed ^ number as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        1 + (mixed >> 32) as usize % (records.len() - 1).max(1)
    };
    let mut ends: Vec<usize> = (1..files).map(place).collect();
    ends.push(records.len());
    ends.sort_unstable();
    ends.dedup();
    let mut start = 0;
    for (number, end) in ends.into_iter().enumerate() {
        let file = [header, &records[start..end].concat()].concat();
        fs::write(folder.join(format!("cap-{number:05}.pcap")), file).expect("a capture");
        start = end;
    }
}
