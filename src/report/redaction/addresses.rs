//! Addresses in a text, and their pseudonyms.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// The longest IPv6 address in text, that of an IPv4 address with all its zeros (RFC 4291, 2.2), and a colon at either end.
const LONGEST: usize = 47;

/// The text with a pseudonym in the place of every address, unless it is public, whatever stands before it or behind: in a sentence
/// (`ip:192.0.2.1`), behind a letter (`ip192.0.2.1`), in the name of a host (`ip-192-0-2-1.example.net`, `192.0.2.1.dip0.example.net`).
pub(super) fn replaced<'t>(
    text: Cow<'t, str>,
    is_public: &dyn Fn(IpAddr) -> bool,
    ordinal: impl Fn(IpAddr) -> usize,
) -> Cow<'t, str> {
    let mut out = String::new();
    let (mut written, mut at) = (0, 0);
    while let Some((place, address)) = next(&text, written, &mut at) {
        // The same visitor, whichever socket took the connection (RFC 4291, 2.5.5.2).
        let address = address.to_canonical();
        if !is_public(address) {
            out.push_str(&text[written..place.start]);
            out.push_str(&pseudonym(ordinal(address)));
            written = place.end;
        }
    }
    if written == 0 {
        return text;
    }
    out.push_str(&text[written..]);
    Cow::Owned(out)
}

/// Whether there is an address in a text, public or not.
pub(super) fn is_in(text: &str) -> bool {
    next(text, 0, &mut 0).is_some()
}

/// The next address of a text, which begins behind `from` and around a mark behind `at`, and where to go on.
fn next(text: &str, from: usize, at: &mut usize) -> Option<(Range<usize>, IpAddr)> {
    let bytes = text.as_bytes();
    while let Some(ahead) = memchr::memchr3(b'.', b':', b'-', &bytes[*at..]) {
        let mark = *at + ahead;
        *at = mark + 1;
        let found = match bytes[mark] {
            b':' => with_colons(text, from, mark),
            separator => quad(bytes, from, mark, separator),
        };
        if let Some((place, address)) = found {
            *at = (*at).max(place.end);
            return Some((place, address));
        }
    }
    None
}

/// The pseudonym of a number.
pub(super) fn pseudonym(ordinal: usize) -> String {
    format!("visitor-{ordinal:04}")
}

/// Four numbers, between the first two of which a separator stands. More than four are a version or the name of an object.
fn quad(bytes: &[u8], from: usize, first: usize, separator: u8) -> Option<(Range<usize>, IpAddr)> {
    let digits_before =
        bytes[from..first].iter().rev().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let start = first - digits_before;
    let is_number = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_chained = start >= from + 2 && bytes[start - 1] == separator && is_number(start - 2);
    if is_chained || (separator == b'-' && !is_in_name(bytes, start, first)) {
        return None;
    }
    let (mut octets, mut at) = ([0u8; 4], start);
    for (number, octet) in octets.iter_mut().enumerate() {
        if number > 0 {
            at = (bytes.get(at) == Some(&separator)).then_some(at + 1)?;
        }
        let digits = bytes[at..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        *octet =
            std::str::from_utf8(&bytes[at..at + digits]).ok().filter(|text| text.len() <= 3)?.parse().ok()?;
        at += digits;
    }
    if bytes.get(at) == Some(&separator) && is_number(at + 1) {
        return None;
    }
    Some((start..at, Ipv4Addr::from(octets).into()))
}

/// Whether numbers with dashes between them are a part of a host's name, and not a date: there is a letter in the word before them, or the name
/// goes on behind a dot.
fn is_in_name(bytes: &[u8], start: usize, first: usize) -> bool {
    let before = bytes[..start].iter().rev().take(2);
    let is_prefixed = before.clone().count() == 2
        && matches!(bytes[start - 1], b'-' | b'.')
        && bytes[start - 2].is_ascii_alphabetic();
    let is_behind_letter = start > 0 && bytes[start - 1].is_ascii_alphabetic();
    let rest = &bytes[first..];
    let numbers =
        rest.iter().take(LONGEST).take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
    let goes_on = matches!(rest.get(numbers..), Some([b'.', letter, ..]) if letter.is_ascii_alphabetic());
    is_prefixed || is_behind_letter || goes_on
}

/// An IPv6 address around a colon.
fn with_colons(text: &str, from: usize, mark: usize) -> Option<(Range<usize>, IpAddr)> {
    let bytes = text.as_bytes();
    let goes_on = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let before = bytes[from..mark].iter().rev().take(LONGEST).take_while(goes_on).count();
    let behind = bytes[mark..].iter().take(LONGEST).take_while(goes_on).count();
    let run = &text[mark - before..mark + behind];
    // What ends the word before, and what ends a sentence.
    let ends = |text: &str| text.ends_with(':') && !text.ends_with("::") || text.ends_with('.');
    let begins = |text: &str| text.starts_with(':') && !text.starts_with("::") || text.starts_with('.');
    let start = mark - before + usize::from(begins(run));
    let mut end = mark + behind;
    while end > start && ends(&text[start..end]) {
        end -= 1;
    }
    let run = &text[start..end];
    // The name of an item (`std::fmt`) has letters of an address, too, and so has a time of day.
    let is_behind_letter = text[..start].ends_with(char::is_alphanumeric);
    let colons = run.bytes().filter(|byte| *byte == b':').count();
    if colons < 2 || (is_behind_letter && (colons < 3 || !run.starts_with(|c: char| c.is_ascii_digit()))) {
        return None;
    }
    // A name may go on behind it.
    let alone = run.split('.').next().unwrap_or(run);
    let (length, address) = [run, alone]
        .into_iter()
        .find_map(|text| text.parse::<Ipv6Addr>().ok().map(|address| (text.len(), address)))?;
    Some((start..start + length, address.into()))
}
