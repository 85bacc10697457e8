//! What `record` wrote down, and the differences that are known with their reasons.

use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A stream as Wireshark follows it.
pub struct Followed {
    pub file: &'static str,
    /// Its `tcp.stream`.
    pub stream: u32,
    /// Why it does not hold what is followed but the first captured copy of each byte.
    pub special: Option<Special>,
    pub sides: [Side; 2],
}

/// What `record` says of streams that cannot be compared as they are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Special {
    Conflict,
    Cut,
    Lost,
}

/// What one end sent.
pub struct Side {
    pub end: SocketAddr,
    pub bytes: usize,
    /// In hexadecimal digits; `-` of nothing.
    pub sha256: &'static str,
}

impl Followed {
    pub fn has_payload(&self) -> bool {
        self.sides.iter().any(|side| side.bytes > 0)
    }
}

/// The lines of a table, without its comments and the names of its columns, in cells.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| line.split('\t').collect::<Vec<_>>().try_into().expect("as many cells as columns"))
}

/// All streams of `tshark.tsv`.
pub fn followed() -> Vec<Followed> {
    let special = |name| match name {
        "-" => None,
        "conflict" => Some(Special::Conflict),
        "cut" => Some(Special::Cut),
        "lost" => Some(Special::Lost),
        _ => panic!("not known: {name}"),
    };
    let side = |[end, bytes, sha256]: [&'static str; 3]| Side {
        end: end.parse().expect("an address and a port"),
        bytes: bytes.parse().expect("a count"),
        sha256,
    };
    let rows = rows(include_str!("tshark.tsv")).map(|[file, stream, why, a, b, c, d, e, f]| Followed {
        file,
        stream: stream.parse().expect("a number"),
        special: special(why),
        sides: [side([a, b, c]), side([d, e, f])],
    });
    rows.collect()
}

/// The differences of `explained.tsv`, by file and stream.
pub fn explained() -> BTreeMap<(&'static str, u32), &'static str> {
    let rows = rows(include_str!("explained.tsv")).map(|[file, stream, difference, reason]| {
        assert!(!reason.is_empty(), "{file} {stream} has no reason");
        ((file, stream.parse().expect("a number")), difference)
    });
    rows.collect()
}
