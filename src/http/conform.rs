//! Where a message breaks HTTP's grammar: rules with names, each finding with the offending bytes at their offset.
//!
//! [`scan_request`] and [`scan_response`] read a head. Nearly every head is in order, and httparse reads it (`well_formed`). Any other
//! is read by our own scanner (`scan`), which never stops at the first fault and says of each which rule it breaks and where: httparse
//! names neither, and takes some of them. Chunk framing and what follows a body are read by the conversation.

mod fields;
mod findings;
mod framing;
mod grammar;
mod head;
mod host;
mod known;
mod rules;
mod scan;
mod sizes;
mod start_line;
#[cfg(test)]
mod tests;
mod text;
mod well_formed;

pub(crate) use fields::{MOST_LINES, first_hop};
pub(crate) use findings::{BEFORE, FROM, MOST_PER_RULE};
pub use findings::{Break, Finding};
pub use framing::Framing;
pub(crate) use grammar::{is_forbidden_in_value, is_token_byte, lower_text, text};
pub use head::{RequestHead, ResponseHead, scan_request, scan_response};
pub(crate) use head::{read_request, read_response};
pub(crate) use known::{Known, ReadHeader, UNKNOWN, look_up};
pub use rules::Rule;
pub use sizes::{HeadSizes, HeaderSize};
pub(crate) use sizes::{LARGEST_COOKIES, LARGEST_LINES, TOLD_FROM};
pub(crate) use text::{Elision, Text};
