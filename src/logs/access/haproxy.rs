//! What the pieces of HAProxy's lines look like, in whatever layout (configuration.txt, 8.2.6 and 8.5).

use crate::text::line::split_at_byte;
use crate::text::number::integer;

/// Whether a piece is a session's state: who ended it and in which phase, and of a request two letters more about its cookie (8.5).
pub fn is_state(value: &[u8]) -> bool {
    let is_of = |at: usize, letters: &[u8]| value.get(at).is_some_and(|letter| letters.contains(letter));
    let ended = is_of(0, b"-CSPLRIUDKcs") && is_of(1, b"-RQCHDLT");
    match value.len() {
        2 => ended,
        4 => ended && is_of(2, b"-NIDVEOU") && is_of(3, b"-NIUPRD"),
        _ => false,
    }
}

/// Whether a piece can hardly be anything but a state. Two or four letters alone may be a country or the name of a frontend.
pub fn is_surely_state(value: &[u8]) -> bool {
    is_state(value) && value.contains(&b'-')
}

/// Whether a piece is timers, `TR/Tw/Tc/Tr/Ta`: the last is the whole, and −1 what was never reached. Counters of connections stand beside them, of which
/// the last, the retries, is the smallest.
pub fn is_timers(value: &[u8]) -> bool {
    let number = |part: &[u8]| match part.strip_prefix(b"+").unwrap_or(part) {
        b"-1" => Some(0),
        part => integer(part),
    };
    let numbers: Option<Vec<u64>> = value.split(|byte| *byte == b'/').map(number).collect();
    let numbers = numbers.filter(|numbers| numbers.len() == 5).unwrap_or_default();
    numbers.split_last().is_some_and(|(all, parts)| parts.iter().all(|part| part <= all))
}

/// Whether a piece is a backend and the server that was chosen in it, `app/web1`.
pub fn is_server(value: &[u8]) -> bool {
    let Some((backend, server)) = split_at_byte(value, b'/') else { return false };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:<>".contains(byte);
    let is_name = |name: &[u8]| !name.is_empty() && name.iter().all(plain);
    backend.iter().any(u8::is_ascii_alphabetic) && is_name(backend) && is_name(server)
}

/// Whether a piece is captured headers, `{a|b}`.
pub fn is_captures(value: &[u8]) -> bool {
    value.len() > 2 && value.starts_with(b"{") && value.ends_with(b"}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_haproxys_lines_are_told_from_what_looks_like_them() {
        for (value, state, surely) in [
            (&b"----"[..], true, true),
            (b"sQ--", true, true),
            (b"PR", true, false),
            (b"--", true, true),
            (b"--VN", true, true),
            (b"CH", true, false),
            (b"PROD", true, false),
            (b"GET-", false, false),
            (b"DE", false, false),
            (b"-", false, false),
        ] {
            let text = String::from_utf8_lossy(value);
            assert_eq!((is_state(value), is_surely_state(value)), (state, surely), "{text}");
        }
        assert!(is_timers(b"0/0/1/-1/3002") && is_timers(b"-1/-1/-1/-1/5") && is_timers(b"0/0/1/12/+13"));
        assert!(!is_timers(b"40/40/12/9/0") && !is_timers(b"0/0/1/2") && !is_timers(b"17/Nov/2026/8/1"));
        assert!(is_server(b"app/web1") && is_server(b"fe/<NOSRV>") && is_server(b"app/10.0.0.5:80"));
        assert!(
            !is_server(b"/cart") && !is_server(b"0/0") && !is_server(b"text/html;x") && !is_server(b"a/b/c")
        );
    }
}
