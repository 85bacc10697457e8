//! Reports that are read back: many as an index, two as a comparison. Nothing is known here but what `report.json` says (`rayscope.report/1`), whoever wrote it.

mod compare;
mod compare_text;
mod index;
mod index_page;
mod index_text;
mod interval;
mod read;
mod words;

pub use compare::{Change, ChangeKind, Comparison, compare};
pub use compare_text::{compared_as_markdown, compared_as_text};
pub use index::{Incidents, IndexedIncident, Recurrence, index};
pub use index_page::page;
pub use index_text::{listed_as_markdown, listed_as_text};
pub use interval::Measured;
pub use read::{ReadReport, find_reports, read_report};
