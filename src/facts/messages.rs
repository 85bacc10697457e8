//! The messages of servers, applications and the kernel that diagnosis knows, each with its source.
//!
//! A pattern is text with holes. `{process}` and `{figure}` match digits, whose value is kept; `{}` matches anything up to the text after
//! it. The longest literal text of each pattern is its stem. One automaton searches a line for all stems; only of the patterns whose stem
//! it finds is the whole checked.

mod apache;
mod application;
mod application_server;
mod cloudflared;
mod database;
mod nginx;
mod openssl;
mod platform;
mod proxy;
mod signature;
mod state;
mod system;
mod tls_terminator;
mod worker;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

pub use signature::{Program, Signature};

/// A message that was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which message it is.
    pub signature: &'static Signature,
    /// The number of the process that it is about.
    pub process: Option<u64>,
    /// The number that matters in it: a limit, a port, a signal.
    pub figure: Option<u64>,
}

const TABLES: &[&[Signature]] = &[
    nginx::MESSAGES,
    apache::MESSAGES,
    system::KERNEL,
    system::FIREWALL,
    system::SYSTEMD,
    system::HAPROXY,
    proxy::GO_PROXY,
    proxy::LIGHTTPD,
    proxy::SQUID,
    proxy::TRAFFIC_SERVER,
    proxy::VARNISH,
    proxy::LITESPEED,
    tls_terminator::STUNNEL,
    tls_terminator::HITCH,
    application::PHP_FPM,
    application::PHP,
    application_server::GUNICORN,
    application_server::UWSGI,
    application::NODE,
    application::JAVA,
    application::GO,
    application::RUBY,
    cloudflared::CLOUDFLARED,
    worker::WORKER,
    application::MODSECURITY,
    proxy::NGHTTPX,
    state::KERNEL,
    state::WEB_SERVERS,
    state::HAPROXY,
    state::PHP_FPM,
    state::CONTAINERS,
    state::NAMES,
    state::CERTIFICATES,
    application_server::UVICORN,
    application_server::PYTHON_FRAMEWORKS,
    application_server::WAITRESS,
    application_server::PASSENGER,
    application_server::DOTNET,
    system::SUPERVISOR,
    system::FAIL2BAN,
    system::CONTAINERS,
    database::DATABASE,
    openssl::OPENSSL,
    platform::HEROKU,
    platform::FLY,
    platform::CLOUD_FIREWALLS,
];

/// Every signature, in the order of the tables.
pub fn all() -> impl Iterator<Item = &'static Signature> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The signature with this id.
pub fn by_id(id: &str) -> Option<&'static Signature> {
    all().find(|signature| signature.id == id)
}

/// The known message that `text` holds, if any. `writer` is the program in whose log it stands, where that is known: then a message of
/// another program is not taken for real where somebody else may have written it (a visitor's request line that quotes the kernel). Of
/// several wordings that match, the one with the most literal text wins.
pub fn find(text: &[u8], writer: Option<Program>) -> Option<Hit> {
    // Every program says at the beginning of a line what happened; whatever is longer than this is a dump.
    const LONGEST_MESSAGE: usize = 16 * 1024;
    let text = text.get(..LONGEST_MESSAGE).unwrap_or(text);
    let automaton = &*AUTOMATON;
    let mut best: Option<(usize, Hit)> = None;
    let mut tried: Vec<usize> = Vec::new();
    for candidate in automaton.stems.find_overlapping_iter(text) {
        let index = candidate.pattern().as_usize();
        let Some(wording) = automaton.wordings.get(index) else { continue };
        let allowed = writer.is_none_or(|writer| wording.signature.program.may_appear_in(writer));
        // A stem may occur many times in a long line. Its pattern is checked once, since that check searches the whole line.
        if !allowed || tried.contains(&index) {
            continue;
        }
        tried.push(index);
        if best.is_some_and(|(weight, _)| weight >= wording.weight) {
            continue;
        }
        if let Some(hit) = wording.check(text) {
            best = Some((wording.weight, hit));
        }
    }
    best.map(|(_, hit)| hit)
}

/// The wording of a signature that `text` holds, as an extended regular expression (POSIX.1-2017, XBD 9.4): what `grep -E` finds its line with.
/// Where the text is quoted in JSON, its quotation marks have a backslash before them.
pub fn wording_as_expression(text: &str, signature: &str) -> Option<String> {
    let is_meant = |wording: &&Wording| wording.signature.id == signature;
    let mut meant = AUTOMATON.wordings.iter().filter(is_meant);
    let wording = meant.find(|wording| wording.check(text.as_bytes()).is_some())?;
    Some(
        wording
            .parts
            .iter()
            .map(|part| part.hole.as_expression().to_owned() + &escaped(part.literal))
            .collect(),
    )
}

/// A text that an extended regular expression matches as it stands.
fn escaped(literal: &str) -> String {
    let mut out = String::new();
    for c in literal.chars() {
        match c {
            '"' => out.push_str(r#"\\?""#),
            c if r"\.[]{}()*+?^$|".contains(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

static AUTOMATON: LazyLock<Automaton> = LazyLock::new(Automaton::build);

struct Automaton {
    stems: AhoCorasick,
    wordings: Vec<Wording>,
}

struct Wording {
    signature: &'static Signature,
    parts: Vec<Part>,
    weight: usize,
}

/// A hole and the literal text after it; the first part of a pattern has no hole.
#[derive(Clone, Copy, Debug)]
struct Part {
    hole: Hole,
    literal: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hole {
    None,
    Any,
    Process,
    Figure,
}

impl Hole {
    fn as_expression(self) -> &'static str {
        match self {
            Hole::None => "",
            Hole::Any => ".*",
            Hole::Process | Hole::Figure => "[0-9]+",
        }
    }
}

impl Automaton {
    fn build() -> Automaton {
        let mut wordings = Vec::new();
        let mut stems = Vec::new();
        for signature in all() {
            for (pattern, _) in signature.wordings {
                let parts = split(pattern);
                let stem = parts.iter().map(|part| part.literal).max_by_key(|literal| literal.len());
                stems.push(stem.unwrap_or_default());
                let weight = parts.iter().map(|part| part.literal.len()).sum();
                wordings.push(Wording { signature, parts, weight });
            }
        }
        let built = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&stems);
        // The stems are constants of this crate, far fewer than the automaton can hold, and the tests build it.
        match built {
            Ok(stems) => Automaton { stems, wordings },
            Err(error) => unreachable!("message stems do not build: {error}"),
        }
    }
}

fn split(pattern: &'static str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut hole = Hole::None;
    let mut rest = pattern;
    while let Some((literal, after)) = rest.split_once('{') {
        parts.push(Part { hole, literal });
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        hole = match name {
            "process" => Hole::Process,
            "figure" => Hole::Figure,
            _ => Hole::Any,
        };
        rest = tail;
    }
    parts.push(Part { hole, literal: rest });
    parts
}

impl Wording {
    /// Checks the whole pattern from each place where its first literal stands, but only from the first few of them.
    fn check(&self, text: &[u8]) -> Option<Hit> {
        const MOST_STARTS: usize = 8;
        let first = self.parts.first()?.literal.as_bytes();
        memchr::memmem::find_iter(text, first).take(MOST_STARTS).find_map(|at| self.check_at(text.get(at..)?))
    }

    fn check_at(&self, text: &[u8]) -> Option<Hit> {
        let mut rest = text;
        let (mut process, mut figure) = (None, None);
        for part in &self.parts {
            let literal = part.literal.as_bytes();
            if part.hole == Hole::Any {
                let at = memchr::memmem::find(rest, literal)?;
                rest = rest.get(at..)?;
            }
            if matches!(part.hole, Hole::Process | Hole::Figure) {
                let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
                let number: u64 = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
                let place = if part.hole == Hole::Process { &mut process } else { &mut figure };
                *place = Some(number);
                rest = rest.get(end..)?;
            }
            rest = rest.strip_prefix(literal)?;
        }
        Some(Hit { signature: self.signature, process, figure })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_written_as_slugs() {
        let mut seen = BTreeSet::new();
        for signature in all() {
            assert!(seen.insert(signature.id), "{} twice", signature.id);
            let slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(signature.id.bytes().all(slug), "{}", signature.id);
            assert!(!signature.about.is_empty() && !signature.source.is_empty());
            assert_eq!(by_id(signature.id), Some(signature));
        }
        assert!(seen.len() > 100, "{}", seen.len());
    }

    #[test]
    fn every_wording_finds_its_own_line_and_no_other_signature_takes_it() {
        for signature in all() {
            for (pattern, line) in signature.wordings {
                let hit = find(line.as_bytes(), Some(signature.program));
                let found = hit.map(|hit| hit.signature.id);
                assert_eq!(found, Some(signature.id), "{pattern:?} in {line:?}");
                let hit = hit.unwrap();
                assert_eq!(hit.process.is_some(), pattern.contains("{process}"), "{pattern}");
                assert_eq!(hit.figure.is_some(), pattern.contains("{figure}"), "{pattern}");
                let without_writer = find(line.as_bytes(), None).map(|hit| hit.signature.id);
                assert_eq!(without_writer, Some(signature.id), "{line:?} where nobody knows who wrote it");
            }
        }
    }

    #[test]
    fn a_wording_is_found_by_its_expression() {
        let text =
            "connect() to 127.0.0.1:9000 failed (111: Connection refused) while connecting to upstream";
        let expression = wording_as_expression(text, "nginx-connect-refused");
        assert_eq!(expression.as_deref(), Some(r"connect\(\) to .* failed \(111: "));
        assert_eq!(wording_as_expression("another text", "nginx-connect-refused"), None);
        assert_eq!(escaped(r#"say "a""#), r#"say \\?"a\\?""#);
    }

    #[test]
    fn numbers_of_a_message_are_read() {
        let hit =
            find(b"worker process 811 exited on signal 11 (core dumped)", Some(Program::Nginx)).unwrap();
        assert_eq!(
            (hit.signature.id, hit.process, hit.figure),
            ("nginx-worker-exited-on-signal", Some(811), Some(11))
        );
        assert_eq!(find(b"worker process x exited on signal 11", None), None);
    }

    #[test]
    fn strangers_cannot_speak_for_the_kernel_in_a_servers_log() {
        let text = br#"File not found: /Out of memory: Killed process 1 (php-fpm) total-vm:1kB"#;
        assert_eq!(find(text, Some(Program::Apache)), None);
        assert!(find(text, Some(Program::Kernel)).is_some());
        assert!(
            find(b"PHP Fatal error:  Allowed memory size of 5 bytes exhausted", Some(Program::Nginx))
                .is_some()
        );
    }

    #[test]
    fn what_openssl_says_of_a_handshake_counts_in_the_log_of_the_proxy_that_hands_it_on() {
        let found = |text: &str| find(text.as_bytes(), Some(Program::Haproxy)).map(|hit| hit.signature.id);
        for reason in [
            "ssl_err=error:0A0000C1:SSL routines::no shared cipher",
            "(error:0A0000C1:SSL routines::no shared cipher)",
        ] {
            assert_eq!(found(&format!("fe~ SSL handshake failure {reason}")), Some("tls-cipher-unshared"));
        }
        for (alert, id) in [
            ("tlsv1 alert unknown ca", "tls-alert-unknown-authority"),
            ("ssl/tls alert bad certificate", "tls-alert-bad-certificate"),
            ("sslv3 alert certificate expired", "tls-alert-expired"),
        ] {
            let text = format!("fe/1: SSL handshake failure (error:0A000415:SSL routines::{alert})");
            assert_eq!(found(&text), Some(id));
        }
        assert_eq!(found("fe/1: SSL handshake failure"), Some("haproxy-tls-handshake-failed"));
    }

    #[test]
    fn what_a_server_quotes_tells_more_than_that_it_quotes() {
        let found = |text: &str, writer| find(text.as_bytes(), Some(writer)).map(|hit| hit.signature.id);
        let uncaught = "PHP message: PHP Fatal error:  Uncaught Error: x in /var/www/x.php:3";
        let database = "PHP message: PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [1040] Too many connections";
        for (message, id) in [(uncaught, "php-fatal"), (database, "database-connections-used-up")] {
            let by_nginx =
                format!("FastCGI sent in stderr: \"{message}\" while reading response header from upstream");
            assert_eq!(found(&by_nginx, Program::Nginx), Some(id));
            assert_eq!(found(&format!("AH01071: Got error '{message}'"), Program::Apache), Some(id));
        }
        let notice =
            "FastCGI sent in stderr: \"PHP message: logged in\" while reading response header from upstream";
        assert_eq!(found(notice, Program::Nginx), Some("nginx-fastcgi-stderr"));
    }

    #[test]
    fn the_connection_with_the_client_and_the_one_with_the_application_are_told_apart() {
        let found = |text: &str| find(text.as_bytes(), Some(Program::Nginx)).map(|hit| hit.signature.id);
        for (text, id) in [
            (
                "recv() failed (104: Connection reset by peer) while reading client request headers",
                "nginx-client-closed",
            ),
            (
                "recv() failed (104: Connection reset by peer) while reading response header from upstream",
                "nginx-upstream-reset",
            ),
            ("writev() failed (32: Broken pipe) while sending to client", "nginx-client-closed"),
            (
                "writev() failed (32: Broken pipe) while sending request to upstream",
                "nginx-upstream-broken-pipe",
            ),
            (
                "SSL_do_handshake() failed (SSL: error:0A00018C:SSL routines::version too low) while SSL handshaking",
                "nginx-tls-protocol-version",
            ),
            (
                "SSL_do_handshake() failed (SSL: error:0A00018C:SSL routines::version too low) while SSL handshaking to upstream",
                "nginx-inner-tls-failed",
            ),
        ] {
            assert_eq!(found(text), Some(id), "{text}");
        }
    }

    #[test]
    fn a_line_of_repeated_stems_takes_no_longer_than_a_line() {
        let line = b"worker process ".repeat(60_000);
        assert_eq!(find(&line, Some(Program::Nginx)), None);
    }
}
