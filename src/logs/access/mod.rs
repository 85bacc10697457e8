//! What access logs have in common, whatever server writes them: the fields and their names, and how pieces of a line become a row.

pub(crate) mod captures;
pub(crate) mod draft;
pub(crate) mod field;
pub(crate) mod guess;
pub(crate) mod haproxy;
pub(crate) mod named;
pub(crate) mod pieces;
pub(crate) mod request_line;
pub(crate) mod tries;
pub(crate) mod unit;
pub(crate) mod values;
pub(crate) mod variables;
