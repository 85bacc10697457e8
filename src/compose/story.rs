//! One request's story: what every source saw of it, in order of time.

use super::place::{name, words};
use super::story_event::{StoryEvent, StoryPart};
use super::{causality, vantage};
use crate::correlate::{Case, Incident};
use crate::evidence::{ConnectionRow, KeptExchange, Place};
use crate::flow::{Arrival, Side};
use crate::http::conform::Finding;
use crate::http::error_name;
use crate::http::exchange::{BodyState, EndingFrame, Response, Stream};
use crate::report::model::LaneRole;
use crate::report::redaction::Redaction;
use crate::text::words::{duration, quote};
use crate::time::{Duration, Time};

/// The story as lines of text, each with its place.
pub fn story(case: &Case, incident: &Incident, redaction: Redaction) -> Vec<String> {
    let events = events(case, incident, redaction);
    let Some(start) = events.first().map(|event| event.time) else { return Vec::new() };
    let decimals = causality::decimals(&events);
    let line = |event: &StoryEvent| {
        let mut line = String::with_capacity(event.text.len() + 64);
        for part in [&causality::offset(event.time.since(start), decimals), "  ", &event.text] {
            line.push_str(part);
        }
        if let Some(place) = event.place {
            for part in ["  [", name(incident, place.input()), " ", &words(place), "]"] {
                line.push_str(part);
            }
        }
        line
    };
    events.iter().map(line).chain(vantage::story(case, incident)).collect()
}

/// The events of a case, in order of time.
pub fn events(case: &Case, incident: &Incident, redaction: Redaction) -> Vec<StoryEvent> {
    let mut teller = Teller { incident, redaction, events: Vec::new() };
    teller.browser(case);
    teller.edge_asks(case);
    teller.worker_asks(case);
    for attempt in &case.attempts {
        if let Some(row) = attempt.connection(&incident.evidence) {
            teller.connection(row, attempt.exchange(&incident.evidence).map(|(_, kept)| kept));
        }
    }
    teller.logs(case);
    teller.edge_answers(case);
    causality::settle(&mut teller.events, |events| {
        let inputs = events.iter().filter_map(|event| Some(event.place?.input()));
        inputs.map(|input| incident.clocks.spread(input)).max().unwrap_or_default()
    });
    teller.events
}

struct Teller<'a> {
    incident: &'a Incident,
    redaction: Redaction,
    events: Vec<StoryEvent>,
}

impl Teller<'_> {
    fn log(&mut self, time: Time, part: StoryPart, label: &str, text: String, place: Place) {
        let (from, to) = match part {
            StoryPart::BrowserAsks | StoryPart::EdgeIsAsked => (LaneRole::Client, LaneRole::Edge),
            StoryPart::EdgeAnswers | StoryPart::BrowserIsAnswered => (LaneRole::Edge, LaneRole::Client),
            StoryPart::WorkerAsks => (LaneRole::Edge, LaneRole::Origin),
            _ => (LaneRole::Origin, LaneRole::Origin),
        };
        let (label, place) = (label.to_owned(), Some(place));
        self.events.push(StoryEvent { time, from, to, label, text, place, captured: false, part });
    }

    fn packet(&mut self, row: &ConnectionRow, at: Arrival, by: Side, label: &str, text: String) {
        self.packet_with_part(row, at, (by, StoryPart::Carried), label, text);
    }

    fn packet_with_part(
        &mut self,
        row: &ConnectionRow,
        at: Arrival,
        (by, part): (Side, StoryPart),
        label: &str,
        text: String,
    ) {
        let (from, to) = match by {
            Side::Client => (LaneRole::Edge, LaneRole::Origin),
            Side::Server => (LaneRole::Origin, LaneRole::Edge),
        };
        let place = row.place(at);
        let time = self.incident.clocks.correct(place.input(), at.time);
        self.events.push(StoryEvent {
            time,
            from,
            to,
            label: label.to_owned(),
            text,
            place: Some(place),
            captured: true,
            part,
        });
    }

    fn browser(&mut self, case: &Case) {
        let Some(row) = case.har(&self.incident.evidence) else { return };
        // A page that was saved by hand tells of no request.
        if let Some(start) = row.entry.start.filter(|_| !row.entry.method.is_empty()) {
            let time = self.incident.clocks.correct(row.place.input(), start);
            let target = self.redaction.target(&row.entry.target);
            let text = format!("the browser asks: {} {target}", row.entry.method);
            self.log(time, StoryPart::BrowserAsks, &row.entry.method, text, row.place);
        }
    }

    fn edge_asks(&mut self, case: &Case) {
        let Some(row) = case.edge(&self.incident.evidence) else { return };
        let method = case.method(&self.incident.evidence).unwrap_or("request");
        let colo = case.colo.map_or(String::new(), |colo| format!(" {colo}"));
        let text = format!(
            "the edge{colo} receives {method} {}",
            self.redaction.target(case.target(&self.incident.evidence).unwrap_or_default())
        );
        let start = self.incident.clocks.correct(row.place.input(), row.record.start);
        self.log(start, StoryPart::EdgeIsAsked, method, text, row.place);
    }

    fn worker_asks(&mut self, case: &Case) {
        for row in case.subrequests(&self.incident.evidence) {
            let record = &row.record;
            let (method, target) = (record.method.as_deref(), record.target.as_deref());
            let status = record.edge_status.map_or("-".to_owned(), |status| status.to_string());
            let text = format!(
                "a Worker asks {}{} by a subrequest, which ends in {status}",
                record.host.as_deref().unwrap_or_default(),
                self.redaction.target(target.unwrap_or_default())
            );
            let start = self.incident.clocks.correct(row.place.input(), record.start);
            self.log(start, StoryPart::WorkerAsks, method.unwrap_or("request"), text, row.place);
        }
    }

    fn edge_answers(&mut self, case: &Case) {
        if let Some(row) = case.edge(&self.incident.evidence)
            && let (Some(status), Some(end)) = (row.record.edge_status, row.record.end)
        {
            let origin = match row.record.origin_status {
                Some(0) | None => "no status from the origin".to_owned(),
                Some(status) => format!("the origin's status was {status}"),
            };
            let end = self.incident.clocks.correct(row.place.input(), end);
            let text = format!("the edge answers {status} ({origin})");
            self.log(end, StoryPart::EdgeAnswers, &status.to_string(), text, row.place);
        } else if let Some(row) = case.har(&self.incident.evidence)
            && let Some(start) = row.entry.start
        {
            let end = self
                .incident
                .clocks
                .correct(row.place.input(), start)
                .plus(row.entry.duration.unwrap_or_default());
            let text = format!("the browser gets {}", row.entry.status);
            self.log(end, StoryPart::BrowserIsAnswered, &row.entry.status.to_string(), text, row.place);
        }
    }

    fn connection(&mut self, row: &ConnectionRow, kept: Option<&KeptExchange>) {
        let connection = &row.connection;
        let fresh = kept.is_none_or(|kept| kept.exchange.number == 1);
        if fresh {
            self.handshake(row);
        }
        if fresh {
            self.tls(row);
        }
        if let Some(kept) = kept {
            self.exchange(row, kept);
        }
        for side in [Side::Client, Side::Server] {
            let traffic = connection.traffic(side);
            match traffic.fin {
                Some(told) if traffic.fin_is_unseen => {
                    let text =
                        format!("{} has closed: its FIN was not captured, but is acknowledged", who(side));
                    self.packet(row, told, side.peer(), "ACK", text);
                }
                Some(fin) => {
                    let lost = connection.unheard_bytes().filter(|_| side == Side::Client);
                    let lost = lost.map_or(String::new(), |bytes| {
                        format!("; the {bytes} bytes that it said before never arrived")
                    });
                    self.packet(row, fin, side, "FIN", format!("{} closes (FIN){lost}", who(side)));
                }
                None => (),
            }
        }
        if let Some(reset) = connection.reset {
            let what = if reset.refused_syn {
                "refuses the connection (RST)"
            } else {
                "resets the connection (RST)"
            };
            self.packet(row, reset.at, reset.by, "RST", format!("{} {what}", who(reset.by)));
        }
    }

    fn handshake(&mut self, row: &ConnectionRow) {
        let handshake = &row.connection.handshake;
        if let Some(syn) = handshake.syn {
            let text = format!("the edge {} connects to {}", row.connection.client, row.connection.server);
            self.packet_with_part(row, syn, (Side::Client, StoryPart::Opens), "SYN", text);
        }
        if let Some(last) =
            handshake.last_syn.filter(|last| handshake.syns > 1 && Some(*last) != handshake.syn)
        {
            self.packet(row, last, Side::Client, "SYN", format!("the last of {} SYNs", handshake.syns));
        }
        if let Some(syn_ack) = handshake.syn_ack {
            self.packet(row, syn_ack, Side::Server, "SYN/ACK", "the origin accepts".to_owned());
        }
    }

    fn exchange(&mut self, row: &ConnectionRow, kept: &KeptExchange) {
        if let (Some(idle), Some(last)) = (kept.idle_before(), kept.previous_end) {
            let text = format!("the response before it ends; then nothing for {}", duration(idle));
            self.packet(row, last, Side::Server, "response", text);
        }
        if let Some(request) = &kept.exchange.request {
            let target: String = self.redaction.target(&request.target).chars().take(80).collect();
            let stream = kept.exchange.stream.as_ref().zip(row.http2.as_ref());
            let stream = stream.map_or(String::new(), |(stream, http2)| {
                format!(" on stream {}, one of {} on the connection", stream.id, http2.streams)
            });
            let text = format!(
                "the request arrives{stream}: {} {target} ({} bytes of head)",
                request.method, request.head.bytes
            );
            let part = (Side::Client, StoryPart::Arrives);
            self.packet_with_part(row, request.first, part, &request.method, text);
            if let Some(at) = request.acknowledged {
                self.packet(
                    row,
                    at,
                    Side::Server,
                    "ACK",
                    "the origin has acknowledged the whole request".to_owned(),
                );
            }
        }
        if let Some(response) = &kept.exchange.response {
            self.response(row, response);
        }
        if let Some(stream) = &kept.exchange.stream {
            self.stream(row, kept, stream);
        }
    }

    /// What only a stream of HTTP/2 has: gRPC's status, what of its heads is unknown, the time for which a sender had to wait, and the frame
    /// that ended it.
    fn stream(&mut self, row: &ConnectionRow, kept: &KeptExchange, stream: &Stream) {
        let last = kept.exchange.response.as_deref().map(|response| response.last);
        if let (Some(status), Some(at)) = (stream.grpc_status, last) {
            self.packet(row, at, Side::Server, "gRPC", format!("the status of gRPC is {status}"));
        }
        for side in [Side::Client, Side::Server] {
            let unknown = stream.unknown_fields[side as usize];
            let lost = row.http2.as_ref().and_then(|http2| http2.lost_headers[side as usize]);
            if let Some(at) = lost.filter(|_| unknown > 0) {
                let text = format!(
                    "bytes of header blocks are missing here: {unknown} fields of the stream are unknown"
                );
                self.packet(row, at, side, "header block", text);
            }
        }
        if let Some(stall) = stream.stall {
            let waited = duration(stall.until.time.since(stall.since.time));
            let text = format!("{} has used its window up, and waits {waited}", who(stall.of));
            self.packet(row, stall.since, stall.of, "window 0", text);
        }
        let Some(end) = stream.end else { return };
        let name = error_name(end.code).unwrap_or("unknown");
        let (frame, what) = match end.frame {
            EndingFrame::RstStream => ("RST_STREAM", format!("ends stream {}", stream.id)),
            EndingFrame::GoAway { last_stream } => {
                ("GOAWAY", format!("takes no stream above {last_stream}; this is stream {}", stream.id))
            }
        };
        let text = format!("{} {what}: {name} ({})", who(end.from), end.code);
        self.packet(row, end.at, end.from, frame, text);
    }

    fn response(&mut self, row: &ConnectionRow, response: &Response) {
        let status = response.status.map_or("bytes without a status".to_owned(), |status| status.to_string());
        let broken: Vec<String> = response.findings.iter().take(3).map(Finding::describe).collect();
        let broken =
            if broken.is_empty() { String::new() } else { format!("; it has {}", broken.join(", ")) };
        let text = format!("the origin answers {status} ({} bytes of head){broken}", response.head.bytes);
        self.packet(row, response.first, Side::Server, &status, text);
        let received = response.body.received;
        let text = match response.body.state {
            BodyState::Complete => format!("the response is complete, {received} bytes of body"),
            BodyState::InHead(_) => "the response stops inside its head".to_owned(),
            BodyState::InBody(_) => format!("the response stops after {received} bytes of body"),
            BodyState::Lost => "where the response ends cannot be told".to_owned(),
        };
        self.packet(row, response.last, Side::Server, "data", text);
    }

    fn tls(&mut self, row: &ConnectionRow) {
        let Some(tls) = &row.tls else { return };
        if let Some(hello) = &tls.client_hello {
            let name = hello.sni.as_ref().map_or(String::new(), |name| format!(" for {name}"));
            let size = if hello.segments > 1 {
                format!(", {} bytes in {} packets", hello.bytes, hello.segments)
            } else {
                String::new()
            };
            self.packet(row, hello.at, Side::Client, "ClientHello", format!("ClientHello{name}{size}"));
        }
        if let Some(hello) = &tls.server_hello {
            self.packet(row, hello.at, Side::Server, "ServerHello", "ServerHello".to_owned());
        }
        if let Some((at, _)) = &tls.plaintext_reply {
            self.packet(
                row,
                *at,
                Side::Server,
                "plain text",
                "the origin answers in plain text, not in TLS".to_owned(),
            );
        }
        for alert in &tls.alerts {
            let text = format!(
                "{} sends the TLS alert {} ({})",
                who(alert.from),
                crate::tls::alert_name(alert.description).unwrap_or("unknown"),
                alert.description
            );
            self.packet(row, alert.at, alert.from, "alert", text);
        }
        if let Some(at) = tls.encrypted {
            self.packet(
                row,
                at,
                Side::Client,
                "encrypted",
                match tls.opened {
                    Some(_) => "from here on the connection is encrypted; it is read with its secrets",
                    None => "from here on the connection is encrypted",
                }
                .to_owned(),
            );
        }
    }

    fn logs(&mut self, case: &Case) {
        for row in case.access(&self.incident.evidence) {
            // A line is written as its request ends, whatever it is dated by.
            let written = row.line.end().unwrap_or(row.line.time);
            let time = self.incident.clocks.correct(row.place.input(), written);
            let time = within_second(case, time, row.line.resolution);
            let status = row.line.status.map_or("-".to_owned(), |status| status.to_string());
            let took =
                row.line.request_time.map_or(String::new(), |time| format!(" after {}", duration(time)));
            let upstream = row.line.upstream.last().and_then(|upstream| upstream.status);
            let upstream = upstream.map_or(String::new(), |status| format!(", its upstream said {status}"));
            let text = format!("the origin logs {status}{took}{upstream}");
            self.log(time, StoryPart::Logged, "log", text, row.place);
        }
        for row in case.messages(&self.incident.evidence) {
            let time = within_second(case, self.incident.clocks.time_of(row), row.line.resolution);
            let text = format!("the origin logs {}", quote(&row.line.text));
            self.log(time, StoryPart::Logged, "log", text, row.place);
            if let Some(event) = self.events.last_mut().filter(|_| row.line.upstream.is_some()) {
                event.to = LaneRole::Upstream;
            }
        }
    }
}

/// The moment of a line whose log tells only whole seconds. A line about a request is written when the request ends, so it is the end of
/// the case, kept within the second of the line.
fn within_second(case: &Case, logged: Time, resolution: Duration) -> Time {
    case.end.clamp(logged, logged.plus(resolution.max(Duration::NANOSECOND) - Duration::NANOSECOND))
}

/// A side of a connection in words.
fn who(side: Side) -> &'static str {
    match side {
        Side::Client => "the edge",
        Side::Server => "the origin",
    }
}
