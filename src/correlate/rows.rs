//! Rows and their numbers. An incident holds every row once; what speaks of a row holds its number, four bytes that fit no other kind
//! of row.

use std::borrow::Borrow;
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

/// A message that a request may have left, as another one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PossibleMessage {
    /// Which.
    pub message: MessageIndex,
    /// Whether the request more likely than not left this one or another that says the same.
    pub is_likely: bool,
}

/// The number of a row in the list of its kind, from 0.
pub struct RowIndex<R> {
    number: u32,
    kind: PhantomData<fn() -> R>,
}

/// All rows of one kind, in the order of their places; `H` holds one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct RowList<R, H = R> {
    rows: Vec<H>,
    kind: PhantomData<fn() -> R>,
}

/// The rows of a list, one after the other.
pub type RowIter<'a, R, H> = std::iter::Map<std::slice::Iter<'a, H>, fn(&'a H) -> &'a R>;

impl<R, H: Borrow<R>> RowList<R, H> {
    /// The row of a number that this list gave; `None` for one of another list.
    pub fn get(&self, index: RowIndex<R>) -> Option<&R> {
        self.rows.get(index.number as usize).map(H::borrow)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows.
    pub fn iter(&self) -> RowIter<'_, R, H> {
        self.rows.iter().map(H::borrow)
    }

    /// The rows with their numbers.
    pub fn indexed(&self) -> impl Iterator<Item = (RowIndex<R>, &R)> {
        // More rows than there are numbers would not fit into any memory.
        (0..=u32::MAX).map(|number| RowIndex { number, kind: PhantomData }).zip(self.iter())
    }
}

impl<R, H: Borrow<R>> From<Vec<H>> for RowList<R, H> {
    fn from(rows: Vec<H>) -> RowList<R, H> {
        RowList { rows, kind: PhantomData }
    }
}

impl<'a, R, H: Borrow<R>> IntoIterator for &'a RowList<R, H> {
    type Item = &'a R;
    type IntoIter = RowIter<'a, R, H>;

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
