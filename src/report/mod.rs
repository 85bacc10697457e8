//! The report: one model, rendered as JSON, as Markdown and as one self-contained page. Only this room knows HTML.

pub mod html;
pub mod json;
pub mod markdown;
pub mod model;
pub mod redaction;
pub mod schema;
pub(crate) mod text;
pub(crate) mod weighing;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
