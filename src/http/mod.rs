//! HTTP/1 exchanges with byte-exact conformance findings, sizes and timings.

pub mod conform;
pub mod exchange;
