//! The order of extraction. First come the edge's logs and the browsers' files, which say what failed; then the origin's logs; then the
//! captures, of which is kept in detail what failed there or in an earlier source. Last the logs are read once more, for rays whose
//! failure only the packets showed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::browser;
use super::capture::{self, CaptureWanted};
use super::document;
use super::key_logs::KeyLogs;
use super::log::{self, LogFile, Look, RaySearch, SampleLimits, Wanted};
use super::opened::{Nature, OpenedFile, open};
use super::refused::look_for_refused;
use super::without_rays::look_without_rays;
use crate::evidence::failure;
use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::interest::Interest;
use crate::evidence::partial::Partial;
use crate::evidence::place::InputId;
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::logs::recognise;
use crate::logs::{AccessFormat, LogKind, Parsed, RecordBody, RecordReader};
use crate::memory::MemoryBudget;
use crate::ray::Ray;
use crate::source::{FoundFile, rotation};
use crate::time::Time;
use crate::tls::{SessionNumber, Sessions};

/// What extraction needs to know beside the files.
pub struct Extraction {
    /// The edge's address ranges.
    pub ranges: EdgeRanges,
    /// The limits in force.
    pub profile: Profile,
    /// Only requests to this host, if given.
    pub host: Option<String>,
    /// Rays whose requests are kept, whether they failed or not.
    pub rays: BTreeSet<Ray>,
    /// Formats of access logs that the person gave.
    pub log_formats: Vec<AccessFormat>,
    /// What may be taken by what waits.
    pub memory: MemoryBudget,
}

impl Default for Extraction {
    /// The edge's published ranges and limits, and nothing filtered.
    fn default() -> Extraction {
        Extraction {
            ranges: EdgeRanges::with(&[]),
            profile: Profile::cloudflare(),
            host: None,
            rays: BTreeSet::new(),
            log_formats: Vec::new(),
            memory: MemoryBudget::default(),
        }
    }
}

/// Called with the number of bytes that were just read, from any thread.
pub type ReadProgress<'a> = &'a (dyn Fn(u64) + Sync);

/// The inputs, opened and recognised.
pub struct Inputs {
    pub(super) opened: Vec<OpenedFile>,
    ignored: Partial,
}

impl Inputs {
    /// Opens the files that were found.
    pub fn open(found: Vec<FoundFile>, extraction: &Extraction) -> Inputs {
        let (opened, ignored) = open(found, &extraction.log_formats, extraction.memory);
        Inputs { opened, ignored }
    }

    /// Extracts all of them, as [`extract`] does.
    pub fn extract(&self, extraction: &Extraction, progress: ReadProgress<'_>) -> Partial {
        // Run inside the pool: from outside, every batch of a capture would have to be handed in and waited for.
        rayon::scope(|_| extract_all(&self.opened, self.ignored.clone(), extraction, progress))
    }
}

/// Extracts all files. Of a damaged file the part before the damage counts, and a warning says so; the run goes on in any case.
pub fn extract(found: Vec<FoundFile>, extraction: &Extraction, progress: ReadProgress<'_>) -> Partial {
    Inputs::open(found, extraction).extract(extraction, progress)
}

fn extract_all(
    opened: &[OpenedFile],
    ignored: Partial,
    extraction: &Extraction,
    progress: ReadProgress<'_>,
) -> Partial {
    let mut partial = ignored;
    let documents = opened.par_iter().map(|file| match file.nature {
        Nature::Document(format) => document::extract(file.input, &file.found, &file.content, format),
        _ => Partial::default(),
    });
    partial = partial.merge(documents.reduce(Partial::default, Partial::merge));
    let kinds = |wanted: &[LogKind]| -> Vec<&OpenedFile> {
        opened
            .iter()
            .filter(|file| matches!(&file.nature, Nature::Log(format) if wanted.contains(&format.kind())))
            .collect()
    };
    let host = extraction.host.as_deref();
    let asked_for = Interest { rays: extraction.rays.iter().copied().collect(), ..Interest::default() };

    partial = partial.merge(logs(&kinds(&[LogKind::EdgeLog]), extraction, &asked_for, None, progress));
    let browsers = opened.par_iter().filter_map(|file| {
        let (name, bytes) = (file.found.name.as_str(), file.found.bytes);
        match file.nature {
            Nature::Har => Some(browser::extract(file.input, name, bytes, &file.content, host)),
            Nature::Saved(saved) => {
                Some(browser::extract_saved(file.input, name, bytes, &file.content, saved))
            }
            _ => None,
        }
    });
    partial = partial.merge(browsers.reduce(Partial::default, Partial::merge));
    let line_limit = extraction.profile.warn.origin_header_line_bytes;
    let mut interest = Interest::of(&partial, line_limit);
    interest.rays.extend(&asked_for.rays);

    let captures = capture_sets(opened);
    let access = kinds(&[LogKind::AccessLog]);
    let near = reference(LogKind::AccessLog, &partial.inputs, opened, &captures);
    partial = partial.merge(logs(&access, extraction, &interest, near, progress));
    let near = reference(LogKind::ErrorLog, &partial.inputs, opened, &captures);
    let messages = kinds(&[LogKind::ErrorLog, LogKind::SystemLog]);
    partial = partial.merge(logs(&messages, extraction, &interest, near, progress));
    let edge = kinds(&[LogKind::EdgeLog]);
    (partial, interest.refused) = look_for_refused(partial, &edge, &access, host, &extraction.ranges);

    let keys = KeyLogs::read(opened);
    let (packets, found) = captured(captures, extraction, &interest, &keys.sessions, progress);
    partial = partial.merge(packets).merge(keys.told(&found));
    partial = second_look(partial, &kinds(&[LogKind::EdgeLog, LogKind::AccessLog]), extraction, &interest);
    look_without_rays(partial, &edge, &access, host)
}

fn logs(
    files: &[&OpenedFile],
    extraction: &Extraction,
    interest: &Interest,
    reference: Option<Time>,
    progress: ReadProgress<'_>,
) -> Partial {
    let wanted = Wanted {
        interest,
        profile: &extraction.profile,
        host: extraction.host.as_deref(),
        reference,
        look: Look::First,
        limits: &SampleLimits::default(),
    };
    read_logs(files, &wanted, progress)
}

/// Reads logs of one kind. No more of them are open at a time than there are threads, since each takes memory; a large one is read by
/// all threads that have nothing else to do.
fn read_logs(files: &[&OpenedFile], wanted: &Wanted<'_>, progress: ReadProgress<'_>) -> Partial {
    let read = |file: &&OpenedFile| {
        let Nature::Log(format) = &file.nature else { return Partial::default() };
        let (found, content) = (&file.found, &file.content);
        let log = LogFile { input: file.input, name: &found.name, bytes: found.bytes, content, format };
        log::extract(&log, wanted, progress)
    };
    files
        .chunks(rayon::current_num_threads())
        .map(|files| files.par_iter().map(read).reduce(Partial::default, Partial::merge))
        .fold(Partial::default(), Partial::merge)
}

/// Reads logs once more for rays that failed in the packets or in an origin's log, and that the first pass did not know: those logs that
/// have rays, and that are not the only ones to tell of the failures.
fn second_look(
    partial: Partial,
    files: &[&OpenedFile],
    extraction: &Extraction,
    known: &Interest,
) -> Partial {
    let told = told_by(&partial, extraction.profile.warn.origin_header_line_bytes, known);
    let may_find = |file: &&&OpenedFile| {
        let lines = partial.inputs.get(&file.input).and_then(|summary| summary.lines);
        lines.is_some_and(|lines| lines.with_ray > 0) && told.values().any(|by| *by != Some(file.input))
    };
    let files: Vec<&OpenedFile> = files.iter().filter(may_find).copied().collect();
    if files.is_empty() {
        return partial;
    }
    let search = RaySearch::of(told.keys().copied());
    let wanted = Wanted {
        interest: &Interest { rays: told.into_keys().collect(), ..Interest::default() },
        profile: &extraction.profile,
        host: extraction.host.as_deref(),
        reference: None,
        look: Look::Second(search.as_ref()),
        limits: &SampleLimits::default(),
    };
    partial.merge(read_logs(&files, &wanted, &|_| {}))
}

/// The rays of failures that were not known before the packets and the origin's logs were read; with each the log that tells of it, where
/// one alone does.
fn told_by(partial: &Partial, line_limit: u64, known: &Interest) -> HashMap<Ray, Option<InputId>> {
    let packets = partial.connections.iter().flat_map(|row| &row.exchanges);
    let failed = packets.filter(|kept| kept.failure.is_some()).filter_map(|kept| kept.exchange.ray());
    let logged = partial.access.iter().filter(|row| failure::of_access_line(&row.line, line_limit).is_some());
    let logged = logged.filter_map(|row| Some((row.line.ray?, Some(row.place.input()))));
    let mut told: HashMap<Ray, Option<InputId>> = HashMap::new();
    for (ray, by) in failed.map(|ray| (ray, None)).chain(logged) {
        if !known.rays.contains(&ray.ray) {
            let so_far = told.entry(ray.ray).or_insert(by);
            *so_far = so_far.filter(|_| *so_far == by);
        }
    }
    told
}

/// A time near which the logs of a kind were written, by what is read before them: gives lines without a year their year.
pub(super) fn reference(
    kind: LogKind,
    inputs: &BTreeMap<InputId, InputSummary>,
    opened: &[OpenedFile],
    captures: &[CaptureSet<'_>],
) -> Option<Time> {
    let is_read_before = |input: &InputKind| match input {
        InputKind::Ignored | InputKind::Config | InputKind::Events | InputKind::EdgeLog | InputKind::Har => {
            true
        }
        InputKind::AccessLog => kind != LogKind::AccessLog,
        InputKind::ErrorLog | InputKind::SystemLog | InputKind::Capture | InputKind::KeyLog => false,
    };
    let before = inputs.values().filter(|input| is_read_before(&input.kind));
    let latest = before.filter_map(|input| input.last).max();
    let first_captured = || captures.iter().flatten().find_map(|(_, first)| *first);
    match kind {
        LogKind::EdgeLog => None,
        // What a proxy says of itself stands among its requests, without the year that these have.
        LogKind::AccessLog => latest.or_else(first_captured).or_else(|| first_logged(opened)),
        LogKind::ErrorLog | LogKind::SystemLog => latest.or_else(first_captured),
    }
}

/// When the first request was logged whose line has the whole date, as far as the heads of the files tell.
fn first_logged(files: &[OpenedFile]) -> Option<Time> {
    files.iter().find_map(|file| {
        let Nature::Log(format) = &file.nature else { return None };
        if format.kind() != LogKind::AccessLog {
            return None;
        }
        let mut lines = format.reader(None);
        let mut first = None;
        let mut records = RecordReader::new(format.splitting());
        records.feed(&file.content.head(recognise::HEAD), &mut |record| {
            if let (None, RecordBody::Text(text)) = (first, record.body)
                && let Parsed::Access(row) = lines.parse(text)
            {
                first = Some(row.time);
            }
        });
        first
    })
}

fn first_time(file: &OpenedFile) -> Option<Time> {
    let Nature::Capture(format) = file.nature else { return None };
    let mut reader = crate::capture::Reader::new(format);
    let mut first = None;
    crate::capture::read_slice(&mut reader, &file.content.head(recognise::HEAD), |packet| {
        first = first.or(Some(packet.time));
    });
    first
}

/// Captures that may be one rotated capture, each with the time of its first packet.
pub(super) type CaptureSet<'o> = Vec<(&'o OpenedFile, Option<Time>)>;

/// The captures in sets that may each be one rotated capture, by their names and first times, in the order of time. Captures that do not
/// follow each other are taken apart in `capture::extract`.
pub(super) fn capture_sets(opened: &[OpenedFile]) -> Vec<CaptureSet<'_>> {
    let captures = opened.iter().filter(|file| matches!(file.nature, Nature::Capture(_)));
    let captures: Vec<(&OpenedFile, Option<Time>)> = captures.map(|file| (file, first_time(file))).collect();
    let named: Vec<(&str, Option<Time>)> =
        captures.iter().map(|(file, first)| (file.found.name.as_str(), *first)).collect();
    let sets = rotation::candidates(&named).into_iter();
    sets.map(|set| set.into_iter().filter_map(|index| captures.get(index).copied()).collect()).collect()
}

fn captured(
    sets: Vec<CaptureSet<'_>>,
    extraction: &Extraction,
    interest: &Interest,
    sessions: &Arc<Sessions>,
    progress: ReadProgress<'_>,
) -> (Partial, BTreeSet<SessionNumber>) {
    let wanted = CaptureWanted {
        ranges: &extraction.ranges,
        profile: &extraction.profile,
        interest,
        sessions,
        host: extraction.host.as_deref(),
        memory: extraction.memory,
    };
    let read = |set: &CaptureSet<'_>| capture::extract(&capture::files(set), &wanted, progress);
    sets.par_iter().map(read).reduce(Default::default, |(partial, mut found), (other, more)| {
        found.extend(more);
        (partial.merge(other), found)
    })
}
