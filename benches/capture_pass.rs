//! What the way from a capture's bytes to its HTTP exchanges costs, stage by stage, in CPU time.
//!
//! `cargo bench --no-default-features --bench capture_pass -- FILE [STAGE] [ROUNDS] [BLOCK]` reads a capture such as `benches/generate`
//! writes, from memory, or from the file in blocks of so many bytes. The stages add up: `walk` hops over records, `decode` reads headers,
//! `flow` puts streams together and reads nothing of them, `http` reads what they say. `all`, or no stage, runs all of them by turns, and
//! the least time of each is told. One stage in one round is what an instruction counter wants.

#![allow(clippy::unwrap_used, reason = "a measuring program; what fails here fails for its only reader")]

use std::env;
use std::fs::File;
use std::io::{Read, Seek};
use std::marker::PhantomData;

use rayscope::capture::{self, Packet, Reader};
use rayscope::flow::{
    Application, Applications, Arrival, Connection, ConnectionTable, End, Gap, Opening, PacketId, Side,
    TableLimits,
};
use rayscope::packet::{self, Tally};
use rayscope::{http, tls};

const STAGES: [&str; 4] = ["walk", "decode", "flow", "http"];

/// What a round counted: so the compiler cannot leave out the work, and a wrong count is noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    packets: u64,
    segments: u64,
    connections: u64,
    stream_bytes: u64,
    exchanges: u64,
    head_bytes: u64,
    content_bytes: u64,
}

/// What reads a connection in one of the stages.
trait Stage: Application<Round<Self>> + Sized {
    fn open(opening: &Opening) -> Self;
    fn finish(self, counted: &mut Counted);
}

/// One round of a stage.
struct Round<S> {
    counted: Counted,
    stage: PhantomData<S>,
}

impl<S: Stage> Applications for Round<S> {
    type Application = S;

    fn open(&mut self, opening: &Opening) -> S {
        S::open(opening)
    }

    fn closed(&mut self, connection: Connection, application: S) {
        let counted = &mut self.counted;
        counted.connections += 1;
        counted.stream_bytes += connection.from_client.stream_bytes + connection.from_server.stream_bytes;
        application.finish(counted);
    }
}

/// Reads nothing.
struct Deaf;

impl Stage for Deaf {
    fn open(_: &Opening) -> Deaf {
        Deaf
    }

    fn finish(self, _: &mut Counted) {}
}

impl<C> Application<C> for Deaf {
    fn bytes(&mut self, _: &mut C, _: Side, _: u64, _: &[u8], _: Arrival) {}
    fn gap(&mut self, _: &mut C, _: Side, _: u64, _: u64, _: Gap, _: Arrival) {}
    fn acknowledged(&mut self, _: &mut C, _: Side, _: u64, _: Arrival) {}
    fn end(&mut self, _: &mut C, _: Side, _: u64, _: End, _: Arrival) {}
}

/// Reads HTTP or TLS, and forgets exchanges once they are over, as the evidence does with healthy ones.
enum Reading {
    Nothing { initiator_known: bool },
    Http(Box<http::HttpConversation>),
    Tls(Box<tls::TlsConversation>),
}

impl Reading {
    fn application(&mut self) -> Option<&mut dyn Application> {
        match self {
            Reading::Nothing { .. } => None,
            Reading::Http(conversation) => Some(conversation.as_mut()),
            Reading::Tls(conversation) => Some(conversation.as_mut()),
        }
    }

    fn drain(&mut self, counted: &mut Counted) {
        if let Reading::Http(conversation) = self {
            while let Some(exchange) = conversation.next_finished() {
                count(counted, &exchange);
            }
        }
    }
}

impl Stage for Reading {
    fn open(opening: &Opening) -> Reading {
        Reading::Nothing { initiator_known: opening.initiator_known }
    }

    fn finish(self, counted: &mut Counted) {
        match self {
            Reading::Http(conversation) => {
                conversation.finish().0.iter().for_each(|exchange| count(counted, exchange));
            }
            Reading::Tls(conversation) => {
                let bytes = conversation.finish().application_data_bytes;
                counted.content_bytes += bytes.of(Side::Client) + bytes.of(Side::Server);
            }
            Reading::Nothing { .. } => {}
        }
    }
}

fn count(counted: &mut Counted, exchange: &http::exchange::Exchange) {
    counted.exchanges += 1;
    let request = exchange.request.iter().map(|request| (request.head.bytes, request.body.received));
    let response = exchange.response.iter().map(|response| (response.head.bytes, response.body.received));
    for (head, content) in request.chain(response) {
        counted.head_bytes += head;
        counted.content_bytes += content;
    }
}

impl Application<Round<Reading>> for Reading {
    fn bytes(&mut self, round: &mut Round<Reading>, from: Side, offset: u64, data: &[u8], at: Arrival) {
        if let Reading::Nothing { initiator_known } = *self {
            *self = if tls::begins_tls(data) {
                Reading::Tls(Box::default())
            } else {
                Reading::Http(Box::new(http::HttpConversation::new(initiator_known)))
            };
        }
        if let Some(application) = self.application() {
            application.bytes(&mut (), from, offset, data, at);
        }
        self.drain(&mut round.counted);
    }

    fn gap(
        &mut self,
        round: &mut Round<Reading>,
        from: Side,
        offset: u64,
        length: u64,
        cause: Gap,
        at: Arrival,
    ) {
        if let Some(application) = self.application() {
            application.gap(&mut (), from, offset, length, cause, at);
        }
        self.drain(&mut round.counted);
    }

    fn acknowledged(&mut self, _: &mut Round<Reading>, from: Side, offset: u64, at: Arrival) {
        if let Some(application) = self.application() {
            application.acknowledged(&mut (), from, offset, at);
        }
    }

    fn end(&mut self, round: &mut Round<Reading>, from: Side, offset: u64, how: End, at: Arrival) {
        if let Some(application) = self.application() {
            application.end(&mut (), from, offset, how, at);
        }
        self.drain(&mut round.counted);
    }
}

/// Where the bytes come from.
enum Input {
    /// They lie in memory.
    Memory(Vec<u8>),
    /// They are read in blocks of this size.
    Blocks(File, usize),
}

fn packets(input: &Input, mut each: impl FnMut(&Packet<'_>)) -> u64 {
    let format = |head: &[u8]| capture::recognise(head).unwrap();
    let reader = match input {
        Input::Memory(bytes) => {
            let mut reader = Reader::new(format(bytes));
            capture::read_slice(&mut reader, bytes, &mut each);
            reader
        }
        Input::Blocks(file, block) => {
            let (mut file, mut head) = (file, [0; 64]);
            file.rewind().unwrap();
            file.read_exact(&mut head).unwrap();
            file.rewind().unwrap();
            let mut reader = Reader::new(format(&head));
            capture::read_stream(&mut reader, file, *block, &mut each).unwrap();
            reader
        }
    };
    reader.summary().packets
}

fn walk(input: &Input) -> Counted {
    Counted { packets: packets(input, |_| {}), ..Counted::default() }
}

fn decode(input: &Input) -> Counted {
    let mut tally = Tally::default();
    let mut segments = 0;
    let packets = packets(input, |packet| {
        segments += u64::from(matches!(packet::decode(packet, &mut tally), packet::Carried::Tcp(_)));
    });
    Counted { packets, segments, ..Counted::default() }
}

fn follow<S: Stage>(input: &Input) -> Counted {
    let mut round = Round::<S> { counted: Counted::default(), stage: PhantomData };
    let mut tally = Tally::default();
    let mut table = ConnectionTable::new(TableLimits::default());
    let packets = packets(input, |packet| {
        let id = PacketId::new(0, packet.frame);
        table.packet(&mut round, &packet::decode(packet, &mut tally), id, packet.time);
    });
    table.finish(&mut round);
    Counted { packets, segments: tally.tcp_packets, ..round.counted }
}

fn run(stage: &str, input: &Input) -> Counted {
    match stage {
        "walk" => walk(input),
        "decode" => decode(input),
        "flow" => follow::<Deaf>(input),
        _ => follow::<Reading>(input),
    }
}

/// The time for which this program ran on a processor (Linux). Time that other programs took does not count.
fn cpu_nanoseconds() -> u64 {
    let figures = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    figures.split(' ').next().unwrap().parse().unwrap()
}

fn main() {
    // cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let Some(path) = arguments.first() else {
        println!("usage: capture_pass FILE [all|walk|decode|flow|http] [ROUNDS] [BLOCK]");
        return;
    };
    let block = arguments.get(3).map(|block| block.parse().unwrap());
    let input = match block {
        Some(block) => Input::Blocks(File::open(path).unwrap(), block),
        None => Input::Memory(std::fs::read(path).unwrap()),
    };
    let stages = arguments
        .get(1)
        .filter(|stage| *stage != "all")
        .map_or(STAGES.to_vec(), |stage| vec![stage.as_str()]);
    let rounds: usize = arguments.get(2).map_or(1, |rounds| rounds.parse().unwrap());
    let mut least = vec![u64::MAX; stages.len()];
    let mut last = Counted::default();
    for _ in 0..rounds {
        for (stage, least) in stages.iter().zip(&mut least) {
            let started = cpu_nanoseconds();
            last = run(stage, &input);
            *least = (*least).min(cpu_nanoseconds() - started);
        }
    }
    println!("{last:?}");
    let mut before = 0.0;
    for (stage, nanoseconds) in stages.iter().zip(least) {
        let (whole, packets) = (nanoseconds as f64, last.packets.max(1) as f64);
        print!("{stage:7} {:7.1} ns a packet", whole / packets);
        if *stage == "http" && stages.len() > 1 && last.exchanges > 0 {
            print!(", {:.0} ns an exchange above flow", (whole - before) / last.exchanges as f64);
        }
        println!();
        before = whole;
    }
}
