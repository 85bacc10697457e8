//! Extraction from a capture. Its files are read in the order of time, each by all threads (`side_by_side`), and where one goes on at the end of
//! another, so do its connections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use super::attempts::HealedAttempts;
use super::batch::Batches;
use super::given::Given;
use super::key_logs::told;
use super::opened::{Nature, OpenedFile};
use super::seen_packets::SeenPackets;
use super::shard::{Harvest, Shard, ShardState};
use super::sharding::SHARDS;
use super::side_by_side::{self, Gathered};
use crate::capture::{self, CaptureFormat, Reader};
use crate::evidence::capture_facts::{ApplicationFacts, CaptureFacts};
use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::interest::Interest;
use crate::evidence::partial::Partial;
use crate::evidence::place::InputId;
use crate::evidence::row::{ConnectionRow, KeptExchange};
use crate::evidence::view::{self, Group, ViewId};
use crate::facts::limits::Profile;
use crate::facts::ranges::{EdgeRanges, is_internal};
use crate::flow::{CaptureClock, Facts, StreamIndex, TableLimits};
use crate::memory::MemoryBudget;
use crate::packet::{Fragments, Tally};
use crate::source::Content;
use crate::time::{Duration, Time};
use crate::tls::{FoundSessions, Sessions};

/// How far the packets of two files that follow each other may overlap.
const OUT_OF_ORDER: Duration = Duration::SECOND;

/// One file of a set.
pub struct CaptureFile<'a> {
    /// Its input.
    pub input: InputId,
    /// Its name.
    pub name: &'a str,
    /// Its size on the disk.
    pub bytes: u64,
    /// Its bytes.
    pub content: &'a Content,
    /// Its format.
    pub format: CaptureFormat,
    /// When its first packet was captured.
    pub first: Option<Time>,
}

/// What is to be taken from captures, and what is known before they are read.
pub struct CaptureWanted<'a> {
    /// The edge's address ranges.
    pub ranges: &'a EdgeRanges,
    /// The limits in force.
    pub profile: &'a Profile,
    /// What failed by the sources that were read before.
    pub interest: &'a Interest,
    /// The TLS sessions whose secrets key logs hold.
    pub sessions: &'a Arc<Sessions>,
    /// Only requests to this host, if given.
    pub host: Option<&'a str>,
    /// What may be taken by what waits.
    pub memory: MemoryBudget,
}

/// The files of a set, as this module takes them.
pub fn files<'a>(set: &[(&'a OpenedFile, Option<Time>)]) -> Vec<CaptureFile<'a>> {
    let file = |&(file, first): &(&'a OpenedFile, Option<Time>)| {
        let Nature::Capture(format) = file.nature else { return None };
        let (input, name, bytes) = (file.input, file.found.name.as_str(), file.found.bytes);
        Some(CaptureFile { input, name, bytes, content: &file.content, format, first })
    };
    set.iter().filter_map(file).collect()
}

/// One capture: all files that follow each other.
pub(super) struct Pass<'a, 's, 't> {
    shards: Vec<Shard<'a>>,
    gathered: Gathered<'s, 't>,
    clock: CaptureClock,
    fragments: Fragments,
    /// What was read, by the files' indices in the set.
    readings: Vec<FileRead>,
    /// What may be taken by what waits.
    memory: MemoryBudget,
}

/// What was read of the file of this index.
type FileRead = (u32, capture::Summary, Tally);

/// What is written of a capture between two of its files.
pub(super) type PassState<'a> =
    (Vec<ShardState<'a>>, HealedAttempts, Time, CaptureClock, Fragments, Vec<FileRead>);

impl<'a, 's, 't> Pass<'a, 's, 't> {
    /// One of which nothing was read yet.
    pub fn begin(
        given: Given<'a>,
        sessions: &Arc<Sessions>,
        mut seen: Option<&'s mut SeenPackets<'t>>,
    ) -> Pass<'a, 's, 't> {
        let mut shards: Vec<Shard<'_>> = (0..SHARDS).map(|_| Shard::new(given)).collect();
        shards.iter_mut().for_each(|shard| shard.know(Arc::clone(sessions)));
        if let Some(seen) = &mut seen {
            seen.begin(&mut shards);
        }
        let gathered = Gathered {
            attempts: HealedAttempts::default(),
            end: Time(i64::MIN),
            sessions: Arc::clone(sessions),
            told: BTreeMap::new(),
            seen,
            tally: Tally::default(),
        };
        let (clock, fragments) = (CaptureClock::default(), Fragments::default());
        Pass { shards, gathered, clock, fragments, readings: Vec::new(), memory: given.memory }
    }

    /// What is written of it, so that another process reads on. The secrets of sessions are no part of it; where its files told some themselves, which
    /// nothing else would tell again, there is none.
    pub fn state(&self) -> Option<impl Serialize> {
        let Pass { shards, gathered, clock, fragments, readings, .. } = self;
        let shards: Vec<_> = shards.iter().map(Shard::state).collect();
        let is_told = !gathered.told.is_empty();
        (!is_told).then_some((shards, &gathered.attempts, gathered.end, clock, fragments, readings))
    }

    /// One of which this was written. `None` where it was with other secrets.
    pub fn restored(
        given: Given<'a>,
        sessions: &Arc<Sessions>,
        state: PassState<'a>,
    ) -> Option<Pass<'a, 's, 't>> {
        let (shards, attempts, end, clock, fragments, readings) = state;
        let shards = shards.into_par_iter().map(|shard| Shard::restored(given, sessions, shard));
        let shards: Vec<Shard<'_>> = shards.collect::<Option<_>>()?;
        let begun = Pass::begin(given, sessions, None);
        let gathered = Gathered { attempts, end, ..begun.gathered };
        (shards.len() == SHARDS).then_some(Pass { shards, gathered, clock, fragments, readings, ..begun })
    }

    /// Bytes of packets in the last file.
    pub fn bytes_of_last_file(&self) -> u64 {
        self.readings.last().map_or(0, |(_, read, _)| read.captured_bytes)
    }

    /// Whether a file that begins at `first` may go on where the files before it end: the last of them ends no later, apart from packets
    /// that were written out of order.
    pub fn goes_on_at(&self, first: Option<Time>) -> bool {
        let span = |(_, summary, _): &(u32, capture::Summary, Tally)| summary.first.zip(summary.last);
        match (self.readings.iter().rev().find_map(span), first) {
            (Some((begin, end)), Some(first)) => {
                end.since(first) <= (end.since(begin) / 2).clamp(Duration::ZERO, OUT_OF_ORDER)
            }
            _ => true,
        }
    }

    /// Reads a file, the one of this index in its set.
    pub fn file(&mut self, index: u32, file: &CaptureFile<'_>, progress: &(dyn Fn(u64) + Sync)) {
        let (clock, fragments) = (std::mem::take(&mut self.clock), std::mem::take(&mut self.fragments));
        let batches = Batches::new(Reader::new(file.format), clock, fragments, file.content);
        let Pass { shards, gathered, .. } = self;
        side_by_side::take_all(index, &batches, shards, gathered, progress);
        let mut tally = std::mem::take(&mut gathered.tally);
        self.shards.iter_mut().for_each(|shard| tally.add(&shard.take_tally()));
        let (reader, clock, fragments) = batches.finish();
        (self.clock, self.fragments) = (clock, fragments);
        self.readings.push((index, reader.summary().clone(), tally));
    }

    /// Hands out the connections that are still open at the end of the capture.
    pub fn hand_out_rest(mut self) {
        let end = self.gathered.end;
        self.shards.par_iter_mut().for_each(|shard| shard.close(end));
        self.gathered.hand_out(&mut self.shards.iter_mut().collect::<Vec<_>>());
    }

    /// What it tells, and which of the sessions were found.
    pub fn finish(self, files: &[CaptureFile<'_>]) -> (Partial, FoundSessions) {
        let Gathered { mut attempts, end, told: told_by, .. } = self.gathered;
        let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
        let mut harvests: Vec<Harvest> =
            self.shards.into_par_iter().map(|shard| shard.finish(end, count)).collect();
        attempts.take(harvests.iter_mut().map(|harvest| std::mem::take(&mut harvest.attempts)));
        let mut index = StreamIndex::default();
        for harvest in &mut harvests {
            index.merge(std::mem::take(&mut harvest.index));
        }
        let mut found = FoundSessions::default();
        harvests.iter().for_each(|harvest| found.merge(&harvest.found));
        let mut partial = Partial { answered: attempts.finish(), ..Partial::default() };
        for (number, read, packets) in self.readings {
            let Some(file) = files.get(number as usize) else { continue };
            partial.tallies.snaplen_cut_packets += read.cut_packets;
            let lost = [partial.tallies.packets_lost_by_capture, read.dropped()];
            partial.tallies.packets_lost_by_capture = lost.into_iter().flatten().reduce(|a, b| a + b);
            let facts = CaptureFacts {
                file: read,
                packets,
                segments: flow_facts(&harvests, number, &index),
                application: application_facts(&harvests, number),
            };
            let mut summary = describe(file, facts, number, &index, self.memory);
            summary.warnings.extend(told_by.get(&number).into_iter().flat_map(|log| told(log, &found)));
            partial.inputs.insert(file.input, summary);
        }
        gather(&mut partial, harvests, files, &index);
        (partial, found)
    }
}

/// Keeps counts, samples and rows of the connections in which failures are looked for, and of half-open connections from any address:
/// a flood matters, wherever it comes from.
fn gather(partial: &mut Partial, mut harvests: Vec<Harvest>, files: &[CaptureFile<'_>], index: &StreamIndex) {
    let folded = harvests.par_iter_mut().map(|harvest| std::mem::take(&mut harvest.views));
    let folded = folded.reduce(BTreeMap::new, |mut views, others| {
        view::merge(&mut views, others);
        views
    });
    let chosen = view::that_can_fail(&folded);
    let known: BTreeSet<Group> = folded.keys().copied().collect();
    let inputs: BTreeSet<InputId> = partial.inputs.keys().copied().collect();
    let file_of: BTreeMap<InputId, u32> = files.iter().map(|file| file.input).zip(0u32..).collect();
    for (group, mut view) in folded {
        if let Some(&capture) = inputs.first().filter(|_| chosen.contains(&group) || group == Group::HalfOpen)
        {
            view.sightings.assign(|seen| index.number(*file_of.get(&seen.input)?, seen.first_frame));
            view.inputs.clone_from(&inputs);
            view.lost = partial.tallies.packets_lost_by_capture;
            partial.views.insert(ViewId { capture, group }, view);
        } else {
            partial.tallies.pass_by(group.server(), &view.tallies);
        }
    }
    for mut row in harvests.into_iter().flat_map(|harvest| harvest.rows) {
        if !known.contains(&row.group) {
            row.group = row.group.rest();
        }
        let rows = match chosen.contains(&row.group) {
            true => &mut partial.connections,
            false if is_failed_try(&row) => &mut partial.behind,
            false => continue,
        };
        index.assign(&mut row.connection);
        rows.push(row);
    }
    if partial.views.values().all(|view| view.tallies.server_packets == 0) {
        // Nothing that the origin sent was captured, so that it seems silent proves nothing.
        partial.connections.retain(|row| !row.connection.is_unanswered());
        for tallies in partial.views.values_mut().map(|view| &mut view.tallies) {
            tallies.reached.values_mut().for_each(|reached| reached.unanswered = 0);
            tallies.servers.values_mut().for_each(|server| {
                (server.unjudged, server.unjudged_requests) = (0, 0);
                (server.let_go_requests, server.let_go_connections) = (0, 0);
            });
        }
    }
    partial.connections.sort_by_key(|row| row.connection.first);
    partial.behind.sort_by_key(|row| row.connection.first);
}

/// Whether a connection that the edge did not begin may be a proxy's try for one of its requests that failed: the proxy hands the ray on, or is refused by a
/// server in its own network.
fn is_failed_try(row: &ConnectionRow) -> bool {
    let is_refused = row.connection.refused_at().is_some();
    let with_ray = |kept: &KeptExchange| kept.failure.is_some() && kept.exchange.ray().is_some();
    is_refused && is_internal(row.connection.client.ip()) || row.exchanges.iter().any(with_ray)
}

fn flow_facts(harvests: &[Harvest], file: u32, index: &StreamIndex) -> Facts {
    let mut facts = Facts::default();
    for more in harvests.iter().filter_map(|harvest| harvest.facts.get(file as usize)) {
        facts.add(more);
    }
    Facts { tcp_streams: index.count(file), ..facts }
}

fn application_facts(harvests: &[Harvest], file: u32) -> ApplicationFacts {
    let mut facts = ApplicationFacts::default();
    for harvest in harvests {
        if let Some(more) = harvest.application_facts.get(file as usize) {
            facts.add(more);
        }
    }
    facts
}

/// A file as the report lists it.
fn describe(
    file: &CaptureFile<'_>,
    facts: CaptureFacts,
    number: u32,
    index: &StreamIndex,
    memory: MemoryBudget,
) -> InputSummary {
    let mut summary = InputSummary::new(file.name, InputKind::Capture, file.format.as_str(), file.bytes);
    let CaptureFacts { file: read, packets, segments, .. } = &facts;
    summary.records = read.packets;
    summary.skipped = read.damaged_places;
    for time in [read.first, read.last].into_iter().flatten() {
        summary.saw(time);
    }
    summary.warnings = read.warnings();
    summary.warnings.extend(packets.warnings());
    let stream = |first_frame| index.number(number, first_frame);
    summary.warnings.extend(segments.warnings(packets.tcp_packets, &TableLimits::within(memory), stream));
    summary.facts = Some(Box::new(facts));
    summary
}
