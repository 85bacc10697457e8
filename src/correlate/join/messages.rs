//! Messages of error logs to the requests that they are about: by the ray, by the connection, else by what was asked, all requests
//! competing (`correlate::assign`).

use std::collections::BTreeSet;

use super::by_ray::SAME_RAY_WITHIN;
use super::going_on::{GoingOn, going_on, reasons};
use super::joiner::Joiner;
use super::on_connection::{Asked, ByConnection, OnConnections};
use crate::correlate::assign::{Possible, Scope};
use crate::correlate::case::Case;
use crate::correlate::rows::{MessageIndex, PossibleMessage};
use crate::evidence::MessageRow;
use crate::facts::handshakes::tells_of_failed_handshake;
use crate::facts::{refusals, told_at_end};
use crate::logs::MessageLine;
use crate::time::Duration;

/// So far from both ends of a request nobody else is looked for who may have left a message.
const FAR_FROM_ENDS: Duration = Duration::from_seconds(3);

/// So many messages that may be a request's are remembered: they say the same more often than not.
const MOST_POSSIBLE: usize = 8;

/// Messages that wait for their requests.
pub(super) type Waiting<'a> = Vec<(MessageIndex, &'a MessageRow)>;

/// What a message can speak of, by what it names.
fn scope(line: &MessageLine) -> Option<Scope> {
    let names_request = line.ray.is_some() || line.request.is_some();
    // Who is refused, or cannot shake hands, is named by the address alone where the server tells no port (gunicorn, lighttpd).
    let is_of_client = |signature: &str| {
        refusals::is_refusal(signature)
            || refusals::closes_unanswered(signature)
            || tells_of_failed_handshake(signature)
    };
    let names_peer =
        line.client.is_some() && (line.client_port.is_some() || line.signature.is_some_and(is_of_client));
    match (line.connection, line.about_process) {
        _ if names_request => Some(Scope::Request),
        (Some(_), _) => Some(Scope::Connection),
        _ if line.target.is_some() => Some(Scope::Request),
        _ if names_peer => Some(Scope::Connection),
        (None, Some(_)) => Some(Scope::Process),
        (None, None) => line.signature.map(|_| Scope::Host),
    }
}

impl<'a> Joiner<'a> {
    /// Adds to each case the messages about it. What a process or the machine did is no request's alone.
    pub fn messages(&mut self) {
        if self.evidence.messages.iter().next().is_none() {
            return;
        }
        let mut known = self.on_connections();
        known.sort();
        let (mut of_request, mut of_connection, mut of_host) =
            (Waiting::new(), Waiting::new(), Waiting::new());
        let bystanders = self.bystanders;
        for (index, row) in self.evidence.messages.indexed().filter(|(_, row)| !bystanders.is_message(row)) {
            // Where rays are known, a message that names another one is about a request that went well.
            if row.line.ray.is_some() && !self.by_ray.is_empty() {
                let case = self.case_of_message_with_ray(row);
                case.into_iter().for_each(|case| self.cases[case].messages.to_mut().push(index));
                continue;
            }
            let (Some(time), Some(scope)) = (row.line.time, scope(&row.line)) else { continue };
            let time = self.clocks.at(row.place, time);
            match scope {
                Scope::Request => {
                    let key = self.asked_at_edge.of_message(&row.line);
                    let asked = Asked { time, resolution: row.line.resolution, key, of_one: true };
                    match self.by_connection_or_moment(&known, row, &asked) {
                        ByConnection::Cases(cases) => self.is_about(index, &cases),
                        ByConnection::Another => {}
                        ByConnection::Undecided | ByConnection::Unknown => of_request.push((index, row)),
                    }
                }
                Scope::Connection => of_connection.push((index, row)),
                Scope::Host => of_host.push((index, row)),
                Scope::Process => {}
            }
        }
        let assigned = self.field_of_messages(&of_request).assign_each();
        self.undecided_messages += assigned.undecided;
        self.may_be_about(assigned.possible);
        let mut given = BTreeSet::new();
        for (case, index) in assigned.pairs {
            self.is_about(index, &[case]);
            given.insert(index);
            if let Some(row) = self.evidence.messages.get(index) {
                self.learn_connection(&mut known, row, case);
            }
        }
        known.sort();
        let of_client = self.of_connections(of_connection, &known);
        self.refusals_by_client(&of_client);
        let going_on = going_on(self.evidence);
        let of_client = self.messages_of_handshakes(of_client, &going_on);
        let of_client = self.unpassed(of_client);
        let of_client = self.cut_by_handlers(of_client, &of_host);
        self.by_peer(of_client);
        self.nameless(of_host);
        self.through_tunnels(&of_request, &given);
        self.in_the_middle(&of_request, &given, &known);
        self.with_what_goes_on(&going_on);
        self.with_reasons();
        let told = self.cases.iter_mut().filter_map(|case| case.messages.present_mut());
        told.for_each(|messages| messages.sort_unstable());
    }

    /// What goes on behind a message is about the same request.
    fn with_what_goes_on(&mut self, going_on: &GoingOn) {
        if going_on.is_empty() {
            return;
        }
        for case in &mut self.cases {
            let behind: Vec<_> =
                case.messages.iter().filter_map(|index| going_on.get(index).copied()).collect();
            if !behind.is_empty() {
                case.messages.to_mut().extend(behind);
            }
        }
    }

    /// What was said right before a message of why it had to be written stands in its place.
    fn with_reasons(&mut self) {
        let reasons = reasons(self.evidence);
        if reasons.is_empty() {
            return;
        }
        let stand_in = |message: &mut MessageIndex| {
            *message = reasons.get(message).copied().unwrap_or(*message);
        };
        for case in &mut self.cases {
            case.messages.present_mut().into_iter().flatten().for_each(stand_in);
            let possible = case.possible_messages.present_mut().into_iter().flatten();
            possible.for_each(|told| stand_in(&mut told.message));
        }
    }

    /// What names nothing, and is about one request all the same.
    fn nameless(&mut self, rows: Waiting<'a>) {
        let is_such = |row: &MessageRow, of_one: fn(&str) -> bool| row.line.signature.is_some_and(of_one);
        let (at_end, others): (Waiting<'a>, Waiting<'a>) =
            rows.into_iter().partition(|(_, row)| is_such(row, told_at_end::is_told_at_end));
        for (case, index) in self.told_at_end(&at_end) {
            self.is_about(index, &[case]);
        }
        let unanswered = others.into_iter().filter(|(_, row)| is_such(row, refusals::closes_unanswered));
        self.closed_unanswered(&unanswered.collect());
    }

    /// What a connection says of a message about one request. A target that stands alone may be what the server made of the one that was asked for:
    /// then the moment decides.
    fn by_connection_or_moment(
        &self,
        known: &OnConnections,
        row: &MessageRow,
        asked: &Asked,
    ) -> ByConnection {
        match self.by_connection(known, row, asked) {
            ByConnection::Unknown if row.line.request.is_none() => {
                self.by_connection(known, row, &Asked { key: None, ..*asked })
            }
            told => told,
        }
    }

    /// What names its connection alone, to all its failing requests; gives back that of connections on which nothing is known.
    fn of_connections(&mut self, rows: Waiting<'a>, known: &OnConnections) -> Waiting<'a> {
        let mut unknown = Waiting::new();
        for (index, row) in rows {
            let Some(time) = self.clocks.written_at(row) else { continue };
            let asked = Asked { time, resolution: row.line.resolution, key: None, of_one: false };
            match self.by_connection(known, row, &asked) {
                ByConnection::Cases(cases) => self.is_about(index, &cases),
                ByConnection::Unknown => unknown.push((index, row)),
                ByConnection::Another | ByConnection::Undecided => {}
            }
        }
        unknown
    }

    /// What names its client alone, to the failing request of that client that surely left it.
    fn by_peer(&mut self, mut rows: Waiting<'a>) {
        let names_peer_alone =
            |line: &MessageLine| line.client.zip(line.client_port).is_some() && line.connection.is_none();
        rows.retain(|(_, row)| {
            let line = &row.line;
            line.signature.is_some_and(|signature| !refusals::is_refusal(signature)) && names_peer_alone(line)
        });
        let assigned = self.field_of_peers(&rows).assign_each();
        self.undecided_messages += assigned.undecided;
        self.may_be_about(assigned.possible);
        assigned.pairs.into_iter().for_each(|(case, index)| self.is_about(index, &[case]));
    }

    /// What is far from both ends of a long request is known by the connection, if another message has told it.
    fn in_the_middle(&mut self, rows: &Waiting<'a>, given: &BTreeSet<MessageIndex>, known: &OnConnections) {
        for (index, row) in rows.iter().filter(|(index, _)| !given.contains(index)) {
            let key = self.asked_at_edge.of_message(&row.line);
            let (Some(time), Some(key)) = (row.line.time, key) else { continue };
            let time = self.clocks.at(row.place, time);
            let asked = Asked { time, resolution: row.line.resolution, key: None, of_one: true };
            if let ByConnection::Cases(cases) = self.by_connection(known, row, &asked) {
                let is_amidst = |case: &Case| {
                    time.since(case.time) > FAR_FROM_ENDS && case.end.since(time) > FAR_FROM_ENDS
                };
                let of_key = cases.into_iter().filter(|case| {
                    let case = &self.cases[*case];
                    is_amidst(case) && self.asks_for(case, key)
                });
                let of_key: Vec<usize> = of_key.collect();
                self.is_about(*index, &of_key);
            }
        }
    }

    fn may_be_about(&mut self, possible: Vec<Possible<usize, MessageIndex>>) {
        for Possible { request, trace: message, is_likely } in possible {
            let messages = &mut self.cases[request].possible_messages;
            if messages.len() < MOST_POSSIBLE && messages.iter().all(|known| known.message != message) {
                messages.to_mut().push(PossibleMessage { message, is_likely });
            }
        }
    }

    fn is_about(&mut self, message: MessageIndex, cases: &[usize]) {
        for &case in cases {
            self.cases[case].messages.to_mut().push(message);
        }
    }

    /// A ray is the request's own name; the tunnel's end at the edge is not its client.
    fn case_of_message_with_ray(&self, row: &MessageRow) -> Option<usize> {
        let of_ray = self.by_ray.get(&row.line.ray?)?;
        let Some(time) = row.line.time else { return of_ray.last().copied() };
        let time = self.clocks.at(row.place, time);
        let distance = |index: &usize| {
            let case = &self.cases[*index];
            (case.messages.len(), time.since(case.end).abs().min(time.since(case.time).abs()), *index)
        };
        let near = |index: &usize| time.since(self.cases[*index].end).abs() <= SAME_RAY_WITHIN;
        of_ray.iter().copied().filter(near).min_by_key(distance)
    }
}
