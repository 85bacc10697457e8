//! What a header field shows by itself: which header it is, and whether its name or its value breaks a rule (RFC 9113, 8.2.1).
//!
//! An entry of a header table keeps them, so that a byte that repeats a field of many kilobytes costs no more than any other byte.

use serde::{Deserialize, Serialize};

use crate::http::conform::{Known, Rule, UNKNOWN, is_forbidden_in_value, is_token_byte, look_up};

/// What a field shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FieldMarks {
    /// Which header it is.
    pub known: Known,
    /// The first rule that its name breaks.
    pub name: Option<Rule>,
    /// The first rule that its value breaks.
    pub value: Option<Rule>,
}

impl Default for FieldMarks {
    fn default() -> Self {
        FieldMarks { known: UNKNOWN, name: None, value: None }
    }
}

/// Looks at a field.
pub(crate) fn marks(name: &[u8], value: &[u8]) -> FieldMarks {
    let bad_name = match name {
        [] => Some(Rule::EmptyHeaderName),
        _ => bad_in_name(name).map(|at| match name[at] {
            b'A'..=b'Z' => Rule::UppercaseName,
            _ => Rule::BadHeaderName,
        }),
    };
    let bad_value = match bad_in_value(value) {
        Some(_) => Some(Rule::ControlInValue),
        None => has_blanks_around(value).then_some(Rule::SpaceAroundValue),
    };
    FieldMarks { known: look_up(name), name: bad_name, value: bad_value }
}

/// The first byte that a name may not hold.
pub(crate) fn bad_in_name(name: &[u8]) -> Option<usize> {
    // A colon begins the names that the protocol itself defines (RFC 9113, 8.3).
    let from = usize::from(name.first() == Some(&b':'));
    let bad = |byte: &u8| !is_token_byte(*byte) || byte.is_ascii_uppercase();
    name[from..].iter().position(bad).map(|at| from + at)
}

/// The first byte that a value may not hold.
pub(crate) fn bad_in_value(value: &[u8]) -> Option<usize> {
    value.iter().position(|byte| is_forbidden_in_value(*byte))
}

fn has_blanks_around(value: &[u8]) -> bool {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    is_blank(value.first()) || is_blank(value.last())
}
