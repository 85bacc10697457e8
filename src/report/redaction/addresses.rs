//! Addresses in a text, and their pseudonyms.

use std::borrow::Cow;
use std::net::IpAddr;

/// The text with a pseudonym in the place of every run of characters that can be an address and is one, unless it is public.
pub(super) fn replaced<'t>(
    text: Cow<'t, str>,
    is_public: &dyn Fn(IpAddr) -> bool,
    ordinal: impl Fn(IpAddr) -> usize,
) -> Cow<'t, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut written, mut at) = (0, 0);
    let begins = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    let goes_on = |byte: &&u8| begins(byte) || **byte == b'.';
    // Most runs are letters of words: an address has a dot or a colon.
    while let Some(ahead) = memchr::memchr2(b'.', b':', &bytes[at..]) {
        let before = bytes[at..at + ahead].iter().rev().take_while(goes_on).count();
        let end = at + ahead + bytes[at + ahead..].iter().take_while(goes_on).count();
        let dots = bytes[at + ahead - before..end].iter().take_while(|byte| **byte == b'.').count();
        let start = at + ahead - before + dots;
        at = end;
        let run = &text[start..end];
        let Some((address, rest)) = address(run).filter(|(address, _)| !is_public(*address)) else {
            continue;
        };
        let pseudonym = format!("{}{rest}", pseudonym(ordinal(address)));
        // Right behind a letter it is a part of a word, not an address.
        if !text[..start].ends_with(|c: char| c.is_alphanumeric()) {
            out.push_str(&text[written..start]);
            out.push_str(&pseudonym);
            written = end;
        }
    }
    if written == 0 {
        return text;
    }
    out.push_str(&text[written..]);
    Cow::Owned(out)
}

/// The pseudonym of a number.
pub(super) fn pseudonym(ordinal: usize) -> String {
    format!("visitor-{ordinal:04}")
}

/// The address that a run begins with, and what follows it: its port, and what ends a sentence.
fn address(run: &str) -> Option<(IpAddr, &str)> {
    // Numbers with a fraction, names of hosts and times of day have fewer of both than any address.
    let of = |mark: u8| run.bytes().filter(|byte| *byte == mark).count();
    if of(b'.') < 3 && of(b':') < 2 {
        return None;
    }
    let bare = run.trim_end_matches(['.', ':']);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some((address, &run[bare.len()..]));
    }
    let (address, _) = bare.rsplit_once(':')?;
    let rest = &run[address.len()..];
    Some((address.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4)?, rest))
}
