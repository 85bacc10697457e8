//! What a sign is: a named observation on a failing request, which knows no cause.

use std::cell::OnceCell;

use serde::Deserialize;

use crate::correlate::{Case, Incident};
use crate::evidence::{InputKind, InputSummary, Place};
use crate::time::Time;

/// How often something is seen: five levels, set by hand. docs/weights.md has what they are worth in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    /// Hardly once in hundreds.
    Never,
    /// Once in a dozen.
    Seldom,
    /// In two of five.
    Often,
    /// In four of five.
    Mostly,
    /// In nearly all.
    Always,
}

/// A named observation.
pub struct Sign {
    /// Its stable name (`fin-before-request`).
    pub id: &'static str,
    /// What it is, as a clause (`the origin's FIN is ahead of the request`).
    pub about: &'static str,
    /// How often it is seen among failures of the same outcome that have any other cause.
    pub otherwise: Frequency,
    /// What it tells: of several signs that tell the same thing only the strongest counts. Most tell something of their own.
    pub aspect: &'static str,
    /// Whether its lines are those of a server in trouble: they are seldom written for another reason than the failures near to them.
    pub is_of_trouble: bool,
    /// Whether its absence tells only where such a line is known at all: few of the servers that there are write it.
    pub(super) is_of_few: bool,
    /// Whether its lines are the kernel's or systemd's own, which stand in the log of the machine's system alone.
    pub(super) is_of_machine: bool,
    /// Whether its lines are what a server in front says of the one behind.
    pub(super) is_of_front: bool,
    /// Whether it is a status with which a server's own access line says what it did to the request.
    pub(super) is_status_of_log: bool,
    pub(super) how: How,
}

/// How a sign is looked for.
pub(super) enum How {
    /// By a function.
    Inspect(fn(&Viewpoint<'_>) -> Observation),
    /// By lines with one of these signatures, and by the codes of access logs with these ids.
    Lines(LineScope, &'static [&'static str]),
    /// By what pages of a machine's or a server's state show, which were written at some moment of the incident or after it.
    State(&'static [&'static str]),
}

/// Whose a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineScope {
    /// One request's: by its ray, request line, client or connection.
    Request,
    /// A process's, which may have held several requests: those that end at that moment.
    Process,
    /// A whole service's: requests find it gone up to so many seconds after the line.
    Service(i64),
    /// The host's, for a span of so many seconds before and after the line.
    Host(i64),
    /// The host's, for so many seconds from the line on: it is written as soon as there is something to tell.
    HostFrom(i64),
    /// The host's, for so many seconds from the line on: the kernel writes as it acts. What it counts from the machine's start drifts, and is looked for as long
    /// before.
    Kernel(i64),
}

/// What a look for a sign gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It is there.
    Seen(Exhibit),
    /// It is not there, and it would be seen if it were. The place shows what is there instead, where there is something to show.
    NotSeen(Exhibit),
    /// Nothing at hand would show it: why.
    NotVisible(&'static str),
    /// Nothing else at hand would show it either, since it stands for what is known from better evidence, or has no meaning for such a request: why.
    Moot(&'static str),
}

/// What is seen, in words, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exhibit {
    /// In words with its figures; empty unless it was asked for.
    pub text: String,
    /// Where it can be seen.
    pub place: Option<Place>,
    /// When it happened, by its own input's clock.
    pub time: Option<Time>,
    /// Whether more than nearness in time, or what others met, ties it to the request.
    pub is_own: bool,
}

/// Where signs are looked for.
pub struct Viewpoint<'a> {
    /// The failing request.
    pub case: &'a Case,
    /// The incident.
    pub incident: &'a Incident,
    /// Whether what is seen is put into words: for the cases that a report tells of.
    pub in_words: bool,
    /// Looked up once: most signs are lines.
    own_logs: OnceCell<Vec<OwnLog>>,
    left_beside: OnceCell<Vec<(usize, &'static str)>>,
}

/// An error or system log that would tell of a request, if it is of its time.
pub(super) struct OwnLog {
    /// Which of the two it is.
    pub kind: InputKind,
    /// Its first and its last line, by the reference clock.
    pub span: (Time, Time),
}

/// A sign of which nothing more is known than how it is looked for.
pub(super) const fn plain(id: &'static str, about: &'static str, how: How) -> Sign {
    Sign {
        id,
        about,
        otherwise: Frequency::Never,
        aspect: id,
        is_of_trouble: false,
        is_of_few: false,
        is_of_machine: false,
        is_of_front: false,
        is_status_of_log: false,
        how,
    }
}

/// A sign that is looked for by a function.
pub(super) const fn look(
    id: &'static str,
    about: &'static str,
    otherwise: Frequency,
    how: fn(&Viewpoint<'_>) -> Observation,
) -> Sign {
    Sign { otherwise, ..plain(id, about, How::Inspect(how)) }
}

/// Why a sign of packets is not visible.
pub(super) const NO_PACKETS: &str = "no packets of it were captured";
/// Why a sign of a captured request is not visible.
pub(super) const NO_REQUEST: &str = "no request of it was captured";

impl Sign {
    /// The same sign, as one that tells the same thing as others of this aspect.
    pub(super) const fn one_with(mut self, aspect: &'static str) -> Sign {
        self.aspect = aspect;
        self
    }

    /// The same sign, as lines that only a server in trouble writes.
    pub(super) const fn of_trouble(mut self) -> Sign {
        self.is_of_trouble = true;
        self
    }

    /// The same sign, as lines whose absence tells only where such a line is known at all.
    pub(super) const fn where_written(mut self) -> Sign {
        self.is_of_few = true;
        self
    }

    /// The same sign, as lines that only the log of the machine's system has.
    pub(super) const fn of_machine(mut self) -> Sign {
        self.is_of_machine = true;
        self
    }

    /// The same sign, as lines of a server in front about the one behind.
    pub(super) const fn of_front(mut self) -> Sign {
        self.is_of_front = true;
        self
    }

    /// The same sign, as a status with which a server's own access line says what it did to the request.
    pub(super) const fn by_status_of_log(mut self) -> Sign {
        self.is_status_of_log = true;
        self
    }

    /// The same sign, seen so often with other causes.
    pub(super) const fn otherwise(mut self, otherwise: Frequency) -> Sign {
        self.otherwise = otherwise;
        self
    }
}

impl Sign {
    /// Whether it is a line that a server writes of one request, and that is hardly ever seen with another cause.
    pub fn is_told_of_one_request(&self) -> bool {
        let is_line = self.is_status_of_log || matches!(self.how, How::Lines(LineScope::Request, _));
        self.otherwise == Frequency::Never && is_line
    }
}

impl Observation {
    /// The same, tied to the request by no more than nearness in time, or by what others met: a line of its own knows better.
    pub(super) fn not_own(self) -> Observation {
        match self {
            Observation::Seen(exhibit) => Observation::Seen(Exhibit { is_own: false, ..exhibit }),
            other => other,
        }
    }

    /// Whether it is there; `None` where nothing shows it.
    pub fn state(&self) -> Option<bool> {
        match self {
            Observation::Seen(_) => Some(true),
            Observation::NotSeen(_) => Some(false),
            Observation::NotVisible(_) | Observation::Moot(_) => None,
        }
    }
}

impl<'a> Viewpoint<'a> {
    /// A failing request, of which nothing is put into words.
    pub fn of(case: &'a Case, incident: &'a Incident) -> Viewpoint<'a> {
        let (own_logs, left_beside) = (OnceCell::new(), OnceCell::new());
        Viewpoint { case, incident, in_words: false, own_logs, left_beside }
    }

    /// The same, with words for what is seen.
    pub fn in_words(self) -> Viewpoint<'a> {
        Viewpoint { in_words: true, ..self }
    }

    /// The error and system logs that would tell of it. What another machine's log does not tell says nothing of this one.
    pub(super) fn own_logs(&self) -> &[OwnLog] {
        self.own_logs.get_or_init(|| {
            let Incident { evidence, clocks, population, .. } = self.incident;
            let of_messages = |input: &InputSummary| {
                matches!(input.kind, InputKind::ErrorLog | InputKind::SystemLog)
                    && !input.is_of_refused_requests()
            };
            let inputs = evidence.inputs.iter().filter(|(_, input)| of_messages(input));
            let own = inputs.filter(|(id, _)| population.machines.would_tell_of(**id, self.case, evidence));
            let spans = own.filter_map(|(id, input)| {
                let span = (clocks.correct(*id, input.first?), clocks.correct(*id, input.last?));
                Some(OwnLog { kind: input.kind, span })
            });
            spans.collect()
        })
    }

    /// The messages that stand beside failures like it, one for each: the machine that writes them, and their kind.
    pub(super) fn left_beside(&self) -> &[(usize, &'static str)] {
        let Incident { evidence, population, .. } = self.incident;
        self.left_beside.get_or_init(|| population.machines.left_beside(self.case, evidence))
    }

    /// It is there.
    pub(super) fn seen(
        &self,
        text: impl FnOnce() -> String,
        place: impl Into<Option<Place>>,
        time: impl Into<Option<Time>>,
    ) -> Observation {
        Observation::Seen(self.told(text, place.into(), time.into()))
    }

    /// It is not there; what is there instead.
    pub(super) fn not_seen(
        &self,
        text: impl FnOnce() -> String,
        place: impl Into<Option<Place>>,
    ) -> Observation {
        Observation::NotSeen(self.told(text, place.into(), None))
    }

    fn told(&self, text: impl FnOnce() -> String, place: Option<Place>, time: Option<Time>) -> Exhibit {
        let text = if self.in_words { text() } else { String::new() };
        Exhibit { text, place, time, is_own: true }
    }
}

/// A sign that is not there, of which nothing more is to be said.
pub(super) fn absent() -> Observation {
    Observation::NotSeen(Exhibit::default())
}

/// What a look gave, or that it is not there.
pub(super) fn or_absent(seen: Option<Observation>) -> Observation {
    seen.unwrap_or_else(absent)
}
