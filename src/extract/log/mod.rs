//! Extraction from logs: lines about failures become rows, all others are counted and sampled.
//!
//! A log whose lines stand alone is read by all threads at once: each takes the next block (`blocks`) and fills evidence of its own
//! (`reading`, with the counts of `seconds` and the samples of `sampling`), in which a line is known by its block and its number within it
//! (`part`). When all blocks are read, it is known how many lines stand before each, and the evidence of all threads is merged (`merging`). Other
//! logs are read in order by one thread, in the same way.

mod blocks;
mod dating;
mod every_line;
mod merging;
mod nameless;
mod open_message;
mod part;
mod ray_search;
mod reading;
mod sampling;
mod seconds;
mod together;

use rayon::prelude::*;

use self::blocks::{BlockEnd, LogBlock, LogBlocks};
pub use self::every_line::every_line;
use self::merging::Merging;
use self::part::LogPart;
pub use self::ray_search::RaySearch;
use self::reading::Reading;
pub use self::sampling::SampleLimits;
use self::sampling::UnreadLine;
use self::together::Together;
use crate::evidence::input::InputKind;
use crate::evidence::interest::Interest;
use crate::evidence::partial::Partial;
use crate::evidence::place::InputId;
use crate::facts::limits::Profile;
use crate::logs::{LogFormat, LogKind, RecordReader, Splitting};
use crate::memory::MemoryBudget;
use crate::source::Content;
use crate::time::Time;

/// A log to be read.
pub struct LogFile<'a> {
    /// Its input.
    pub input: InputId,
    /// Its name.
    pub name: &'a str,
    /// Its size on the disk.
    pub bytes: u64,
    /// Its bytes.
    pub content: &'a Content,
    /// Its format.
    pub format: &'a LogFormat,
}

/// What is to be taken from a log.
pub struct Wanted<'a> {
    /// What failed by the sources that were read before.
    pub interest: &'a Interest,
    /// The limits in force.
    pub profile: &'a Profile,
    /// Only requests to this host, if given.
    pub host: Option<&'a str>,
    /// A time near which the log was written: gives lines without a year their year.
    pub reference: Option<Time>,
    /// Which time the log is read.
    pub look: Look<'a>,
    /// What the samples of the logs read so far and at the same time can still take in.
    pub limits: &'a SampleLimits,
    /// How much what waits may take.
    pub memory: MemoryBudget,
}

/// Which time a log is read.
#[derive(Clone, Copy)]
pub enum Look<'a> {
    /// For the first time: everything is counted and sampled, and what failed becomes rows.
    First,
    /// Once more, for the rays of `interest` alone: they become rows, and nothing is counted again. The search is for the same rays, if they are few.
    Second(Option<&'a RaySearch>),
}

/// Extracts a log.
pub fn extract(file: &LogFile<'_>, wanted: &Wanted<'_>, progress: &(dyn Fn(u64) + Sync)) -> Partial {
    let (mut merging, together) = (Merging::new(file), Together::of(wanted));
    let damage = if is_read_side_by_side(file.format) {
        let blocks = LogBlocks::of(file.content, BlockEnd::AtLineEnds);
        let parts = side_by_side(file, wanted, &together, &blocks, progress);
        parts.into_iter().for_each(|part| merging.add(part));
        blocks.damage()
    } else {
        let blocks = LogBlocks::of(file.content, BlockEnd::Anywhere);
        merging.add(in_order(file, wanted, &together, &blocks, progress));
        blocks.damage()
    };
    read_sampled(file, wanted, &together).into_iter().for_each(|part| merging.add(part));
    merging.finish(file, together, wanted, damage)
}

/// Parses the lines that stayed in the samples. What is sampled does not depend on the order in which it is offered.
fn read_sampled(file: &LogFile<'_>, wanted: &Wanted<'_>, together: &Together) -> Vec<LogPart> {
    let lines: Vec<UnreadLine> = together.unread.take().collect();
    let each = lines.len().div_ceil(rayon::current_num_threads()).max(1);
    let read = |lines: &[UnreadLine]| {
        let mut reading = Reading::new(file, wanted, together);
        reading.read_sampled(lines);
        reading.finish()
    };
    lines.par_chunks(each).map(read).collect()
}

/// Whether any part of the log says the same without the parts before it.
fn is_read_side_by_side(format: &LogFormat) -> bool {
    format.lines_stand_alone() && format.splitting() == Splitting::Lines
}

/// What each thread read of a log.
fn side_by_side(
    file: &LogFile<'_>,
    wanted: &Wanted<'_>,
    together: &Together,
    blocks: &LogBlocks<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<LogPart> {
    let read = |_| {
        let (mut reading, mut block) = (Reading::new(file, wanted, together), LogBlock::default());
        while blocks.next(&mut block) {
            reading.block(&block);
            progress(block.bytes().len() as u64);
        }
        reading.finish()
    };
    // A file of one block is not worth a second thread.
    let small = file.content.plain().is_some_and(|plain| plain.len() < blocks::BLOCK);
    let threads = if small { 1 } else { rayon::current_num_threads() };
    (0..threads).into_par_iter().with_max_len(1).map(read).collect()
}

/// What one thread read of a log from its start to its end.
fn in_order(
    file: &LogFile<'_>,
    wanted: &Wanted<'_>,
    together: &Together,
    blocks: &LogBlocks<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> LogPart {
    let (mut reading, mut block) = (Reading::new(file, wanted, together), LogBlock::default());
    let mut records = RecordReader::new(file.format.splitting());
    while blocks.next(&mut block) {
        records.feed(block.bytes(), &mut |record| reading.record(record));
        progress(block.bytes().len() as u64);
    }
    records.finish(&mut |record| reading.record(record));
    reading.finish()
}

/// What a log is evidence of.
fn kind(format: &LogFormat) -> InputKind {
    match format.kind() {
        LogKind::AccessLog => InputKind::AccessLog,
        LogKind::ErrorLog => InputKind::ErrorLog,
        LogKind::SystemLog => InputKind::SystemLog,
        LogKind::EdgeLog => InputKind::EdgeLog,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::row::AccessRow;
    use crate::logs::{TextContent, recognise};
    use crate::ray::Ray;
    use crate::time::Duration;

    fn rows(content: &Content, interest: &Interest, look: Look<'_>) -> Vec<AccessRow> {
        extracted(content, interest, look).access
    }

    fn extracted(content: &Content, interest: &Interest, look: Look<'_>) -> Partial {
        let TextContent::Log(format) = recognise(&content.head(64 << 10)) else { panic!("a log") };
        let log = LogFile { input: InputId(0), name: "access.log", bytes: 0, content, format: &format };
        let (profile, limits) = (Profile::cloudflare(), SampleLimits::default());
        let wanted = Wanted {
            interest,
            profile: &profile,
            host: None,
            reference: None,
            look,
            limits: &limits,
            memory: MemoryBudget::default(),
        };
        extract(&log, &wanted, &|_| {})
    }

    /// Otherwise a failure that only packets showed has no lines, or cites others than its own.
    #[test]
    fn a_second_look_finds_the_lines_that_a_first_one_would_have_kept() {
        let line = |n: u64| {
            format!(
                "172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] \"GET /a?id={n} HTTP/1.1\" 200 512 \"-\" \"curl/8\" 0.402 \"{:016x}-FRA\"\n",
                n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            )
        };
        let text: String = (0..20_000).map(line).collect();
        assert!(text.len() > 4 * blocks::BLOCK, "several blocks");
        let content = Content::from_vec(text.into_bytes());
        let sought = [0, 1, 9_999, 10_000, 19_999].map(|n: u64| Ray(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let interest = Interest { rays: sought.into_iter().collect(), ..Interest::default() };
        let first = rows(&content, &interest, Look::First);
        let second = rows(&content, &interest, Look::Second(RaySearch::of(sought.into_iter()).as_ref()));
        let lines =
            |rows: &[AccessRow]| rows.iter().map(|row| format!("{:?}", row.place)).collect::<Vec<_>>();
        assert_eq!(first.len(), sought.len());
        assert_eq!(lines(&second), lines(&first));
        assert!(second == first, "the rows are the same");
        assert!(
            rows(&content, &interest, Look::Second(None)) == first,
            "also without a search for the digits"
        );
    }

    /// Otherwise a worker that dies in a quiet log died with the request before it, seconds ago, and ended none.
    #[test]
    fn what_tells_no_instant_was_written_between_those_that_do() {
        let told = |requests: [&str; 2], gap: i64| {
            let died = "DAMN ! worker 3 (pid: 811) died, killed by signal 11 :( trying respawn ...";
            let [before, behind] = requests.map(str::to_owned);
            let behind = behind.replace("08:01:08", &format!("08:01:{:02}", 1 + gap));
            let content = Content::from_vec(format!("{before}\n{died}\n{behind}\n").into_bytes());
            let messages = extracted(&content, &Interest::default(), Look::First).messages;
            let line = &messages.first().unwrap().line;
            (line.time.map(|time| time.to_string()), line.resolution)
        };
        let uwsgi = [
            "[pid: 811|app: 0|req: 1/1] 172.68.10.9 () {42 vars in 812 bytes} [Tue Nov 17 08:01:01 2026] GET /cart => generated 12 bytes in 500 msecs (HTTP/1.1 200) 2 headers in 78 bytes (1 switches on core 0)",
            "[pid: 811|app: 0|req: 1/1] 172.68.10.9 () {42 vars in 812 bytes} [Tue Nov 17 08:01:08 2026] GET /cart => generated 12 bytes in 500 msecs (HTTP/1.1 200) 2 headers in 78 bytes (1 switches on core 0)",
        ];
        let between = Duration::from_milliseconds(8_000);
        assert_eq!(told(uwsgi, 7), (Some("2026-11-17T08:01:01.500000000Z".to_owned()), between));
        assert_eq!(
            told(uwsgi, 50).1,
            Duration::SECOND,
            "behind the request before it, as the server stood still"
        );
    }

    /// Otherwise a person looks for a damaged archive where a log was rotated.
    #[test]
    fn a_log_that_became_shorter_is_not_called_damaged() {
        let line =
            "172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] \"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), line.repeat(20_000)).unwrap();
        let content = Content::open(file.path()).unwrap();
        file.as_file().set_len(10_000 * line.len() as u64).unwrap();
        let inputs = extracted(&content, &Interest::default(), Look::First).inputs;
        let summary = &inputs[&InputId(0)];
        assert_eq!(summary.records, 10_000);
        let want = "the file cannot be read beyond 830000 bytes: it became shorter while it was read";
        assert_eq!(summary.warnings, [want]);
    }
}
