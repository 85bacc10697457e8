//! What several tests need: packets and the files that hold them, an extraction, the connections of a capture, folders of evidence,
//! recorded incidents, the corpus, the laws of certainty, captures that are read with stops.

#![allow(dead_code, reason = "each test takes its part")]
#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

pub mod capture;
pub mod certainty;
pub mod corpus;
pub mod extraction;
pub mod folder;
pub mod followed;
pub mod http2;
pub mod printed;
pub mod recorded;
pub mod series;
