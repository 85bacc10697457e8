//! Whether an answer reached the client: the origin may have sent all of it, and not one byte arrived.

use serde::{Deserialize, Serialize};

use crate::evidence::row::KeptExchange;
use crate::flow::Side;

/// The last exchange of a connection, as long as the client has acknowledged nothing of its answer.
#[derive(Default, Serialize, Deserialize)]
pub struct Delivery {
    /// How far the server's stream had come when the client last spoke: the answer to what it said lies behind.
    asked_at: u64,
    /// How far the server's stream has come.
    sent_to: u64,
    /// How far the client has acknowledged it.
    acknowledged_to: u64,
    /// With where the server's stream stood when it was asked.
    held: Option<(u64, Box<KeptExchange>)>,
}

impl Delivery {
    /// One side said something, up to `end` of its stream, and what became complete by it was taken.
    #[inline]
    pub fn say(&mut self, from: Side, end: u64) {
        match from {
            Side::Client => self.asked_at = self.sent_to,
            Side::Server => self.sent_to = self.sent_to.max(end),
        }
    }

    /// The client acknowledged what the server sent before `offset`: gives back the exchange whose answer begins to arrive by it.
    #[inline]
    pub fn acknowledge(&mut self, offset: u64) -> Option<Box<KeptExchange>> {
        self.acknowledged_to = self.acknowledged_to.max(offset);
        let delivered = self.held.take_if(|(asked_at, _)| self.acknowledged_to > *asked_at);
        delivered.map(|(_, exchange)| exchange)
    }

    /// Whether something of the answer to what the client said last has arrived.
    #[inline]
    pub fn is_delivered(&self) -> bool {
        self.acknowledged_to > self.asked_at
    }

    /// Holds an exchange of whose answer nothing is acknowledged.
    pub fn hold(&mut self, exchange: KeptExchange) {
        self.held = Some((self.asked_at, Box::new(exchange)));
    }

    /// The exchange that is held.
    #[inline]
    pub fn take(&mut self) -> Option<Box<KeptExchange>> {
        self.held.take().map(|(_, exchange)| exchange)
    }
}
