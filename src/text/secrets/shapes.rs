//! What is a secret by its form alone, wherever it stands: keys and tokens with the marks that their issuers give them, numbers of cards,
//! mailboxes, and parts of paths that are nobody's name.

use std::ops::Range;

/// The mark of a key, and how many letters and digits follow it at least.
struct Mark {
    begins: &'static str,
    least: usize,
}

/// Keys by their marks (the issuers' documentations; gitleaks and trufflehog list the same).
const MARKS: [Mark; 27] = [
    // JSON Web Tokens and their like begin with `{"` in base64url (RFC 7519, 3).
    Mark { begins: "eyJ", least: 12 },
    // AWS, "Understanding unique ID prefixes".
    Mark { begins: "AKIA", least: 16 },
    Mark { begins: "ASIA", least: 16 },
    Mark { begins: "AROA", least: 16 },
    Mark { begins: "AIDA", least: 16 },
    Mark { begins: "AGPA", least: 16 },
    // Google API keys and OAuth.
    Mark { begins: "AIza", least: 30 },
    Mark { begins: "ya29.", least: 12 },
    Mark { begins: "GOCSPX-", least: 16 },
    // GitHub, GitLab, npm, PyPI.
    Mark { begins: "ghp_", least: 20 },
    Mark { begins: "gho_", least: 20 },
    Mark { begins: "ghu_", least: 20 },
    Mark { begins: "ghs_", least: 20 },
    Mark { begins: "ghr_", least: 20 },
    Mark { begins: "github_pat_", least: 20 },
    Mark { begins: "glpat-", least: 16 },
    Mark { begins: "npm_", least: 24 },
    Mark { begins: "pypi-", least: 24 },
    // Slack, Stripe, SendGrid, Twilio.
    Mark { begins: "xoxb-", least: 10 },
    Mark { begins: "xoxp-", least: 10 },
    Mark { begins: "sk_live_", least: 10 },
    Mark { begins: "sk_test_", least: 10 },
    Mark { begins: "rk_live_", least: 10 },
    Mark { begins: "pk_live_", least: 10 },
    Mark { begins: "SG.", least: 20 },
    Mark { begins: "hvs.", least: 16 },
    // Files of PHP's sessions (session.save_path).
    Mark { begins: "sess_", least: 16 },
];

/// No key is shorter.
const SHORTEST_KEY: usize = 15;

/// Last parts of names with an `@` that are units of systemd and no mailboxes (systemd.unit(5)).
const UNITS: [&str; 11] = [
    "service",
    "socket",
    "timer",
    "target",
    "mount",
    "automount",
    "slice",
    "scope",
    "device",
    "path",
    "swap",
];

/// A part of a path of letters and digits is an identifier from this length on: a ray is shorter.
const LONGEST_WORD: usize = 20;

/// What has such a form but identifiers.
pub(super) fn tokens(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = rest.iter().position(|byte| !OF_TOKEN[usize::from(*byte)]).unwrap_or(rest.len());
        if length >= SHORTEST_KEY && MARKS.iter().any(|mark| mark.begins_token(&bytes[at..at + length])) {
            secrets.push(at..at + length);
        }
        at += length.max(1);
    }
    mailboxes(text, secrets);
    cards(bytes, secrets);
}

/// Which bytes a token is made of.
static OF_TOKEN: [bool; 256] = {
    let mut of_token = [false; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        of_token[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte += 1;
    }
    of_token
};

impl Mark {
    fn begins_token(&self, run: &[u8]) -> bool {
        let rest = run.strip_prefix(self.begins.as_bytes());
        rest.is_some_and(|rest| rest.len() >= self.least && rest.iter().any(u8::is_ascii_digit))
    }
}

/// Parts of a path that are nobody's name, in this request target or URL.
pub(super) fn identifiers(text: &str, target: Range<usize>, secrets: &mut Vec<Range<usize>>) {
    let mut at = target.start;
    for part in text[target].split('/') {
        if is_identifier(part.as_bytes()) {
            secrets.push(at..at + part.len());
        }
        at += part.len() + 1;
    }
}

/// Whether a part of a path is no word, no number and no name of a file: letters among digits, and long. What has the form of a ray is none,
/// nor is what is parted by dashes as a UUID (RFC 9562), by which requests are known.
fn is_identifier(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let is_uuid = text.len() == 36 && text.iter().filter(|byte| **byte == b'-').count() == 4;
    text.len() >= LONGEST_WORD
        && digits >= 4
        && letters >= 4
        && !text.contains(&b'.')
        && !is_uuid
        && words(text) < 3
}

/// Words of three letters or more with a dash or a low line between: names that people gave.
fn words(text: &[u8]) -> usize {
    let parts = text.split(|byte| matches!(byte, b'-' | b'_'));
    parts.filter(|part| part.len() >= 3 && part.iter().all(u8::is_ascii_alphabetic)).count()
}

/// The names before the `@` of mailboxes (RFC 5321, 4.1.2), which in a query is `%40`; hosts stay.
fn mailboxes(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let in_line = memchr::memchr_iter(b'@', bytes).filter(|at| has_domain(text, at + 1));
    let in_query = memchr::memchr_iter(b'%', bytes).filter(|at| bytes[*at..].starts_with(b"%40"));
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-');
    for at in in_line.chain(in_query) {
        let near = &bytes[at.saturating_sub(64)..at];
        let local = near.iter().rev().take_while(|byte| is_local(byte)).count();
        if local > 0 {
            secrets.push(at - local..at);
        }
    }
}

/// Whether a host's name of more than one label begins there, and no unit's kind.
fn has_domain(text: &str, from: usize) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let length = text.as_bytes()[from..].iter().take(255).take_while(|byte| of_name(byte)).count();
    let domain = text[from..from + length].trim_end_matches('.');
    domain.rsplit_once('.').is_some_and(|(_, top)| {
        top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic()) && !UNITS.contains(&top)
    })
}

/// The longest number of a card.
const LONGEST_CARD: usize = 19;

/// Numbers of payment cards: thirteen to nineteen digits with the check digit of ISO/IEC 7812-1, in fours or without a gap.
fn cards(bytes: &[u8], secrets: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let (mut digits, mut count, mut end) = ([0; LONGEST_CARD], 0, at);
        while let Some(byte) = bytes.get(end) {
            let goes_on = || bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            match byte {
                b'0'..=b'9' => {
                    if let Some(digit) = digits.get_mut(count) {
                        *digit = byte - b'0';
                    }
                    count += 1;
                }
                b' ' | b'-' if count % 4 == 0 && goes_on() => {}
                _ => break,
            }
            end += 1;
        }
        let is_apart = at == 0 || !bytes[at - 1].is_ascii_alphanumeric() && bytes[at - 1] != b'.';
        let ends = bytes.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        // Major industry identifiers 3 to 6: travel, banking, merchandising.
        let digits = digits.get(..count).filter(|digits| matches!(digits, [3..=6, ..]) && count >= 13);
        if is_apart && ends && digits.is_some_and(has_check_digit) {
            secrets.push(at..end);
        }
        at = end;
    }
}

fn has_check_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}
