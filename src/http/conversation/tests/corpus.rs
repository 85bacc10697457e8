//! Raw messages and conversations from other parsers' test suites (gunicorn, libhtp). The files are not part of this
//! repository: `RAYSCOPE_CORPUS`, or `../shared/corpus` beside the crate.

use std::path::PathBuf;

use super::*;

/// What a server must refuse and why we say nothing of it.
const REFUSED_WITHOUT_A_FINDING: &[(&str, &str)] = &[
    (
        "invalid--003c",
        "a token in lower case is a method (RFC 9110, 9.1); the project refuses it by its own choice",
    ),
    ("invalid--008", "refused for its size, which is told as a size"),
    ("invalid--pp_01", "half a PROXY protocol header and no request"),
    ("invalid--rfc9110_trailer_forbidden_cl_01", "trailers are not read"),
];

/// What a server takes although RFC 9112 does not allow it.
const TAKEN_WITH_A_FINDING: &[(&str, &str)] =
    &[("valid--compat_obs_fold_huge", "taken in a compatibility mode: folded lines")];

/// The files below one folder, sorted; `None` where the corpus is not there.
fn files(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let root = std::env::var_os("RAYSCOPE_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(root.join("http").join(folder)) else {
        assert!(std::env::var_os("CI").is_none(), "the corpus is missing: set RAYSCOPE_CORPUS");
        eprintln!("the corpus is missing (RAYSCOPE_CORPUS): 1 test over http/{folder} did not run");
        return None;
    };
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "http/{folder} is empty");
    Some(files)
}

/// gunicorn's files write line ends and odd bytes as escapes and end each line with a feed of their own.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        match (*first, after) {
            (b'\n', _) => {}
            (b'\\', [b'x', high, low, ..]) => {
                let digits = [*high, *low];
                out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = &after[3..];
            }
            (b'\\', [escape @ (b'r' | b'n' | b't' | b'0'), ..]) => {
                out.push(match escape {
                    b'r' => b'\r',
                    b'n' => b'\n',
                    b't' => b'\t',
                    _ => 0,
                });
                rest = &after[1..];
            }
            (byte, _) => out.push(byte),
        }
    }
    out
}

/// libhtp's markers: `>>>` before what the client sent, `<<<` before what the server sent; the line end before a marker is the
/// marker's.
fn turns(text: &[u8]) -> Vec<(Side, Vec<u8>)> {
    let mut turns: Vec<(Side, Vec<u8>)> = Vec::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        match line.trim_ascii_end() {
            b">>>" => turns.push((Side::Client, Vec::new())),
            b"<<<" => turns.push((Side::Server, Vec::new())),
            _ => turns.last_mut().expect("a marker comes first").1.extend_from_slice(line),
        }
    }
    let count = turns.len();
    for (_, bytes) in turns.iter_mut().take(count.saturating_sub(1)) {
        let end = if bytes.ends_with(b"\r\n") { 2 } else { usize::from(bytes.ends_with(b"\n")) };
        bytes.truncate(bytes.len() - end);
    }
    turns
}

#[test]
fn requests_that_servers_refuse_have_findings_and_others_have_none() {
    let Some(files) = files("gunicorn") else { return };
    for (name, text) in files {
        let mut script = Script::new();
        script.say(Side::Client, &unescape(&text)).close();
        let exchanges = script.all();
        let findings: Vec<_> = exchanges
            .iter()
            .filter_map(|exchange| exchange.request.as_ref())
            .flat_map(|request| &request.findings)
            // gunicorn takes requests without a Host.
            .filter(|finding| finding.rule != Rule::MissingHost)
            .collect();
        let listed = |list: &[(&str, &str)]| list.iter().any(|(known, _)| *known == name);
        let expected = (name.starts_with("invalid--") && !listed(REFUSED_WITHOUT_A_FINDING))
            || listed(TAKEN_WITH_A_FINDING);
        assert_eq!(!findings.is_empty(), expected, "{name}: {findings:?} {}", exchanges.len());
        if name.starts_with("valid--") {
            assert!(!exchanges.is_empty(), "{name}");
        }
    }
}

#[test]
fn whole_conversations_are_paired_as_their_authors_wrote_them() {
    let Some(files) = files("libhtp") else { return };
    /// (statuses by exchange: 0 for a response without status, `None` where nothing came)
    const EXPECTED: &[(&str, &[Option<u16>])] = &[
        ("01-get", &[Some(200)]),
        ("03-post-urlencoded", &[Some(200), Some(200)]),
        ("05-expect", &[Some(200)]),
        ("08-not-pipelined-connection", &[Some(200), Some(200)]),
        ("12-connect-request", &[Some(405)]),
        ("15-connect-complete", &[Some(200)]),
        ("35-early-response", &[Some(400)]),
        ("61-empty-line-between-requests", &[Some(200), Some(200)]),
        ("66-post-chunked-split-chunk", &[Some(200)]),
        ("72-response-split-body", &[Some(200)]),
        ("77-response-folded-headers", &[Some(200), Some(200)]),
        ("78-response-no-status-headers", &[Some(0)]),
        ("84-response-no-status-headers-2", &[Some(0)]),
        ("85-zero-byte-request-timeout", &[Some(408)]),
        ("98-responses-cut", &[Some(200), Some(200)]),
        ("100-auth-bearer", &[None]),
    ];
    let mut held = 0;
    for (name, text) in &files {
        let turns = turns(text);
        let mut script = Script::new();
        for (from, bytes) in &turns {
            script.say(*from, bytes);
        }
        script.close();
        let exchanges = script.all();
        let statuses: Vec<Option<u16>> = exchanges
            .iter()
            .map(|exchange| exchange.response.as_deref().map(|response| response.status.unwrap_or(0)))
            .collect();
        if let Some((_, expected)) = EXPECTED.iter().find(|(known, _)| known == name) {
            assert_eq!(statuses, *expected, "{name}: {exchanges:#?}");
            held += 1;
        }
        // The same in every other cut: nothing falls over, and every byte still belongs somewhere.
        for size in [1, 7, 100] {
            let mut script = Script::with_roles(false);
            for (from, bytes) in &turns {
                for piece in bytes.chunks(size) {
                    script.say(*from, piece);
                }
            }
            script.close();
            script.all();
        }
    }
    assert_eq!(held, EXPECTED.len());
}
