//! Requests inside encrypted connections that the edge gave up, where captures alone tell of requests: no log has its word, and a visitor who leaves ends a
//! connection in the same way.

use std::collections::BTreeSet;

use super::joiner::Joiner;
use crate::correlate::case::Case;
use crate::correlate::rows::ConnectionIndex;
use crate::correlate::timer::alike;
use crate::evidence::ConnectionRow;
use crate::evidence::failure::Failure;
use crate::flow::Side;
use crate::time::Duration;

/// Who closes sooner may have been told to by a visitor, however many do.
const SHORTEST: Duration = Duration::from_seconds(2);

impl Joiner<'_> {
    /// Adds a case for each connection that the edge closed with a request unanswered, as long after it as on most of the others: visitors leave when they like,
    /// and a timer runs out after the same time always. Gives back the others.
    pub(super) fn given_up_inside<'r>(
        &mut self,
        failing: Vec<(ConnectionIndex, &'r ConnectionRow)>,
    ) -> Vec<(ConnectionIndex, &'r ConnectionRow)> {
        if self.has_edge_log {
            return failing;
        }
        let waited: Vec<_> = failing.iter().filter_map(|(index, row)| Some((*index, waited(row)?))).collect();
        let waits: Vec<Duration> = waited.iter().map(|(_, waited)| *waited).collect();
        let at_timer = waited.iter().zip(alike(&waits)).filter(|(_, is_alike)| *is_alike);
        let at_timer: BTreeSet<ConnectionIndex> = at_timer.map(|((index, _), _)| *index).collect();
        let (given_up, others): (Vec<_>, Vec<_>) =
            failing.into_iter().partition(|(index, _)| at_timer.contains(index));
        for (connection, row) in given_up {
            self.add(Case::from_connection(connection, row, Failure::GivenUp, self.clocks), None);
        }
        others
    }
}

/// How long the edge waited for the answer to the last request inside before it closed; `None` where it did not, or not for long.
fn waited(row: &ConnectionRow) -> Option<Duration> {
    let turn = row.unanswered_inside()?;
    let (side, _, closed) = row.connection.closed_first()?;
    let waited = closed.time.since(turn.acknowledged.unwrap_or(turn.last).time);
    (side == Side::Client && waited >= SHORTEST).then_some(waited)
}
