//! How the load balancers of Amazon, Google and Microsoft say in their request logs how a request ended.

use super::AnswerFate::{Cut, Missing, OfProxy};
use super::{Ending, EndingCondition, ending, only};

/// Source: Elastic Load Balancing, "Troubleshoot your Application Load Balancers" (HTTP 502: Bad gateway, 503: Service unavailable, 504: Gateway timeout), and
/// "Access logs for your Application Load Balancer", actions taken (waf).
pub(super) const ELASTIC_LOAD_BALANCING: &[Ending] = &[
    ending("denied", "elb-waf-denied", OfProxy, "a rule of AWS WAF denied the request"),
    only(
        EndingCondition::Statuses(&[504]),
        ending(
            "unanswered",
            "elb-target-timed-out",
            OfProxy,
            "the target did not take the connection, or did not answer, in time",
        ),
    ),
    only(
        EndingCondition::Statuses(&[502]),
        ending(
            "unanswered",
            "elb-target-closed-early",
            OfProxy,
            "the target closed the connection before its answer was complete, or did not answer in HTTP",
        ),
    ),
    only(
        EndingCondition::Statuses(&[503]),
        ending("unanswered", "elb-no-target", OfProxy, "the load balancer had no target that it could ask"),
    ),
];

/// `jsonPayload.statusDetails`. Source: cloud.google.com/load-balancing/docs/https/https-logging-monitoring, "statusDetails HTTP failure messages".
pub(super) const GOOGLE_LOAD_BALANCING: &[Ending] = &[
    ending(
        "failed_to_connect_to_backend",
        "google-backend-not-connected",
        OfProxy,
        "the load balancer could not connect to the backend",
    ),
    ending(
        "failed_to_pick_backend",
        "google-no-backend",
        OfProxy,
        "the load balancer had no healthy backend that it could ask",
    ),
    ending("backend_timeout", "google-backend-timed-out", OfProxy, "the backend did not answer in time"),
    ending(
        "backend_connection_closed_before_data_sent_to_client",
        "google-backend-closed-early",
        OfProxy,
        "the backend closed the connection before anything was sent to the client",
    ),
    ending(
        "backend_connection_closed_after_partial_response_sent",
        "google-backend-cut-response",
        Cut,
        "the backend closed the connection in the middle of its answer",
    ),
    ending(
        "backend_response_corrupted",
        "google-backend-invalid",
        OfProxy,
        "the backend's answer breaks HTTP",
    ),
    ending(
        "backend_response_headers_too_long",
        "google-backend-head-too-large",
        OfProxy,
        "the head of the backend's answer is larger than the load balancer takes",
    ),
    ending(
        "denied_by_security_policy",
        "google-armor-denied",
        OfProxy,
        "a rule of Google Cloud Armor denied the request",
    ),
    ending(
        "client_disconnected_before_any_response",
        "google-client-left",
        Missing,
        "the client left before anything was answered",
    ),
    ending(
        "client_disconnected_after_partial_response",
        "google-client-left-in-body",
        OfProxy,
        "the client left in the middle of the answer",
    ),
    ending(
        "headers_too_long",
        "google-request-head-too-large",
        OfProxy,
        "the head of the request is larger than the load balancer takes",
    ),
];

/// `error_info`. Source: learn.microsoft.com/azure/application-gateway/monitor-application-gateway-reference, "Error codes in the access log".
pub(super) const APPLICATION_GATEWAY: &[Ending] = &[
    ending(
        "ERRORINFO_UPSTREAM_NO_LIVE",
        "azure-no-live-server",
        OfProxy,
        "the gateway had no server of the pool that it could reach",
    ),
    ending(
        "ERRORINFO_UPSTREAM_TIMED_OUT",
        "azure-server-timed-out",
        OfProxy,
        "the server behind did not answer within the gateway's time-out",
    ),
    ending(
        "ERRORINFO_UPSTREAM_CLOSED_CONNECTION",
        "azure-server-closed-early",
        OfProxy,
        "the server behind closed the connection before its answer was complete",
    ),
    ending(
        "ERRORINFO_CLIENT_CLOSED_REQUEST",
        "azure-client-left",
        Missing,
        "the client left before the answer was complete",
    ),
    ending(
        "ERRORINFO_HTTPS_NO_CERT",
        "azure-no-client-certificate",
        OfProxy,
        "the client sent no certificate that the gateway asks for",
    ),
];
