//! Traces: the lines that follow a message and say where, and because of what, it happened. One event, however many lines it has.

use super::go_dump::{DumpLine, GoDump};
use crate::text::timestamp::Stamp;
use crate::time::Duration;

/// Words that a line within a trace begins with: Java and .NET (`at`, `...`), Python, Ruby, PHP, Go, Node.
const WITHIN: [&[u8]; 19] = [
    b" ",
    b"\t",
    b"at ",
    b"... ",
    TRACEBACK,
    CHAINED[0],
    CHAINED[1],
    b"Stack trace:",
    b"#0 ",
    b"#1 ",
    b"#2 ",
    b"#3 ",
    b"goroutine ",
    b"created by ",
    b"[signal ",
    b"Suppressed: ",
    NODE_VERSION,
    b"}",
    b"^",
];

/// What Node writes behind the trace of an error that ended it.
const NODE_VERSION: &[u8] = b"Node.js v";

/// What Python writes above each traceback, and between two of one event.
const TRACEBACK: &[u8] = b"Traceback (most recent call last)";
const CHAINED: [&[u8]; 2] =
    [b"During handling of the above exception", b"The above exception was the direct cause"];

/// What stands before an exception that brought about the one above it.
const BROUGHT_ABOUT: [&[u8]; 3] = [b"Caused by: ", b"---> ", b"Suppressed: "];

/// What exceptions' names end in.
const ENDINGS: [&[u8]; 9] =
    [b"Error", b"Exception", b"Exit", b"Interrupt", b"Timeout", b"Throwable", b"Failure", b"Fault", b"Abort"];

/// The longest name of an exception, with its package.
const LONGEST_NAME: usize = 256;

/// The event that was begun last, of which a trace may follow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace {
    /// Whether lines may belong to it.
    is_open: bool,
    /// What the last of its lines was.
    last: TraceLine,
    /// When a collector took the last line, where one wrote that down.
    taken: Option<Stamp>,
    /// What Go's runtime writes as its program dies.
    dump: GoDump,
}

/// What a line of an event is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TraceLine {
    /// The message.
    #[default]
    Message,
    /// An exception with its message.
    Exception,
    /// Where that happened.
    Frame,
    /// The head or a frame of Python's, whose exception comes below.
    Traceback,
    /// Python's word that another traceback of the same event follows.
    Chain,
}

impl Trace {
    /// Takes note of a message that begins an event, and when a collector took it; of one that another format read in the same log, too.
    pub fn begin(&mut self, taken: Option<Stamp>) {
        *self = Trace { is_open: true, last: TraceLine::Message, taken, dump: GoDump::default() };
    }

    /// Takes a line that tells no instant and may be one of a dump of Go's runtime. The first of a dump begins an event.
    pub fn takes_dump(&mut self, line: &[u8], taken: Option<Stamp>) -> DumpLine {
        let told = self.dump.takes(line);
        match told {
            DumpLine::First => {
                *self = Trace { is_open: true, last: TraceLine::Exception, taken, ..*self };
            }
            DumpLine::Telling | DumpLine::Within => self.taken = taken,
            DumpLine::Foreign => {}
        }
        told
    }

    /// Whether a line of an event that was begun with an exception says that nobody caught it: Node tells its version behind what ends it (src/node_errors.cc,
    /// `TriggerUncaughtException`).
    pub fn tells_of_end(&self, line: &[u8]) -> bool {
        self.is_open
            && matches!(self.last, TraceLine::Exception | TraceLine::Frame)
            && line.starts_with(NODE_VERSION)
    }

    /// Takes note of an exception that begins an event.
    pub fn begin_with_exception(&mut self, taken: Option<Stamp>) {
        self.begin(taken);
        self.last = TraceLine::Exception;
    }

    /// Whether a line that tells no instant belongs to the event: that is written at once. Where a collector gave each line its instant, an exception that
    /// stands where none can follow in its language begins an event of its own; elsewhere it would have no time at all.
    pub fn takes(&mut self, line: &[u8], is_exception: bool, taken: Option<Stamp>) -> bool {
        const AT_ONCE: Duration = Duration::from_milliseconds(100);
        let is_later = |(before, now): (Stamp, Stamp)| {
            now.time.since(before.time) > AT_ONCE + before.resolution.max(now.resolution)
        };
        let begins_with = |words: &[u8]| line.starts_with(words);
        let goes_on =
            begins_with(b" ") || begins_with(b"\t") || BROUGHT_ABOUT.iter().any(|words| begins_with(words));
        let is_traceback = !is_exception && begins_with(TRACEBACK);
        let is_another = (is_exception && !goes_on || is_traceback)
            && matches!(self.last, TraceLine::Exception | TraceLine::Frame);
        let is_over = self.taken.zip(taken).is_some_and(is_later) || taken.is_some() && is_another;
        self.is_open &= !is_over;
        self.taken = taken;
        if is_exception {
            self.last = TraceLine::Exception;
        } else if is_traceback {
            self.last = TraceLine::Traceback;
        } else if CHAINED.iter().any(|words| begins_with(words)) {
            self.last = TraceLine::Chain;
        } else if is_within(line) && self.last != TraceLine::Traceback {
            self.last = TraceLine::Frame;
        }
        self.is_open
    }
}

/// Whether a line is of the kind that stands inside a trace only.
pub fn is_within(line: &[u8]) -> bool {
    WITHIN.iter().any(|word| line.starts_with(word))
}

/// The exception that a line of a trace names, with its message: `Caused by: java.sql.SQLException: Too many connections` without
/// the first words, `SystemExit: 1`, `TypeError [ERR_INVALID_CHAR]: …`, Go's `panic: …`.
pub fn exception(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii();
    if line.starts_with(b"panic: ") {
        return Some(line);
    }
    const AT_THE_TOP: [&[u8]; 2] = [b"Unhandled exception. ", b"Uncaught "];
    let before = BROUGHT_ABOUT.iter().chain(&AT_THE_TOP);
    let line = before.copied().find_map(|words| line.strip_prefix(words)).unwrap_or(line);
    let line = match line.strip_prefix(b"Exception in thread \"") {
        Some(rest) => rest.get(memchr::memchr(b'"', rest)?.checked_add(2)?..)?,
        None => line,
    };
    let head = line.get(..line.len().min(LONGEST_NAME))?;
    let end = [&b": "[..], b" (", b" ["].iter().filter_map(|end| memchr::memmem::find(head, end)).min();
    let name = head.get(..end.unwrap_or(head.len()))?;
    let name = name.strip_suffix(b":").unwrap_or(name);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b':' | b'/');
    let is_name = name.iter().all(plain) && name.first().is_some_and(u8::is_ascii_alphabetic);
    let ends = ENDINGS.iter().any(|ending| name.ends_with(ending)) || name.starts_with(b"Errno::");
    (is_name && ends).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exceptions_of_every_language_are_found_and_frames_are_not() {
        for (line, expected) in [
            (
                "Caused by: java.sql.SQLException: Too many connections",
                "java.sql.SQLException: Too many connections",
            ),
            (
                "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space",
                "java.lang.OutOfMemoryError: Java heap space",
            ),
            ("SystemExit: 1", "SystemExit: 1"),
            (
                "TypeError [ERR_INVALID_CHAR]: Invalid character",
                "TypeError [ERR_INVALID_CHAR]: Invalid character",
            ),
            ("panic: runtime error: index out of range", "panic: runtime error: index out of range"),
            ("NoMethodError (undefined method `x')", "NoMethodError (undefined method `x')"),
            ("      System.InvalidOperationException: boom", "System.InvalidOperationException: boom"),
            ("Errno::EMFILE: Too many open files", "Errno::EMFILE: Too many open files"),
            ("java.lang.NullPointerException", "java.lang.NullPointerException"),
        ] {
            assert_eq!(exception(line.as_bytes()), Some(expected.as_bytes()), "{line}");
        }
        for line in [
            "\tat a.b.C.d(E.java:3)",
            "  File \"/srv/app.py\", line 3, in x",
            "no error here",
            "",
            "Error handling: x",
        ] {
            assert_eq!(exception(line.as_bytes()), None, "{line}");
        }
    }
}
