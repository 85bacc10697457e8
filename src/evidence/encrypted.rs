//! What the sizes, the order and the ends of encrypted records tell of the requests inside.

use super::row::ConnectionRow;
use crate::flow::{Arrival, Side};
use crate::time::Duration;
use crate::tls;

impl ConnectionRow {
    /// The last request inside an encrypted connection that ended without an answer to it, as far as sizes and order of records tell: the server
    /// closed, or the client after it had waited.
    pub fn unanswered_inside(&self) -> Option<tls::Turn> {
        /// No client asks and leaves at once, but many say good-bye.
        const WAITED: Duration = Duration::SECOND;
        let turn = self.edge_tls()?.last_turn.filter(|turn| turn.answered.is_none())?;
        let (side, _, at) = self.connection.closed_first()?;
        (side == Side::Server || at.time.since(turn.last.time) >= WAITED).then_some(turn)
    }

    /// The packet with which the edge asks in another protocol than HTTP/2, on which both sides had agreed, so that one of them closes at once.
    pub fn asked_not_in_http2(&self) -> Option<Arrival> {
        /// Who waits longer may wait for an answer.
        const AT_ONCE: Duration = Duration::SECOND;
        let asked = self.edge_tls()?.not_in_http2()?;
        let (_, _, closed) = self.connection.closed_first()?;
        (closed.time.since(asked.time) < AT_ONCE).then_some(asked)
    }

    /// Whether an encrypted or a cut connection shows by sizes, order or a forged RST that its last request failed.
    pub fn shows_failure_inside(&self) -> bool {
        let refused = self.edge_tls().is_some_and(|tls| tls.server_refuses().is_some());
        refused
            || self.unanswered_inside().is_some()
            || self.asked_not_in_http2().is_some()
            || self.connection.reset_is_forged()
    }
}
