//! What a shard notes where every connection and every exchange is wanted, not only what failed.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::evidence::failure::Failure;
use crate::evidence::{ConnectionRow, ExchangeRow, InputId};
use crate::flow::{Arrival, Opening};
use crate::http::exchange::Exchange;
use crate::time::Duration;

/// What one shard has seen since it was last asked. The numbers of streams are the shard's own.
#[derive(Default)]
pub struct SeenByShard {
    /// The files of the set.
    pub files: Arc<[InputId]>,
    /// Connections that are over.
    pub connections: Vec<ConnectionRow>,
    /// Exchanges that are over.
    pub exchanges: Vec<ExchangeRow>,
}

impl SeenByShard {
    /// Notes an exchange that is not kept, and how it failed, if it did; `turned`: its client is the side that seemed to be the server.
    pub fn exchange(
        &mut self,
        exchange: &Exchange,
        opening: &Opening,
        turned: bool,
        idle_before: Option<Duration>,
        failure: Option<Failure>,
    ) {
        let (client, server) =
            if turned { (opening.server, opening.client) } else { (opening.client, opening.server) };
        self.exchanges.push(self.row(exchange.clone(), (client, server), opening.at, idle_before, failure));
    }

    /// Notes the exchanges of a connection that were kept until it was over, and the connection.
    pub fn connection(&mut self, mut row: ConnectionRow) {
        let ends = (row.connection.client, row.connection.server);
        for kept in std::mem::take(&mut row.exchanges) {
            let idle_before = kept.idle_before();
            let first = row.connection.first;
            self.exchanges.push(self.row(kept.exchange, ends, first, idle_before, kept.failure));
        }
        self.connections.push(row);
    }

    /// What was noted since the last call.
    pub fn take(&mut self) -> (Vec<ConnectionRow>, Vec<ExchangeRow>) {
        (std::mem::take(&mut self.connections), std::mem::take(&mut self.exchanges))
    }

    fn row(
        &self,
        exchange: Exchange,
        (client, server): (SocketAddr, SocketAddr),
        connection: Arrival,
        idle_before: Option<Duration>,
        failure: Option<Failure>,
    ) -> ExchangeRow {
        let files = Arc::clone(&self.files);
        ExchangeRow { files, client, server, connection, stream: None, exchange, idle_before, failure }
    }
}
