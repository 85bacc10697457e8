//! What OpenSSL says of a handshake, in the words of its error strings, whoever writes them down.

use super::signature::{Signature, signatures};

pub(super) const OPENSSL: &[Signature] = signatures! { OpenSsl, "OpenSSL ssl/ssl_err.c, crypto/err/openssl.txt (SSL_R_*_ALERT_*: 1000 and the alert's number); Go crypto/tls alert.go";
    "tls-alert-unknown-authority": "the peer does not know the authority that signed the certificate" {
        "alert unknown ca{}SSL alert number 48" => "SSL_do_handshake() failed (SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48) while SSL handshaking",
        "remote error: tls: unknown certificate authority" => "http: TLS handshake error from 172.68.10.9:41022: remote error: tls: unknown certificate authority",
    }
    "tls-alert-bad-certificate": "the peer finds the certificate bad: for another name, for instance" {
        "alert bad certificate{}SSL alert number 42" => "SSL Library Error: error:0A000412:SSL routines::sslv3 alert bad certificate (SSL alert number 42)",
        "remote error: tls: bad certificate" => "http: TLS handshake error from 172.68.10.9:41022: remote error: tls: bad certificate",
    }
    "tls-alert-expired": "the peer finds the certificate out of its dates" {
        "alert certificate expired{}SSL alert number 45" => "SSL_do_handshake() failed (SSL: error:0A000415:SSL routines::sslv3 alert certificate expired:SSL alert number 45) while SSL handshaking",
        "remote error: tls: expired certificate" => "http: TLS handshake error from 172.68.10.9:41022: remote error: tls: expired certificate",
    }
    "tls-no-application-protocol": "the sides have no protocol in common (ALPN)" {
        "SSL_do_handshake() failed (SSL: {}no application protocol" => "SSL_do_handshake() failed (SSL: error:0A0000EB:SSL routines::no application protocol) while SSL handshaking",
        "SSL routines:{}no application protocol" => "error:0A0000EB:SSL routines:tls_handle_alpn:no application protocol:ssl/statem/extensions_srvr.c:1578:",
        "tls: client requested unsupported application protocols" => "http: TLS handshake error from 172.68.10.9:41022: tls: client requested unsupported application protocols ([h2])",
    }
};
