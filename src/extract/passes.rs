//! What a round does to each of its units: one road for a run that does all of them, and for a process that was given some.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::browser;
use super::capture::{self, CaptureWanted};
use super::capture_sets::{CaptureSet, capture_sets};
use super::crowded;
use super::document;
use super::inputs::{Extraction, Inputs, ReadProgress};
use super::key_logs::KeyLogs;
use super::log::{self, LogFile, Look, RaySearch, SampleLimits, Wanted};
use super::opened::{Nature, OpenedFile};
use super::reference::reference;
use super::refused;
use super::rounds::{KnownSoFar, Round, asked_for};
use super::second_look::rays_and_logs;
use super::set_reading::{self, ReadingStore};
use super::unnamed::{self, FailingTimes, LookFor};
use super::without_rays;
use crate::evidence::chunk::Extracted;
use crate::evidence::interest::Interest;
use crate::evidence::partial::Partial;
use crate::evidence::place::{InputId, Place};
use crate::evidence::rough_offset::RoughOffsets;
use crate::logs::LogKind;
use crate::time::Time;
use crate::tls::Sessions;

/// The rounds over inputs that are open.
pub struct Passes<'a> {
    inputs: &'a Inputs,
    extraction: &'a Extraction,
    /// Read when captures are, and let go once it was told what of them was found.
    keys: OnceLock<KeyLogs<'a>>,
    /// Their heads are looked at once.
    captures: OnceLock<Vec<CaptureSet<'a>>>,
}

/// What is read in one go: an input, or captures that may be one.
pub struct Unit<'a>(Files<'a>);

enum Files<'a> {
    One(&'a OpenedFile),
    Series(CaptureSet<'a>),
}

impl Unit<'_> {
    /// Its inputs.
    pub fn inputs(&self) -> BTreeSet<InputId> {
        match &self.0 {
            Files::One(file) => [file.input].into(),
            Files::Series(set) => set.iter().map(|(file, _)| file.input).collect(),
        }
    }

    /// By what a unit is known in its round: the first of its inputs.
    pub fn first(&self) -> InputId {
        self.inputs().first().copied().unwrap_or_default()
    }

    fn is_log(&self) -> bool {
        matches!(&self.0, Files::One(file) if matches!(file.nature, Nature::Log(_)))
    }
}

/// One round over its units.
pub struct RoundWork<'a> {
    task: Task<'a>,
    extraction: &'a Extraction,
    units: Vec<Unit<'a>>,
}

/// What is done to each unit of a round.
enum Task<'a> {
    Tell { asked_for: Interest, limits: SampleLimits },
    Read { interest: &'a Interest, reference: Option<Time>, limits: SampleLimits },
    LookForRefused { interest: &'a Interest, rows: BTreeSet<Place> },
    Capture { interest: &'a Interest, sessions: Arc<Sessions> },
    ReadAgain { interest: Interest, search: Option<RaySearch>, limits: SampleLimits },
    LookWithoutRays { failing: FailingTimes, wanted: LookFor },
    LookInCrowd { failing: FailingTimes, known: &'a Partial },
}

impl<'a> Passes<'a> {
    /// The rounds over these inputs.
    pub fn over(inputs: &'a Inputs, extraction: &'a Extraction) -> Passes<'a> {
        Passes { inputs, extraction, keys: OnceLock::new(), captures: OnceLock::new() }
    }

    /// A round, after those that found what is known.
    pub fn work<'k>(&self, round: Round, known: &'k KnownSoFar) -> RoundWork<'k>
    where
        'a: 'k,
    {
        let (task, units) = match round {
            Round::Told => self.told(),
            Round::AccessLines => self.logs(&[LogKind::AccessLog], LogKind::AccessLog, known),
            Round::Messages => self.logs(&[LogKind::ErrorLog, LogKind::SystemLog], LogKind::ErrorLog, known),
            Round::RefusedAtEdge => self.refused(LogKind::EdgeLog, known),
            Round::RefusedAtOrigins => self.refused(LogKind::AccessLog, known),
            Round::Packets => {
                let task =
                    Task::Capture { interest: &known.interest, sessions: Arc::clone(&self.keys().sessions) };
                let sets = self.captures().iter().cloned();
                (task, sets.map(|set| Unit(Files::Series(set))).collect())
            }
            Round::SecondLook => self.second_look(known),
            Round::WithoutRays => {
                let (edge, access) = (self.of_kind(&[LogKind::EdgeLog]), self.of_kind(&[LogKind::AccessLog]));
                let (failing, wanted, files) = without_rays::what_and_where(&known.partial, &edge, &access);
                (Task::LookWithoutRays { failing, wanted }, each(files))
            }
            Round::Crowded => {
                let (edge, access) = (self.of_kind(&[LogKind::EdgeLog]), self.of_kind(&[LogKind::AccessLog]));
                let (failing, files) = without_rays::crowded(&known.partial, &edge, &access);
                (Task::LookInCrowd { failing, known: &known.partial }, each(files))
            }
        };
        RoundWork { task, extraction: self.extraction, units }
    }

    /// Adds to what all units of a round found what belongs to the round and to none of them.
    pub fn close(&mut self, round: Round, extracted: Extracted) -> Extracted {
        let more = match round {
            Round::Told => self.inputs.ignored.clone(),
            Round::Packets => {
                let told = self.keys().told(&extracted.sessions);
                self.keys.take();
                told
            }
            _ => return extracted,
        };
        Extracted { partial: extracted.partial.merge(more), sessions: extracted.sessions }
    }

    fn keys(&self) -> &KeyLogs<'a> {
        self.keys.get_or_init(|| KeyLogs::read(&self.inputs.opened))
    }

    fn captures(&self) -> &[CaptureSet<'a>] {
        self.captures.get_or_init(|| capture_sets(&self.inputs.opened))
    }

    fn of_kind(&self, wanted: &[LogKind]) -> Vec<&'a OpenedFile> {
        let is_wanted = |file: &&OpenedFile| matches!(&file.nature, Nature::Log(format) if wanted.contains(&format.kind()));
        self.inputs.opened.iter().filter(is_wanted).collect()
    }

    fn told<'k>(&self) -> (Task<'k>, Vec<Unit<'k>>)
    where
        'a: 'k,
    {
        let is_told = |file: &&OpenedFile| match &file.nature {
            Nature::Document(_) | Nature::Har | Nature::Saved(_) => true,
            Nature::Log(format) => format.kind() == LogKind::EdgeLog,
            _ => false,
        };
        let task = Task::Tell { asked_for: asked_for(self.extraction), limits: SampleLimits::default() };
        (task, each(self.inputs.opened.iter().filter(is_told).collect()))
    }

    fn logs<'k>(
        &self,
        kinds: &[LogKind],
        dated_as: LogKind,
        known: &'k KnownSoFar,
    ) -> (Task<'k>, Vec<Unit<'k>>)
    where
        'a: 'k,
    {
        let opened = &self.inputs.opened;
        let reference = reference(dated_as, &known.partial.inputs, opened, self.captures());
        let task = Task::Read { interest: &known.interest, reference, limits: SampleLimits::default() };
        (task, each(self.of_kind(kinds)))
    }

    fn refused<'k>(&self, kind: LogKind, known: &'k KnownSoFar) -> (Task<'k>, Vec<Unit<'k>>)
    where
        'a: 'k,
    {
        let (edge, access) = (&known.partial.edge, &known.partial.access);
        let (met, loops) = (&known.interest.met, &known.interest.loops);
        let loops = !loops.is_empty() && loops.are_of_edge() == (kind == LogKind::EdgeLog);
        let is_met = loops || kind == LogKind::EdgeLog && !met.is_empty();
        let is_named = !known.interest.refused.is_empty() || is_met;
        let files = if is_named { self.of_kind(&[kind]) } else { Vec::new() };
        let rows = edge.iter().map(|row| row.place).chain(access.iter().map(|row| row.place));
        let rows = if files.is_empty() { BTreeSet::new() } else { rows.collect() };
        (Task::LookForRefused { interest: &known.interest, rows }, each(files))
    }

    fn second_look<'k>(&self, known: &'k KnownSoFar) -> (Task<'k>, Vec<Unit<'k>>)
    where
        'a: 'k,
    {
        let logs = self.of_kind(&[LogKind::EdgeLog, LogKind::AccessLog]);
        let limit = self.extraction.profile.warn.origin_header_line_bytes;
        let (rays, files) = rays_and_logs(&known.partial, &logs, limit, &known.interest);
        let search = RaySearch::of(rays.iter().copied());
        let interest = Interest { rays: rays.into_iter().collect(), ..Interest::default() };
        (Task::ReadAgain { interest, search, limits: SampleLimits::default() }, each(files))
    }
}

fn each(files: Vec<&OpenedFile>) -> Vec<Unit<'_>> {
    files.into_iter().map(|file| Unit(Files::One(file))).collect()
}

impl<'a> RoundWork<'a> {
    /// What the round is to go over.
    pub fn units(&self) -> &[Unit<'a>] {
        &self.units
    }

    /// Does something with each of these units, side by side, and puts the results together in any order.
    pub fn over<T: Default + Send>(
        &self,
        units: &[&Unit<'a>],
        each: impl Fn(&Unit<'a>) -> T + Sync,
        both: impl Fn(T, T) -> T + Sync + Send,
    ) -> T {
        let is_read = matches!(self.task, Task::Tell { .. } | Task::Read { .. } | Task::ReadAgain { .. });
        let (logs, others): (Vec<_>, Vec<_>) = units.iter().partition(|unit| is_read && unit.is_log());
        let together =
            |units: &[&&Unit<'a>]| units.par_iter().map(|unit| each(unit)).reduce(T::default, &both);
        let others = together(&others);
        // No more logs are open at a time than there are threads, since each takes memory; a large one is read by all threads that have nothing else
        // to do.
        logs.chunks(rayon::current_num_threads()).map(together).fold(others, &both)
    }

    /// Goes over one unit. Of a damaged file the part before the damage counts, and a warning says so.
    pub fn extract(&self, unit: &Unit<'a>, progress: ReadProgress<'_>) -> Extracted {
        self.extract_keeping(unit, progress, None)
    }

    /// The same, from where a run before this one stood, as far as that was kept in the store. There it is kept between the files of a series.
    pub fn extract_keeping(
        &self,
        unit: &Unit<'a>,
        progress: ReadProgress<'_>,
        store: Option<&dyn ReadingStore>,
    ) -> Extracted {
        let file = match &unit.0 {
            Files::Series(set) => return self.captures(set, progress, store),
            Files::One(file) => file,
        };
        let (input, name, bytes) = (file.input, file.found.name.as_str(), file.found.bytes);
        let (content, host) = (&file.content, self.extraction.host.as_deref());
        let partial = match &file.nature {
            Nature::Document(format) => document::extract(input, &file.found, content, *format),
            Nature::Har => browser::extract(input, name, bytes, content, host),
            Nature::Saved(saved) => browser::extract_saved(input, name, bytes, content, *saved),
            Nature::Log(format) => self.log(&LogFile { input, name, bytes, content, format }, progress),
            _ => Partial::default(),
        };
        Extracted { partial, ..Extracted::default() }
    }

    fn log(&self, log: &LogFile<'_>, progress: ReadProgress<'_>) -> Partial {
        let host = self.extraction.host.as_deref();
        let (profile, memory) = (&self.extraction.profile, self.extraction.memory);
        let first = |interest, reference, limits| {
            let wanted = Wanted { interest, profile, host, reference, look: Look::First, limits, memory };
            log::extract(log, &wanted, progress)
        };
        match &self.task {
            Task::Tell { asked_for, limits } => first(asked_for, None, limits),
            Task::Read { interest, reference, limits } => first(interest, *reference, limits),
            Task::ReadAgain { interest, search, limits } => {
                let look = Look::Second(search.as_ref());
                let wanted = Wanted { interest, profile, host, reference: None, look, limits, memory };
                log::extract(log, &wanted, &|_| {})
            }
            Task::LookForRefused { interest, rows } => refused::look(log, interest, rows, host),
            Task::LookWithoutRays { failing, wanted } => unnamed::look(log, failing, *wanted, host),
            Task::LookInCrowd { failing, known } => {
                let Some(crowded) = known.crowded.get(&log.input) else { return Partial::default() };
                crowded::look(log, crowded, &RoughOffsets::of(&known.keys, log.input), failing, host)
            }
            Task::Capture { .. } => Partial::default(),
        }
    }

    fn captures(
        &self,
        set: &CaptureSet<'_>,
        progress: ReadProgress<'_>,
        store: Option<&dyn ReadingStore>,
    ) -> Extracted {
        let Task::Capture { interest, sessions } = &self.task else { return Extracted::default() };
        let wanted = CaptureWanted {
            ranges: &self.extraction.ranges,
            profile: &self.extraction.profile,
            interest,
            sessions,
            host: self.extraction.host.as_deref(),
            memory: self.extraction.memory,
        };
        let (partial, sessions) = set_reading::extract(&capture::files(set), &wanted, progress, store);
        Extracted { partial, sessions }
    }
}
