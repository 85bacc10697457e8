//! How often requests that go well leave a message that tells of a failure (a server that was refused and another that answered). The log itself says so: by
//! messages that none but they can have left, and by those of them that left none while others did.

use std::collections::{BTreeMap, BTreeSet};

use super::near::Index;
use super::trace::{LogTrace, Moment, Saying};
use crate::time::{Duration, Time};

/// What is thought of a message of which nothing else is known: one in twenty that go well leaves it, as sure as if ten of them had been seen.
const AT_FIRST: f64 = 0.05;
const AS_SURE_AS: f64 = 10.0;
/// A request that ends so near to a message of another one was under way while the server wrote such messages.
const MEANWHILE: Duration = Duration::SECOND;

/// A known message, and which of the programs on the way writes it.
pub(super) type KindOfMessage = (&'static str, usize);

/// What became of requests that went well while messages of each kind were written.
#[derive(Default)]
pub(super) struct LeftByHealthy(BTreeMap<KindOfMessage, Observed>);

#[derive(Default)]
struct Observed {
    written: BTreeSet<Time>,
    left_it: f64,
    left_none: f64,
}

impl LeftByHealthy {
    /// Of the moments at which messages were written.
    pub fn of<'t, T: LogTrace + 't>(traces: impl Iterator<Item = &'t T>) -> LeftByHealthy {
        let mut of_kinds = LeftByHealthy::default();
        for told in traces {
            if let (Some(kind), Some(Moment::Within(time))) = (kind_of(told), told.moment()) {
                of_kinds.0.entry(kind).or_default().written.insert(time);
            }
        }
        of_kinds
    }

    /// Adds what the requests and messages of one name say: the requests from `wanting` on go well.
    pub fn add<T: LogTrace>(&mut self, index: &Index<'_, '_, T>, wanting: usize) {
        for told in index.traces() {
            let Some(observed) = kind_of(told).and_then(|kind| self.0.get_mut(&kind)) else { continue };
            let near = index.requests_near(told).nearest.into_iter();
            let mut fitting = near
                .filter(|request| index.request(*request).is_some_and(|asked| told.fit(asked) > 0.0))
                .peekable();
            if fitting.peek().is_some() && fitting.all(|request| request >= wanting) {
                observed.left_it += 1.0;
            }
        }
        for asked in index.requests_from(wanting) {
            let near = index.traces_near(asked).into_iter();
            let may_have_left: BTreeSet<KindOfMessage> =
                near.filter_map(|(trace, _)| kind_of(index.trace(trace)?)).collect();
            let from = asked.start.plus(-MEANWHILE);
            // A record may say that it ended before it began.
            let to = asked.end.unwrap_or(asked.start).plus(MEANWHILE).max(from);
            let others = self.0.iter_mut().filter(|(kind, _)| !may_have_left.contains(*kind));
            for (_, observed) in
                others.filter(|(_, observed)| observed.written.range(from..=to).next().is_some())
            {
                observed.left_none += 1.0;
            }
        }
    }

    /// How likely at most a request that goes well leaves this message: only what the log speaks against is held to be rarer.
    pub fn rate(&self, told: &impl LogTrace) -> f64 {
        let observed = kind_of(told).and_then(|kind| self.0.get(&kind));
        let rate = observed.map(|Observed { left_it, left_none, .. }| {
            (AT_FIRST * AS_SURE_AS + left_it) / (AS_SURE_AS + left_it + left_none)
        });
        rate.filter(|rate| *rate < AT_FIRST).unwrap_or(1.0)
    }
}

fn kind_of(told: &impl LogTrace) -> Option<KindOfMessage> {
    match told.said()? {
        Saying::Message(said) => Some((said.signature, said.writer)),
        Saying::Line(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::claimant::{Claimant, OriginAnswer};
    use super::super::field::Field;
    use super::super::fixtures::{failed_at, told_at};
    use super::super::message::MessageTrace;
    use super::*;
    use crate::evidence::RequestKey;

    /// A request that begins at so many milliseconds.
    fn asked(at: i64, host: &'static str, status: u16) -> Claimant<'static> {
        let start = Time::from_seconds(100, 0).plus(Duration::from_milliseconds(at));
        Claimant {
            end: Some(start.plus(Duration::from_milliseconds(20))),
            answer: OriginAnswer::Status(status),
            host: Some(host),
            alone: if status == 200 { 0.95 } else { 0.2 },
            goes_well: status == 200,
            ..failed_at(start)
        }
    }

    /// A message of this second.
    fn told(second: i64) -> MessageTrace<'static> {
        MessageTrace {
            host: Some("shop.example"),
            signature: Some("nginx-connect-refused"),
            ..told_at(Time::from_seconds(second, 0))
        }
    }

    /// How many of the messages are given, if each of so many keys has two failing requests, three healthy ones and two messages in one second, and
    /// others go well without any.
    fn given(keys: usize, of_others: usize) -> usize {
        let mut field = Field::default();
        let mut add = |key: usize, messages: usize| {
            let key = RequestKey::of("GET", &format!("/{key}"));
            if messages > 0 {
                field.want(key, 1, asked(200, "shop.example", 502));
                field.want(key, 2, asked(600, "shop.example", 502));
            } else {
                // Named by another second's message, which is nobody's here.
                field.want(key, 3, asked(-90_000, "shop.example", 502));
                field.offer(key, 0, told(10));
            }
            [300, 400, 500].into_iter().for_each(|at| field.compete(key, asked(at, "shop.example", 200)));
            (0..messages).for_each(|message| field.offer(key, message, told(100)));
        };
        (0..keys).for_each(|key| add(key, 2));
        (0..of_others).for_each(|other| add(keys + other, 0));
        let assigned = field.assign_each();
        assigned.pairs.iter().filter(|(request, _)| *request < 3).count()
    }

    /// Otherwise a few healthy requests for the same page keep all messages of its second from the requests that left them.
    #[test]
    fn what_no_healthy_request_leaves_is_left_by_those_that_fail() {
        assert_eq!((given(4, 0), given(4, 40)), (0, 8));
    }

    /// Otherwise a clock that was set back between the two moments of a record ends the run.
    #[test]
    fn a_request_that_ended_before_it_began_is_no_panic() {
        let (key, other) = (RequestKey::of("GET", "/"), RequestKey::of("GET", "/other"));
        let mut field = Field::default();
        let backwards =
            |asked: Claimant<'static>| Claimant { end: Some(asked.start.plus(-MEANWHILE * 90)), ..asked };
        field.want(key, 0, backwards(asked(0, "shop.example", 502)));
        field.offer(key, 0, told(100));
        field.want(other, 1, backwards(asked(0, "shop.example", 502)));
        field.compete(other, backwards(asked(0, "shop.example", 200)));
        field.offer(other, 1, told(500));
        assert!(field.assign_each().pairs.len() <= 2);
    }

    /// Of one path, the requests for other hosts are not in each other's way.
    #[test]
    fn requests_for_other_hosts_do_not_crowd() {
        let key = RequestKey::of("GET", "/");
        let mut field = Field::default();
        for request in 0..2 {
            field.want(key, request, asked(300 + 200 * i64::from(request), "shop.example", 502));
            field.offer(key, request, told(100));
        }
        (0..40).for_each(|at| field.compete(key, asked(at * 20, "news.example", 200)));
        assert_eq!(field.assign_each().pairs.len(), 2);
    }
}
