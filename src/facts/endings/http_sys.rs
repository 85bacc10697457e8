//! The reasons of HTTP.SYS, the kernel's part of IIS.

use super::AnswerFate::{Missing, OfProxy};
use super::{Ending, ending};

/// Source: Microsoft Learn, "Error logging in HTTP APIs", kinds of errors that the HTTP Server API logs.
pub(super) const HTTP_SYS: &[Ending] = &[
    ending(
        "AppOffline",
        "http-sys-application-failed",
        OfProxy,
        "errors of the application caused it to be taken offline",
    ),
    ending(
        "AppPoolTimer",
        "http-sys-application-busy",
        OfProxy,
        "the application pool is too busy to take the request",
    ),
    ending("AppShutdown", "http-sys-application-shut-down", OfProxy, "the application pool is shutting down"),
    ending(
        "Disabled",
        "http-sys-application-offline",
        OfProxy,
        "the application pool was switched off by an administrator",
    ),
    ending("QueueFull", "http-sys-queue-full", OfProxy, "the application pool's request queue is full"),
    ending("ConnLimit", "http-sys-connection-limit", OfProxy, "the site's limit of connections is reached"),
    ending(
        "Connections_Refused",
        "http-sys-memory-exhausted",
        Missing,
        "the kernel has too little memory to take connections",
    ),
    ending("N/A", "http-sys-unavailable", OfProxy, "the service could not answer"),
    ending(
        "Connection_Abandoned_By_AppPool",
        "http-sys-worker-gone",
        Missing,
        "the worker process ended with the request unanswered",
    ),
    ending(
        "Connection_Abandoned_By_ReqQueue",
        "http-sys-worker-gone",
        Missing,
        "the worker process left its queue with the request unanswered",
    ),
    ending(
        "Connection_Dropped",
        "http-sys-client-left",
        Missing,
        "the client closed before the response was complete",
    ),
    ending(
        "Client_Reset",
        "http-sys-client-left",
        Missing,
        "the client closed before the request came to a worker process",
    ),
    ending(
        "Timer_ConnectionIdle",
        "http-sys-keepalive-timed-out",
        OfProxy,
        "the connection was idle for its keep-alive time and was closed",
    ),
    ending(
        "Timer_MinBytesPerSecond",
        "http-sys-client-slow",
        Missing,
        "the client took data more slowly than is allowed",
    ),
    ending("Timer_HeaderWait", "http-sys-client-slow", Missing, "the request's head did not come in time"),
    ending("Timer_EntityBody", "http-sys-client-slow", Missing, "the request's body did not come in time"),
    ending("Timer_Response", "http-sys-client-slow", Missing, "the client did not take the response in time"),
    ending(
        "Timer_AppPool",
        "http-sys-application-busy",
        Missing,
        "the request waited too long for the application pool",
    ),
    ending(
        "RequestLength",
        "http-sys-request-too-large",
        OfProxy,
        "the request's head is larger than MaxRequestBytes",
    ),
    ending(
        "FieldLength",
        "http-sys-request-too-large",
        OfProxy,
        "a header line is longer than MaxFieldLength",
    ),
    ending("BadRequest", "http-sys-request-invalid", OfProxy, "the request is malformed"),
    ending("Hostname", "http-sys-request-invalid", OfProxy, "no site is bound to the request's host name"),
    ending("Invalid_CR/LF", "http-sys-request-invalid", OfProxy, "the request has a line end that is none"),
    ending("Header", "http-sys-request-invalid", OfProxy, "the request has a header line that is none"),
    ending("URL", "http-sys-request-invalid", OfProxy, "the request's URL is malformed"),
    ending("Verb", "http-sys-request-invalid", OfProxy, "the request's method is malformed"),
    ending("Forbidden", "http-sys-forbidden", OfProxy, "HTTP.SYS refused the URL"),
    ending("Internal", "http-sys-internal", OfProxy, "HTTP.SYS failed internally"),
];
