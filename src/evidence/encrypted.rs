//! What the sizes, the order and the ends of encrypted records tell of the requests inside.

use super::row::ConnectionRow;
use crate::flow::{Arrival, Side};
use crate::http::Http2Facts;
use crate::time::Duration;
use crate::tls;

/// No client asks and leaves at once, but many say good-bye.
const WAITED: Duration = Duration::SECOND;
/// How often something must be sent again to be stuck.
const REPEATED: u32 = 2;

impl ConnectionRow {
    /// Whether nothing of what the server answered to a ClientHello ever came through: it sent it again, the client acknowledged no byte of it, and closed when it
    /// had waited. A snap length may leave no message of that answer to read; its segments are there all the same.
    pub fn answer_is_lost(&self) -> bool {
        let Some(client) =
            self.edge_tls().filter(|tls| tls.client_hello.is_some()).map(|tls| tls.client_side)
        else {
            return false;
        };
        let server = self.connection.traffic(client.peer());
        let has_waited = |begun: Arrival| match self.connection.closed_first() {
            Some((side, _, closed)) => side == client && closed.time.since(begun.time) >= WAITED,
            None => false,
        };
        // Of a client whose packets the capture lacks nobody knows what it acknowledged.
        self.connection.initiator_known
            && self.connection.traffic(client).packets > 0
            && !server.is_heard
            && server.retransmissions >= REPEATED
            && server.first_data.is_some_and(has_waited)
    }

    /// The last request inside an encrypted connection that ended without an answer to it, as far as sizes and order of records tell: the server
    /// closed, or the client after it had waited. What the server says to a client that has closed answers nothing.
    pub fn unanswered_inside(&self) -> Option<tls::Turn> {
        let tls = self.edge_tls()?;
        let turn = tls.last_turn?;
        let (side, _, at) = self.connection.closed_first()?;
        if self.may_have_answered(tls, turn, at) {
            return None;
        }
        if turn.answered.is_some_and(|answered| side == Side::Server || answered <= at) {
            return None;
        }
        (side == Side::Server || at.time.since(turn.last.time) >= WAITED).then_some(turn)
    }

    /// Whether an answer to a request may be among what was not captured or not read: nothing of the server was captured, or what it said before the close on a
    /// connection whose ServerHello was not read. In TLS 1.3 that may be its tickets (RFC 8446, 4.6.1), before it the answer.
    fn may_have_answered(&self, tls: &tls::Handshake, turn: tls::Turn, closed: Arrival) -> bool {
        let server = self.connection.traffic(tls.client_side.peer());
        let is_said_meanwhile = |said: Arrival| turn.last < said && said < closed;
        server.packets == 0 || tls.server_hello.is_none() && server.last_data.is_some_and(is_said_meanwhile)
    }

    /// When the client gave up the last answer inside an encrypted connection, of which the server sent something again and again that never came through: it
    /// closed, or said good-bye, when it had waited.
    pub fn undelivered_inside(&self) -> Option<Arrival> {
        let turn = self.edge_tls()?.last_turn?;
        let answered = turn.answered?;
        let (client, server) = (&self.connection.from_client, &self.connection.from_server);
        let good_bye = client.last_data.filter(|at| *at > answered && *at > turn.last);
        let closed = self.connection.closed_first().filter(|(side, ..)| *side == Side::Client);
        let gone = good_bye.into_iter().chain(closed.map(|(.., at)| at)).min()?;
        let is_stuck = server.retransmissions >= REPEATED && !server.all_acknowledged;
        (is_stuck && gone.time.since(answered.time) >= WAITED).then_some(gone)
    }

    /// The packet with which the edge asks in another protocol than HTTP/2, on which both sides had agreed, so that one of them closes at once.
    pub fn asked_not_in_http2(&self) -> Option<Arrival> {
        /// Who waits longer may wait for an answer.
        const AT_ONCE: Duration = Duration::SECOND;
        let tls = self.edge_tls()?;
        // What was opened says itself how it asks, but where a snap length cut that.
        let says_settings = |http2: &Http2Facts| http2.streams > 0 || http2.settings[0].first.is_some();
        let is_known = !self.exchanges.is_empty() || self.http2.as_deref().is_some_and(says_settings);
        let is_hidden = tls.opened.is_none() || !is_known;
        let asked = tls.not_in_http2().filter(|_| is_hidden)?;
        let (_, _, closed) = self.connection.closed_first()?;
        (closed.time.since(asked.time) < AT_ONCE).then_some(asked)
    }

    /// Whether an encrypted or a cut connection shows by sizes, order or a forged RST that its last request failed.
    pub fn shows_failure_inside(&self) -> bool {
        let refused = self.edge_tls().is_some_and(|tls| tls.server_refuses().is_some());
        refused
            || self.unanswered_inside().is_some()
            || self.undelivered_inside().is_some()
            || self.asked_not_in_http2().is_some()
            || self.connection.reset_is_forged()
    }
}
