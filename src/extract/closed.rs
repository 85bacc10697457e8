//! What becomes of a connection when it is over. It is always counted, and becomes a row if it failed or carries something worth keeping.

use std::sync::Arc;

use super::census;
use super::collector::ShardCollector;
use super::dialogue::{Dialogue, Told};
use super::healthy::Healthy;
use super::kept_connections::count_alone;
use crate::evidence::failure;
use crate::evidence::row::{ConnectionRow, KeptExchange, Protocol};
use crate::flow::{Applications, Connection, Opening, Side};
use crate::memory::Seldom;
use crate::time::Duration;

impl Applications for ShardCollector<'_> {
    type Application = Dialogue;

    fn open(&mut self, opening: &Opening) -> Dialogue {
        Dialogue::new(self.given.group(opening.client.ip(), opening.server.ip()), opening)
    }

    fn closed(&mut self, mut connection: Connection, dialogue: Dialogue) {
        let mut told = dialogue.finish(self);
        if told.client_side == Some(Side::Server) && !connection.initiator_known {
            connection.swap_roles();
            told.group = self.given.group(connection.client.ip(), connection.server.ip());
        }
        judge_unacknowledged(self, &connection, &mut told);
        census::count(self, &connection, &mut told);
        judge_unanswered(self, &connection, &mut told.kept);
        let mut row = row(self, connection, told);
        if let Some(seen) = &mut self.seen {
            seen.connection(row);
            return;
        }
        drop_what_was_lost(self, &mut row.exchanges);
        if is_worth_keeping(self, &row) {
            row.is_asked_for = is_asked_for(self, &row);
            for folded in self.rows.keep(settled_down(row)) {
                count_alone(&mut self.view(folded.group).tallies, &folded);
            }
        }
    }
}

/// Decides whether requests without an answer failed, which is known only now.
fn judge_unanswered(collector: &ShardCollector<'_>, connection: &Connection, exchanges: &mut [KeptExchange]) {
    let read_limit = Duration::from_seconds_f64(collector.given.profile.limits.read_s);
    for kept in exchanges {
        kept.failure = kept
            .failure
            .or_else(|| failure::of_unanswered(&kept.exchange, connection, collector.now, read_limit));
    }
}

/// Drops requests whose answer the capture merely lost, unless another source says that they failed.
fn drop_what_was_lost(collector: &ShardCollector<'_>, exchanges: &mut Vec<KeptExchange>) {
    exchanges.retain(|kept| {
        let ray = kept.exchange.ray().map(|ray| ray.ray);
        let wanted = || collector.given.interest.holds(ray, None, None);
        kept.failure.is_some() || kept.exchange.response.is_some() || wanted()
    });
}

/// Decides whether an answer of which nothing was acknowledged failed to arrive, which is known only now.
fn judge_unacknowledged(collector: &mut ShardCollector<'_>, connection: &Connection, told: &mut Told) {
    let Some(mut kept) = told.unacknowledged.take() else { return };
    kept.failure = failure::of_unacknowledged(&kept.exchange, connection);
    if kept.failure.is_some() {
        if let Some(ray) = kept.exchange.ray() {
            collector.attempts.failed.insert(ray.ray);
        }
        kept.exchange.settle_down(&mut collector.texts);
        told.kept.push(*kept);
    } else {
        Healthy::held(&kept, &told.opening).fold(collector, told.group);
    }
}

fn row(collector: &ShardCollector<'_>, connection: Connection, told: Told) -> ConnectionRow {
    ConnectionRow {
        files: Arc::clone(collector.given.files),
        group: told.group,
        connection,
        protocol: told.protocol,
        tls: told.tls,
        http2: told.http2,
        exchanges: told.kept,
        not_http: told.not_http,
        is_asked_for: false,
        exchange_count: told.exchange_count,
        last_response_end: told.last_response_end,
        capture_end: collector.now,
        also: Seldom::default(),
        between: Seldom::default(),
    }
}

/// As it is kept: by itself, so that many are never moved, and with no room for more.
fn settled_down(mut row: ConnectionRow) -> Box<ConnectionRow> {
    row.exchanges.shrink_to_fit();
    row.connection.seen_in.shrink_to_fit();
    Box::new(row)
}

/// Whether another source names the ray of a request of it.
fn is_asked_for(collector: &ShardCollector<'_>, row: &ConnectionRow) -> bool {
    let mut rays = row.exchanges.iter().filter_map(|kept| kept.exchange.ray());
    rays.any(|ray| collector.given.interest.rays.contains(&ray.ray))
}

fn is_worth_keeping(collector: &ShardCollector<'_>, row: &ConnectionRow) -> bool {
    let failed = row.failed_before_request() && !census::is_still_connecting(&row.connection, collector.now);
    // What an encrypted connection carries cannot be read. Where an edge address has failed requests, its connections are all the evidence.
    let encrypted = row.protocol == Protocol::Tls
        && collector.given.interest.edge_addresses.contains(&row.connection.client.ip());
    !row.exchanges.is_empty()
        || failed
        || encrypted
        || row.shows_failure_inside()
        || row.client_sent_no_certificate()
}
