//! Plain facts of captures that other people made, compared with what Wireshark says about them (corpus: README.md, truth.jsonl).
//! A person who checks a report in Wireshark must find the same packets, segments and connections.

#![expect(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use rayscope::flow::{Application, Arrival, End, Gap, Side};
use serde_json::Value;
use support::corpus::corpus;
use support::followed::{self, Followed};

/// Counts what it is told, and that it is told in order.
#[derive(Default)]
struct Checked {
    read: [u64; 2],
    ended: [bool; 2],
}

impl Checked {
    fn advance(&mut self, from: Side, offset: u64, length: u64) {
        let side = from as usize;
        assert!(!self.ended[side], "nothing of a stream comes after its end");
        assert_eq!(self.read[side], offset, "a stream has no hole but declared ones");
        self.read[side] += length;
    }
}

impl<C> Application<C> for Checked {
    fn bytes(&mut self, _: &mut C, from: Side, offset: u64, data: &[u8], _: Arrival) {
        assert!(!data.is_empty());
        self.advance(from, offset, data.len() as u64);
    }

    fn gap(&mut self, _: &mut C, from: Side, offset: u64, length: u64, _: Gap, _: Arrival) {
        assert!(length > 0);
        self.advance(from, offset, length);
    }

    fn acknowledged(&mut self, _: &mut C, from: Side, offset: u64, _: Arrival) {
        assert!(
            offset <= self.read[from as usize],
            "what is acknowledged was delivered or declared missing before"
        );
    }

    fn end(&mut self, _: &mut C, from: Side, offset: u64, _: End, _: Arrival) {
        self.advance(from, offset, 0);
        self.ended[from as usize] = true;
    }
}

type Read = Followed<Checked>;

/// The whole way from a file's bytes to its connections; `None` where it is no capture.
fn read(bytes: &[u8]) -> Option<Read> {
    let read: Read = followed::follow(bytes)?;
    for (connection, application) in &read.connections {
        assert_eq!(application.ended, [true; 2], "both directions end before a connection leaves");
        assert_eq!(connection.from_client.stream_bytes, application.read[0]);
        assert_eq!(connection.from_server.stream_bytes, application.read[1]);
    }
    Some(read)
}

fn truths(corpus: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(corpus.join("truth.jsonl")).expect("truth.jsonl");
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

/// How a fact must agree.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    Exact,
    /// Within 20 % or 2: Wireshark often calls a late segment a retransmission, and the reverse.
    Near,
}

/// A fact's name, what was read, what Wireshark says, and how they must agree.
type Compared = (&'static str, i64, i64, Rule);

fn compare(truth: &Value, read: &Read) -> Vec<Compared> {
    let count = |name: &str| truth["counts"][name].as_i64().unwrap_or(0);
    let number = |value: u64| i64::try_from(value).expect("a count");
    let (summary, tally, facts) = (&read.summary, &read.tally, &read.facts);
    let header = &truth["header"];
    let custom_blocks = header["blocks"]["CB"].as_i64().unwrap_or(0) > 0;
    let mut compared: Vec<Compared> = Vec::new();
    let mut exact = |name, got: u64, want: i64| compared.push((name, number(got), want, Rule::Exact));
    let stopped_early = truth["tshark"]["exit"].as_i64() != Some(0);
    match header["packet_blocks"].as_i64() {
        Some(blocks) => exact("packets", summary.packets, blocks),
        None if !stopped_early => {
            exact("packets", summary.packets, truth["packets"].as_i64().expect("packets"))
        }
        None => exact("damaged", summary.damaged_places.min(1), 1),
    }
    if stopped_early {
        return compared;
    }
    exact("frames", summary.frames, truth["packets"].as_i64().expect("packets"));
    if !custom_blocks {
        exact("bytes", summary.bytes, truth["bytes"].as_i64().expect("bytes"));
        exact("captured_bytes", summary.captured_bytes, truth["captured_bytes"].as_i64().expect("bytes"));
    }
    exact("ipv4_packets", tally.ipv4_packets, count("ipv4_packets"));
    exact("ipv6_packets", tally.ipv6_packets, count("ipv6_packets"));
    exact("vlan_packets", tally.vlan_packets, count("vlan_packets"));
    exact("ip_fragments", tally.ip_fragments, count("ipv4_fragments") + count("ipv6_fragments"));
    exact("tcp_packets", tally.tcp_packets, count("tcp_packets"));
    exact("syn", tally.syn, count("syn"));
    exact("syn_ack", tally.syn_ack, count("syn_ack"));
    exact("fin", tally.fin, count("fin"));
    exact("rst", tally.rst, truth["rst"]["count"].as_i64().or(truth["rst"].as_i64()).unwrap_or(0));
    exact("tcp_payload_bytes", tally.tcp_payload_bytes, count("tcp_payload_bytes"));
    exact(
        "icmp_unreachable",
        tally.icmp_unreachable,
        truth["icmp_unreachable"]["count"].as_i64().unwrap_or(0),
    );
    exact("tcp_streams", facts.tcp_streams, truth["tcp_streams"].as_i64().unwrap_or(0));
    compared.push((
        "first",
        summary.first.map_or(-1, |time| time.0),
        truth["first_ns"].as_i64().unwrap_or(-1),
        Rule::Exact,
    ));
    compared.push((
        "last",
        summary.last.map_or(-1, |time| time.0),
        truth["last_ns"].as_i64().unwrap_or(-1),
        Rule::Exact,
    ));
    compared.push(("full_windows", number(facts.full_windows), windows_filled(truth), Rule::Exact));
    let mut near = |name, got: u64, want: i64| compared.push((name, number(got), want, Rule::Near));
    near("retransmissions", facts.retransmissions, count("tcp_any_retransmission"));
    near("fast_retransmissions", facts.fast_retransmissions, count("tcp_fast_retransmission"));
    near("spurious_retransmissions", facts.spurious_retransmissions, count("tcp_spurious_retransmission"));
    near("duplicate_acks", facts.duplicate_acks, count("tcp_duplicate_ack"));
    near("out_of_order", facts.out_of_order, count("tcp_out_of_order"));
    near("zero_windows", facts.zero_windows, count("tcp_zero_window"));
    near("lost_segments", facts.lost_segments, count("tcp_lost_segment"));
    near("keep_alives", facts.keep_alives, count("tcp_keep_alive"));
    compared
}

/// What truth.jsonl does not count: `tcp.analysis.window_full`.
fn windows_filled(truth: &Value) -> i64 {
    let rows = include_str!("corpus_window_full.tsv").lines().skip(1);
    let mut rows = rows.filter_map(|row| row.split_once('\t'));
    let count = rows.find(|(file, _)| truth["file"].as_str() == Some(file)).map(|(_, count)| count);
    count.map_or(0, |count| count.parse().expect("a count"))
}

fn agrees((_, got, want, rule): &Compared) -> bool {
    let apart = got.abs_diff(*want);
    apart == 0 || (*rule == Rule::Near && (apart <= 2 || apart * 5 <= want.unsigned_abs()))
}

/// Differences that are known and explained: file, fact, reason.
fn exceptions() -> BTreeMap<(String, String), String> {
    let lines = include_str!("corpus_exceptions.tsv").lines().skip(1);
    let rows = lines.map(|line| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut cell = || cells.next().expect("three cells");
        ((cell(), cell()), cell())
    });
    rows.collect()
}

#[test]
fn plain_facts_equal_what_wireshark_shows() {
    let Some(corpus) = corpus("plain facts against Wireshark's") else { return };
    let exceptions = exceptions();
    let mut unused: BTreeSet<_> = exceptions.keys().cloned().collect();
    let mut totals: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    let mut unexplained = String::new();
    let mut copies = BTreeMap::new();
    for truth in truths(&corpus) {
        let file = truth["file"].as_str().expect("a file name").to_owned();
        let bytes = std::fs::read(corpus.join(&file)).expect("a file of the corpus");
        let Some(read) = read(&bytes) else {
            writeln!(unexplained, "{file}\tnot recognised").expect("a string");
            continue;
        };
        if read.facts.copies > 0 {
            copies.insert(file.clone(), read.facts.copies);
        }
        let mut compared = compare(&truth, &read);
        let want: BTreeSet<u64> = truth["header"]["link_types"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        let got: BTreeSet<u64> = read.summary.link_types.iter().copied().map(u64::from).collect();
        compared.push(("link_types", i64::from(got != want), 0, Rule::Exact));
        for row in &compared {
            let (fact, got, want, _) = row;
            let total = totals.entry(fact).or_default();
            total[0] += 1;
            if agrees(row) {
                total[3] += u64::from(got != want);
                continue;
            }
            let key = (file.clone(), (*fact).to_owned());
            if exceptions.contains_key(&key) {
                total[1] += 1;
                unused.remove(&key);
            } else {
                total[2] += 1;
                writeln!(unexplained, "{file}\t{fact}\tread {got}\tWireshark {want}").expect("a string");
            }
        }
    }
    println!("captures with packets that were captured twice: {} {copies:?}", copies.len());
    println!("fact\tfiles compared\tnear\tdiffer, explained\tdiffer");
    for (fact, [compared, explained, different, near]) in totals {
        println!("{fact}\t{compared}\t{near}\t{explained}\t{different}");
    }
    for (file, fact) in unused {
        writeln!(unexplained, "{file}\t{fact}\tagrees now: take the exception out").expect("a string");
    }
    assert!(unexplained.is_empty(), "\n{unexplained}");
}

#[test]
fn captures_cut_anywhere_end_in_a_summary() {
    let Some(corpus) = corpus("cut captures") else { return };
    for truth in truths(&corpus) {
        let bytes = std::fs::read(corpus.join(truth["file"].as_str().expect("a name"))).expect("a file");
        let mut packets = 0;
        for part in 1..16 {
            let cut = bytes.len() * part / 16;
            let Some(read) = read(&bytes[..cut]) else { continue };
            assert!(read.summary.packets >= packets, "a longer part of a file holds no fewer packets");
            packets = read.summary.packets;
        }
    }
}
