//! The head of a text, as formats look at it to know themselves again.

/// The head of a text, cut into lines.
pub struct Sample<'a> {
    /// The text.
    pub head: &'a [u8],
    /// Its lines, without empty ones and `#` comments, and without a collector's wrapping.
    pub lines: Vec<&'a [u8]>,
}

impl Sample<'_> {
    /// Whether a line begins with `byte`.
    pub fn has_line_with(&self, byte: u8) -> bool {
        self.lines.iter().any(|line| line.first() == Some(&byte))
    }

    /// Whether `text` stands anywhere in the head.
    pub fn holds(&self, text: &[u8]) -> bool {
        memchr::memmem::find(self.head, text).is_some()
    }
}
