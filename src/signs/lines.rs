//! Looks for the signs that are lines of logs: the request's own, or those that time alone ties to it. What a line says may also stand on the page
//! that was the answer.

use std::collections::BTreeSet;

use super::error_page;
use super::ruled_out::{held_to_the_end, is_ruled_out};
use super::sign::{How, LineScope, Observation, OwnLog, Sign, Viewpoint, absent};
use crate::correlate::machines::BESIDE;
use crate::correlate::{Case, Incident};
use crate::evidence::{InputId, InputKind, MessageRow, Place};
use crate::facts::deaths::{REFUSED_BEHIND, TIME_LIMITED, killed_for_memory, tells_of_child};
use crate::facts::endings::EndingVocabulary;
use crate::facts::left_by_failures::is_left_by_failure;
use crate::facts::refusals::PROXY_HEADER_AMISS;
use crate::facts::serving::may_serve;
use crate::text::words::quote;
use crate::time::{Duration, Time};

/// Why a line that is known is no sign.
pub(super) const OF_SEVERAL_MACHINES: &str =
    "such a line is of one of several machines, and nothing shows which of them was asked";

/// Looks for lines with one of these signatures.
pub(super) fn observe(
    look: &Viewpoint<'_>,
    scope: LineScope,
    signatures: &[&str],
    about: &str,
) -> Observation {
    let (case, incident) = (look.case, look.incident);
    let mut is_of_another = false;
    let own = own(look, signatures);
    let tells_of_end = || scope == LineScope::Process || signatures.iter().any(|one| killed_for_memory(one));
    if own.is_none()
        && tells_of_end()
        && let Some(why) = held_to_the_end(look)
    {
        return Observation::Moot(why);
    }
    let seen = own.or_else(|| match scope.reach() {
        None => likely_own(look, signatures).or_else(|| left_one_each(look, signatures, about)),
        Some(_) => {
            let machines = &incident.population.machines;
            let concerns =
                |row: &&MessageRow| machines.may_concern(row.place.input(), case, &incident.evidence);
            let near = near(incident, signatures, scope, scope.span(case)).filter(concerns);
            let near = near.filter(|row| may_have_caused(look, row));
            let mut near = near.filter(|row| {
                let input = row.place.input();
                let may_be = machines.may_be_anothers(input, case, &incident.evidence)
                    && (!is_one_for_each(row)
                        || machines.may_be_anothers_failure(input, case, &incident.evidence));
                is_of_another |= may_be;
                !may_be
            });
            // Which of them is told does not matter where nothing is put into words.
            let row = if look.in_words {
                near.min_by_key(|row| distance(incident, row, case.end))
            } else {
                near.next()
            };
            row.map(|row| {
                let text = || format!("{about}: {}", quote(&row.line.text));
                let seen = look.seen(text, row.place, row.line.time);
                match incident.population.deaths_of_paths.ended(row, case, &incident.evidence) {
                    Some(true) => seen,
                    _ => seen.not_own(),
                }
            })
        }
    });
    let may_be_own = || {
        let mut possible = case.possible_messages(&incident.evidence).filter(|_| scope == LineScope::Request);
        possible.any(|(row, _)| has_signature(row, signatures))
    };
    seen.unwrap_or_else(|| {
        if may_be_own() {
            Observation::NotVisible("such a line was left by this request or by another one of that moment")
        } else if is_of_another {
            Observation::NotVisible(OF_SEVERAL_MACHINES)
        } else if would_show(look) {
            absent()
        } else {
            Observation::NotVisible("no error log of that time is among the inputs")
        }
    })
}

/// Whether a server writes such a line for each request that fails so, or for each connection.
fn is_one_for_each(row: &MessageRow) -> bool {
    row.line
        .signature
        .is_some_and(|signature| is_left_by_failure(signature) || PROXY_HEADER_AMISS.contains(&signature))
}

/// A line that this request or another one of that moment left, and more likely than not this one.
fn likely_own(look: &Viewpoint<'_>, signatures: &[&str]) -> Option<Observation> {
    let mut possible = look.case.possible_messages(&look.incident.evidence);
    let (row, _) = possible.find(|(row, is_likely)| *is_likely && has_signature(row, signatures))?;
    let text =
        || format!("the log says, of this request or of another one like it: {}", quote(&row.line.text));
    Some(look.seen(text, row.place, row.line.time).not_own())
}

/// The line beside the end of the request, where such lines stand beside all that failed like it, one for each: Apache's of a backend name a client that the edge's
/// log may not have, and nothing that was asked.
fn left_one_each(look: &Viewpoint<'_>, signatures: &[&str], about: &str) -> Option<Observation> {
    /// Of a burst of lines more are not looked at: each case of the burst would be held against all of them.
    const MOST_NEAR: usize = 16;
    let (case, incident) = (look.case, look.incident);
    let Incident { evidence, clocks, population, .. } = incident;
    // What has a line of its own needs none that only stands beside it.
    if case.messages(evidence).next().is_some() {
        return None;
    }
    let left = look.left_beside();
    if left.is_empty() {
        return None;
    }
    let is_left = |row: &MessageRow| {
        let writer = population.machines.machine_of(row.place.input()).zip(row.line.signature);
        writer.is_some_and(|writer| left.contains(&writer))
    };
    let is_beside = |row: &MessageRow| {
        let apart = clocks.time_of(row).since(case.end).abs();
        apart <= BESIDE + clocks.doubt(row.place.input(), row.line.resolution)
    };
    let address = case.edge_address(evidence);
    let names_another = |row: &MessageRow| {
        let is_anothers = row.line.client.zip(address).is_some_and(|(client, address)| client != address);
        is_anothers || row.line.ray.is_some() || row.line.named_target().is_some()
    };
    let within = |reach: Duration| {
        said_between(look, signatures, case.end.plus(-reach), case.end.plus(reach)).take(MOST_NEAR)
    };
    let row = within(BESIDE)
        .chain(within(BESIDE + MOST_DOUBT))
        .filter(|row| is_beside(row) && is_left(row) && !names_another(row))
        .min_by_key(|row| distance(incident, row, case.end))?;
    let text = || format!("{about}: {}", quote(&row.line.text));
    Some(look.seen(text, row.place, row.line.time).not_own())
}

/// Whether what a line of a server says may have ended the request as its own lines say that it ended.
fn may_have_caused(look: &Viewpoint<'_>, row: &MessageRow) -> bool {
    let Some(signature) = row.line.signature else { return true };
    // A child that dies closes no socket on which its parent listens.
    let refuses_nothing = || tells_of_child(signature) && own(look, REFUSED_BEHIND).is_some();
    !refuses_nothing() && !is_ruled_out(look, row, signature)
}

/// A line of the request itself with one of these signatures, its access line's code, or the page that was its answer.
pub(super) fn own(look: &Viewpoint<'_>, signatures: &[&str]) -> Option<Observation> {
    own_line(look, signatures)
        .or_else(|| own_ending(look, signatures))
        .or_else(|| error_page::own_without_code(look, signatures))
}

fn own_line(look: &Viewpoint<'_>, signatures: &[&str]) -> Option<Observation> {
    let messages = || look.case.messages(&look.incident.evidence);
    // What a worker says of a request as it is ended at its time limit is the limit's word.
    let limit = |row: &MessageRow| limit_of_writer(look.incident, row);
    let said = messages().find(|row| has_signature(row, signatures) && limit(row).is_none());
    let of_limit = || if signatures == TIME_LIMITED { messages().find_map(limit) } else { None };
    let row = said.or_else(of_limit)?;
    Some(look.seen(|| format!("the log says: {}", quote(&row.line.text)), row.place, row.line.time))
}

/// The code by which an access log says how the request ended.
fn own_ending(look: &Viewpoint<'_>, signatures: &[&str]) -> Option<Observation> {
    look.case.access(&look.incident.evidence).find_map(|row| {
        let ending = row.line.ending().filter(|ending| signatures.contains(&ending.id))?;
        let code = row.line.termination.as_ref()?;
        let text = || match code.vocabulary {
            EndingVocabulary::ElasticLoadBalancing => {
                format!("the load balancer's line tells of no answer of a target: {}", ending.about)
            }
            _ => format!("the access log ends the request with {code}: {}", ending.about),
        };
        Some(look.seen(text, row.place, row.line.time))
    })
}

impl Sign {
    /// Whether nearness in time is all that ties it to a request, and a line of it meets a span of time, by the reference clock.
    pub fn meets(&self, incident: &Incident, span: (Time, Time)) -> bool {
        self.meets_but(incident, span, &BTreeSet::new())
    }

    /// The same, but for the lines of these inputs.
    pub fn meets_but(&self, incident: &Incident, span: (Time, Time), but: &BTreeSet<InputId>) -> bool {
        let How::Lines(scope, signatures) = &self.how else { return false };
        near(incident, signatures, *scope, span).any(|row| !but.contains(&row.place.input()))
    }

    /// The kinds of lines that it is looked for by, if it is looked for by lines.
    pub fn kinds_of_lines(&self) -> Option<&'static [&'static str]> {
        match self.how {
            How::Lines(_, kinds) => Some(kinds),
            How::Inspect(_) | How::State(_) => None,
        }
    }

    /// From when to when a case lets a line of it belong to it.
    pub fn span(&self, case: &Case) -> (Time, Time) {
        match &self.how {
            How::Lines(scope, _) => scope.span(case),
            How::Inspect(_) | How::State(_) => (case.time, case.end),
        }
    }
}

/// The lines with one of these signatures between two moments, by the reference clock and in its order, of machines that may be the case's.
pub(super) fn said_between<'a>(
    look: &Viewpoint<'a>,
    signatures: &'a [&'a str],
    from: Time,
    to: Time,
) -> impl Iterator<Item = &'a MessageRow> {
    let (incident, case) = (look.incident, look.case);
    let known = incident.messages.known_between(&incident.evidence, signatures, from, to);
    known.filter(|row| incident.population.machines.may_concern(row.place.input(), case, &incident.evidence))
}

/// Whether any line of the incident has one of these signatures.
pub(super) fn are_known(incident: &Incident, signatures: &[&str]) -> bool {
    let (from, to) = EVER;
    incident.messages.known_between(&incident.evidence, signatures, from, to).next().is_some()
}

/// The lines that belong to a span by their time alone, by the reference clock.
pub(super) fn near<'a>(
    incident: &'a Incident,
    signatures: &'a [&'a str],
    scope: LineScope,
    (begun, at): (Time, Time),
) -> impl Iterator<Item = &'a MessageRow> {
    let reach = scope.reach();
    let lines = move |(before, after): (Duration, Duration)| {
        let from = begun.plus(-(before.max(Duration::SECOND) + MOST_DOUBT));
        let to = at.plus(after + MOST_DOUBT);
        let known = incident.messages.known_between(&incident.evidence, signatures, from, to);
        // A clock with whole seconds rounds down, so such a line may be dated before what it tells of.
        known.filter(move |row| {
            let (time, doubt) = (incident.clocks.time_of(row), doubt(incident, row));
            let is_dated_as_it_acts = matches!(scope, LineScope::Kernel(_)) && !row.line.time_is_counted;
            let after = if is_dated_as_it_acts { Duration::ZERO } else { after };
            begun.since(time) <= before.max(row.line.resolution) + doubt && time.since(at) <= after + doubt
        })
    };
    let tells = move |row: &&MessageRow| {
        let is_death = matches!(scope, LineScope::Process | LineScope::Service(_));
        let explains_none = || {
            row.line.tells_of_end_in_order()
                || ended_at_time_limit(incident, row)
                || incident.population.crash_loops.hold(row)
        };
        !(is_of_a_bystander(row) || is_death && explains_none())
    };
    reach.into_iter().flat_map(lines).filter(tells)
}

/// How far a line is from an instant; of equally far ones the first place.
fn distance(incident: &Incident, row: &MessageRow, at: Time) -> (Duration, Place) {
    (incident.clocks.time_of(row).since(at).abs(), row.place)
}

/// From before all incidents to after them.
pub(super) const EVER: (Time, Time) = (Time(i64::MIN / 4), Time(i64::MAX / 4));

/// How far clocks that agree may still differ, and how long a line takes to be written.
const SLACK: Duration = Duration::from_milliseconds(250);

/// The most that a line's time may be off by.
pub(super) const MOST_DOUBT: Duration = Duration::from_milliseconds(750);

/// How far a line's time may be off. A clock that is known by requests which another log dates to whole seconds is known to about half of one, however
/// finely this log dates its lines; what is dated to whole seconds itself is looked for a second around as it is.
pub(super) fn doubt(incident: &Incident, row: &MessageRow) -> Duration {
    let of_clock = incident.clocks.doubt(row.place.input(), row.line.resolution) - row.line.resolution;
    (SLACK + of_clock / 2).min(MOST_DOUBT)
}

impl LineScope {
    /// From when to when a case lets a line belong to it. A process that dies ends what it served: that is when the request ended.
    fn span(self, case: &Case) -> (Time, Time) {
        (if self == LineScope::Process { case.end } else { case.time }, case.end)
    }

    /// How far before the end of a case and after it a line may lie that belongs to it; `None` where time alone ties nothing.
    fn reach(self) -> Option<(Duration, Duration)> {
        match self {
            LineScope::Request => None,
            // Some parents notice at once, others look once a second (Apache: server/mpm_unix.c, wait_or_timeout).
            LineScope::Process => Some((Duration::ZERO, Duration::SECOND)),
            LineScope::Service(seconds) => Some((Duration::from_seconds(seconds), Duration::ZERO)),
            LineScope::HostFrom(seconds) => Some((Duration::from_seconds(seconds), Duration::SECOND)),
            LineScope::Host(seconds) | LineScope::Kernel(seconds) => {
                Some((Duration::from_seconds(seconds), Duration::from_seconds(seconds.min(10))))
            }
        }
    }
}

/// Whether a message has one of these signatures.
pub(super) fn has_signature(row: &MessageRow, signatures: &[&str]) -> bool {
    row.line.signature.is_some_and(|signature| signatures.contains(&signature))
}

/// Whether the kernel ended a process that serves no web request: `Killed process 4242 (mysqldump) …`, `oom_reaper: reaped process 4242 (…)`,
/// `oom-kill:…,task=mysqldump,…` (mm/oom_kill.c). Then the line says nothing of a request.
fn is_of_a_bystander(row: &MessageRow) -> bool {
    let text = &row.line.text;
    let in_brackets = || {
        let (_, rest) = ["Killed process ", "Kill process ", "reaped process "]
            .iter()
            .find_map(|words| text.split_once(words))?;
        Some(rest.split_once('(')?.1.split_once(')')?.0)
    };
    let task = || Some(text.split_once(",task=")?.1.split_once(',')?.0);
    in_brackets().or_else(task).is_some_and(|name| !may_serve(name))
}

/// Whether the process is one that its manager had just said to end for its time limit: gunicorn's `was sent SIGKILL! Perhaps out of memory?` behind its
/// `WORKER TIMEOUT`, unicorn's `reaped` behind its `timeout`, uWSGI's `DAMN !` behind its harakiri. They let it end by itself for a second or some.
pub(super) fn ended_at_time_limit(incident: &Incident, row: &MessageRow) -> bool {
    row.line.about_process.and_then(|process| limit_before(incident, row, process)).is_some()
}

/// What a manager said of the process that wrote this, as it ended it at its time limit: gunicorn's worker names its request as the signal meets it
/// (gunicorn/workers/base.py, `handle_abort`).
fn limit_of_writer<'a>(incident: &'a Incident, row: &MessageRow) -> Option<&'a MessageRow> {
    row.line.process.and_then(|process| limit_before(incident, row, process))
}

/// A line of a manager that it ends this process for its time limit, at that moment or right before.
fn limit_before<'a>(incident: &'a Incident, row: &MessageRow, process: u32) -> Option<&'a MessageRow> {
    const KILLED_WITHIN: Duration = Duration::from_seconds(10);
    if has_signature(row, TIME_LIMITED) {
        return None;
    }
    let at = incident.clocks.time_of(row);
    let (from, to) = (at.plus(-KILLED_WITHIN), at.plus(row.line.resolution.max(SLACK)));
    // Looked up by the process: in a burst of deaths each would otherwise be held against all lines of limits.
    incident.messages.known_of_process(&incident.evidence, (TIME_LIMITED, process), from, to).next()
}

/// Whether an error or system log of its machine covers the moment of the case, or a message is at hand that tells of its request, in whatever kind of log. What
/// is said of a connection alone need not tell all.
pub(super) fn would_show(look: &Viewpoint<'_>) -> bool {
    let tells_of_request = |row: &MessageRow| row.line.named_target().is_some() || row.line.ray.is_some();
    let has_left_one = || look.case.messages(&look.incident.evidence).any(tells_of_request);
    look.own_logs().iter().any(|log| covers(log, look.case, QUIET)) || has_left_one()
}

/// Whether a log of the machine's system does: the kernel writes into no other.
pub(super) fn system_log_would_show(look: &Viewpoint<'_>) -> bool {
    system_log_covers(look, QUIET)
}

/// The same of a log that may be silent for so long around the moment.
pub(super) fn system_log_covers(look: &Viewpoint<'_>, silent: Duration) -> bool {
    let mut of_system = look.own_logs().iter().filter(|log| log.kind == InputKind::SystemLog);
    of_system.any(|log| covers(log, look.case, silent))
}

/// A quiet server writes a line now and then.
const QUIET: Duration = Duration::from_seconds(300);

fn covers(log: &OwnLog, case: &Case, silent: Duration) -> bool {
    let (first, last) = log.span;
    first.plus(-silent) <= case.end && case.time <= last.plus(silent)
}
