//! Signs that several causes look for in a case, each with its place and its figures.

use crate::correlate::{Attempt, Case, Incident};
use crate::evidence::failure::refused_by_edge;
use crate::evidence::{ConnectionRow, KeptExchange, MessageRow, Place};
use crate::flow::{Arrival, End, IcmpError, Side};
use crate::http::conform::{Finding, Rule};
use crate::http::exchange::Request;
use crate::text::words::quote;
use crate::time::{Duration, Time};
use crate::tls::Certificate;

pub use crate::correlate::timer::same_timer;

use super::weight::{Weight, strength};

/// A request that got no byte of an answer while the edge was there to read one.
pub struct Unanswered<'a> {
    /// Its connection.
    pub row: &'a ConnectionRow,
    /// Its exchange.
    pub kept: &'a KeptExchange,
    /// The request.
    pub request: &'a Request,
}

/// The last captured attempt of a case whose request got no byte of an answer before the edge closed.
pub fn unanswered<'a>(case: &'a Case, incident: &'a Incident) -> Option<Unanswered<'a>> {
    let (row, kept) = case.exchanges(&incident.evidence).next_back()?;
    let request = kept.exchange.request.as_ref()?;
    let gone = row.connection.from_client.fin;
    let in_time =
        kept.exchange.response.as_ref().is_some_and(|response| gone.is_none_or(|gone| response.first < gone));
    (!in_time).then_some(Unanswered { row, kept, request })
}

impl Unanswered<'_> {
    /// The origin's FIN, where it was sent before the request came in.
    pub fn closed_before_request(&self) -> Option<Arrival> {
        self.row.connection.from_server.fin.filter(|fin| *fin < self.request.first)
    }

    /// The origin's FIN after the request.
    pub fn closed_after_request(&self) -> Option<Arrival> {
        self.row.connection.from_server.fin.filter(|fin| *fin > self.request.first)
    }

    /// The origin's RST after the request.
    pub fn reset_after_request(&self) -> Option<Arrival> {
        let reset = self.row.connection.reset?;
        (reset.by == Side::Server && reset.at > self.request.first).then_some(reset.at)
    }

    /// Whether the edge closed first, while the answer was still due, and when.
    pub fn given_up(&self) -> Option<Arrival> {
        match self.row.connection.closed_first()? {
            (Side::Client, End::Fin | End::Reset { .. }, at) if at > self.request.first => Some(at),
            _ => None,
        }
    }

    /// How long the edge waited before it gave up, from the acknowledgement of the request where that was captured.
    pub fn waited(&self) -> Option<Duration> {
        let from = self.request.acknowledged.unwrap_or(self.request.last);
        Some(self.given_up()?.time.since(from.time))
    }

    /// Whether nothing from the origin ever came back for the request, not even its acknowledgement.
    pub fn never_acknowledged(&self) -> bool {
        let heard_after = |at: Option<Arrival>| at.is_some_and(|at| at > self.request.first);
        self.request.acknowledged.is_none()
            && !heard_after(self.row.connection.from_server.fin)
            && !heard_after(
                self.row.connection.reset.filter(|reset| reset.by == Side::Server).map(|reset| reset.at),
            )
    }

    /// The place of a packet of this connection.
    pub fn place(&self, at: Arrival) -> Place {
        self.row.place(at)
    }
}

/// A router's message that it has no route to the origin.
pub struct NoRoute<'a> {
    /// The connection that it is about.
    pub row: &'a ConnectionRow,
    /// The message.
    pub icmp: IcmpError,
    /// Whether it is about the case's own connection; else about another connection of the same moment.
    pub own: bool,
}

/// A router's message that there is no route, while an attempt of the case gets no answer at all. It may be about another connection to the
/// same server, because routers limit how often they send such messages (RFC 1812, section 4.3.2.8).
pub fn no_route<'a>(case: &'a Case, incident: &'a Incident) -> Option<NoRoute<'a>> {
    /// Linux asks three times, a second apart, for a hardware address; then it gives up for all connections that wait for it.
    const ASKING: Duration = Duration::from_seconds(3);
    let mut unheard = case
        .attempts
        .iter()
        .filter_map(|attempt| {
            let row = attempt.connection(&incident.evidence)?;
            Some((row, unheard_since(case, incident, attempt)?))
        })
        .collect::<Vec<_>>();
    let own = unheard.iter().find_map(|&(row, since)| {
        let icmp =
            row.connection.icmp.filter(|icmp| icmp.is_no_route_to(Side::Server) && icmp.at >= since)?;
        Some(NoRoute { row, icmp, own: true })
    });
    own.or_else(|| {
        let (row, since) = unheard.pop()?;
        let time = |at: Arrival| incident.clocks.correct(row.input(), at.time);
        let (from, to) = (time(since).plus(-ASKING), time(row.connection.last).plus(ASKING));
        let told = incident.population.no_route_between(row.connection.server.ip(), from, to)?;
        let row = incident.evidence.connections.get(told)?;
        Some(NoRoute { row, icmp: row.connection.icmp?, own: false })
    })
}

/// The first packet of the edge since which nothing has come back: its SYN, its request, or data that cannot be read.
fn unheard_since(case: &Case, incident: &Incident, attempt: &Attempt) -> Option<Arrival> {
    let row = attempt.connection(&incident.evidence)?;
    let connection = &row.connection;
    if connection.is_unanswered() {
        return connection.handshake.syn;
    }
    if let Some(kept) = attempt.exchange(&incident.evidence).map(|(_, kept)| kept) {
        let request = kept.exchange.request.as_ref()?;
        // An acknowledgement after the edge gave up came too late. The edge's FIN has to wait behind the data that it sends again.
        let heard = request.acknowledged.is_some_and(|at| {
            let closed = connection.from_client.fin.is_some_and(|fin| fin < at);
            let time = incident.clocks.correct(row.input(), at.time);
            !closed && (case.edge.is_none() || time < case.end)
        });
        return (!heard).then_some(request.first);
    }
    let sent = &connection.from_client;
    (sent.retransmissions > 0 && !sent.all_acknowledged).then_some(connection.first)
}

/// How far back a ban is looked for. fail2ban bans for ten minutes unless it is told otherwise; a day is what many set.
const LONGEST_BAN: Duration = Duration::from_seconds(86_400);

/// Messages with one of these signatures near the end of a case: from `before` ahead of it to `after` behind it.
pub fn messages_near<'a>(
    case: &'a Case,
    incident: &'a Incident,
    signatures: &'a [&'a str],
    before: Duration,
    after: Duration,
) -> impl Iterator<Item = &'a MessageRow> {
    incident
        .messages
        .between(&incident.evidence, case.time.plus(-before), case.end.plus(after))
        .filter(move |row| has_signature(row, signatures))
}

/// A fault that the state of a machine or a server shows. It was written down at some moment of the incident or after it.
pub fn state<'a>(incident: &'a Incident, signature: &str) -> Option<&'a MessageRow> {
    incident.evidence.states.iter().find(|row| row.line.signature == Some(signature))
}

/// A ban by fail2ban of the edge's address that held when the case began.
pub fn banned<'a>(case: &Case, incident: &'a Incident) -> Option<&'a MessageRow> {
    let address = case.edge_address(&incident.evidence)?;
    let until = case.end.plus(Duration::SECOND);
    let about = |row: &&MessageRow| row.line.client == Some(address);
    incident
        .messages
        .between(&incident.evidence, case.time.plus(-LONGEST_BAN), until)
        .filter(about)
        .filter(|row| has_signature(row, &["fail2ban-banned", "fail2ban-unbanned"]))
        .last()
        .filter(|row| has_signature(row, &["fail2ban-banned"]))
}

/// Messages of the case itself with one of these signatures.
pub fn own_message<'a>(case: &Case, incident: &'a Incident, signatures: &[&str]) -> Option<&'a MessageRow> {
    case.messages(&incident.evidence).find(|row| has_signature(row, signatures))
}

fn has_signature(row: &MessageRow, signatures: &[&str]) -> bool {
    row.line.signature.is_some_and(|signature| signatures.contains(&signature))
}

/// The weight of what a log says of this very request: a message, or else the code by which an access log says how it ended.
pub fn from_own_message(
    case: &Case,
    incident: &Incident,
    signatures: &[&str],
    weight: i32,
) -> Option<Weight> {
    if let Some(row) = own_message(case, incident, signatures) {
        let text = format!("the log says: {}", quote(&row.line.text));
        return Some(Weight::new().shown(weight, text, row.place, row.line.time));
    }
    case.access(&incident.evidence).find_map(|row| {
        let ending = row.line.ending().filter(|ending| signatures.contains(&ending.id))?;
        let code = row.line.termination.as_ref()?;
        let text = format!("the access log ends the request with {code}: {}", ending.about);
        Some(Weight::new().shown(weight, text, row.place, Some(row.line.time)))
    })
}

/// Findings of the responses of a case that break one of these rules, with their connection.
pub fn findings<'a>(
    case: &'a Case,
    incident: &'a Incident,
    rules: &'a [Rule],
) -> impl Iterator<Item = (&'a ConnectionRow, Arrival, &'a Finding)> {
    case.exchanges(&incident.evidence).flat_map(move |(row, kept)| {
        let response = kept.exchange.response.as_ref();
        response.into_iter().flat_map(move |response| {
            let broken = response.findings.iter().filter(|finding| rules.contains(&finding.rule));
            broken.map(move |finding| (row, response.first, finding))
        })
    })
}

/// Whether the case looks as if the process that served it went away: its answer was reset, empty or cut short, or a proxy says so.
pub fn process_went_away(case: &Case, incident: &Incident) -> bool {
    use crate::evidence::failure::Failure;
    // A close before the request came had another reason.
    if unanswered(case, incident).is_some_and(|sign| sign.closed_before_request().is_some()) {
        return false;
    }
    let by_packets = unanswered(case, incident)
        .is_some_and(|sign| sign.closed_after_request().is_some() || sign.reset_after_request().is_some());
    by_packets
        || matches!(case.failure, Failure::Truncated | Failure::NoResponse)
        || matches!(case.status_at_origin(&incident.evidence), Some(502 | 520))
        || matches!(case.origin_status(&incident.evidence), Some(502 | 503))
}

/// The connection of a case whose SYNs were never answered: the first and the last of them.
pub fn unanswered_syn<'a>(
    case: &'a Case,
    incident: &'a Incident,
) -> Option<(&'a ConnectionRow, Arrival, Arrival)> {
    case.connections(&incident.evidence).find_map(|row| {
        let handshake = &row.connection.handshake;
        let syn = handshake.syn.filter(|_| row.connection.is_unanswered())?;
        Some((row, syn, handshake.last_syn.unwrap_or(syn)))
    })
}

/// A fatal alert of one side, in the clear.
pub fn alerted(case: &Case, incident: &Incident, from: Side, description: u8) -> Weight {
    for row in case.connections(&incident.evidence) {
        let alerts = row.tls.iter().flat_map(|tls| &tls.alerts);
        if let Some(alert) =
            alerts.into_iter().find(|alert| alert.from == from && alert.description == description)
        {
            let who = if from == Side::Server { "the origin" } else { "the edge" };
            let name = crate::tls::alert_name(description).unwrap_or("unknown");
            let text = format!("{who} ends the handshake with the alert {name} ({description})");
            return Weight::new().shown(strength::STRONG, text, row.place(alert.at), when(alert.at));
        }
    }
    Weight::new()
}

/// The server's certificate where the edge did not accept it: the edge shows 526, or an alert of the edge ends the handshake.
pub fn refused_certificate<'a>(
    case: &'a Case,
    incident: &'a Incident,
) -> Option<(&'a ConnectionRow, &'a Certificate)> {
    case.connections(&incident.evidence).find_map(|row| {
        let tls = row.tls.as_ref()?;
        let alerted = tls.alerts.iter().any(|alert| alert.from == Side::Client);
        let refused = case.status_at_origin(&incident.evidence) == Some(526) || alerted;
        tls.certificates.first().filter(|_| refused).map(|leaf| (row, leaf))
    })
}

/// Whether a request or a connection got nothing at all until the edge gave up.
pub fn waited_for_nothing(case: &Case, incident: &Incident) -> bool {
    unanswered(case, incident).is_some_and(|sign| sign.given_up().is_some() || sign.never_acknowledged())
        || unanswered_syn(case, incident).is_some()
}

/// The weight of broken rules. Where the edge is known to refuse the break, it is proof. Where parsers differ, it counts only if failing
/// responses have it and healthy ones do not.
pub fn broken_rules(case: &Case, incident: &Incident, rules: &[Rule]) -> Option<Weight> {
    let mut weight = Weight::new();
    for (row, at, finding) in findings(case, incident, rules) {
        let text = format!("the response has {}", finding.describe());
        if refused_by_edge(finding.rule) {
            weight = weight.shown(strength::PROOF, text, row.place(at), when(at));
        } else if incident.population.sets_failing_apart(finding.rule) {
            let text = format!("{text}; no healthy response of the capture has it");
            weight = weight.shown(strength::LIKELY, text, row.place(at), when(at));
        }
        if !weight.terms.is_empty() {
            break;
        }
    }
    weight.some()
}

/// The instant of a packet, for a term.
pub fn when(at: Arrival) -> Option<Time> {
    Some(at.time)
}
