//! What lines name that say that a request was refused. A status of 403 or 429 is common and tells nothing, such lines are few: so the
//! lines are read first, and of the requests with these statuses only those are kept that a line may be about; and those of 429 where a limit is met: a
//! line says so, or addresses of the edge are answered 429 far more often than the others.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::failure;
use super::limited_addresses::{TOO_MANY_REQUESTS, limited_addresses};
use super::partial::Partial;
use super::request_key::RequestKey;
use super::sample::Seen;
use crate::facts::ranges::{EdgeRanges, is_internal};
use crate::facts::refusals;
use crate::http::exchange::Exchange;
use crate::logs::{AccessLine, EdgeRecord, MessageLine};
use crate::ray::Ray;

/// What they name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedAsRefused {
    rays: BTreeSet<Ray>,
    keys: BTreeSet<RequestKey>,
    /// Their targets, for records that tell no method.
    targets: BTreeSet<RequestKey>,
    /// Their paths, for records that tell no more.
    paths: BTreeSet<RequestKey>,
    /// Of lines that name no request: the client's address, and its port where they have it.
    clients: BTreeSet<(IpAddr, Option<u16>)>,
    /// Whether a limit on requests is met, by a line, or by an address of the edge that one may count as one client; or may be, as far as packets alone
    /// will tell.
    meets_limit: bool,
}

impl NamedAsRefused {
    /// What the messages and the access lines of an origin name, and what the samples of all logs show.
    pub fn by(partial: &Partial, ranges: &EdgeRanges) -> NamedAsRefused {
        let meets_limit =
            !limited_addresses(&partial.samples, ranges).is_empty() || packets_will_tell(partial);
        let mut named = NamedAsRefused { meets_limit, ..NamedAsRefused::default() };
        for row in &partial.messages {
            if let Some(signature) = row.line.signature.filter(|signature| refusals::is_refusal(signature)) {
                named.meets_limit |= refusals::refuses(signature, TOO_MANY_REQUESTS);
                named.add_message(&row.line);
            }
        }
        for row in partial.access.iter().filter(|row| failure::says_refused(&row.line)) {
            named.meets_limit |= row.line.status == Some(TOO_MANY_REQUESTS);
            named.add(row.line.ray.map(|ray| ray.ray), RequestKey::of_line(&row.line));
            named.add_target(row.line.target.as_deref());
            if row.line.is_proxy_header() {
                named.add_proxy_header(&row.line, ranges);
            }
        }
        named
    }

    /// A header of the PROXY protocol stands in the place of a request: what is named is who sent it and, in version 1, for whom. Scanners send such, too.
    fn add_proxy_header(&mut self, line: &AccessLine, ranges: &EdgeRanges) {
        let peer = line.real_peer.or(line.remote_address).map(|peer| (peer, line.remote_port));
        let client = line.proxied_client().map(|client| (client.ip(), Some(client.port())));
        let is_known = |address: IpAddr| is_internal(address) || ranges.contains(address);
        // What names its visitor is the edge's own (Cloudflare Spectrum).
        let is_by_edge = peer.is_some_and(|(address, _)| ranges.contains(address));
        if is_by_edge || client.or(peer).is_some_and(|(address, _)| is_known(address)) {
            self.clients.extend(client.into_iter().chain(peer));
        }
    }

    fn add_message(&mut self, line: &MessageLine) {
        let key = RequestKey::of_message(line);
        self.add(line.ray, key);
        self.add_target(line.named_target());
        if let Some(client) = line.client.filter(|_| line.ray.is_none() && key.is_none()) {
            self.clients.insert((client, line.client_port));
        }
    }

    fn add_target(&mut self, target: Option<&str>) {
        self.targets.extend(target.map(RequestKey::of_target));
        self.paths.extend(target.map(RequestKey::of_path));
    }

    fn add(&mut self, ray: Option<Ray>, key: Option<RequestKey>) {
        match ray {
            Some(ray) => self.rays.extend([ray]),
            None => self.keys.extend(key),
        }
    }

    /// Adds requests that are known to be named, by what the edge's records call them.
    pub fn add_records<'r>(&mut self, records: impl Iterator<Item = &'r EdgeRecord>) {
        for record in records {
            self.rays.extend(record.ray);
            self.keys.extend(match record.method {
                Some(_) => RequestKey::of_record(record),
                None => record.target.as_deref().map(RequestKey::of_target),
            });
        }
    }

    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.rays.is_empty() && self.keys.is_empty() && self.clients.is_empty() && !self.meets_limit
    }

    /// Whether a line may be about a request that the edge's log has.
    pub fn holds_record(&self, record: &EdgeRecord) -> bool {
        let is_named = || match (&record.method, &record.target) {
            (None, Some(target)) => self.targets.contains(&RequestKey::of_target(target)),
            (method, target) => self.holds_request(method.as_deref(), target.as_deref()),
        };
        failure::may_be_refused(record)
            && (record.ray.is_some_and(|ray| self.rays.contains(&ray))
                || is_named()
                || record.target_is_path && self.holds_path(record.target.as_deref())
                || self.may_be_limited(record.edge_status)
                || record.edge_address.is_some_and(|address| self.holds_client(address, None)))
    }

    fn holds_path(&self, path: Option<&str>) -> bool {
        path.is_some_and(|path| self.paths.contains(&RequestKey::of_path(path)))
    }

    /// Whether a line may be about a request that an access log has.
    pub fn holds_line(&self, line: &AccessLine) -> bool {
        let peers = [line.real_peer, line.remote_address].into_iter().flatten();
        line.status.is_some_and(refusals::may_refuse)
            && (line.ray.is_some_and(|ray| self.rays.contains(&ray.ray))
                || self.holds_request(line.method.as_deref(), line.target.as_deref())
                || self.may_be_limited(line.status)
                || peers.into_iter().any(|address| self.holds_client(address, line.remote_port)))
    }

    /// Whether a line may be about a request that an access log has, and nothing that was found in the edge's logs is it.
    pub fn is_unknown_at_edge(&self, line: &AccessLine) -> bool {
        line.ray.is_some_and(|ray| !self.rays.contains(&ray.ray)) && self.holds_line(line)
    }

    /// Whether a line may be about a captured request, of a client at an address and port.
    pub fn holds_exchange(&self, exchange: &Exchange, client: (IpAddr, u16)) -> bool {
        let status = exchange.response.as_deref().and_then(|response| response.status);
        let asked = exchange.request.as_ref();
        let is_named = || asked.is_some_and(|it| self.holds_request(Some(&it.method), Some(&it.target)));
        status.is_some_and(refusals::may_refuse)
            && !self.is_empty()
            && (exchange.ray().is_some_and(|ray| self.rays.contains(&ray.ray))
                || is_named()
                || self.holds_client(client.0, Some(client.1))
                || self.may_be_limited(status))
    }

    /// Whether a line may name what was asked.
    fn holds_request(&self, method: Option<&str>, target: Option<&str>) -> bool {
        let holds = |keys: &[RequestKey]| keys.iter().any(|key| self.keys.contains(key));
        target.is_some_and(|target| match method {
            Some(method) => holds(&RequestKey::by_any_name(method, target)),
            None => holds(&RequestKey::without_method(target)),
        })
    }

    fn may_be_limited(&self, status: Option<u16>) -> bool {
        status == Some(TOO_MANY_REQUESTS) && self.meets_limit
    }

    /// A port that one side does not know may be any.
    fn holds_client(&self, address: IpAddr, port: Option<u16>) -> bool {
        match port {
            Some(_) => self.clients.contains(&(address, port)) || self.clients.contains(&(address, None)),
            None => self.clients.range((address, None)..=(address, Some(u16::MAX))).next().is_some(),
        }
    }
}

/// Whether packets alone will tell by which address requests came, some of which may be answered 429.
fn packets_will_tell(partial: &Partial) -> bool {
    let logged = [Seen::Edge, Seen::Access].into_iter().flat_map(|seen| partial.samples.of(seen));
    let (mut any, mut any_limited) = (false, false);
    for request in logged {
        if request.edge_address.is_some() {
            return false;
        }
        any = true;
        any_limited |= request.status == Some(TOO_MANY_REQUESTS);
    }
    !any || any_limited
}
