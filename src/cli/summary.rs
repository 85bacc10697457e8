//! The summary of a report on the terminal.
