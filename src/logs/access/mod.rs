//! What access logs have in common, whatever server writes them: the fields and their names, and how pieces of a line become a row.

pub mod draft;
pub mod field;
pub mod guess;
pub mod pieces;
pub mod request_line;
pub mod tries;
pub mod variables;
