//! Text of captures and logs inside the page: HTML escaped, controls and turning marks shown.

use std::fmt::{self, Write};

use askama::filters::Escaper;

use crate::report::text::write_visible;

/// The escaper of all templates (templates/askama.toml), so that none can forget it.
#[derive(Clone, Copy)]
pub struct Hostile;

impl Escaper for Hostile {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        write_escaped(&mut out, text)
    }
}

/// Writes `text` for an element's content or a quoted attribute.
///
/// # Errors
/// Those of the writer.
pub fn write_escaped(out: &mut impl Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(index) = rest.find(['<', '>', '&', '"', '\'']) {
        let (head, tail) = rest.split_at(index);
        write_visible(out, head)?;
        let (mark, tail) = tail.split_at(1);
        out.write_str(match mark {
            "<" => "&lt;",
            ">" => "&gt;",
            "&" => "&amp;",
            "\"" => "&quot;",
            _ => "&#39;",
        })?;
        rest = tail;
    }
    write_visible(out, rest)
}

/// JSON for a data block in the page: `<`, `>` and `&` as `\u003c`, `\u003e`, `\u0026`, so that no text ends the block.
pub fn json_block(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header's value must not become part of the page.
    #[test]
    fn tags_quotes_and_controls_are_escaped() {
        let mut out = String::new();
        write_escaped(&mut out, "<a b=\"c\" d='e'>&\u{1b}\u{202e}").unwrap();
        assert_eq!(out, "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\\x1b\\u202e");
        assert_eq!(json_block("\"</script>\""), "\"\\u003c/script\\u003e\"");
    }
}
