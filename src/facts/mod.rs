//! What is known before any evidence is read, as data with its source: limits, address ranges, statuses, log messages. The only logic
//! here is looking things up.

pub(crate) mod deaths;
pub mod endings;
pub mod error_pages;
pub(crate) mod failed_requests;
pub(crate) mod gateways;
pub(crate) mod handlers;
pub(crate) mod handshakes;
pub(crate) mod lasting;
pub mod left_by_failures;
pub mod limits;
pub(crate) mod log_folders;
pub(crate) mod messages;
pub mod ranges;
pub(crate) mod refusals;
pub(crate) mod restarts;
pub mod roots;
pub(crate) mod services;
pub(crate) mod serving;
pub(crate) mod statuses;
pub(crate) mod supervised;
pub(crate) mod tcp_proxies;
pub(crate) mod told_at_end;
pub(crate) mod tunnels;
