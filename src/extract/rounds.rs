//! The rounds of extraction. What is to be kept of one input depends on what failed in others: so the inputs are gone over in rounds, and what a
//! round looks for is said by the evidence of the rounds before it, all inputs together. Within a round no unit (an input, or a series of captures that may be
//! one) needs another: they may be read in any order, side by side, by other processes on other machines.
//!
//! First come what is taken as a whole, the edge's logs and the browsers' files, which say what failed; then the origin's logs; where a line of
//! these says that a request was refused, the requests that it may be about; then the captures, of which is kept in detail what failed there
//! or in an earlier source. Last the logs are read once more: for rays whose failure only the packets showed, and for what names no ray.

use std::collections::BTreeSet;

use super::inputs::Extraction;
use super::kept_connections::{Spare, keep_within};
use super::refused::bounded;
use crate::evidence::chunk::Extracted;
use crate::evidence::interest::Interest;
use crate::evidence::named_as_refused::NamedAsRefused;
use crate::evidence::partial::Partial;
use crate::evidence::suspected_loops::SuspectedLoops;
use crate::memory::MemoryBudget;

/// A round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Round {
    /// Configuration, state, events; the edge's logs; what browsers recorded.
    Told,
    /// The origins' access logs.
    AccessLines,
    /// Error logs and system logs.
    Messages,
    /// The edge's logs, for requests that a line says were refused.
    RefusedAtEdge,
    /// Access logs, for the same.
    RefusedAtOrigins,
    /// The captures.
    Packets,
    /// Logs with rays, for rays that were not known to fail when they were read.
    SecondLook,
    /// Logs, for the healthy requests that something without a ray may be about.
    WithoutRays,
    /// Access logs, for lines without a ray about what is asked very often.
    Crowded,
}

impl Round {
    /// All rounds, in their order.
    pub const ALL: [Round; 9] = [
        Round::Told,
        Round::AccessLines,
        Round::Messages,
        Round::RefusedAtEdge,
        Round::RefusedAtOrigins,
        Round::Packets,
        Round::SecondLook,
        Round::WithoutRays,
        Round::Crowded,
    ];

    /// Its number, counted from 1.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The round of a number.
    pub fn of_number(number: u8) -> Option<Round> {
        Round::ALL.into_iter().find(|round| round.number() == number)
    }

    /// What is read in it, in two or three words.
    pub fn name(self) -> &'static str {
        match self {
            Round::Told => "edge, browsers, configuration",
            Round::AccessLines => "access logs",
            Round::Messages => "error and system logs",
            Round::RefusedAtEdge => "refused, at the edge",
            Round::RefusedAtOrigins => "refused, at origins",
            Round::Packets => "captures",
            Round::SecondLook => "rays that packets named",
            Round::WithoutRays => "what names no ray",
            Round::Crowded => "what is asked very often",
        }
    }

    /// Puts together what was found in two parts of the round: in any order and any grouping with the same result.
    pub fn gather(self, mut one: Extracted, other: Extracted, memory: MemoryBudget) -> Extracted {
        one.sessions.merge(&other.sessions);
        let mut partial = one.partial.merge(other.partial);
        match self {
            Round::RefusedAtEdge | Round::RefusedAtOrigins => partial = bounded(partial),
            Round::Told | Round::AccessLines => partial.keep_failing_lines(memory.failing_requests()),
            Round::Packets => keep_within(&mut partial, memory, Spare::Quarter),
            _ => {}
        }
        Extracted { partial, sessions: one.sessions }
    }
}

/// What the rounds so far have found, and what the next ones look for because of it.
#[derive(Clone, Debug, Default)]
pub struct KnownSoFar {
    /// The evidence.
    pub partial: Partial,
    /// What failed by what was read before the captures.
    pub(super) interest: Interest,
}

impl KnownSoFar {
    /// Takes what a whole round found. The rounds are taken in their order.
    pub fn take(&mut self, round: Round, mut extracted: Extracted, extraction: &Extraction) {
        if round == Round::Packets {
            keep_within(&mut extracted.partial, extraction.memory, Spare::None);
        }
        let interest = &self.interest;
        let is_looked_for =
            !interest.refused.is_empty() || !interest.met.is_empty() || !interest.loops.is_empty();
        if round == Round::RefusedAtEdge && is_looked_for {
            // What is found there is known by its ray and by what it asked in the access logs and in the captures, too.
            self.interest.refused.add_records(extracted.partial.edge.iter().map(|row| &row.record));
        }
        if round == Round::SecondLook {
            self.partial.take_back(&extracted.partial);
        }
        self.partial = std::mem::take(&mut self.partial).merge(extracted.partial);
        match round {
            Round::Told => self.interest = self.told(extraction),
            // What one side let go of is not looked for on the other.
            Round::AccessLines if self.partial.agree_on_failing_lines() => {
                self.interest = self.told(extraction);
            }
            Round::Messages => {
                self.interest.refused = NamedAsRefused::by(&self.partial, &extraction.ranges);
                self.interest.loops = SuspectedLoops::of(&self.partial.samples);
            }
            _ => {}
        }
    }

    /// What failed by the edge's logs and the browsers, and what was asked for.
    fn told(&self, extraction: &Extraction) -> Interest {
        let limit = extraction.profile.warn.origin_header_line_bytes;
        let mut interest = Interest::of(&self.partial, limit);
        interest.rays.extend(&extraction.rays);
        interest
    }

    /// The evidence, of all rounds.
    pub fn into_partial(self) -> Partial {
        self.partial
    }
}

/// What a round looks for before anything failed: the rays that a person asked for.
pub(super) fn asked_for(extraction: &Extraction) -> Interest {
    let rays: BTreeSet<_> = extraction.rays.clone();
    Interest { rays: rays.into_iter().collect(), ..Interest::default() }
}
