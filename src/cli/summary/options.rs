//! How the summary is written.

/// How the summary is written.
#[derive(Clone, Debug)]
pub struct SummaryOptions {
    /// Where it is printed.
    pub medium: Medium,
    /// Whether to use the sixteen colours of the terminal.
    pub colour: bool,
    /// Whether characters beyond ASCII may be written.
    pub unicode: bool,
    /// The folder that the report was written to, as the person named it.
    pub out: Option<String>,
}

impl Default for SummaryOptions {
    /// A pipe: no colour, no bars, ASCII.
    fn default() -> SummaryOptions {
        SummaryOptions { medium: Medium::Pipe, colour: false, unicode: false, out: None }
    }
}

/// Where a summary is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A terminal: bars are drawn, and lines keep to its width.
    Terminal {
        /// Its width in columns; fewer than 60 count as 60, more than 100 as 100.
        columns: usize,
    },
    /// A pipe or a file: no bars, and nothing is cut.
    Pipe,
}
