//! rayscope names the root cause of Cloudflare 520 errors from packet captures, logs and HAR files.

pub mod cli;
pub mod report;
