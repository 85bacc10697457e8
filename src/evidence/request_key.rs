//! Requests by what was asked: what joins logs that name no ray; and of the edge's log those healthy requests that a failing one might be
//! mistaken for.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::place::Place;
use super::sample::mix;
use crate::logs::{AccessLine, EdgeRecord, MessageLine, NamedTarget};
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// The method of most requests.
pub const COMMONEST_METHOD: &str = "GET";

/// A method and a target, hashed: the same in every log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestKey(u64);

impl RequestKey {
    /// The key of a method and a target. Of an absolute URL only the path and the query count, since most logs have no more.
    pub fn of(method: &str, target: &str) -> RequestKey {
        // Most targets begin with a slash (the origin form, RFC 9112 section 3.2.1), and are no URLs.
        let url = if target.starts_with('/') { None } else { target.split_once("://") };
        let path = match url {
            Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
                rest.find('/').map_or("/", |at| &rest[at..])
            }
            _ => target,
        };
        RequestKey(hash(method.bytes().chain([b' ']).chain(path.bytes())))
    }

    /// The key of a target of which no method is told: that of no method and a target.
    pub fn of_target(target: &str) -> RequestKey {
        RequestKey::of("", target)
    }

    /// The key of a path of which no method is told, nor what query followed it.
    pub fn of_path(target: &str) -> RequestKey {
        RequestKey::of("?", without_query(target))
    }

    /// The keys by which something without a method may name this target.
    pub fn without_method(target: &str) -> [RequestKey; 2] {
        [RequestKey::of_target(target), RequestKey::of_path(target)]
    }

    /// All keys by which a request may be named: by its method and target, its target, its path.
    pub fn by_any_name(method: &str, target: &str) -> [RequestKey; 3] {
        let [target_key, path_key] = RequestKey::without_method(target);
        [RequestKey::of(method, target), target_key, path_key]
    }

    /// The key of a client of which alone something is told.
    pub fn of_peer(address: IpAddr) -> RequestKey {
        RequestKey(hash(b"peer ".iter().copied().chain(address.to_string().bytes())))
    }

    /// The key of what an address asked, by a method and a target.
    pub fn asked_by(address: IpAddr, RequestKey(asked): RequestKey) -> RequestKey {
        RequestKey(hash(asked.to_be_bytes().into_iter().chain(address.to_string().bytes())))
    }

    /// The key of an access line, where it has a method and a target.
    pub fn of_line(line: &AccessLine) -> Option<RequestKey> {
        AskedAtEdge::default().of_line(line)
    }

    /// The key of what a message names: a method and a target, or a target alone.
    pub fn of_message(line: &MessageLine) -> Option<RequestKey> {
        match (&line.request, &line.target) {
            (Some((method, target)), _) => Some(RequestKey::of(method, target)),
            (None, Some(NamedTarget::Whole(target))) => Some(RequestKey::of_target(target)),
            (None, Some(NamedTarget::Path(path))) => Some(RequestKey::of_path(path)),
            (None, None) => None,
        }
    }

    /// The key of a record of the edge, where it has a target. Of a log that leaves the methods out the commonest one is assumed.
    pub fn of_record(record: &EdgeRecord) -> Option<RequestKey> {
        AskedAtEdge::default().of_record(record)
    }
}

/// A host, hashed: the same in whatever case it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HostKey(u64);

impl HostKey {
    /// The key of a host.
    pub fn of(host: &str) -> HostKey {
        HostKey(hash(host.bytes().map(|byte| byte.to_ascii_lowercase())))
    }
}

/// How much of what was asked the edge's log tells: some of its data sets have the path alone (the dashboard's, GraphQL's), some jobs leave the methods out, and
/// what is compared with them is cut to it. All of it, unless it is known otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskedAtEdge {
    /// No record has a query.
    pub paths_alone: bool,
    /// No record has a method: each is compared as one of the commonest.
    pub no_methods: bool,
}

impl AskedAtEdge {
    /// By records of the edge.
    pub fn of<'r>(records: impl Iterator<Item = &'r EdgeRecord>) -> AskedAtEdge {
        let mut told = records.filter(|record| record.target.is_some()).peekable();
        if told.peek().is_none() {
            return AskedAtEdge::default();
        }
        let nothing = AskedAtEdge { paths_alone: true, no_methods: true };
        told.fold(nothing, |told, record| AskedAtEdge {
            paths_alone: told.paths_alone && record.target_is_path,
            no_methods: told.no_methods && record.method.is_none(),
        })
    }

    /// A method and a target, as far as the edge would tell them.
    pub fn as_told<'a>(self, method: &'a str, target: &'a str) -> (&'a str, &'a str) {
        (
            if self.no_methods { COMMONEST_METHOD } else { method },
            if self.paths_alone { without_query(target) } else { target },
        )
    }

    /// The key of a method and a target, to be compared with the edge's.
    pub fn key(self, method: &str, target: &str) -> RequestKey {
        let (method, target) = self.as_told(method, target);
        RequestKey::of(method, target)
    }

    /// The same of a record of the edge, where it has a target ([`RequestKey::of_record`]).
    pub fn of_record(self, record: &EdgeRecord) -> Option<RequestKey> {
        Some(self.key(record.method.as_deref().unwrap_or(COMMONEST_METHOD), record.target.as_deref()?))
    }

    /// The same of an access line, where it has both.
    pub fn of_line(self, line: &AccessLine) -> Option<RequestKey> {
        Some(self.key(line.method.as_deref()?, line.target.as_deref()?))
    }

    /// The same of what a message names.
    pub fn of_message(self, line: &MessageLine) -> Option<RequestKey> {
        match (&line.request, &line.target) {
            (Some((method, target)), _) => Some(self.key(method, target)),
            (None, Some(named)) if self.paths_alone => Some(RequestKey::of_path(named.text())),
            _ => RequestKey::of_message(line),
        }
    }
}

fn without_query(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

/// FNV-1a: short, and the same on every machine.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(hash)
}

/// A healthy request of the edge's log that asked the same as a failing one near it: a line of the origin may be of either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Competitor {
    /// Where its record stands.
    pub place: Place,
    /// What it asked.
    pub key: RequestKey,
    /// What it asked, whatever the method, and whatever the query.
    pub named: [RequestKey; 2],
    /// Its ray.
    pub ray: Option<Ray>,
    /// When it began and was over, by the edge's clock.
    pub span: (Time, Option<Time>),
    /// The resolution of both.
    pub resolution: Duration,
    /// Its host.
    pub host: Option<Box<str>>,
    /// The status that the visitor got.
    pub edge_status: Option<u16>,
    /// What the origin answered; `Some(0)` where it gave no answer.
    pub origin_status: Option<u16>,
    /// The edge's address towards the origin.
    pub edge_address: Option<IpAddr>,
    /// The visitor's address.
    pub client_address: Option<IpAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_url_asks_for_the_same_as_its_path() {
        assert_eq!(RequestKey::of("GET", "https://shop.example/a?b"), RequestKey::of("GET", "/a?b"));
        assert_ne!(RequestKey::of("GET", "/go?to=https://x/a"), RequestKey::of("GET", "/a"));
    }
}
