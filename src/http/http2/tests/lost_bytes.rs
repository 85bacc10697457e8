//! A stretch of bytes is missing on each side of a connection on which requests, answers, bodies and trailers go side by side, each with values of its own, which stand
//! in the block or in the table of header compression: every message costs no more than it must, and none gets what is another's.

use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::ray::RayAtColo;

const AGENTS: &[&str] = &["Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "Go-http-client/2.0"];
const SERVERS: &[&str] = &["nginx", "Apache/2.4.62", "Caddy"];
/// Statuses, and their indices in the static table (RFC 7541, appendix A).
const STATUSES: &[(u16, u8)] = &[(200, 0x88), (404, 0x8d), (500, 0x8e)];

/// What one stream carries: indices into the lists above, sizes of DATA.
#[derive(Clone, Debug)]
struct Plan {
    agent: usize,
    server: usize,
    status: usize,
    asks: Vec<usize>,
    answers: Vec<usize>,
    announces: bool,
    has_trailers: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Head,
    Data,
    Trailers,
}

/// A frame in the bytes of one side.
#[derive(Clone, Debug)]
struct Sent {
    stream: u32,
    part: Part,
    range: Range<usize>,
    /// Of fields that are an index: the names, and where the block stands that added the entry.
    stands_on: Vec<(&'static str, usize)>,
}

/// One side's bytes.
#[derive(Default)]
struct Talk {
    bytes: Vec<u8>,
    sent: Vec<Sent>,
    /// The table's entries, the newest first, each with where the block stands that added it.
    table: Vec<(&'static str, String, usize)>,
    /// Fields of the block at hand that stand on an entry.
    stands_on: Vec<(&'static str, usize)>,
}

impl Talk {
    /// A field that is added to the table, or is an index.
    fn indexed(&mut self, name: &'static str, value: &str, block: &mut Vec<u8>) {
        match self.table.iter().position(|(known, text, _)| (*known, text.as_str()) == (name, value)) {
            Some(place) => {
                block.push(0x80 | (62 + place) as u8);
                self.stands_on.push((name, self.table[place].2));
            }
            None => {
                block.push(0x40);
                [name, value].iter().for_each(|text| {
                    block.push(text.len() as u8);
                    block.extend(text.bytes());
                });
                self.table.insert(0, (name, value.to_owned(), self.bytes.len()));
            }
        }
    }

    fn push(&mut self, stream: u32, part: Part, bytes: &[u8]) {
        let range = self.bytes.len()..self.bytes.len() + bytes.len();
        self.bytes.extend(bytes);
        self.sent.push(Sent { stream, part, range, stands_on: std::mem::take(&mut self.stands_on) });
    }

    /// The next frame of a stream: its number and what it carries.
    fn say(&mut self, from: Side, stream: u32, plan: &Plan, step: usize) {
        let bodies = if from == Side::Client { &plan.asks } else { &plan.answers };
        let has_trailers = from == Side::Server && plan.has_trailers;
        let is_last = |step: usize| u8::from(step == bodies.len() && !has_trailers);
        match step.checked_sub(1) {
            None => {
                let mut block = Vec::new();
                if from == Side::Client {
                    block.extend([if plan.asks.is_empty() { 0x82 } else { 0x83 }, 0x86]);
                    self.indexed(":authority", "shop.example", &mut block);
                    block.extend(super::block(&[(":path", &path(stream)), ("cf-ray", &ray(stream))]));
                    self.indexed("user-agent", AGENTS[plan.agent], &mut block);
                } else {
                    block.push(STATUSES[plan.status].1);
                    self.indexed("server", SERVERS[plan.server], &mut block);
                    if plan.announces {
                        let length = plan.answers.iter().sum::<usize>().to_string();
                        block.extend(super::block(&[("content-length", &length)]));
                    }
                }
                let frame = frame(1, END_HEADERS | is_last(step), stream, &block);
                self.push(stream, Part::Head, &frame);
            }
            Some(body) if body < bodies.len() => {
                self.push(stream, Part::Data, &data(stream, is_last(step), &vec![b'a'; bodies[body]]));
            }
            Some(_) => {
                let frame = headers(stream, END_STREAM, &[("grpc-status", "0")]);
                self.push(stream, Part::Trailers, &frame);
            }
        }
    }

    /// All frames of all streams, in an order that these choose; a stream's stay in theirs.
    fn all(from: Side, plans: &[Plan], order: &[Index]) -> Talk {
        let mut talk = Talk::default();
        let preface = if from == Side::Client { &PREFACE[..] } else { &[] };
        talk.bytes = [preface, &settings(&[])].concat();
        let steps = |plan: &Plan| match from {
            Side::Client => 1 + plan.asks.len(),
            Side::Server => 1 + plan.answers.len() + usize::from(plan.has_trailers),
        };
        let mut done = vec![0; plans.len()];
        // A client opens its streams in order (RFC 9113, 5.1.1).
        let mut open = if from == Side::Client { 1 } else { plans.len() };
        let mut order = order.iter().cycle();
        loop {
            let may_speak: Vec<usize> =
                (0..open.min(plans.len())).filter(|at| done[*at] < steps(&plans[*at])).collect();
            if may_speak.is_empty() {
                return talk;
            }
            let at = order.next().map_or(0, |index| may_speak[index.index(may_speak.len())]);
            talk.say(from, id(at), &plans[at], done[at]);
            done[at] += 1;
            open += usize::from(at + 1 == open);
        }
    }

    fn frames_of(&self, stream: u32) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(move |sent| sent.stream == stream)
    }

    /// Whether all frames of a stream came that are of these parts.
    fn came(&self, stream: u32, hole: &Range<usize>, part: impl Fn(Part) -> bool) -> bool {
        self.frames_of(stream).filter(|sent| part(sent.part)).all(|sent| apart(&sent.range, hole))
    }

    /// Whether it takes nothing but content, whose length its frame tells.
    fn is_content(&self, hole: &Range<usize>) -> bool {
        let holds = |sent: &&Sent| sent.range.start + 9 <= hole.start && hole.end <= sent.range.end;
        self.sent.iter().find(holds).is_some_and(|sent| sent.part == Part::Data)
    }

    /// The fields of a head that came that are unknown all the same.
    fn unknown(&self, stream: u32, hole: &Range<usize>) -> Vec<&'static str> {
        let head = self.frames_of(stream).find(|sent| sent.part == Part::Head);
        let head =
            head.filter(|head| head.range.start >= hole.end && !hole.is_empty() && !self.is_content(hole));
        let fields = head.into_iter().flat_map(|head| &head.stands_on);
        fields.filter(|(_, added)| *added < hole.end).map(|(name, _)| *name).collect()
    }
}

fn apart(one: &Range<usize>, other: &Range<usize>) -> bool {
    other.is_empty() || one.end <= other.start || other.end <= one.start
}

fn id(at: usize) -> u32 {
    at as u32 * 2 + 1
}

fn path(stream: u32) -> String {
    format!("/stream/{stream}")
}

fn ray(stream: u32) -> String {
    format!("{:016x}-FRA", 0x9c1f_0000_0000_0000_u64 + u64::from(stream))
}

/// Says what comes, in pieces.
fn say(script: &mut Script, from: Side, bytes: &[u8], hole: &Range<usize>, cuts: &[Index]) {
    for (part, is_lost) in [(0..hole.start, false), (hole.clone(), true), (hole.end..bytes.len(), false)] {
        let bytes = &bytes[part];
        let mut ends: Vec<usize> =
            cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        ends.sort_unstable();
        for piece in ends.windows(2).filter(|piece| piece[0] < piece[1]) {
            match is_lost {
                true => script.lose(from, piece[1] - piece[0]),
                false => script.say(from, &bytes[piece[0]..piece[1]]),
            };
        }
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    let lists = (0..AGENTS.len(), 0..SERVERS.len(), 0..STATUSES.len());
    let bodies = |most| prop::collection::vec(0..1500usize, 0..most);
    (lists, bodies(3), bodies(4), any::<bool>(), any::<bool>()).prop_map(
        |((agent, server, status), asks, answers, announces, has_trailers)| Plan {
            agent,
            server,
            status,
            asks,
            answers,
            announces,
            has_trailers,
        },
    )
}

/// Of two values one that is told is the true one; where it must be known, it is told.
fn is_or_unknown<T: PartialEq>(told: Option<T>, truth: T, must_be_known: bool) -> bool {
    told.map_or(!must_be_known, |told| told == truth)
}

fn holds_request(
    request: &crate::http::exchange::Request,
    plan: &Plan,
    stream: u32,
    unknown: Option<&[&str]>,
) {
    let known = |name: &str| unknown.is_some_and(|unknown| !unknown.contains(&name));
    let told = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let method = if plan.asks.is_empty() { "GET" } else { "POST" };
    assert!(is_or_unknown(told(&request.method), method.to_owned(), known("")));
    assert!(is_or_unknown(told(&request.target), path(stream), known("")));
    let ray = RayAtColo::parse(ray(stream).as_bytes());
    assert!(is_or_unknown(request.ray.map(Some), ray, known("")), "{:?}", request.ray);
    assert!(is_or_unknown(request.host.as_deref(), "shop.example", known(":authority")));
    assert!(is_or_unknown(request.user_agent.as_deref(), AGENTS[plan.agent], known("user-agent")));
    assert!(request.findings.is_empty(), "{:?}", request.findings);
}

fn holds_response(response: &crate::http::exchange::Response, plan: &Plan, unknown: Option<&[&str]>) {
    let known = |name: &str| unknown.is_some_and(|unknown| !unknown.contains(&name));
    assert!(is_or_unknown(response.status, STATUSES[plan.status].0, known("")));
    assert!(is_or_unknown(response.server.as_deref(), SERVERS[plan.server], known("server")));
    assert!(response.findings.is_empty(), "{:?}", response.findings);
    assert!(response.body.received <= plan.answers.iter().sum::<usize>() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn lost_bytes_cost_no_more_than_they_must(
        plans in prop::collection::vec(plan(), 1..8),
        orders in (prop::collection::vec(any::<Index>(), 1..20), prop::collection::vec(any::<Index>(), 1..20)),
        lost in [(any::<Index>(), 0..2500usize), (any::<Index>(), 0..2500usize)],
        cuts in prop::collection::vec(any::<Index>(), 0..6),
    ) {
        let talks = [Talk::all(Side::Client, &plans, &orders.0), Talk::all(Side::Server, &plans, &orders.1)];
        let hole = |side: usize| {
            let (talk, (from, length)) = (&talks[side], &lost[side]);
            // Without its first bytes a connection is not known to speak HTTP/2.
            let greeted = talk.sent[0].range.start;
            let begin = greeted + from.index(talk.bytes.len() - greeted);
            begin..(begin + length).min(talk.bytes.len())
        };
        let holes = [hole(0), hole(1)];
        let mut script = Script::new();
        say(&mut script, Side::Client, &talks[0].bytes, &holes[0], &cuts);
        say(&mut script, Side::Server, &talks[1].bytes, &holes[1], &cuts);
        script.close();
        let (exchanges, facts) = script.all();
        prop_assert!(facts.faults.is_empty(), "{:?}", facts.faults);
        let of = |exchange: &Exchange| exchange.stream.as_ref().map_or(0, |stream| stream.id);
        let mut told: Vec<u32> = exchanges.iter().map(of).collect();
        told.sort_unstable();
        prop_assert!(told.windows(2).all(|pair| pair[0] < pair[1]) && told.iter().all(|id| *id < self::id(plans.len())), "{:?}", told);
        for (at, plan) in plans.iter().enumerate() {
            let stream = id(at);
            let came = |side: usize, part: Part| talks[side].came(stream, &holes[side], |other| other == part);
            let head = |side: usize| came(side, Part::Head).then(|| talks[side].unknown(stream, &holes[side]));
            let (asked, answered) = (head(0), head(1));
            let Some(exchange) = exchanges.iter().find(|exchange| of(exchange) == stream) else {
                prop_assert!(asked.is_none() && answered.is_none(), "stream {} is not told", stream);
                continue;
            };
            prop_assert!(asked.is_none() || exchange.request.is_some());
            prop_assert!(answered.is_none() || exchange.response.is_some());
            if let Some(request) = &exchange.request {
                holds_request(request, plan, stream, asked.as_deref());
            }
            if let Some(response) = exchange.response.as_deref() {
                holds_response(response, plan, answered.as_deref());
                if talks[1].came(stream, &holes[1], |_| true) {
                    let wanted = plan.answers.iter().sum::<usize>() as u64;
                    let body = (response.body.received, response.body.missing, response.body.state);
                    prop_assert_eq!(body, (wanted, 0, BodyState::Complete), "stream {}", stream);
                }
            }
            for (side, unknown) in [asked, answered].into_iter().enumerate() {
                if let Some(unknown) = unknown.filter(|_| came(side, Part::Trailers)) {
                    let told = exchange.stream.as_ref().map(|stream| stream.unknown_fields[side]);
                    prop_assert_eq!(told, Some(unknown.len() as u32), "fields of stream {}", stream);
                }
            }
        }
    }
}
