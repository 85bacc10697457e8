//! The ground under every room that reads or writes text: values in the bytes of a line, instants, JSON scalars, headers of the PROXY
//! protocol, and the words in which people are told of figures.

pub mod json;
pub mod proxy_header;
pub mod scan;
pub mod timestamp;
pub mod words;
