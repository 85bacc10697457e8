//! What goes from a healthy line into the samples.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use crate::evidence::place::InputId;
use crate::evidence::sample::{HealthyRequest, Samples, Seen, hash_of};
use crate::logs::{AccessLine, EdgeRecord};
use crate::ray::Ray;
use crate::time::Duration;

/// Up to which hash a sample can still take requests in, for all threads together. A sample that is full on one thread shuts out what has
/// larger hashes on all others: merged with theirs it holds smaller ones enough.
#[derive(Debug)]
pub struct SampleLimits {
    edge: AtomicU64,
    access: AtomicU64,
}

impl Default for SampleLimits {
    /// Samples that are empty.
    fn default() -> SampleLimits {
        SampleLimits { edge: AtomicU64::new(u64::MAX), access: AtomicU64::new(u64::MAX) }
    }
}

impl SampleLimits {
    fn of(&self, seen: Seen) -> &AtomicU64 {
        if seen == Seen::Edge { &self.edge } else { &self.access }
    }
}

/// The samples of one thread, and what it knows of the others.
pub struct Sampling<'a> {
    input: InputId,
    limits: &'a SampleLimits,
    samples: Samples,
    unread: &'a UnreadLines,
    /// Lines that were not handed in to `unread` yet.
    waiting: Vec<(Seen, UnreadLine)>,
}

/// Lines that a thread holds before it hands them in. Handing in each alone, two threads waited for each other in one of thirty processor seconds.
const HANDED_IN: usize = 256;

/// The lines that the samples of one input took in at a glance, for all threads together: so no more of them are kept and parsed in the end
/// than one sample holds.
#[derive(Default)]
pub struct UnreadLines {
    /// For each kind of source.
    kept: Mutex<BTreeMap<Seen, KeptLines>>,
}

/// The lines with the smallest hashes so far, and up to as many more that nobody has looked through yet.
#[derive(Default)]
struct KeptLines {
    lines: Vec<UnreadLine>,
    hashes: HashSet<u64, FixedState>,
}

impl UnreadLines {
    /// Takes in lines, and gives back those of whose hash there is one already.
    fn keep(
        &self,
        lines: impl Iterator<Item = (Seen, UnreadLine)>,
        limits: &SampleLimits,
    ) -> Vec<UnreadLine> {
        // What a panicking thread left behind is at worst a line too few, and the panic is told anyway.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        for (seen, line) in lines {
            taken.extend(kept.entry(seen).or_default().keep(line, limits.of(seen)));
        }
        taken
    }

    /// The lines that stayed, in no order.
    pub fn take(&self) -> impl Iterator<Item = UnreadLine> + use<> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *kept).into_values().flat_map(|mut kept| {
            kept.let_go();
            kept.lines
        })
    }
}

impl KeptLines {
    /// Takes in a line whose hash is within the limit, or gives it back where there is one of that hash.
    fn keep(&mut self, line: UnreadLine, limit: &AtomicU64) -> Option<UnreadLine> {
        if line.hash > limit.load(Ordering::Relaxed) {
            return None;
        }
        if !self.hashes.insert(line.hash) {
            return Some(line);
        }
        self.lines.push(line);
        // Looking through them costs as much as there are: so each line costs the same, however many are let go.
        if self.lines.len() >= 2 * Samples::KEPT
            && let Some(largest) = self.let_go()
        {
            limit.fetch_min(largest, Ordering::Relaxed);
        }
        None
    }

    /// Lets go of the lines whose hashes are larger than those of a full sample; gives the largest of that. Whatever the lines say, the largest of more
    /// hashes than a sample holds is not in it.
    fn let_go(&mut self) -> Option<u64> {
        if self.lines.len() < Samples::KEPT {
            return None;
        }
        let (_, largest, _) = self.lines.select_nth_unstable_by_key(Samples::KEPT - 1, |line| line.hash);
        let largest = largest.hash;
        for line in self.lines.drain(Samples::KEPT..) {
            self.hashes.remove(&line.hash);
        }
        Some(largest)
    }
}

/// A line that a sample took in at a glance. Most are pushed out again by smaller hashes: only those that stay are parsed.
pub struct UnreadLine {
    /// The hash by which it was chosen.
    hash: u64,
    /// What tells it from the other lines of its input.
    pub ordinal: u64,
    /// The line.
    pub text: Box<[u8]>,
}

/// Longer lines are parsed at once: the memory of a sample is bounded.
const LONGEST_UNREAD: usize = 2048;

impl<'a> Sampling<'a> {
    /// For one input.
    pub fn new(input: InputId, limits: &'a SampleLimits, unread: &'a UnreadLines) -> Sampling<'a> {
        Sampling { input, limits, samples: Samples::default(), unread, waiting: Vec::new() }
    }

    /// The sample that was taken; all of its lines must have been read.
    pub fn finish(self) -> Samples {
        self.samples
    }

    /// Takes in a line with this ray that may be sampled, to be parsed if it stays. `false` where it must be parsed at once.
    pub fn keep_unread(&mut self, seen: Seen, ray: Option<Ray>, ordinal: u64, text: &[u8]) -> bool {
        if text.len() > LONGEST_UNREAD {
            return false;
        }
        let hash = hash_of(ray, self.place(ordinal));
        self.waiting.push((seen, UnreadLine { hash, ordinal, text: text.into() }));
        true
    }

    /// Whether so many lines wait that they should be handed in.
    pub fn is_due(&self) -> bool {
        self.waiting.len() >= HANDED_IN
    }

    /// Hands in the lines that wait. Gives back those of whose hash another is kept: of two requests of one hash their content decides which comes first,
    /// so these must be parsed.
    pub fn hand_in(&mut self) -> Vec<UnreadLine> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        self.unread.keep(self.waiting.drain(..), self.limits)
    }

    /// Whether a sample may take in a request with this ray, or without one from the line that `ordinal` names.
    pub fn may_take(&self, seen: Seen, ray: Option<Ray>, ordinal: u64) -> bool {
        hash_of(ray, self.place(ordinal)) <= self.limits.of(seen).load(Ordering::Relaxed)
    }

    fn place(&self, ordinal: u64) -> u64 {
        self.input.numbered(ordinal)
    }

    fn offer(
        &mut self,
        seen: Seen,
        ordinal: u64,
        ray: Option<Ray>,
        request: impl FnOnce() -> HealthyRequest,
    ) {
        if self.may_take(seen, ray, ordinal) {
            self.samples.offer(seen, self.place(ordinal), request, ray);
            if let Some(largest) = self.samples.largest(seen) {
                self.limits.of(seen).fetch_min(largest, Ordering::Relaxed);
            }
        }
    }

    /// Offers a healthy record of the edge.
    pub fn offer_edge(&mut self, record: &EdgeRecord, ordinal: u64) {
        let input = self.input;
        let sampled = || HealthyRequest {
            input,
            ray: record.ray,
            time: record.start,
            end: record.end,
            resolution: record.resolution,
            edge_address: record.edge_address,
            origin_address: record.origin_address,
            colo: record.colo,
            names_visitor: record.client_address.is_some(),
            country: record.country.clone(),
            method: record.method.clone(),
            host: record.host.clone(),
            path: record.target.as_deref().map(HealthyRequest::path_of).map(str::to_owned),
            status: record.edge_status,
            // Only a request that went to the origin had a connection to it.
            reused: record
                .origin_tcp_time
                .filter(|_| record.edge_address.is_some())
                .map(|time| time == Duration::ZERO),
            idle: None,
            answer_bytes: None,
        };
        self.offer(Seen::Edge, ordinal, record.ray, sampled);
    }

    /// Offers a healthy line of an access log.
    pub fn offer_access(&mut self, line: &AccessLine, ordinal: u64) {
        let (input, ray) = (self.input, line.ray.map(|ray| ray.ray));
        let sampled = || HealthyRequest {
            input,
            ray,
            time: line.start(),
            end: line.end(),
            resolution: line.resolution,
            edge_address: line.real_peer.or(line.remote_address),
            origin_address: None,
            colo: line.ray.and_then(|ray| ray.colo),
            names_visitor: line.visitor.is_some(),
            country: None,
            method: line.method.clone(),
            host: line.host.clone(),
            path: line.target.as_deref().map(HealthyRequest::path_of).map(str::to_owned),
            status: line.status,
            reused: line.connection_requests.map(|count| count > 1),
            idle: None,
            answer_bytes: line.answer_bytes(),
        };
        self.offer(Seen::Access, ordinal, ray, sampled);
    }
}
