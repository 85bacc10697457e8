//! What TLS libraries say of a handshake, in the words of their error strings, whoever writes them down: OpenSSL, also through Node's and Python's
//! exceptions, Go and Java.

use super::signature::{Signature, signatures};

pub(super) const OPENSSL: &[Signature] = signatures! { OpenSsl, "OpenSSL ssl/ssl_err.c, crypto/err/openssl.txt (SSL_R_*_ALERT_*: 1000 and the alert's number); CPython Modules/_ssl.c (PySSL_SetError); Go crypto/tls alert.go, handshake_server.go; OpenJDK sun/security/ssl TransportContext.java, ServerHello.java, ClientHello.java, CertificateMessage.java";
    "tls-alert-unknown-authority": "the peer does not know the authority that signed the certificate" {
        "SSL routines:{}alert unknown ca" => "fe/1: SSL handshake failure (error:0A000418:SSL routines::tlsv1 alert unknown ca)",
        "alert unknown ca{}SSL alert number 48" => "SSL_do_handshake() failed (SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48) while SSL handshaking",
        "[SSL: TLSV1_ALERT_UNKNOWN_CA]" => "ssl.SSLError: [SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:1000)",
        "Received fatal alert: unknown_ca" => "javax.net.ssl.SSLHandshakeException: Received fatal alert: unknown_ca",
        "remote error: tls: unknown certificate authority" => "http: TLS handshake error from 172.68.10.9:41022: remote error: tls: unknown certificate authority",
    }
    "tls-alert-bad-certificate": "the peer finds the certificate bad: for another name, for instance" {
        "SSL routines:{}alert bad certificate" => "fe/1: SSL handshake failure (error:0A000412:SSL routines::ssl/tls alert bad certificate)",
        "alert bad certificate{}SSL alert number 42" => "SSL Library Error: error:0A000412:SSL routines::sslv3 alert bad certificate (SSL alert number 42)",
        "[SSL: SSLV3_ALERT_BAD_CERTIFICATE]" => "ssl.SSLError: [SSL: SSLV3_ALERT_BAD_CERTIFICATE] sslv3 alert bad certificate (_ssl.c:1000)",
        "Received fatal alert: bad_certificate" => "javax.net.ssl.SSLHandshakeException: Received fatal alert: bad_certificate",
        "remote error: tls: bad certificate" => "http: TLS handshake error from 172.68.10.9:41022: remote error: tls: bad certificate",
    }
    "tls-alert-expired": "the peer finds the certificate out of its dates" {
        "SSL routines:{}alert certificate expired" => "fe/1: SSL handshake failure (error:0A000415:SSL routines::sslv3 alert certificate expired)",
        "alert certificate expired{}SSL alert number 45" => "SSL_do_handshake() failed (SSL: error:0A000415:SSL routines::sslv3 alert certificate expired:SSL alert number 45) while SSL handshaking",
        "[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED]" => "ssl.SSLError: [SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] sslv3 alert certificate expired (_ssl.c:1000)",
        "Received fatal alert: certificate_expired" => "javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_expired",
        "remote error: tls: expired certificate" => "http: TLS handshake error from 172.68.10.9:41022: remote error: tls: expired certificate",
    }
    "tls-no-application-protocol": "the sides have no protocol in common (ALPN)" {
        "SSL_do_handshake() failed (SSL: {}no application protocol" => "SSL_do_handshake() failed (SSL: error:0A0000EB:SSL routines::no application protocol) while SSL handshaking",
        "SSL routines:{}no application protocol" => "error:0A0000EB:SSL routines:tls_handle_alpn:no application protocol:ssl/statem/extensions_srvr.c:1578:",
        "tls: client requested unsupported application protocols" => "http: TLS handshake error from 172.68.10.9:41022: tls: client requested unsupported application protocols ([h2])",
    }
    "tls-cipher-unshared": "client and server have no cipher suite in common" {
        "SSL routines:{}no shared cipher" => "tlsClientError ERR_SSL_NO_SHARED_CIPHER 806C068B687F0000:error:0A0000C1:SSL routines:tls_post_process_client_hello:no shared cipher:../deps/openssl/openssl/ssl/statem/statem_srvr.c:2235:",
        "[SSL: NO_SHARED_CIPHER]" => "ssl.SSLError: [SSL: NO_SHARED_CIPHER] no shared cipher (_ssl.c:1000)",
        "none of the cipher suites supported by the client application are supported by the server" => "An TLS 1.2 connection request was received from a remote client application, but none of the cipher suites supported by the client application are supported by the server. The TLS connection request has failed.",
        "tls: no cipher suite supported by both client and server" => "http: TLS handshake error from 172.68.10.9:41022: tls: no cipher suite supported by both client and server",
        "no cipher suites in common" => "javax.net.ssl.SSLHandshakeException: no cipher suites in common",
    }
    "tls-version-unshared": "client and server have no TLS version in common" {
        "SSL routines:{}unsupported protocol" => "SSL Library Error: error:0A000102:SSL routines::unsupported protocol",
        "SSL routines:{}version too low" => "SSL Library Error: error:0A00018C:SSL routines::version too low",
        "alert protocol version{}SSL alert number 70" => "SSL Library Error: error:0A00042E:SSL routines::tlsv1 alert protocol version (SSL alert number 70)",
        "[SSL: UNSUPPORTED_PROTOCOL]" => "ssl.SSLError: [SSL: UNSUPPORTED_PROTOCOL] unsupported protocol (_ssl.c:1000)",
        "tls: client offered only unsupported versions" => "http: TLS handshake error from 172.68.10.9:41022: tls: client offered only unsupported versions: [302 301]",
        "is not enabled or supported in server context" => "javax.net.ssl.SSLHandshakeException: Client requested protocol TLSv1.1 is not enabled or supported in server context",
    }
    "tls-client-certificate-missing": "the server wants a certificate of the client, which sends none" {
        "SSL routines:{}peer did not return a certificate" => "SSL Library Error: error:0A0000C7:SSL routines::peer did not return a certificate -- No CAs known to server for verification?",
        "[SSL: PEER_DID_NOT_RETURN_A_CERTIFICATE]" => "ssl.SSLError: [SSL: PEER_DID_NOT_RETURN_A_CERTIFICATE] peer did not return a certificate (_ssl.c:1000)",
        "tls: client didn't provide a certificate" => "http: TLS handshake error from 172.68.10.9:41022: tls: client didn't provide a certificate",
        "Empty client certificate chain" => "javax.net.ssl.SSLHandshakeException: Empty client certificate chain",
    }
};
