//! Who asks past the edge: an internal client, a health check, a scanner. Where a log shows the edge, what such a one met is no failure of the
//! edge's visitors, whatever its status, and the lines about it explain nothing.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::evidence::{AccessRow, InputId, MessageRow, failure};
use crate::facts::handshakes::tells_of_failed_handshake;
use crate::facts::ranges::{EdgeRanges, is_internal};
use crate::facts::refusals;
use crate::logs::{AccessLine, MessageLine};

/// Of fewer requests nobody can tell whether a log has the ray of each.
const ENOUGH_RAYS: u64 = 20;

/// Which lines are about bystanders.
#[derive(Clone, Debug)]
pub struct Bystanders<'a> {
    ranges: &'a EdgeRanges,
    /// How many requests of each access log came through the edge, of those that are known.
    requests: BTreeMap<InputId, Share>,
    /// The same of the clients that the messages of each program in each log name.
    clients: BTreeMap<(InputId, Option<&'a str>), Share>,
}

/// Through the edge, of these with a ray, and all.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    by_edge: u64,
    with_ray: u64,
    all: u64,
}

impl Share {
    /// A request with a ray came through the edge, whatever its peer is.
    fn count(&mut self, with_ray: bool, is_peer_edges: bool) {
        self.by_edge += u64::from(with_ray || is_peer_edges);
        self.with_ray += u64::from(with_ray);
        self.all += 1;
    }

    /// Where the module real-ip is on, peers of the visitors stand beside those of the edge, and a client from outside is as well one of them.
    fn is_nearly_all(self) -> bool {
        self.by_edge * 10 >= self.all * 9
    }

    fn is_half(self) -> bool {
        self.by_edge * 2 >= self.all
    }

    /// Whether the log writes down the ray of each request that has one.
    fn tells_rays(self) -> bool {
        self.with_ray >= ENOUGH_RAYS && self.with_ray * 10 >= self.by_edge * 9
    }
}

impl<'a> Bystanders<'a> {
    /// Of the logs among the evidence.
    pub fn of(evidence: &'a Whole, ranges: &'a EdgeRanges) -> Bystanders<'a> {
        let mut bystanders = Bystanders { ranges, requests: BTreeMap::new(), clients: BTreeMap::new() };
        for request in evidence.samples.of(Seen::Access) {
            let is_edges = bystanders.is_edges(request.edge_address);
            bystanders.requests.entry(request.input).or_default().count(request.ray.is_some(), is_edges);
        }
        // What only a message makes a failure is among the samples, too.
        let is_sampled = |line: &AccessLine| {
            let tells = line.odd_request_line.is_some() || failure::says_refused(line);
            !tells && line.status.is_some_and(refusals::may_refuse)
        };
        for row in evidence.access.iter().filter(|row| !is_sampled(&row.line)) {
            let is_edges =
                bystanders.is_edges(row.line.real_peer) || bystanders.is_edges(row.line.remote_address);
            bystanders.requests.entry(row.place.input()).or_default().count(row.line.ray.is_some(), is_edges);
        }
        for row in evidence.messages.iter().filter(|row| row.line.client.is_some()) {
            let is_edges = bystanders.is_edges(row.line.client);
            bystanders.clients.entry(writer(row)).or_default().count(row.line.ray.is_some(), is_edges);
        }
        bystanders
    }

    /// Whether an access line is about a bystander. What never shows the edge may stand behind a proxy.
    pub fn is_line(&self, row: &AccessRow) -> bool {
        let share = self.requests.get(&row.place.input()).copied().unwrap_or_default();
        let line = &row.line;
        let internal = line.real_peer.or(line.remote_address).is_some_and(is_internal);
        let lacks_ray = share.tells_rays() && line.status.is_some_and(is_of_read_head);
        !self.came_through_edge(line)
            && share.by_edge > 0
            && (share.is_nearly_all() || (internal || lacks_ray) && share.is_half())
    }

    /// Whether an access line is of a log that never shows the edge: its server may stand behind one that does.
    pub fn is_behind(&self, row: &AccessRow) -> bool {
        self.requests.get(&row.place.input()).is_none_or(|share| share.by_edge == 0)
    }

    /// Whether a message is about a bystander. Who shakes hands is the peer itself, whatever module tells a server who asks.
    pub fn is_message(&self, row: &MessageRow) -> bool {
        let MessageLine { client: Some(client), ray: None, .. } = row.line else { return false };
        let share = self.clients.get(&writer(row)).copied().unwrap_or_default();
        let internal = is_internal(client);
        let is_peer = || row.line.signature.is_some_and(tells_of_failed_handshake);
        let is_anothers = || share.by_edge > 0 && (internal || share.is_half()) || !internal && is_peer();
        !self.is_edges(Some(client)) && is_anothers()
    }

    /// Whether an access line is about a request that came through the edge, by its ray or its peer.
    pub fn came_through_edge(&self, line: &AccessLine) -> bool {
        line.ray.is_some() || self.is_edges(line.real_peer) || self.is_edges(line.remote_address)
    }

    /// Whether an address is one of the edge's by its ranges.
    pub fn is_edges(&self, address: Option<IpAddr>) -> bool {
        address.is_some_and(|address| self.ranges.contains(address))
    }
}

/// Whether a server that answers so has read the headers of the request: what it refuses before, it logs without them (RFC 9110, 15.5.1, 15.5.9, 15.5.15;
/// RFC 6585, 5; nginx: 444, 494 to 499).
fn is_of_read_head(status: u16) -> bool {
    !matches!(status, 400 | 408 | 414 | 431 | 444 | 494..500 | 505)
}

fn writer(row: &MessageRow) -> (InputId, Option<&str>) {
    (row.place.input(), row.line.program.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::vantage;
    use crate::evidence::sample::HealthyRequest;
    use crate::evidence::{Partial, Place};
    use crate::ray::Ray;

    const EDGE: &str = "172.68.10.9";

    fn message(client: &str) -> MessageRow {
        let line = MessageLine { client: client.parse().ok(), ..MessageLine::default() };
        MessageRow { place: Place::Line { input: InputId(1), line: 1, before: 0 }, line }
    }

    /// Of messages about these clients, those that are about bystanders.
    fn bystanders(clients: &[&str]) -> Vec<IpAddr> {
        let partial = Partial {
            messages: clients.iter().map(|client| message(client)).collect(),
            ..Partial::default()
        };
        let (evidence, _) = vantage::settle(partial);
        let ranges = EdgeRanges::with(&[]);
        let bystanders = Bystanders::of(&evidence, &ranges);
        let rows = evidence.messages.iter().filter(|row| bystanders.is_message(row));
        rows.filter_map(|row| row.line.client).collect()
    }

    #[test]
    fn messages_about_those_who_ask_past_the_edge_explain_nothing() {
        assert_eq!(bystanders(&[EDGE, "127.0.0.1"]), ["127.0.0.1".parse::<IpAddr>().unwrap()]);
        assert_eq!(bystanders(&[EDGE, "fd00::1"]).len(), 1);
        assert_eq!(bystanders(&[EDGE, EDGE, "198.51.100.9"]).len(), 1, "a scanner");
        assert_eq!(bystanders(&[EDGE, "198.51.100.9", "198.51.100.10"]).len(), 0, "visitors, by real-ip");
        assert_eq!(bystanders(&["127.0.0.1", "10.0.0.1"]).len(), 0, "a server behind a proxy");
    }

    #[test]
    fn who_has_no_ray_in_a_log_of_rays_asks_past_the_edge() {
        let request = |by_edge: bool, ray: bool| HealthyRequest {
            input: InputId(1),
            ray: ray.then_some(Ray(0x9f09_0ab0_51fc_fad6)),
            edge_address: EDGE.parse().ok().filter(|_| by_edge),
            status: Some(200),
            ..HealthyRequest::default()
        };
        let bystanders = |with_rays: bool, status: u16| {
            let mut partial = Partial::default();
            for number in 0..75 {
                let by_edge = number < 60;
                let told = || request(by_edge, by_edge && with_rays);
                partial.samples.offer(Seen::Access, number, told, None);
            }
            for number in 60..75 {
                let remote_address = "198.51.100.9".parse().ok();
                let line = AccessLine { remote_address, status: Some(status), ..AccessLine::default() };
                let place = Place::Line { input: InputId(1), line: number, before: 0 };
                partial.access.push(AccessRow { place, line });
            }
            let (evidence, _) = vantage::settle(partial);
            let ranges = EdgeRanges::with(&[]);
            let bystanders = Bystanders::of(&evidence, &ranges);
            evidence.access.iter().filter(|row| bystanders.is_line(row)).count()
        };
        assert_eq!(bystanders(true, 504), 15);
        assert_eq!(bystanders(true, 400), 0, "its headers may never have been read");
        assert_eq!(bystanders(false, 504), 0, "visitors, by real-ip");
    }

    /// A request of an access log that went well by its status, of which the row is kept where a line may say that it was refused.
    fn add_request(partial: &mut Partial, number: u64, client: &str, status: u16) {
        let client: Option<IpAddr> = client.parse().ok();
        let input = InputId(1);
        let edge_address = client.filter(|client| EdgeRanges::with(&[]).contains(*client));
        let request =
            HealthyRequest { input, edge_address, status: Some(status), ..HealthyRequest::default() };
        partial.samples.offer(Seen::Access, number, || request, None);
        if refusals::may_refuse(status) {
            let line = AccessLine { remote_address: client, status: Some(status), ..AccessLine::default() };
            partial.access.push(AccessRow { place: Place::Line { input, line: number, before: 0 }, line });
        }
    }

    #[test]
    fn a_scanner_that_is_refused_again_and_again_is_no_visitor() {
        let refused_by_share = |of_scanner: u64| {
            let mut partial = Partial::default();
            (0..100 - of_scanner).for_each(|number| add_request(&mut partial, number, EDGE, 200));
            (100 - of_scanner..100).for_each(|number| add_request(&mut partial, number, "198.51.100.9", 403));
            let (evidence, _) = vantage::settle(partial);
            let ranges = EdgeRanges::with(&[]);
            let bystanders = Bystanders::of(&evidence, &ranges);
            evidence.access.iter().filter(|row| bystanders.is_line(row)).count()
        };
        assert_eq!(refused_by_share(7), 7);
        assert_eq!(refused_by_share(30), 0, "visitors, by real-ip");
    }
}
