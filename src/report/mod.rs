//! The report: one model, rendered as JSON, as Markdown and as one self-contained page. Only this room knows HTML.

pub mod json;
pub mod model;
pub mod schema;
