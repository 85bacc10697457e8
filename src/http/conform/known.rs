//! The headers that are read, and those that may stand in a message only once.

use serde::{Deserialize, Serialize};

use super::grammar::not_token;

/// A header whose value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ReadHeader {
    CfConnectingIp,
    CfRay,
    CfVisitor,
    Connection,
    ContentLength,
    Cookie,
    Expect,
    Host,
    KeepAlive,
    Location,
    Server,
    SetCookie,
    TransferEncoding,
    Upgrade,
    UserAgent,
    XForwardedFor,
}

/// The headers whose values are read, by name.
const READ: &[(&str, ReadHeader)] = &[
    ("cf-connecting-ip", ReadHeader::CfConnectingIp),
    ("cf-ray", ReadHeader::CfRay),
    ("cf-visitor", ReadHeader::CfVisitor),
    ("connection", ReadHeader::Connection),
    ("content-length", ReadHeader::ContentLength),
    ("cookie", ReadHeader::Cookie),
    ("expect", ReadHeader::Expect),
    ("host", ReadHeader::Host),
    ("keep-alive", ReadHeader::KeepAlive),
    ("location", ReadHeader::Location),
    ("server", ReadHeader::Server),
    ("set-cookie", ReadHeader::SetCookie),
    ("transfer-encoding", ReadHeader::TransferEncoding),
    ("upgrade", ReadHeader::Upgrade),
    ("user-agent", ReadHeader::UserAgent),
    ("x-forwarded-for", ReadHeader::XForwardedFor),
];

/// A header that a message may hold once (RFC 9110, 5.3: a field whose value is no list).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Singleton {
    /// Its name in lower case.
    pub name: &'static str,
    /// Where its grammar is: one value and no list.
    pub source: &'static str,
}

const fn once(name: &'static str, source: &'static str) -> Singleton {
    Singleton { name, source }
}

/// Every header whose repetition is a `Rule::DuplicateHeader`. Content-Length is one too; where its values differ it is
/// `Rule::ConflictingContentLength` instead. Set-Cookie may be repeated (RFC 6265, 3).
pub const SINGLETONS: &[Singleton] = &[
    once(
        "access-control-allow-origin",
        "WHATWG Fetch, 3.3.3: one value; a repeated one fails the CORS check",
    ),
    once("age", "RFC 9111, 5.1"),
    once("authorization", "RFC 9110, 11.6.2"),
    once("content-disposition", "RFC 6266, 4.1"),
    once("content-length", "RFC 9110, 8.6"),
    once("content-location", "RFC 9110, 8.7"),
    once("content-range", "RFC 9110, 14.4"),
    once("content-type", "RFC 9110, 8.3"),
    once("cookie", "RFC 6265, 5.4"),
    once("date", "RFC 9110, 6.6.1"),
    once("etag", "RFC 9110, 8.8.3"),
    once("expires", "RFC 9111, 5.3"),
    once("from", "RFC 9110, 10.1.2"),
    once("host", "RFC 9110, 7.2"),
    once("if-modified-since", "RFC 9110, 13.1.3"),
    once("if-range", "RFC 9110, 13.1.5"),
    once("if-unmodified-since", "RFC 9110, 13.1.4"),
    once("last-modified", "RFC 9110, 8.8.2"),
    once("location", "RFC 9110, 10.2.2"),
    once("max-forwards", "RFC 9110, 7.6.2"),
    once("proxy-authorization", "RFC 9110, 11.7.2"),
    once("range", "RFC 9110, 14.2"),
    once("referer", "RFC 9110, 10.1.3"),
    once("retry-after", "RFC 9110, 10.2.3"),
    once("server", "RFC 9110, 10.2.4"),
    once("strict-transport-security", "RFC 6797, 7.1"),
    once("user-agent", "RFC 9110, 10.1.5"),
];

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Which header is read there.
    pub field: Option<ReadHeader>,
    /// Its place among the singletons.
    pub singleton: Option<u8>,
}

/// The longest name of either table.
const LONGEST: usize = 32;
/// Rows of the two tables together.
const MOST: usize = 64;

/// A name of either table, and what is known of it.
#[derive(Clone, Copy)]
struct KnownName {
    name: &'static [u8],
    known: Known,
}

/// Both tables as one, made when the program is built.
const ROWS: ([KnownName; MOST], usize) = {
    let mut rows = [KnownName { name: b"", known: Known { field: None, singleton: None } }; MOST];
    let mut count = 0;
    while count < SINGLETONS.len() {
        rows[count] = KnownName {
            name: SINGLETONS[count].name.as_bytes(),
            known: Known { field: None, singleton: Some(count as u8) },
        };
        count += 1;
    }
    let mut read = 0;
    while read < READ.len() {
        let (name, field) = READ[read];
        let mut row = 0;
        while row < count && !same(rows[row].name, name.as_bytes()) {
            row += 1;
        }
        rows[row].name = name.as_bytes();
        rows[row].known.field = Some(field);
        if row == count {
            count += 1;
        }
        read += 1;
    }
    (rows, count)
};

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Which rows have a name of each length, and with each first letter: together they leave one row or none to compare with.
const INDEX: ([u64; LONGEST], [u64; 32]) = {
    let (mut lengths, mut letters) = ([0u64; LONGEST], [0u64; 32]);
    let mut row = 0;
    while row < ROWS.1 {
        let name = ROWS.0[row].name;
        lengths[name.len()] |= 1 << row;
        letters[(name[0] & 31) as usize] |= 1 << row;
        row += 1;
    }
    (lengths, letters)
};

/// The tables in memory: a constant would be copied to each place that uses it.
static TABLE: [KnownName; MOST] = ROWS.0;
static LENGTHS: [u64; LONGEST] = INDEX.0;
static LETTERS: [u64; 32] = INDEX.1;

/// Nothing is known of most names.
pub(crate) const UNKNOWN: Known = Known { field: None, singleton: None };

/// Looks a name up that holds token bytes only, whatever its case.
pub(crate) fn look_up_token(name: &[u8]) -> Known {
    let (Some(length), Some(first)) = (LENGTHS.get(name.len()), name.first()) else { return UNKNOWN };
    let mut rows = length & LETTERS[usize::from(first & 31)];
    while rows != 0 {
        let row = rows.trailing_zeros() as usize;
        if let Some(row) = TABLE.get(row)
            && same_token(name, row.name)
        {
            return row.known;
        }
        rows &= rows - 1;
    }
    UNKNOWN
}

/// Whether token bytes are these letters and hyphens in any case: no two token bytes that differ otherwise become one of them with
/// the bit of lower case.
#[inline]
fn same_token(token: &[u8], name: &[u8]) -> bool {
    const CASE: u64 = u64::MAX / 255 * 0x20;
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes) | CASE;
    if let (Some(token_end), Some(name_end)) = (token.last_chunk(), name.last_chunk()) {
        let (token_words, name_words) = (token.as_chunks::<8>().0, name.as_chunks::<8>().0);
        return token.len() == name.len()
            && word(token_end) == word(name_end)
            && token_words.iter().zip(name_words).all(|(a, b)| word(a) == word(b));
    }
    token.len() == name.len() && token.iter().zip(name).all(|(a, b)| a | 0x20 == *b)
}

/// Looks a name up, whatever its case and its bytes.
pub(crate) fn look_up(name: &[u8]) -> Known {
    match not_token(name) {
        None => look_up_token(name),
        Some(_) => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_header_is_found_in_any_case_and_nothing_else_is() {
        for (name, field) in READ {
            assert_eq!(look_up(name.to_ascii_uppercase().as_bytes()).field, Some(*field), "{name}");
        }
        for (row, known) in SINGLETONS.iter().enumerate() {
            assert_eq!(look_up(known.name.as_bytes()).singleton, Some(row as u8), "{}", known.name);
        }
        // CR is a hyphen but for the bit of lower case.
        let long = "a".repeat(300);
        for name in ["", "x-cf-ray", "content_length", "set-cookie2", "hos~", "cf^ray", "cf\rray", &long] {
            assert_eq!(look_up(name.as_bytes()), UNKNOWN, "{name}");
        }
    }
}
