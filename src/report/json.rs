//! `report.json`: the model as it is.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

use super::model::Report;
use super::text::is_unsafe;

/// Bytes that are written at a time.
const BLOCK: usize = 64 << 10;

/// The report as indented JSON with a newline at its end; equal reports give equal bytes.
pub fn render(report: &Report) -> String {
    let mut text = Vec::new();
    // This cannot fail: memory takes all, all keys of the model are text, and JSON can hold all its numbers.
    let _ = write(report, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Writes the same as it comes, so that no text of thousands of requests is held.
///
/// # Errors
/// Those of the writer.
pub fn write(report: &Report, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BLOCK, out);
    report.serialize(&mut Serializer::with_formatter(&mut out, Escaping::default()))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Indented, with escapes for characters that JSON takes as they are, and that would move the cursor of a terminal or turn what stands there. They
/// stand within strings, where an escape means the same.
#[derive(Default)]
struct Escaping(PrettyFormatter<'static>);

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // What is ASCII has been escaped where it must be. Without a way out of the loop, many bytes are compared at once.
        let most = fragment.as_bytes().iter().fold(0, |most: u8, byte| most.max(*byte));
        if most < 0x7f {
            return out.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        for (at, character) in fragment.char_indices().filter(|(_, character)| is_unsafe(*character)) {
            out.write_all(&fragment.as_bytes()[written..at])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            written = at + character.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_escaped_and_means_the_same() {
        for text in ["", "a…“b” °é", "\u{9b}2J", "a\u{7f}b\u{202e}c\u{e0001}", "\u{1b}[31m\n"] {
            let mut written = Vec::new();
            text.serialize(&mut Serializer::with_formatter(&mut written, Escaping::default())).unwrap();
            let written = String::from_utf8(written).unwrap();
            assert!(!written.contains(is_unsafe), "{written}");
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
