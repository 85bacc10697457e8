//! Requests of which only the first line was read.

use std::collections::BTreeMap;

use crate::text::timestamp::Stamp;

/// Requests that are kept open at a time; an application has as many as it has threads, unless its processes are killed.
const MOST_OPEN: usize = 4096;

/// What the first line of a request says.
#[derive(Clone, Debug)]
pub struct StartedRequest {
    /// Method.
    pub method: Vec<u8>,
    /// Target, with the query where the application does not filter it.
    pub target: Vec<u8>,
    /// The visitor, by the application's own reckoning.
    pub client: Vec<u8>,
    /// When.
    pub stamp: Stamp,
}

/// Open requests by what their lines have in common. Where several of one key are open at a time, nothing tells which of them a last line
/// belongs to: then none of them is told, until all are over.
#[derive(Debug, Default)]
pub struct OpenRequests {
    by_key: BTreeMap<Vec<u8>, OpenOfKey>,
}

#[derive(Debug)]
struct OpenOfKey {
    count: u32,
    /// The one that is open, where no other was open with it.
    only: Option<StartedRequest>,
}

impl OpenRequests {
    /// Takes note of a first line.
    pub fn begin(&mut self, key: Vec<u8>, request: StartedRequest) {
        if let Some(open) = self.by_key.get_mut(&key) {
            open.count = open.count.saturating_add(1);
            open.only = None;
            return;
        }
        if self.by_key.len() >= MOST_OPEN {
            self.by_key.clear();
        }
        self.by_key.insert(key, OpenOfKey { count: 1, only: Some(request) });
    }

    /// The request that ends with a last line; `None` where that is not known.
    pub fn end(&mut self, key: &[u8]) -> Option<StartedRequest> {
        let open = self.by_key.get_mut(key)?;
        if open.count > 1 {
            open.count = open.count.saturating_sub(1);
            return None;
        }
        self.by_key.remove(key)?.only
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Duration, Time};

    fn request(target: &str) -> StartedRequest {
        StartedRequest {
            method: b"GET".to_vec(),
            target: target.as_bytes().to_vec(),
            client: Vec::new(),
            stamp: Stamp { time: Time::EPOCH, resolution: Duration::SECOND, local: false },
        }
    }

    #[test]
    fn requests_that_cannot_be_told_apart_are_not_told() {
        let mut open = OpenRequests::default();
        let ended = |open: &mut OpenRequests| open.end(b"7").map(|request| request.target);
        open.begin(b"7".to_vec(), request("/a"));
        assert_eq!(ended(&mut open), Some(b"/a".to_vec()));
        assert_eq!(ended(&mut open), None);
        open.begin(b"7".to_vec(), request("/b"));
        open.begin(b"7".to_vec(), request("/c"));
        assert_eq!((ended(&mut open), ended(&mut open)), (None, None));
        open.begin(b"7".to_vec(), request("/d"));
        assert_eq!(ended(&mut open), Some(b"/d".to_vec()));
    }
}
