//! What a name says is a secret: `password=value`, `"token": "value"`, `'secret' => 'value'`, `Cookie: value`, `Bearer value`.

use std::ops::Range;

use super::quoted::quoted;

/// With what the names of secrets end, in small letters and with `_` for `-`: `db_password`, `X-Auth-Token`, `csrfmiddlewaretoken`.
const SECRET_NAMES: [&str; 43] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "apikey",
    "api_key",
    "access_key",
    "accesskey",
    "secret_key",
    "secretkey",
    "private_key",
    "privatekey",
    "secret_key_base",
    "auth",
    "authorization",
    "cookie",
    "cookies",
    "session",
    "sessionid",
    "session_id",
    "sessid",
    "sid",
    "csrf",
    "xsrf",
    "otp",
    "signature",
    "sig",
    "credential",
    "credentials",
    "user",
    "username",
    "user_name",
    "login",
    "email",
    "e_mail",
    "phone",
    "card_number",
    "cardnumber",
    "cvv",
];

/// Of these all that follows in the line is the value (RFC 9110, 11.6.2; RFC 6265, 4).
const TO_LINE_END: [&str; 3] = ["cookie", "cookies", "authorization"];

/// The longest name that is looked at.
const LONGEST_NAME: usize = 48;

/// Values that tell nobody's secret.
const NO_SECRETS: [&str; 13] = [
    "",
    "-",
    "true",
    "false",
    "null",
    "nil",
    "none",
    "undefined",
    "yes",
    "no",
    "unknown",
    "required",
    "invalid",
];

/// Schemes of HTTP authentication before what they carry (RFC 7617, RFC 6750).
const SCHEMES: [&str; 2] = ["bearer ", "basic "];

/// What names say is a secret. A name that stands in the value of another one tells nothing new, and the text behind it is not looked through
/// again: so a text of nothing but names is gone through once.
pub(super) fn credentials(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let (mut line_end, mut word_end) = (0, 0);
    for at in memchr::memchr2_iter(b'=', b':', bytes) {
        let Some(name) = name_before(bytes, at).filter(|name| is_secret(name)) else { continue };
        let Some(from) = value_start(bytes, at) else { continue };
        let to_line_end = bytes[at] == b':' && TO_LINE_END.iter().any(|known| ends_with(name, known));
        if from < line_end || from < word_end && !to_line_end {
            continue;
        }
        let value = if to_line_end { to_end_of_line(text, from) } else { value(text, from) };
        *(if to_line_end { &mut line_end } else { &mut word_end }) = value.end;
        if !NO_SECRETS.iter().any(|word| text[value.clone()].eq_ignore_ascii_case(word)) {
            secrets.push(value);
        }
    }
    schemes(text, secrets);
}

/// Where the value begins that the separator at `at` announces; `None` where none does: `::`, `://`, `==`.
fn value_start(bytes: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let behind = match (bytes[at], bytes.get(at + 1)) {
        (b'=', Some(b'>')) => at + 2,
        (_, Some(b':' | b'=')) => return None,
        (b':', Some(b'/')) if bytes.get(at + 2) == Some(&b'/') => return None,
        _ => at + 1,
    };
    if matches!(before, Some(b':' | b'!' | b'<' | b'>' | b'=')) {
        return None;
    }
    let blanks = bytes.get(behind..)?.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    Some(behind + blanks)
}

/// The name before the separator at `at`, which quotes, a bracket and blanks may part from it.
fn name_before(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let near = bytes.get(at.saturating_sub(LONGEST_NAME + 4)..at)?;
    let trimmed = near.trim_ascii_end();
    let closed = trimmed.iter().rposition(|byte| !matches!(byte, b'"' | b'\'' | b'\\' | b']' | b'`'))?;
    let end = closed + 1;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let start = trimmed[..end].iter().rposition(|byte| !is_name(byte)).map_or(0, |before| before + 1);
    Some(&trimmed[start..end]).filter(|name| !name.is_empty())
}

fn is_secret(name: &[u8]) -> bool {
    // What ends with a figure is a time, a port or a version.
    name.last().is_some_and(u8::is_ascii_alphabetic)
        && SECRET_NAMES.iter().any(|known| ends_with(name, known))
}

/// Whether a name ends with this word: where it is short, as a word of its own.
fn ends_with(name: &[u8], word: &str) -> bool {
    let is_same = |(byte, known): (&u8, &u8)| {
        byte.eq_ignore_ascii_case(known) || *known == b'_' && matches!(byte, b'-' | b'.')
    };
    // From the end: most words have another last letter.
    if name.len() < word.len() || !name.iter().rev().zip(word.as_bytes().iter().rev()).all(is_same) {
        return false;
    }
    let (before, end) = name.split_at(name.len() - word.len());
    // `userToken` ends with a word as `user_token` does, `author` and `inside` do not.
    before.last().is_none_or(|byte| !byte.is_ascii_alphabetic())
        || end.first().is_some_and(u8::is_ascii_uppercase)
        || word.len() >= 5
}

fn to_end_of_line(text: &str, from: usize) -> Range<usize> {
    let value = &text[from..];
    from..from + value.find(['"', '”', '\n']).unwrap_or(value.len())
}

/// The value that begins at `from`: in quotes, up to the same; else up to what ends a word.
fn value(text: &str, from: usize) -> Range<usize> {
    if let Some(quoted) = quoted(text, from) {
        return quoted;
    }
    let value = &text[from..];
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, '"' | '”' | '\'' | ',' | ';' | '&' | ')' | ']' | '}' | '<' | '>' | '…')
    };
    from..from + value.find(ends).unwrap_or(value.len())
}

fn schemes(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    for at in memchr::memchr2_iter(b'b', b'B', bytes) {
        let is_word = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let scheme = SCHEMES.iter().find(|scheme| {
            is_word
                && bytes
                    .get(at..at + scheme.len())
                    .is_some_and(|found| found.eq_ignore_ascii_case(scheme.as_bytes()))
        });
        let Some(scheme) = scheme else { continue };
        let value = value(text, at + scheme.len());
        secrets.push(value);
    }
}
