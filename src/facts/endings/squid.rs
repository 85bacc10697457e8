//! How Squid says that a request ended.

use super::AnswerFate::{Missing, OfProxy};
use super::{Ending, EndingCondition, ending, only};

/// By one of their words. Source: wiki.squid-cache.org/SquidFaq/SquidLogs, "Squid result codes"; squid-cache/squid src/http.cc (a server that does not
/// answer in time is ERR_READ_TIMEOUT with 504).
pub(super) const SQUID: &[Ending] = &[
    ending("DENIED", "squid-denied", OfProxy, "a rule of Squid denied the request"),
    // With an error of Squid's own the exchange with the server behind may be what was aborted.
    only(
        EndingCondition::StatusesBut(&[502, 503, 504]),
        ending("ABORTED", "squid-client-left", Missing, "the client left before the response was complete"),
    ),
    only(
        EndingCondition::Statuses(&[503]),
        ending("NONE", "squid-no-server-left", OfProxy, "Squid had no server that it could ask"),
    ),
    only(
        EndingCondition::Statuses(&[504]),
        ending("MISS", "squid-upstream-timed-out", OfProxy, "the server behind Squid did not answer in time"),
    ),
];

/// Squid's own errors, where its `logformat` has them behind the usual columns (`%err_code/%err_detail`). Source: squid src/error/forward.h,
/// src/FwdState.cc, src/http.cc, errors/templates.
pub(super) const SQUID_ERRORS: &[Ending] = &[
    ending(
        "ERR_CONNECT_FAIL/errno=110",
        "squid-connect-timed-out",
        OfProxy,
        "the server behind Squid did not take the connection in time",
    ),
    ending(
        "ERR_CONNECT_FAIL",
        "squid-server-refused",
        OfProxy,
        "the server behind Squid refused the connection or could not be reached",
    ),
    ending(
        "ERR_READ_TIMEOUT",
        "squid-server-timed-out",
        OfProxy,
        "the server behind Squid did not answer in time",
    ),
    ending(
        "ERR_ZERO_SIZE_OBJECT",
        "squid-server-closed-early",
        OfProxy,
        "the server behind Squid closed without an answer",
    ),
    ending(
        "ERR_READ_ERROR/errno=104",
        "squid-server-closed-early",
        OfProxy,
        "the server behind Squid reset the connection before its answer was complete",
    ),
    ending("ERR_DNS_FAIL", "squid-server-unresolved", OfProxy, "the server's name has no address"),
    ending("ERR_CANNOT_FORWARD", "squid-no-server-left", OfProxy, "Squid had no server that it could ask"),
    ending("ERR_INVALID_RESP", "squid-server-invalid", OfProxy, "the server's answer is not valid HTTP"),
];
