//! Traces: the lines that follow a message and say where, and because of what, it happened. One event, however many lines it has.

/// Words that a line within a trace begins with: Java and .NET (`at`, `...`), Python, Ruby, PHP, Go, Node.
const WITHIN: [&[u8]; 19] = [
    b" ",
    b"\t",
    b"at ",
    b"... ",
    b"Traceback (most recent call last)",
    b"During handling of the above exception",
    b"The above exception was the direct cause",
    b"Stack trace:",
    b"#0 ",
    b"#1 ",
    b"#2 ",
    b"#3 ",
    b"goroutine ",
    b"created by ",
    b"[signal ",
    b"Suppressed: ",
    b"Node.js v",
    b"}",
    b"^",
];

/// What exceptions' names end in.
const ENDINGS: [&[u8]; 9] =
    [b"Error", b"Exception", b"Exit", b"Interrupt", b"Timeout", b"Throwable", b"Failure", b"Fault", b"Abort"];

/// The longest name of an exception, with its package.
const LONGEST_NAME: usize = 256;

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
    const BEFORE: [&[u8]; 5] =
        [b"Caused by: ", b"---> ", b"Unhandled exception. ", b"Suppressed: ", b"Uncaught "];
    let line = BEFORE.iter().find_map(|words| line.strip_prefix(*words)).unwrap_or(line);
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
