//! Messages of all error and system logs on one time line.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::bystander::Bystanders;
use super::clock::Clocks;
use super::join::going_on;
use super::rows::MessageIndex;
use super::whole::Whole;
use crate::evidence::{InputId, MessageRow};
use crate::facts::lasting::{Lasting, is_of_lasting};
use crate::time::{Duration, Time};

/// A line that is dated to the minute (`dmesg -H`) may be near any request of that minute, so it is near none.
const COARSE: Duration = Duration::from_seconds(60);

/// So many lines without an instant are kept of one kind and input: a thousand say no more.
const FEW: usize = 3;

/// Messages with their times by the reference clock, in order.
type MessageTimes = Vec<(Time, MessageIndex)>;

/// All messages that have a time, in order of the reference clock, and some of those that have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessagesInOrder {
    all: MessageTimes,
    /// Those that are known, by what they are: who looks for one kind does not go over all others.
    by_signature: BTreeMap<&'static str, MessageTimes>,
    /// For how long the least exact of those of one kind leaves open when it was written, where that is more than a second.
    least_exact: BTreeMap<&'static str, Duration>,
    /// Those of them that are about a process, by it as well.
    by_process: BTreeMap<(&'static str, u32), MessageTimes>,
    /// Those of what lasts, by whom they name.
    by_name: BTreeMap<Named, BTreeMap<&'static str, MessageTimes>>,
    /// The first of each kind that have no instant and get none from others.
    without_instant: Vec<MessageIndex>,
}

/// Whom a message names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A client.
    Client(IpAddr),
    /// A host, as [`bare_host`](crate::text::host::bare_host) gives it.
    Host(String),
}

impl MessagesInOrder {
    /// Puts the messages of `evidence` in order.
    pub(super) fn of(evidence: &Whole, clocks: &Clocks, bystanders: &Bystanders<'_>) -> MessagesInOrder {
        // What goes on behind a bystander's message is about it, too.
        let is_bystanders = |index: &MessageIndex| {
            evidence.messages.get(*index).is_some_and(|row| bystanders.is_message(row))
        };
        let behind: BTreeSet<MessageIndex> = going_on(evidence)
            .into_iter()
            .filter(|(told, _)| is_bystanders(told))
            .map(|(_, next)| next)
            .collect();
        let is_about_case = |index: &MessageIndex, row: &MessageRow| {
            row.line.time.is_some() && !bystanders.is_message(row) && !behind.contains(index)
        };
        let mut in_order: MessageTimes = evidence
            .messages
            .indexed()
            .filter(|(index, row)| is_about_case(index, row))
            .map(|(index, row)| (clocks.time_of(row), index))
            .collect();
        in_order.sort_by_key(|(time, index)| (*time, evidence.messages.get(*index).map(|row| row.place)));
        let mut messages = MessagesInOrder::default();
        for (time, index) in &in_order {
            let Some(row) = evidence.messages.get(*index) else { continue };
            let Some(signature) = row.line.signature else { continue };
            messages.by_signature.entry(signature).or_default().push((*time, *index));
            if row.line.resolution > Duration::SECOND && row.line.resolution < COARSE {
                let least = messages.least_exact.entry(signature).or_default();
                *least = row.line.resolution.max(*least);
            }
            if let Some(process) = row.line.about_process {
                messages.by_process.entry((signature, process)).or_default().push((*time, *index));
            }
            if is_of_lasting(signature) && row.line.resolution < COARSE {
                for named in Named::by(row) {
                    let told = messages.by_name.entry(named).or_default().entry(signature).or_default();
                    told.push((*time, *index));
                }
            }
        }
        MessagesInOrder { all: in_order, without_instant: without_instant(evidence, bystanders), ..messages }
    }

    /// Those of a span of time, by the reference clock, as far as their clocks tell single seconds.
    pub fn between<'a>(
        &'a self,
        evidence: &'a Whole,
        from: Time,
        to: Time,
    ) -> impl Iterator<Item = &'a MessageRow> {
        exact_between(&self.all, evidence, from, to)
    }

    /// Those of them that have one of these signatures, and those that may have been written then.
    pub fn known_between<'a>(
        &'a self,
        evidence: &'a Whole,
        signatures: &'a [&'a str],
        from: Time,
        to: Time,
    ) -> impl Iterator<Item = &'a MessageRow> {
        let of = |signature: &&str| {
            let least_exact = self.least_exact.get(*signature).copied().unwrap_or_default();
            Some((self.by_signature.get(*signature)?, least_exact))
        };
        let known = signatures.iter().filter_map(of);
        known.flat_map(move |(known, open)| exact_between(known, evidence, from.plus(-open), to))
    }

    /// Those of them that are about a process.
    pub fn known_of_process<'a>(
        &'a self,
        evidence: &'a Whole,
        (signatures, process): (&'a [&'static str], u32),
        from: Time,
        to: Time,
    ) -> impl Iterator<Item = &'a MessageRow> {
        let of = move |signature: &&'static str| self.by_process.get(&(*signature, process));
        signatures.iter().filter_map(of).flat_map(move |known| exact_between(known, evidence, from, to))
    }

    /// What says that something holds for this one at the end of a span: the last message of it since its begin, unless that says that it is over.
    pub fn holding<'a>(
        &self,
        evidence: &'a Whole,
        (lasting, named): (Lasting, &Named),
        from: Time,
        to: Time,
    ) -> Option<&'a MessageRow> {
        let of_named = self.by_name.get(named)?;
        let last = |signature: &'static str| {
            let told = of_named.get(signature)?;
            told[..told.partition_point(|(time, _)| *time <= to)].last().map(|last| (*last, signature))
        };
        let ((time, index), signature) = lasting.messages().filter_map(last).max()?;
        let holds = time >= from && lasting.begins.contains(&signature);
        evidence.messages.get(index).filter(|_| holds)
    }

    /// Known ones that nobody can place in time, a few of each kind and input.
    pub fn without_instant<'a>(&'a self, evidence: &'a Whole) -> impl Iterator<Item = &'a MessageRow> {
        self.without_instant.iter().filter_map(|index| evidence.messages.get(*index))
    }

    /// Those with this signature and their times, in order.
    fn with_signature(&self, signature: &str) -> &[(Time, MessageIndex)] {
        self.by_signature.get(signature).map_or(&[], Vec::as_slice)
    }

    /// Those with one of these signatures, in order of time, and of one instant in that of their places.
    pub(super) fn with_signatures<'e>(
        &self,
        signatures: &[&str],
        evidence: &'e Whole,
    ) -> Vec<(Time, MessageIndex, &'e MessageRow)> {
        let known = signatures.iter().flat_map(|signature| self.with_signature(signature));
        let mut known: Vec<_> =
            known.filter_map(|(time, index)| Some((*time, *index, evidence.messages.get(*index)?))).collect();
        known.sort_by_key(|(time, _, row)| (*time, row.place));
        known
    }

    /// All of them with their times.
    pub fn all<'a>(&'a self, evidence: &'a Whole) -> impl Iterator<Item = (Time, &'a MessageRow)> {
        self.all.iter().filter_map(|(time, index)| Some((*time, evidence.messages.get(*index)?)))
    }
}

impl Named {
    /// All whom a message names.
    fn by(row: &MessageRow) -> impl Iterator<Item = Named> {
        let client = row.line.client.map(Named::Client);
        client.into_iter().chain(row.line.host.clone().map(Named::Host))
    }
}

fn without_instant(evidence: &Whole, bystanders: &Bystanders<'_>) -> Vec<MessageIndex> {
    let mut counts: BTreeMap<(InputId, &'static str), usize> = BTreeMap::new();
    let mut is_one_of_few = |row: &MessageRow, signature: &'static str| {
        let count = counts.entry((row.place.input(), signature)).or_default();
        *count += 1;
        *count <= FEW
    };
    let known = evidence.messages.indexed().filter(|(_, row)| row.line.time.is_none());
    let about_case = known.filter(|(_, row)| !bystanders.is_message(row));
    let few = about_case.filter(|(_, row)| row.line.signature.is_some_and(|told| is_one_of_few(row, told)));
    few.map(|(index, _)| index).collect()
}

fn exact_between<'a>(
    in_order: &'a [(Time, MessageIndex)],
    evidence: &'a Whole,
    from: Time,
    to: Time,
) -> impl Iterator<Item = &'a MessageRow> {
    let start = in_order.partition_point(|(time, _)| *time < from);
    let span = in_order[start..].iter().take_while(move |(time, _)| *time <= to);
    let is_exact = |row: &&MessageRow| row.line.resolution < COARSE;
    span.filter_map(|(_, index)| evidence.messages.get(*index)).filter(is_exact)
}
