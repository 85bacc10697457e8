//! One entry of a HAR file: a request as the visitor's browser saw it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::facts::error_pages::KnownPage;
use crate::ray::RayAtColo;
use crate::time::{Duration, Time};

/// An entry of `log.entries` (HAR 1.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its index in `log.entries`, from 0.
    pub index: u32,
    /// `startedDateTime`.
    pub start: Option<Time>,
    /// `time`: total duration.
    pub duration: Option<Duration>,
    /// Request method.
    pub method: String,
    /// Scheme of the URL, in lower case.
    pub scheme: String,
    /// Host of the URL, with its port where it is not the scheme's own.
    pub host: String,
    /// Path and query of the URL.
    pub target: String,
    /// Status; 0 where the browser got no response.
    pub status: u16,
    /// `cf-ray` of the response (or the ray of an error page in the body).
    pub ray: Option<RayAtColo>,
    /// `server: cloudflare`.
    pub from_cloudflare: bool,
    /// `cf-mitigated`.
    pub mitigated: Option<String>,
    /// `cf-cache-status`.
    pub cache_status: Option<String>,
    /// `retry-after` in seconds.
    pub retry_after: Option<u32>,
    /// `server-timing: cfOrigin;dur=…`; 0 means that the origin was not asked.
    pub origin_time: Option<Duration>,
    /// `server-timing: cfEdge;dur=…`.
    pub edge_time: Option<Duration>,
    /// The 1xxx code of an error page (`error code: 1016`, `error_code`).
    pub error_code: Option<u16>,
    /// The body is the edge's own error page: the answer does not come from the origin.
    pub from_edge_page: bool,
    /// It says that the edge itself failed, with a status of a server's error.
    pub blames_edge: bool,
    /// The status that the edge's error page names (`| 522: Connection timed out`).
    pub page_status: Option<u16>,
    /// The page of a server or a framework that the body is.
    pub known_page: Option<KnownPage>,
    /// The body says that the origin got no client certificate.
    pub wants_certificate: bool,
    /// The Location header of the response.
    pub location: Option<String>,
    /// `serverIPAddress`.
    pub server_address: Option<IpAddr>,
    /// Timings; `None` for −1.
    pub timings: Timings,
    /// Sizes of the request's head.
    pub request: HeadAudit,
    /// Sizes of the response's head.
    pub response: HeadAudit,
    /// Response body size in bytes, −1 in the file is `None`.
    pub body_bytes: Option<u64>,
    /// What the file itself says about the head being incomplete (sanitised, `headersSize` far from the sum of headers).
    pub sanitised: bool,
}

/// HAR `timings`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// Waiting in the browser.
    pub blocked: Option<Duration>,
    /// Name resolution.
    pub dns: Option<Duration>,
    /// TCP (and TLS) to the edge.
    pub connect: Option<Duration>,
    /// TLS to the edge, part of `connect`.
    pub ssl: Option<Duration>,
    /// Sending the request.
    pub send: Option<Duration>,
    /// Waiting for the first byte.
    pub wait: Option<Duration>,
    /// Reading the response.
    pub receive: Option<Duration>,
}

/// The headers and cookies of one direction, by size. Values are never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadAudit {
    /// Bytes of all header lines as HTTP/1 would write them (`name: value CRLF`).
    pub bytes: u64,
    /// `headersSize` of the file; `None` for −1 or absent.
    pub stated_bytes: Option<u64>,
    /// Each header line: name in lower case, bytes of the line.
    pub headers: Vec<(String, u64)>,
    /// Each cookie: name as sent, bytes of `name=value`.
    pub cookies: Vec<(String, u64)>,
}
