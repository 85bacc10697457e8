//! The short way of the segments that a connection expects: most segments of most captures.

use super::super::application::{Applications, Output};
use super::super::arrival::Arrival;
use super::super::key::KeyEnd;
use super::super::side::Side;
use super::LiveConnection;
use crate::packet::Segment;

impl<A: Applications> LiveConnection<A> {
    /// Whether it goes on as a live connection does, and was already seen in this file.
    #[inline]
    pub(in crate::flow) fn is_under_way(&self, file: u32) -> bool {
        self.under_way && self.last_file == Some(file)
    }

    /// Takes a segment of a connection that is under way ([`LiveConnection::is_under_way`]) on the short way if it is one that its receiver
    /// expects (Van Jacobson's header prediction); `false` for any that [`LiveConnection::segment`] has to look at. Both ways come to the same.
    #[inline]
    pub(in crate::flow) fn expected_segment(
        &mut self,
        applications: &mut A,
        segment: &Segment<'_>,
        sender: KeyEnd,
        at: Arrival,
    ) -> bool {
        let plain = segment.flags.ack() && !segment.flags.controls();
        if !plain || segment.missing() > 0 {
            return false;
        }
        let side = self.side(sender);
        let traffic = self.connection.traffic(side);
        if traffic.ttl != Some((segment.ttl, segment.ttl)) && traffic.hops_apart(segment.ttl) > 0 {
            return false;
        }
        let (sent, acknowledged) = match side {
            Side::Client => (&mut self.client_stream, &mut self.server_stream),
            Side::Server => (&mut self.server_stream, &mut self.client_stream),
        };
        if !sent.is_next(segment.sequence, segment.length)
            || !acknowledged.is_in_step()
            || !self.analysis.expects(side, segment, at.time)
        {
            return false;
        }
        self.connection.last = at;
        let (window, traffic) = match side {
            Side::Client => (&mut self.client_window, &mut self.connection.from_client),
            Side::Server => (&mut self.server_window, &mut self.connection.from_server),
        };
        traffic.packets = traffic.packets.saturating_add(1);
        if segment.length > 0 {
            traffic.note_data(at);
        }
        if let Some(size) = window.note_plain(segment.window) {
            traffic.note_window(size);
        }
        self.last_packets.remember(side, segment, at.time);
        let application = &mut self.application;
        // Nothing is delivered of what only an acknowledgement tells.
        let delivered = self.last_packets.delivered_mut(side);
        let mut heard = Output { applications, application, delivered, side: side.peer(), at };
        acknowledged.acknowledge(&mut heard, segment.acknowledgement);
        sent.next_data(&mut Output { side, ..heard }, segment.payload);
        true
    }
}
