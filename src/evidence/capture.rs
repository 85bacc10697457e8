//! Extraction from captures: the files of one set in time order, their packets through the flow table, their connections into rows and
//! counts.

use std::sync::Arc;

use super::dialogue::{Dialogue, Folded, Group, Shared, Told};
use super::failure;
use super::input::{Fact, InputKind, InputSummary};
use super::interest::Interest;
use super::partial::Partial;
use super::place::{InputId, Place};
use super::row::{ConnectionRow, Protocol};
use super::tally::{Tallies, slower};
use crate::capture::{self, CaptureFormat, Packet, Reader};
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::flow::{Connection, Limits, Opening, PacketId, Side, Table};
use crate::packet::{self, Tally};
use crate::source::Content;
use crate::time::{MILLISECOND, SECOND, Time};

/// What is inflated at a time.
const BLOCK: usize = 4 << 20;
/// A SYN younger than this at the end of the capture may still be answered.
const ANSWER_DUE: i64 = SECOND;

/// One file of a set.
pub struct CaptureFile<'a> {
    /// Its input.
    pub input: InputId,
    /// Its name.
    pub name: &'a str,
    /// Its size on the disk.
    pub bytes: u64,
    /// Its bytes.
    pub content: &'a Content,
    /// Its format.
    pub format: CaptureFormat,
}

/// Extracts a set of captures: files in time order, whose connections live on from one to the next.
pub fn extract(
    files: &[CaptureFile<'_>],
    ranges: &Arc<EdgeRanges>,
    profile: &Arc<Profile>,
    interest: &Arc<Interest>,
    progress: &dyn Fn(u64),
) -> Partial {
    let inputs: Arc<[InputId]> = files.iter().map(|file| file.input).collect();
    let shared = Shared::new(inputs, interest.clone(), profile.clone());
    let mut pass = Pass::new(shared, ranges.clone());
    for (index, file) in (0u32..).zip(files) {
        pass.file(index, file, progress);
    }
    pass.finish(files)
}

struct Pass {
    shared: Shared,
    table: Table<Dialogue>,
    rows: Rows,
    readings: Vec<(capture::Summary, Tally, u64)>,
}

/// What finished connections become.
struct Rows {
    shared: Shared,
    ranges: Arc<EdgeRanges>,
    kept: Vec<(Group, ConnectionRow)>,
    now: Time,
}

impl Pass {
    fn new(shared: Shared, ranges: Arc<EdgeRanges>) -> Pass {
        let (for_dialogues, of_edge) = (shared.clone(), ranges.clone());
        let make = move |opening: &Opening| {
            Dialogue::new(
                for_dialogues.clone(),
                group(&of_edge, opening.client.ip(), opening.server.ip()),
                opening,
            )
        };
        Pass {
            table: Table::new(Limits::default(), make),
            rows: Rows {
                shared: shared.clone(),
                ranges: ranges.clone(),
                kept: Vec::new(),
                now: Time(i64::MIN),
            },
            shared,
            readings: Vec::new(),
        }
    }

    fn file(&mut self, index: u32, file: &CaptureFile<'_>, progress: &dyn Fn(u64)) {
        let mut reader = Reader::new(file.format);
        let mut tally = Tally::default();
        let mut told = 0;
        let Pass { table, rows, .. } = self;
        let mut each = |packet: &Packet<'_>| {
            rows.now = rows.now.max(packet.time);
            let id = PacketId { file: index, frame: packet.frame };
            let content = packet::decode(packet, &mut tally);
            table.packet(&content, id, packet.time, &mut |connection, dialogue| {
                rows.take(connection, dialogue)
            });
            told += 16 + packet.data.len() as u64;
            if told >= BLOCK as u64 {
                progress(told);
                told = 0;
            }
        };
        match file.content.plain() {
            Some(bytes) => capture::read_slice(&mut reader, bytes, &mut each),
            None => {
                // Only a broken device fails here: damage of the stream is noted by the reader itself.
                if let Err(error) = capture::read_stream(&mut reader, file.content.reader(), BLOCK, &mut each)
                {
                    reader.note_damage(format!("reading stopped: {error}"));
                }
            }
        }
        progress(told);
        self.readings.push((reader.summary().clone(), tally, u64::from(index)));
    }

    fn finish(mut self, files: &[CaptureFile]) -> Partial {
        let rows = &mut self.rows;
        self.table.finish(&mut |connection, dialogue| rows.take(connection, dialogue));
        let mut partial = Partial::default();
        for ((file, (summary, tally, _)), index) in files.iter().zip(&self.readings).zip(0u32..) {
            partial.inputs.insert(file.input, self.summary(file, summary, tally, index));
            partial.tallies.snaplen_cut_packets += summary.cut_packets;
            let lost = [partial.tallies.packets_lost_by_capture, summary.dropped()];
            partial.tallies.packets_lost_by_capture = lost.into_iter().flatten().reduce(|a, b| a + b);
        }
        // A flood comes from strangers: it counts whoever the edge is.
        partial.tallies.merge(std::mem::take(&mut self.shared.state().half_open));
        let chosen = self.chosen_groups();
        let folded = std::mem::take(&mut self.shared.state().folded);
        for (_, Folded { tallies, samples }) in folded.into_iter().filter(|(group, _)| chosen.contains(group))
        {
            partial.tallies.merge(tallies);
            partial.samples.merge(samples);
        }
        let kept = std::mem::take(&mut self.rows.kept);
        partial.connections =
            kept.into_iter().filter(|(group, _)| chosen.contains(group)).map(|(_, row)| row).collect();
        partial
    }

    /// If any connection comes from the edge, only those can fail. Else the server that accepts most connections is the origin.
    fn chosen_groups(&self) -> Vec<Group> {
        let state = self.shared.state();
        if state.folded.contains_key(&Group::Edge) {
            return vec![Group::Edge];
        }
        let fullest = state
            .folded
            .iter()
            .max_by_key(|(group, folded)| (folded.tallies.connections, std::cmp::Reverse(**group)));
        fullest.map(|(group, _)| *group).into_iter().collect()
    }

    fn summary(
        &self,
        file: &CaptureFile<'_>,
        read: &capture::Summary,
        tally: &Tally,
        index: u32,
    ) -> InputSummary {
        let mut summary = InputSummary::new(file.name, InputKind::Capture, file.format.as_str(), file.bytes);
        summary.records = read.packets;
        summary.skipped = read.damaged_places;
        summary.first = read.first;
        summary.last = read.last;
        summary.warnings = read.warnings();
        summary.warnings.extend(tally.warnings());
        if let (Some(first), Some(last)) = (read.first, read.last) {
            summary.first = Some(first.min(last));
            summary.last = Some(last.max(first));
            summary.facts.insert("first", Fact::Time(first));
            summary.facts.insert("last", Fact::Time(last));
        }
        let links = read.link_types.iter().map(|link| u32::from(*link)).collect();
        summary.facts.insert("link_types", Fact::Numbers(links));
        let flow = self.table.facts(index);
        let application = self.shared.state().facts.get(index as usize).copied().unwrap_or_default();
        let counts = [
            ("packets", read.packets),
            ("bytes", read.bytes),
            ("captured_bytes", read.captured_bytes),
            ("ipv4_packets", tally.ipv4_packets),
            ("ipv6_packets", tally.ipv6_packets),
            ("ip_fragments", tally.ip_fragments),
            ("tcp_packets", tally.tcp_packets),
            ("syn", tally.syn),
            ("syn_ack", tally.syn_ack),
            ("fin", tally.fin),
            ("rst", tally.rst),
            ("tcp_payload_bytes", tally.tcp_payload_bytes),
            ("icmp_unreachable", tally.icmp_unreachable + tally.icmpv6_unreachable),
            ("tcp_streams", flow.tcp_streams),
            ("retransmissions", flow.retransmissions),
            ("out_of_order", flow.out_of_order),
            ("zero_windows", flow.zero_windows),
            ("lost_segments", flow.lost_segments),
            ("http1_requests", application.http1_requests),
            ("http1_responses", application.http1_responses),
            ("tls_client_hellos", application.tls_client_hellos),
            ("tls_server_hellos", application.tls_server_hellos),
            ("tls_alerts", application.tls_alerts),
            ("tls_certificates", application.tls_certificates),
        ];
        summary.facts.extend(counts.map(|(name, count)| (name, Fact::Count(count))));
        summary
    }
}

fn group(ranges: &EdgeRanges, client: std::net::IpAddr, server: std::net::IpAddr) -> Group {
    if ranges.contains(client) { Group::Edge } else { Group::Server(server) }
}

impl Rows {
    /// A finished connection: counted, and kept if it failed or carries something worth keeping.
    fn take(&mut self, mut connection: Connection, dialogue: Dialogue) {
        let mut told = dialogue.finish();
        if told.client_side == Some(Side::Server) && !connection.initiator_known {
            connection.swap_roles();
            told.group = group(&self.ranges, connection.client.ip(), connection.server.ip());
        }
        self.count(&connection, &told);
        for kept in &mut told.kept {
            let read_limit = (self.shared.profile.limits.read_s * SECOND as f64) as i64;
            kept.failure = kept
                .failure
                .or_else(|| failure::of_unanswered(&kept.exchange, &connection, self.now, read_limit));
        }
        // What the capture lost is no evidence, unless another source asks for it.
        let interest = &self.shared.interest;
        told.kept.retain(|kept| {
            let ray = kept.exchange.ray().map(|ray| ray.ray);
            kept.failure.is_some() || kept.exchange.response.is_some() || interest.holds(ray, None, None)
        });
        let row = ConnectionRow {
            files: self.shared.files.to_vec(),
            connection,
            protocol: told.protocol,
            tls: told.tls,
            exchanges: told.kept,
            exchange_count: told.exchange_count,
            last_response_end: told.last_response_end,
            capture_end: self.now,
        };
        if self.is_worth_keeping(&row) {
            self.kept.push((told.group, row));
        }
    }

    fn is_worth_keeping(&self, row: &ConnectionRow) -> bool {
        let failed = row.failed_before_request() && !self.is_still_connecting(&row.connection);
        // What goes on inside cannot be read: where the edge says that something failed, its connections of that time are what there is.
        let encrypted = row.protocol == Protocol::Tls
            && self.shared.interest.edge_addresses.contains(&row.connection.client.ip());
        !row.exchanges.is_empty()
            || failed
            || encrypted
            || row.reset_is_forged()
            || row.client_sent_no_certificate()
    }

    fn is_still_connecting(&self, connection: &Connection) -> bool {
        let last = connection.handshake.last_syn.or(connection.handshake.syn);
        connection.reset.is_none()
            && connection.handshake.syn_acks == 0
            && last.is_some_and(|syn| self.now.since(syn.time) < ANSWER_DUE)
    }

    fn count(&self, connection: &Connection, told: &Told) {
        let mut state = self.shared.state();
        if let Some(tls) = &told.tls {
            // After a HelloRetryRequest both sides greet again (RFC 8446, 4.1.4).
            let greetings = 1 + u64::from(tls.server_hello.as_ref().is_some_and(|hello| hello.hello_retry));
            if let Some(hello) = &tls.client_hello {
                state.facts(hello.at.packet.file).tls_client_hellos += greetings;
            }
            if let Some(hello) = &tls.server_hello {
                state.facts(hello.at.packet.file).tls_server_hellos += greetings;
            }
            for alert in &tls.alerts {
                state.facts(alert.at.packet.file).tls_alerts += 1;
            }
            for certificate in &tls.certificates {
                state.facts(certificate.at.packet.file).tls_certificates += 1;
            }
        }
        let tallies = &mut state.of(told.group).tallies;
        tallies.connections += 1;
        // What could not connect at once met something else than loss.
        if told.kept.is_empty() && connection.handshake.syns <= 1 && connection.handshake.syn_acks <= 1 {
            let sides = [&connection.from_client, &connection.from_server];
            tallies.segments += sides.iter().map(|side| side.packets).sum::<u64>();
            tallies.repeated_segments +=
                sides.iter().map(|side| u64::from(side.retransmissions)).sum::<u64>();
        }
        tallies.encrypted_connections += u64::from(told.protocol == Protocol::Tls);
        self.count_connecting(tallies, connection);
        if connection.handshake.syn_acks > 0
            && connection.handshake.established.is_none()
            && connection.reset.is_none()
        {
            state.half_open.half_open(connection.client.ip());
        }
        let tallies = &mut state.of(told.group).tallies;
        count_closes(tallies, connection, told);
        // A request that nothing answered is in no tally of healthy ones, but it was made.
        for kept in &told.kept {
            if let Some(request) = &kept.exchange.request {
                let place = self.shared.place(request.first);
                let status =
                    kept.exchange.response.as_ref().and_then(|response| response.status).unwrap_or(0);
                tallies.request(place.input(), request.first.time, status);
                super::dialogue::audit(
                    tallies,
                    super::tally::Direction::Request,
                    &request.head,
                    request.first,
                    place,
                );
            }
            if let Some(response) = &kept.exchange.response {
                let place = self.shared.place(response.first);
                super::dialogue::audit(
                    tallies,
                    super::tally::Direction::Response,
                    &response.head,
                    response.first,
                    place,
                );
            }
        }
    }

    fn count_connecting(&self, tallies: &mut Tallies, connection: &Connection) {
        let handshake = &connection.handshake;
        let Some(syn) = handshake.syn else { return };
        let second = syn.time.0.div_euclid(SECOND);
        let reached = tallies.reached.entry((connection.client.ip(), second)).or_default();
        let rejected = connection.icmp.is_some_and(|icmp| icmp.is_rejection()) && handshake.syn_acks == 0;
        if rejected || connection.reset.is_some_and(|reset| reset.refused_syn) {
            reached.refused += 1;
        } else if handshake.is_never_completed() {
            reached.unacknowledged += 1;
        } else if let Some(syn_ack) = handshake.syn_ack {
            // One that had to try again says nothing of the second in which it began.
            reached.established += u64::from(handshake.established.is_some() && handshake.syns <= 1);
            let place = Place::Packet {
                input: self.shared.place(syn_ack).input(),
                frame: syn_ack.packet.frame,
                stream: None,
            };
            tallies.slowest_connect =
                slower(tallies.slowest_connect, Some((syn_ack.time.since(syn.time), place)));
        } else if !self.is_still_connecting(connection) {
            reached.unanswered += 1;
        }
    }
}

/// When the origin closes: after how many requests, and, where nothing is asked, after how long (its idle timeout, unless it had
/// announced the close).
fn count_closes(tallies: &mut Tallies, connection: &Connection, told: &Told) {
    let Some((Side::Server, _, at)) = connection.closed_first() else { return };
    let idle = told.last_response_end.map(|end| at.time.since(end.time));
    // At the end of its idle timeout a connection is not closed for what it has carried.
    if told.exchange_count > 0 && idle.is_some_and(|idle| idle < 100 * MILLISECOND) {
        let unanswered = told.kept.iter().filter(|kept| kept.exchange.response.is_none()).count();
        let answered = told.exchange_count.saturating_sub(u32::try_from(unanswered).unwrap_or(u32::MAX));
        *tallies.requests_at_close.entry(answered).or_default() += 1;
    }
    let pending = told.kept.iter().any(|kept| kept.exchange.response.is_none());
    if let Some(end) = told.last_response_end.filter(|_| !told.announced_close && !pending) {
        let idle = at.time.since(end.time) / (10 * MILLISECOND);
        // A close right behind the response was meant for that response.
        if let Ok(units @ 10..) = u32::try_from(idle) {
            *tallies.idle_closes.entry(units).or_default() += 1;
        }
    }
}
