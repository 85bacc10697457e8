//! The fields of an access line, whatever server writes them.

use crate::facts::endings::EndingVocabulary;
use crate::time::Duration;

/// What a piece of an access line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessField {
    /// Anything that diagnosis has no use for, or must not keep (cookies, user names).
    Ignored,
    /// An instant in any form ([`timestamp::any`](crate::text::timestamp::any)), also with brackets around it.
    Time,
    /// A date alone (W3C), which [`AccessField::TimeOfDay`] completes.
    Date,
    /// A time of day alone (W3C).
    TimeOfDay,
    /// Address of the peer, or of the visitor where it was replaced.
    RemoteAddress,
    /// The same with its port after a colon.
    RemoteAddressAndPort,
    /// Address of the peer before it was replaced.
    RealPeer,
    /// Port of the peer.
    RemotePort,
    /// Request line: method, target, version.
    Request,
    /// Method alone.
    Method,
    /// Target: path, with the query if it has one.
    Target,
    /// Query alone, with or without its `?`.
    Query,
    /// Status.
    Status,
    /// Bytes of the response's body.
    BodyBytes,
    /// Bytes of the response, head included.
    SentBytes,
    /// Bytes of the request, head included.
    RequestBytes,
    /// Duration of the request in this unit.
    RequestTime(Duration),
    /// The same as a text with its unit (`0ms`, `1.5s`).
    RequestTimeWithUnit,
    /// The same under a name that leaves the unit open ([`PlainUnit`](crate::logs::access::unit::PlainUnit)).
    PlainDuration,
    /// Addresses of the upstreams that were tried.
    UpstreamAddress,
    /// Their statuses.
    UpstreamStatus,
    /// Time to connect, try by try, in this unit.
    UpstreamConnectTime(Duration),
    /// Time to the response head, try by try.
    UpstreamHeaderTime(Duration),
    /// Time to the end of the response, try by try.
    UpstreamResponseTime(Duration),
    /// nginx's connection number.
    Connection,
    /// Number of requests on the connection.
    ConnectionRequests,
    /// Requests on this connection before this one (Apache's `%k` is 0 for the first).
    RequestsBefore,
    /// User agent.
    UserAgent,
    /// Host or server name.
    Host,
    /// Addresses of `X-Forwarded-For`: the last is that of the peer, or of the visitor where the peer added none.
    ForwardedFor,
    /// CF-Connecting-IP: the visitor.
    Visitor,
    /// CF-RAY.
    Ray,
    /// Sixteen hex digits in a column that nothing names: a ray, or the id of a trace.
    PossibleRay,
    /// Process id.
    Process,
    /// HAProxy's backend and the server that was chosen in it.
    Server,
    /// HAProxy's timers of a request, in milliseconds, of which the last is the whole.
    Timers,
    /// HAProxy's captured headers.
    Captures,
    /// How the request ended, in these words.
    Termination(EndingVocabulary),
}

impl AccessField {
    /// Whether the value may hold `, ` and ` : ` between tries.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            AccessField::UpstreamAddress
                | AccessField::UpstreamStatus
                | AccessField::UpstreamConnectTime(_)
                | AccessField::UpstreamHeaderTime(_)
                | AccessField::UpstreamResponseTime(_)
        )
    }
}
