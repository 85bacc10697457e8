//! One record of Cloudflare's own log (Logpush `http_requests`): what the edge saw of a request.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::ray::{Colo, Ray};
use crate::time::{Duration, Time};

/// A record of the edge (Cloudflare docs: logs/logpush/logpush-job/datasets/zone/http_requests). Absent fields are `None`;
/// the record's own words for nothing (`""`, `"00"` for a parent ray, origin status 0) are `None` too, where a docstring says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EdgeRecord {
    /// Which data set it comes from.
    pub dataset: Dataset,
    /// RayID.
    pub ray: Option<Ray>,
    /// ParentRayID; `""` and `"00"` mean none.
    pub parent_ray: Option<Ray>,
    /// EdgeStartTimestamp.
    pub start: Time,
    /// The resolution of `start`.
    pub resolution: Duration,
    /// EdgeEndTimestamp.
    pub end: Option<Time>,
    /// ClientRequestHost.
    pub host: Option<String>,
    /// ClientRequestMethod.
    pub method: Option<String>,
    /// ClientRequestURI, else ClientRequestPath.
    pub target: Option<String>,
    /// It is ClientRequestPath alone: what query followed it the record does not tell.
    pub target_is_path: bool,
    /// ClientIP: personal.
    pub client_address: Option<IpAddr>,
    /// ClientCountry.
    pub country: Option<String>,
    /// ClientRequestBytes, below 4 GiB.
    pub client_request_bytes: Option<u32>,
    /// EdgeResponseBytes, below 4 GiB: head and body of what the visitor got.
    pub response_bytes: Option<u32>,
    /// ClientRequestSource (or RequestSource), by word or number.
    pub source: RequestSource,
    /// ClientRequestUserAgent.
    pub user_agent: Option<String>,
    /// EdgeColoCode.
    pub colo: Option<Colo>,
    /// EdgeServerIP: the address towards the origin; `None` where the record says `""`: no origin request was made.
    pub edge_address: Option<IpAddr>,
    /// Whether the record has the field EdgeServerIP at all.
    pub edge_address_logged: bool,
    /// EdgeResponseStatus.
    pub edge_status: Option<u16>,
    /// OriginIP.
    pub origin_address: Option<IpAddr>,
    /// OriginResponseStatus; `Some(0)` is the edge's word for no response.
    pub origin_status: Option<u16>,
    /// OriginTCPHandshakeDurationMs; `Some(0)` is a reused connection (or none).
    pub origin_tcp_time: Option<Duration>,
    /// OriginTLSHandshakeDurationMs.
    pub origin_tls_time: Option<Duration>,
    /// OriginRequestHeaderSendDurationMs.
    pub origin_send_time: Option<Duration>,
    /// OriginResponseHeaderReceiveDurationMs.
    pub origin_header_time: Option<Duration>,
    /// OriginResponseDurationMs.
    pub origin_response_time: Option<Duration>,
    /// EdgeTimeToFirstByteMs.
    pub edge_first_byte_time: Option<Duration>,
    /// CacheCacheStatus.
    pub cache_status: Option<String>,
    /// SecurityAction (or the older WAFAction, FirewallMatchesActions), in lower case; `None` for `""` and `unknown`.
    pub security_action: Option<String>,
    /// WorkerStatus; `None` for `""` and `unknown`.
    pub worker_status: Option<String>,
    /// WorkerSubrequest.
    pub worker_subrequest: bool,
    /// Sizes of the response header lines that the job records (ResponseHeaders): name and bytes of the value.
    pub response_headers: Vec<(String, u64)>,
    /// The same of RequestHeaders, and of Cookies, which are the request's, as `cookie:NAME`.
    pub request_headers: Vec<(String, u64)>,
    /// `sampleInterval`, or 1/`sample_rate`: this record stands for so many.
    pub sample_interval: Option<u32>,
}

impl EdgeRecord {
    /// So many requests does this record stand for: 1 where it does not say that it is a sample.
    pub fn stands_for(&self) -> u32 {
        self.sample_interval.unwrap_or(1).max(1)
    }

    /// When the request was over, as nearly as the record tells: its end, or where that field was left out, when the origin had answered or the answer's first
    /// byte had gone out.
    pub fn over(&self) -> Option<Time> {
        let took = || self.origin_response_time.max(self.edge_first_byte_time);
        self.end.or_else(|| Some(self.start.plus(took()?)))
    }

    /// Whether it shows that no origin was asked: status 0 of the origin, and no address towards it; where the log has none, that status has to be written.
    pub fn was_not_sent(&self) -> bool {
        self.origin_status.unwrap_or(0) == 0
            && self.edge_address.is_none()
            && (self.edge_address_logged || self.origin_status == Some(0))
    }

    /// Whether the edge got nothing that it could use (520), and not even a status of the origin's.
    pub fn was_not_answered(&self) -> bool {
        const UNUSABLE: u16 = 520;
        self.edge_status == Some(UNUSABLE) && self.origin_status.unwrap_or(0) == 0
    }

    /// Whether another record tells of the same request: Logpush may deliver a record twice, and two jobs, or a job and an export of the
    /// dashboard, may hold it with other fields and instants of another resolution. One ray on two URLs is two requests.
    pub fn is_same_request(&self, other: &EdgeRecord) -> bool {
        fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
            a.zip(b).is_none_or(|(a, b)| a == b)
        }
        let apart = self.start.since(other.start).abs();
        self.ray.is_some()
            && self.ray == other.ray
            && self.dataset == other.dataset
            && (apart == Duration::ZERO || apart < self.resolution.max(other.resolution))
            && agree(self.edge_status.as_ref(), other.edge_status.as_ref())
            && agree(self.method.as_ref(), other.method.as_ref())
            && agree(self.host.as_ref(), other.host.as_ref())
            && agree_on_target(self.target.as_deref(), other.target.as_deref())
    }
}

/// Whether two targets may be one: some data sets have the path alone.
fn agree_on_target(a: Option<&str>, b: Option<&str>) -> bool {
    let Some((a, b)) = a.zip(b) else { return true };
    match (a.split_once('?'), b.split_once('?')) {
        (Some((path, _)), None) => path == b,
        (None, Some((path, _))) => path == a,
        _ => a == b,
    }
}

/// The data set of a record. Only records of requests count as requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Dataset {
    /// `http_requests` (Logpush, Logpull, Instant Logs) and GraphQL's `httpRequestsAdaptive`.
    #[default]
    Requests,
    /// `firewall_events`: what a rule did with a request of the same ray; `start` is `Datetime`, `security_action` is `Action`.
    FirewallEvents,
}

/// Who made the request (Cloudflare docs: logs/reference/clientrequestsource).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RequestSource {
    /// The record does not say.
    #[default]
    Absent,
    /// A visitor.
    Eyeball,
    /// The edge's own: purge, alwaysOnline, healthcheck, Worker, image resizing, sslDetector, early hints and whatever comes.
    EdgeItself,
}
