//! Whole records of a known layout: what [`parse_record`](super::parse_record) makes of them, without looking for keys.

use std::cell::RefCell;

use super::{EdgeDraft, is_wanted};
use crate::logs::glance::json_layout::{JsonLayout, KeyRole};
use crate::logs::row::edge::EdgeRecord;
use crate::text::json::Scalar;

/// The layout of a record, and the keys that are read in it.
#[derive(PartialEq)]
pub struct RecordLayout {
    layout: JsonLayout<usize>,
    keys: Vec<Box<str>>,
}

impl RecordLayout {
    /// Of a sound record without a backslash. `None` where a value that is read is no scalar, or headers are not empty: of these only the
    /// parser makes something.
    pub fn learn(line: &[u8]) -> Option<RecordLayout> {
        let keys: RefCell<Vec<Box<str>>> = RefCell::default();
        let role = |key: &[u8]| match key {
            b"ResponseHeaders" | b"ResponseFields" | b"RequestHeaders" | b"Cookies" | b"dimensions" => {
                KeyRole::Empty
            }
            _ => match std::str::from_utf8(key) {
                Ok(key) if is_wanted(key) && EdgeDraft::default().put(key, &Scalar::Nothing) => {
                    let mut keys = keys.borrow_mut();
                    keys.push(key.into());
                    KeyRole::Read(keys.len() - 1)
                }
                _ => KeyRole::Passed,
            },
        };
        let layout = JsonLayout::learn(line, role)?;
        Some(RecordLayout { layout, keys: keys.into_inner() })
    }

    /// The record of a plain line without a backslash; `None` where it has another layout, or only the parser can say what a value means.
    pub fn read(&mut self, line: &[u8]) -> Option<EdgeRecord> {
        let RecordLayout { layout, keys } = self;
        let mut draft = EdgeDraft::default();
        layout.read_usual(line, |key, value| {
            draft.put(keys.get(key)?, &value.scalar()?);
            Some(())
        })?;
        draft.finish().ok()
    }
}
