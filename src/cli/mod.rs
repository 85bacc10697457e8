//! What people meet on the terminal.

pub mod summary;
