//! One row of what several places hold of one connection: the one that misses fewest of its bytes; where the others are found is noted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::places::Places;
use crate::evidence::sightings::ConnectionPlace;
use crate::evidence::view::ViewId;
use crate::evidence::{ConnectionRow, KeptExchange};
use crate::time::{Duration, Time};

/// A SYN is sent again for as long as this: one place may have missed the first ones.
pub(super) const RETRIED_FOR: Duration = Duration::from_seconds(150);

/// A row as it is compared with those of other places: times by the clock of the place that is counted.
#[derive(Clone, Copy)]
struct Comparable {
    row: usize,
    view: ViewId,
    begin: Time,
    end: Time,
    client_number: Option<u32>,
    server_number: Option<u32>,
}

/// Rows that are found to be of one connection, and what they together tell of it.
struct RowsOfOne {
    views: BTreeSet<ViewId>,
    begin: Time,
    end: Time,
    client_number: Option<u32>,
    server_number: Option<u32>,
    row: usize,
}

/// Makes one row of all those of one connection.
pub(super) fn join(rows: &mut Vec<Box<ConnectionRow>>, places: &Places<'_>) {
    let mut of: Vec<usize> = (0..rows.len()).collect();
    let counted: BTreeSet<ViewId> = places.same.iter().map(|same| same.counted).collect();
    let mut of_view: BTreeMap<ViewId, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let Some(view) = places.view_of(row) {
            of_view.entry(view).or_default().push(index);
        }
    }
    for id in counted {
        let ahead = std::iter::once((id, Duration::ZERO))
            .chain(places.beside(id).map(|(other, _, overlap)| (other, overlap.ahead)));
        let mut comparable: Vec<Comparable> = ahead
            .flat_map(|(view, ahead)| {
                let rows = &*rows;
                let of_view = of_view.get(&view).map_or(&[][..], Vec::as_slice);
                of_view.iter().filter_map(move |&row| Some(compare(row, rows.get(row)?, view, ahead)))
            })
            .collect();
        comparable.sort_by_key(|compared| (compared.begin, compared.row));
        let same_ports = places.beside(id).all(|(_, _, overlap)| overlap.same_ports);
        let same_clients = places.beside(id).all(|(_, _, overlap)| overlap.same_clients);
        let port = |row: usize| rows.get(row).filter(|_| same_ports).map(|row| row.connection.client.port());
        let address =
            |row: usize| rows.get(row).filter(|_| same_clients).map(|row| row.connection.client.ip());
        by_numbers(&comparable, port, &mut of);
        if same_ports {
            by_ends(&comparable, port, address, &mut of);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for row in 0..rows.len() {
        groups.entry(first_of(&mut of, row)).or_default().push(row);
    }
    let mut rest: Vec<Option<Box<ConnectionRow>>> = rows.drain(..).map(Some).collect();
    for group in groups.into_values() {
        let same = group.into_iter().filter_map(|row| rest.get_mut(row).and_then(Option::take)).collect();
        rows.extend(one_of(same));
    }
}

fn compare(index: usize, row: &ConnectionRow, view: ViewId, ahead: Duration) -> Comparable {
    Comparable {
        row: index,
        view,
        begin: row.connection.first.time.plus(-ahead),
        end: row.connection.last.time.plus(-ahead),
        client_number: row.connection.numbers.client,
        server_number: row.connection.numbers.server,
    }
}

/// Connections of the same numbers, begun within the time for which a SYN is sent again.
fn by_numbers(all: &[Comparable], port: impl Fn(usize) -> Option<u16>, of: &mut [usize]) {
    let mut by_number: BTreeMap<(u32, Option<u16>), RowsOfOne> = BTreeMap::new();
    for compared in all {
        let Some(number) = compared.client_number else { continue };
        let key = (number, port(compared.row));
        let fits =
            |found: &RowsOfOne| compared.begin.since(found.begin) <= RETRIED_FOR && found.fits(compared);
        take(&mut by_number, key, compared, fits, of);
    }
}

/// Connections that began before a capture did have no numbers in it. Between the same ends there is one at a time.
fn by_ends(
    all: &[Comparable],
    port: impl Fn(usize) -> Option<u16>,
    address: impl Fn(usize) -> Option<IpAddr>,
    of: &mut [usize],
) {
    let mut by_end: BTreeMap<(Option<u16>, Option<IpAddr>), RowsOfOne> = BTreeMap::new();
    for compared in all {
        let key = (port(compared.row), address(compared.row));
        let fits = |found: &RowsOfOne| compared.begin <= found.end && found.fits(compared);
        take(&mut by_end, key, compared, fits, of);
    }
}

/// Puts a row to those found before it under the same key, where it fits; else the key is its own from here on.
fn take<K: Ord>(
    found: &mut BTreeMap<K, RowsOfOne>,
    key: K,
    compared: &Comparable,
    fits: impl Fn(&RowsOfOne) -> bool,
    of: &mut [usize],
) {
    match found.get_mut(&key) {
        Some(known) if fits(known) => {
            unite(of, known.row, compared.row);
            known.views.insert(compared.view);
            known.end = known.end.max(compared.end);
            known.client_number = known.client_number.or(compared.client_number);
            known.server_number = known.server_number.or(compared.server_number);
        }
        _ => {
            let Comparable { row, view, begin, end, client_number, server_number } = *compared;
            let views = BTreeSet::from([view]);
            found.insert(key, RowsOfOne { views, begin, end, client_number, server_number, row });
        }
    }
}

impl RowsOfOne {
    /// Whether a row of another place is of this connection, by what both know of its numbers.
    fn fits(&self, compared: &Comparable) -> bool {
        let same = |(a, b): (u32, u32)| a == b;
        !self.views.contains(&compared.view)
            && self.client_number.zip(compared.client_number).is_none_or(same)
            && self.server_number.zip(compared.server_number).is_none_or(same)
    }
}

fn first_of(of: &mut [usize], row: usize) -> usize {
    let mut first = row;
    while let Some(&before) = of.get(first).filter(|before| **before != first) {
        first = before;
    }
    if let Some(place) = of.get_mut(row) {
        *place = first;
    }
    first
}

fn unite(of: &mut [usize], a: usize, b: usize) {
    let (a, b) = (first_of(of, a), first_of(of, b));
    if let Some(place) = of.get_mut(a.max(b)) {
        *place = a.min(b);
    }
}

/// The row that says most, with the places of the others; and of others what failed there and is not in it.
fn one_of(mut same: Vec<Box<ConnectionRow>>) -> Vec<Box<ConnectionRow>> {
    let any_exchange = same.iter().any(|row| !row.exchanges.is_empty());
    same.sort_by_key(|row| says(row, any_exchange));
    let mut rows: Vec<Box<ConnectionRow>> = Vec::new();
    for mut row in same {
        let Some(best) = rows.first_mut() else {
            rows.push(row);
            continue;
        };
        let also = best.also.to_mut();
        also.extend(seen(&row));
        also.extend(std::mem::take(&mut row.also).into_inner());
        let as_good = missing(&row) <= missing(best);
        row.exchanges
            .retain(|kept| as_good && kept.failure.is_some() && !is_among(kept, &row.connection, best));
        if !row.exchanges.is_empty() {
            rows.push(row);
        }
    }
    if let Some(also) = rows.first_mut().and_then(|best| best.also.present_mut()) {
        also.sort_unstable();
        also.dedup();
    }
    rows
}

/// Fewest bytes missing where there is something to read; under the edge's own addresses; the most packets.
fn says(row: &ConnectionRow, any_exchange: bool) -> impl Ord + use<> {
    let missing = missing(row);
    let packets = row.connection.from_client.packets + row.connection.from_server.packets;
    (
        if any_exchange { missing } else { 0 },
        !row.group.is_edge(),
        missing,
        std::cmp::Reverse(packets),
        row.place(row.connection.first),
    )
}

fn missing(row: &ConnectionRow) -> u64 {
    row.connection
        .from_client
        .anomalies
        .missing_bytes
        .saturating_add(row.connection.from_server.anomalies.missing_bytes)
}

/// Where a row's connection is found.
fn seen(row: &ConnectionRow) -> impl Iterator<Item = ConnectionPlace> {
    row.connection.seen_in.iter().map(|seen| ConnectionPlace {
        input: row.files.get(seen.file as usize).copied().unwrap_or_default(),
        stream: seen.stream,
        first_frame: seen.first_frame,
        last_frame: seen.last_frame,
    })
}

/// Whether an exchange is among those that another place kept of its connection.
fn is_among(kept: &KeptExchange, connection: &crate::flow::Connection, best: &ConnectionRow) -> bool {
    // Offsets count from the SYN where that is known.
    let from_syn = connection.numbers.client.is_some() && best.connection.numbers.client.is_some();
    best.exchanges.iter().any(|known| {
        let (Some(a), Some(b)) = (&kept.exchange.request, &known.exchange.request) else {
            return kept.exchange.number == known.exchange.number;
        };
        match (kept.exchange.ray(), known.exchange.ray()) {
            _ if from_syn => a.offset == b.offset,
            (Some(a), Some(b)) => a.ray == b.ray,
            _ => kept.exchange.number == known.exchange.number,
        }
    })
}
