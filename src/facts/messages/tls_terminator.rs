//! Messages of the programs that end TLS before a web server and read no request.

use super::signature::{Signature, signatures};

/// In server mode: the plain side, of which `s_connect`, `readsocket` and `socket fd` speak, is the server behind; `SSL_accept` is the client's handshake.
pub(super) const STUNNEL: &[Signature] = signatures! { Stunnel, "mtrojnar/stunnel @ 02d7890, src/network.c (s_connect), src/client.c (connect_remote, transfer, parse_socket_error), src/log.c (log_error, s_strerror), src/ctx.c (sslerror), src/stunnel.c (accept_connection); stunnel 5.68";
    "stunnel-backend-refused": "stunnel cannot reach the application" {
        "s_connect: connect {}: Connection refused" => "s_connect: connect 10.0.0.5:8080: Connection refused (111)",
        "s_connect: connect {}: No route to host" => "s_connect: connect 10.0.0.5:8080: No route to host (113)",
        "s_connect: connect {}: Network is unreachable" => "s_connect: connect 10.0.0.5:8080: Network is unreachable (101)",
        "s_connect: connect {}: No such file or directory" => "s_connect: connect /run/app.sock: No such file or directory (2)",
    }
    "stunnel-connect-timed-out": "the application's host does not answer stunnel" {
        "s_connect: s_poll_wait {}: TIMEOUTconnect exceeded" => "s_connect: s_poll_wait 10.0.0.5:8080: TIMEOUTconnect exceeded",
        "s_connect: connect {}: Connection timed out" => "s_connect: connect 10.0.0.5:8080: Connection timed out (110)",
    }
    "stunnel-backend-unresolved": "the application's host name has no address" {
        "No remote host resolved" => "No remote host resolved",
    }
    "stunnel-backend-reset": "the application reset the connection" {
        "readsocket: Connection reset by peer" => "readsocket: Connection reset by peer (104)",
        "writesocket: Connection reset by peer" => "writesocket: Connection reset by peer (104)",
        "socket fd: Connection reset by peer" => "socket fd: Connection reset by peer (104)",
    }
    "stunnel-clients-used-up": "stunnel reached its limit of clients" {
        "Connection rejected: too many clients (>={figure})" => "Connection rejected: too many clients (>=500)",
    }
    "stunnel-handshake-closed": "the peer closed during the handshake" {
        "SSL_accept: Peer suddenly disconnected" => "SSL_accept: Peer suddenly disconnected",
        "SSL_accept: {}unexpected eof while reading" => "SSL_accept: ssl/record/rec_layer_s3.c:309: error:0A000126:SSL routines::unexpected eof while reading",
    }
    "stunnel-handshake-failed": "a TLS handshake failed" {
        "SSL_accept: {}error:" => "SSL_accept: ssl/record/ssl3_record.c:354: error:0A00009C:SSL routines::http request",
    }
};

/// What stands in braces is where the error lies; a brace that opens would be a hole of the pattern.
pub(super) const HITCH: &[Signature] = signatures! { Hitch, "varnish/hitch @ 00401ea, src/hitch.c (start_connect, handle_connect, connect_timeout, handle_socket_errno, client_handshake, handshake_timeout, handle_accept, do_wait, sigh_terminate), src/logging.c @ 7b13942; hitch 1.7.2";
    "hitch-backend-refused": "hitch cannot reach the application" {
        "backend-connect}: Connection refused" => "{backend-connect}: Connection refused",
        "backend-connect}: No route to host" => "{backend-connect}: No route to host",
        "backend-connect}: Network is unreachable" => "{backend-connect}: Network is unreachable",
        "backend-connect}: No such file or directory" => "{backend-connect}: No such file or directory",
    }
    "hitch-connect-timed-out": "the application's host does not answer hitch" {
        "backend connect timeout" => "backend connect timeout",
        "backend-connect}: Connection timed out" => "{backend-connect}: Connection timed out",
    }
    "hitch-backend-reset": "the application reset the connection" {
        "backend} Socket error: Connection reset by peer" => "{backend} Socket error: Connection reset by peer",
        "backend} Socket error: Broken pipe" => "{backend} Socket error: Broken pipe",
    }
    "hitch-handshake-closed": "the peer closed during the handshake" {
        "Handshake failure: {}unexpected eof while reading" => "Handshake failure: error:0A000126:SSL routines::unexpected eof while reading",
        "SSL handshake timeout" => "SSL handshake timeout",
        "client} Connection closed (in handshake)" => "{client} Connection closed (in handshake)",
        "client} SSL socket error in handshake: " => "{client} SSL socket error in handshake: Connection reset by peer",
    }
    "hitch-handshake-failed": "a TLS handshake failed" {
        "Handshake failure: error:" => "Handshake failure: error:0A00010B:SSL routines::wrong version number",
    }
    "hitch-files-used-up": "hitch has no file descriptors left" {
        "accept() failed; too many open files for this process" => "{client} accept() failed; too many open files for this process",
        "accept() failed; too many open files for this system" => "{client} accept() failed; too many open files for this system",
    }
    "hitch-worker-died": "a worker of hitch died on a signal" {
        "Child {process} was terminated by signal {figure}" => "{core} Child 811 was terminated by signal 11.",
    }
    "hitch-restarted": "hitch was started or stopped" {
        "hitch {} initialization complete" => "{core} hitch 1.7.2 initialization complete",
        "core} Received signal {figure}, shutting down." => "{core} Received signal 15, shutting down.",
    }
};
