//! Logs of the origin and of the edge, one file a format.
//!
//! [`recognise()`] tells what a text is by its head; [`RecordReader`] (or [`each_record`]) cuts it; [`Format::parse`] makes a row of each record.

pub mod access;
pub mod access_field;
pub mod access_format;
mod access_guess;
pub mod access_infer;
pub mod access_json;
mod access_pieces;
mod access_variables;
pub mod apache_error;
pub mod application;
pub mod cloudflare;
mod cloudflare_headers;
mod content;
pub mod edge;
pub mod format;
pub mod haproxy;
pub mod journal;
pub mod kernel;
pub mod message;
pub mod nginx_config;
pub mod nginx_error;
pub mod php_fpm;
pub mod recognise;
pub mod record;
pub mod syslog;
pub mod w3c;
pub mod wrapping;

pub use access::{AccessLine, UpstreamTry};
pub use access_format::{AccessFormat, FormatError};
pub use cloudflare::{EdgeError, parse_record as parse_edge};
pub use edge::{Dataset, EdgeRecord, RequestSource};
pub use format::{Context, Format, Kind, LineFormat, Parsed, Skip};
pub use message::MessageLine;
pub use nginx_config::{LogFormat, NginxConfig, Setting};
pub use recognise::{Content, Recognised, recognise, recognise_among};
pub use record::{Body, Record, RecordReader, Splitting, each_record, line_boundary};
