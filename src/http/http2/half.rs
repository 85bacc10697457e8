//! What is known of one direction of a connection, beside its frames.

use serde::{Deserialize, Serialize};

use super::block::OpenBlock;
use super::hpack::HeaderTable;
use super::windows::Windows;

/// What the frames of a direction left behind.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct HalfState {
    /// What its sender's header blocks refer to.
    pub table: HeaderTable,
    /// A header block that goes on.
    pub block: Option<OpenBlock>,
    /// What its sender may still send.
    pub windows: Windows,
    /// Bytes were missing right before: a header block may go on whose beginning was among them.
    pub is_behind_loss: bool,
}
