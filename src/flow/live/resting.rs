//! A closed connection. It waits for stragglers for as long as they may come, and takes little more than what it leaves as.

use super::super::application::{Application, Applications};
use super::super::copies::{LastPackets, RestingPackets};
use super::super::key::ConnectionKey;
use super::LiveConnection;

impl<A: Applications> LiveConnection<A> {
    /// Whether little more is expected of it: it was reset, or both sides have all that the other one sent.
    pub(in crate::flow) fn may_rest(&self) -> bool {
        self.connection.reset.is_some() || self.is_through()
    }

    /// Whether nothing can come any more that those above would hear of.
    fn is_through(&self) -> bool {
        self.client_stream.is_through() && self.server_stream.is_through()
    }

    /// Lets go of all that nothing but more segments would need.
    pub(in crate::flow) fn rest(mut self, applications: &mut A) -> LiveConnection<A, RestingPackets> {
        if self.is_through() {
            self.application.settle(applications);
        }
        self.remembering(LastPackets::rest)
    }
}

impl<A: Applications> LiveConnection<A, RestingPackets> {
    /// What it is found by.
    pub(in crate::flow) fn key(&self) -> ConnectionKey {
        let (client, server) = (self.connection.client, self.connection.server);
        ConnectionKey::new((client.ip(), client.port()), (server.ip(), server.port())).0
    }

    /// As it was.
    pub(in crate::flow) fn wake(self) -> LiveConnection<A> {
        self.remembering(RestingPackets::wake)
    }
}

impl<A: Applications, P> LiveConnection<A, P> {
    /// What reads it.
    pub(in crate::flow) fn protocol(&mut self) -> &mut A::Application {
        &mut self.application
    }

    /// The same connection that remembers its last packets in another form.
    fn remembering<Q>(self, form: impl FnOnce(P) -> Q) -> LiveConnection<A, Q> {
        LiveConnection {
            connection: self.connection,
            application: self.application,
            client_end: self.client_end,
            analysis: self.analysis,
            last_packets: form(self.last_packets),
            client_stream: self.client_stream,
            server_stream: self.server_stream,
            client_window: self.client_window,
            server_window: self.server_window,
            last_file: self.last_file,
            under_way: self.under_way,
        }
    }
}
