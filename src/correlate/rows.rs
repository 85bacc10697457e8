//! Rows and their numbers. An incident holds every row once; what speaks of a row holds its number, four bytes that fit no other kind
//! of row.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use crate::evidence::{AccessRow, ConnectionRow, EdgeRow, HarRow, MessageRow};

/// Which of the edge's records.
pub type EdgeIndex = RowIndex<EdgeRow>;
/// Which of the browsers' entries.
pub type HarIndex = RowIndex<HarRow>;
/// Which of the access lines.
pub type AccessIndex = RowIndex<AccessRow>;
/// Which of the messages.
pub type MessageIndex = RowIndex<MessageRow>;
/// Which of the connections.
pub type ConnectionIndex = RowIndex<ConnectionRow>;

/// The number of a row in the list of its kind, from 0.
pub struct RowIndex<R> {
    number: u32,
    kind: PhantomData<fn() -> R>,
}

/// All rows of one kind, in the order of their places.
#[derive(Clone, Debug, PartialEq)]
pub struct RowList<R> {
    rows: Vec<R>,
}

impl<R> RowList<R> {
    /// The row of a number that this list gave; `None` for one of another list.
    pub fn get(&self, index: RowIndex<R>) -> Option<&R> {
        self.rows.get(index.number as usize)
    }

    /// The rows.
    pub fn iter(&self) -> std::slice::Iter<'_, R> {
        self.rows.iter()
    }

    /// The rows with their numbers.
    pub fn indexed(&self) -> impl Iterator<Item = (RowIndex<R>, &R)> {
        // More rows than there are numbers would not fit into any memory.
        (0..=u32::MAX).map(|number| RowIndex { number, kind: PhantomData }).zip(&self.rows)
    }
}

impl<R> From<Vec<R>> for RowList<R> {
    fn from(rows: Vec<R>) -> RowList<R> {
        RowList { rows }
    }
}

impl<'a, R> IntoIterator for &'a RowList<R> {
    type Item = &'a R;
    type IntoIter = std::slice::Iter<'a, R>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

// Derived, these would ask the same of the rows.
impl<R> Clone for RowIndex<R> {
    fn clone(&self) -> RowIndex<R> {
        *self
    }
}

impl<R> Copy for RowIndex<R> {}

impl<R> PartialEq for RowIndex<R> {
    fn eq(&self, other: &RowIndex<R>) -> bool {
        self.number == other.number
    }
}

impl<R> Eq for RowIndex<R> {}

impl<R> PartialOrd for RowIndex<R> {
    fn partial_cmp(&self, other: &RowIndex<R>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<R> Ord for RowIndex<R> {
    fn cmp(&self, other: &RowIndex<R>) -> Ordering {
        self.number.cmp(&other.number)
    }
}

impl<R> fmt::Debug for RowIndex<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.number)
    }
}
