//! What to change for each cause, and how to confirm it: one file a cause.

pub mod bare_lf;
pub mod client_abort;
pub mod connect_refused;
pub mod connect_timeout;
pub mod empty_response;
pub mod firewall_drop;
pub mod invalid_header;
pub mod invalid_status_line;
pub mod keepalive_race;
pub mod oom_kill;
pub mod origin_error_status;
pub mod request_header_too_large;
pub mod reset_before_response;
pub mod response_header_too_large;
pub mod slow_response;
pub mod tls_certificate_expired;
pub mod tls_no_shared_cipher;
pub mod tls_plaintext_on_port;
pub mod truncated_response;
pub mod upstream_closed_early;
pub mod upstream_refused;
pub mod upstream_timeout;
pub mod worker_crash;
pub mod worker_pool_exhausted;
