//! How much memory may be taken by what waits, and what it is shared among. What failed is kept whatever it takes; the budget is for what
//! hostile or huge inputs could make wait without end. It is a figure of the arguments, never of the machine, so that the same inputs
//! give the same report everywhere.

mod often_one;
mod seldom;

pub use often_one::OftenOne;
pub use seldom::{Absent, Seldom};

/// Bytes of a half-open connection: its ends, its SYN, and its places in the table that finds it.
const HALF_OPEN: u64 = 384;
/// Bytes of a connection that failed before any request, with the case that is made of it.
const FAILED_CONNECTION: u64 = 1 << 10;

/// Bytes of a failing request that logs or packets tell of, with its case.
const FAILING_REQUEST: u64 = 2 << 10;

/// A budget in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget(u64);

impl Default for MemoryBudget {
    fn default() -> MemoryBudget {
        MemoryBudget(512 << 20)
    }
}

impl MemoryBudget {
    /// The least that can be asked for: with less, ordinary incidents are folded.
    pub const LEAST: u64 = 32 << 20;

    /// A budget of so many bytes; `None` where that is too little.
    pub fn of(bytes: u64) -> Option<MemoryBudget> {
        (bytes >= MemoryBudget::LEAST).then_some(MemoryBudget(bytes))
    }

    /// All of it.
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// For small files on the disk, which can be read again at little cost: a thirty-second.
    pub fn small_files(self) -> u64 {
        self.0 / 32
    }

    /// For the bytes of standard input and of members of archives: an eighth.
    pub fn files(self) -> u64 {
        self.0 / 8
    }

    /// For segments that wait for earlier ones: half of it.
    pub fn segments(self) -> usize {
        usize::try_from(self.0 / 2).unwrap_or(usize::MAX)
    }

    /// Connections of which only SYNs were seen, that wait for an answer: a sixteenth.
    pub fn half_open(self) -> usize {
        usize::try_from(self.0 / 16 / HALF_OPEN).unwrap_or(usize::MAX)
    }

    /// Requests that failed, by a kind of log or by all captures, that are judged one by one: as many as the budget holds.
    pub fn failing_requests(self) -> usize {
        usize::try_from(self.0 / FAILING_REQUEST).unwrap_or(usize::MAX)
    }

    /// Connections of captures that may have carried a request of which another source says that it failed: encrypted ones, and those with the URL of one.
    pub fn undecided_connections(self) -> usize {
        self.failing_requests() / 2
    }

    /// Connections that failed before any request, that are judged one by one: a sixteenth.
    pub fn failed_connections(self) -> usize {
        usize::try_from(self.0 / 16 / FAILED_CONNECTION).unwrap_or(usize::MAX)
    }
}
