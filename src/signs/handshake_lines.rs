//! The signs that are lines by which programs say why a handshake failed.

use super::line_table::line;
use super::sign::{LineScope, Sign};

pub(super) const SIGNS: &[Sign] = &[
    line(
        "no-shared-cipher-line",
        "a handshake has no cipher suite in common",
        LineScope::Host(2),
        &["nginx-tls-no-shared-cipher", "tls-cipher-unshared"],
    )
    .one_with("no-shared-cipher"),
    line(
        "protocol-version-line",
        "a handshake has no TLS version in common",
        LineScope::Host(2),
        &["nginx-tls-protocol-version", "tls-version-unshared"],
    )
    .one_with("protocol-version"),
    line(
        "unknown-authority-line",
        "a handshake ends because the peer does not know the certificate's authority",
        LineScope::Host(2),
        &["tls-alert-unknown-authority"],
    )
    .one_with("alert-unknown-ca"),
    line(
        "bad-certificate-line",
        "a handshake ends because the peer finds the certificate bad",
        LineScope::Host(2),
        &["tls-alert-bad-certificate"],
    )
    .one_with("alert-bad-certificate"),
    line(
        "expired-line",
        "a handshake ends because the peer finds the certificate out of its dates",
        LineScope::Host(2),
        &["tls-alert-expired"],
    )
    .one_with("expired"),
    line(
        "no-application-protocol-line",
        "a handshake ends for want of a common protocol",
        LineScope::Host(2),
        &["tls-no-application-protocol"],
    )
    .one_with("alert-no-application-protocol"),
    line(
        "unknown-name-line",
        "no certificate is set for the name that is asked for",
        LineScope::Host(2),
        &["go-proxy-unknown-name", "lighttpd-unknown-name", "nginx-tls-name-rejected"],
    )
    .one_with("unknown-name"),
    line(
        "plain-on-tls-port-line",
        "a TLS handshake came to a plain port",
        LineScope::Host(2),
        &["apache-tls-on-plain-port", "lighttpd-tls-on-plain-port"],
    )
    .one_with("plain"),
];
