//! What changed and when: lists of events, the history of a repository, of packages, of a cluster.

pub(crate) mod dated;
pub(crate) mod edge_trace;
pub(crate) mod git;
pub(crate) mod kubernetes;
pub(crate) mod packages;
pub(crate) mod records;
