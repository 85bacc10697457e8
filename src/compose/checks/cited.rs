//! What a sign cites, and the command that shows it.

use crate::evidence::Place;

/// So many places are named in one command.
pub const MOST_CITED: usize = 12;

/// What a sign cites in one input, in several cases of a cause.
pub struct Cited<'a> {
    /// The sign's id; empty for what only shows the case.
    pub sign: &'a str,
    /// The clearest case's first.
    pub places: Vec<Place>,
}

/// A command and what it prints.
pub struct Shown {
    pub command: String,
    /// At least so many lines.
    pub lines: u64,
    /// What each of them is.
    pub each: String,
}
