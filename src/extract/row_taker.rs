//! Who takes every row of the inputs, one batch after the other.

use crate::error::Result;
use crate::evidence::{AccessRow, ConnectionRow, EdgeRow, ExchangeRow, MessageRow};

/// Rows of one kind that follow each other.
pub enum Rows {
    /// Lines of access logs.
    Access(Vec<AccessRow>),
    /// Records of the edge.
    Edge(Vec<EdgeRow>),
    /// Lines of error and system logs.
    Messages(Vec<MessageRow>),
    /// Connections.
    Connections(Vec<ConnectionRow>),
    /// Exchanges.
    Exchanges(Vec<ExchangeRow>),
}

/// Who takes the rows.
pub trait RowTaker: Send {
    /// Takes rows. They come by input: of a log in the order of its lines, of captures as their connections and exchanges are over, of 2 MiB of packets
    /// in the order in which they began.
    ///
    /// # Errors
    /// Where they cannot be written: then nothing more is handed out.
    fn take(&mut self, rows: Rows) -> Result<()>;
}
