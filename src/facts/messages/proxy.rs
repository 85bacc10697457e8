//! Messages of the proxies and web servers beside nginx, Apache and HAProxy.

use super::signature::{Signature, signatures};

/// Error texts are those of Go's net and net/http.
pub(super) const GO_PROXY: &[Signature] = signatures! { GoProxy, "caddyserver/caddy @ 0cf03d32f modules/caddyhttp/reverseproxy, traefik/traefik @ fd5a576df pkg/proxy, golang/go net, net/http";
    "go-proxy-backend-refused": "the proxy cannot reach the application" {
        ": connect: connection refused" => "dial tcp 127.0.0.1:8080: connect: connection refused",
        "connectex: No connection could be made because the target machine actively refused it" => "dial tcp [::1]:8080: connectex: No connection could be made because the target machine actively refused it.",
        ": connect: no such file or directory" => "dial unix /run/app.sock: connect: no such file or directory",
        ": connect: no route to host" => "dial tcp 10.0.0.5:8080: connect: no route to host",
        ": connect: network is unreachable" => "dial tcp 10.0.0.5:8080: connect: network is unreachable",
        ": connect: permission denied" => "dial unix /run/app.sock: connect: permission denied",
        ": connect: cannot assign requested address" => "dial tcp 127.0.0.1:8080: connect: cannot assign requested address",
    }
    "go-proxy-backend-unresolved": "the application's host name cannot be resolved" {
        "dial tcp: lookup {}: no such host" => "dial tcp: lookup app.internal on 127.0.0.11:53: no such host",
        "dial tcp: lookup {}: server misbehaving" => "dial tcp: lookup app.internal on 127.0.0.11:53: server misbehaving",
        "dial tcp: lookup {}: i/o timeout" => "dial tcp: lookup app.internal on 127.0.0.11:53: read udp 172.18.0.2:41022->127.0.0.11:53: i/o timeout",
        "dial tcp: lookup {}: Temporary failure in name resolution" => "dial tcp: lookup app.internal: Temporary failure in name resolution",
    }
    "go-proxy-servers-unresolved": "the name from which the proxy takes its servers cannot be resolved" {
        "failed getting dynamic upstreams{}: no such host" => "failed getting dynamic upstreams; falling back to static upstreams: lookup app.internal on 127.0.0.11:53: no such host",
        "failed getting dynamic upstreams{}: server misbehaving" => "failed getting dynamic upstreams; falling back to static upstreams: lookup app.internal on 127.0.0.11:53: server misbehaving",
        "failed getting dynamic upstreams{}: i/o timeout" => "failed getting dynamic upstreams; falling back to static upstreams: lookup app.internal on 127.0.0.11:53: read udp 172.18.0.2:41022->127.0.0.11:53: i/o timeout",
    }
    "go-proxy-connect-timed-out": "the application's host does not answer the proxy" {
        "dial tcp {}: i/o timeout" => "dial tcp 10.0.0.5:8080: i/o timeout",
        "dial tcp {}: connect: connection timed out" => "dial tcp 10.0.0.5:8080: connect: connection timed out",
    }
    "go-proxy-backend-timed-out": "the application did not answer the proxy in time" {
        "net/http: timeout awaiting response headers" => "net/http: timeout awaiting response headers",
        "'504 Gateway Timeout' caused by: " => "'504 Gateway Timeout' caused by: net/http: timeout awaiting response headers",
        "http2: timeout awaiting response headers" => "http2: timeout awaiting response headers",
    }
    "go-proxy-backend-closed-early": "the application closed the connection before its response was complete" {
        "'502 Bad Gateway' caused by: EOF" => "'502 Bad Gateway' caused by: EOF",
        "502 Bad Gateway: EOF" => "502 Bad Gateway: EOF",
        "read: connection reset by peer" => "read tcp 127.0.0.1:41022->127.0.0.1:8080: read: connection reset by peer",
        "net/http: HTTP/1.x transport connection broken" => "net/http: HTTP/1.x transport connection broken: malformed HTTP response",
        "transport connection broken: unexpected EOF" => "net/http: HTTP/1.x transport connection broken: unexpected EOF",
        "aborting with incomplete response{}unexpected EOF" => "aborting with incomplete response: unexpected EOF",
        "http: server closed idle connection" => "http: server closed idle connection",
        "reading from backend{}unexpected EOF" => "reading from backend: unexpected EOF",
    }
    "go-proxy-no-backend": "every server that the proxy may ask is marked as failed" {
        "no upstreams available" => "no upstreams available",
    }
    "go-proxy-client-left": "the client left before the response was complete" {
        "499 Client Closed Request" => "499 Client Closed Request",
        "context canceled" => "reading: context canceled",
        "aborting with incomplete response: writing: " => "aborting with incomplete response: writing: write tcp 10.0.0.4:443->172.68.10.9:41022: write: broken pipe",
    }
    "go-proxy-health-check-failed": "a health check found a server down" {
        "Health check failed." => "Health check failed.",
        "active health check failed" => "active health check failed",
        "Health check failed, removing from server list" => "Health check failed, removing from server list. Backend: \"app@docker\"",
    }
    "go-proxy-address-refused": "a list of addresses refuses the client" {
        "Rejecting IP " => "Rejecting IP 172.68.10.9: matched none of the trusted IPs",
    }
    "go-proxy-unknown-name": "no certificate is known for the name that the client asks for" {
        "TLS: strict SNI enabled - No certificate found for domain: " => "TLS: strict SNI enabled - No certificate found for domain: \"shop.example\", closing connection",
    }
    "go-proxy-certificate-not-obtained": "a certificate for a name could not be obtained" {
        "could not get certificate from issuer" => "could not get certificate from issuer: HTTP 403 urn:ietf:params:acme:error:unauthorized - 203.0.113.7: Invalid response",
        "will retry: {} Obtain: " => "will retry: [shop.example] Obtain: [shop.example] solving challenge: shop.example: authorization failed",
    }
    "go-proxy-certificate-obtained": "a certificate for a name was obtained" {
        "certificate obtained successfully" => "certificate obtained successfully",
    }
    "go-proxy-inner-tls-failed": "TLS towards the application failed" {
        "http: server gave HTTP response to HTTPS client" => "http: server gave HTTP response to HTTPS client",
        "x509: " => "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    }
    "go-proxy-restarted": "the proxy was started or stopped" {
        "shutting down apps, then terminating" => "shutting down apps, then terminating",
        "serving initial configuration" => "serving initial configuration",
        "Traefik version {} built on " => "Traefik version 3.1.2 built on 2024-08-06T13:37:02Z",
        "I have to go..." => "I have to go...",
    }
};

pub(super) const LIGHTTPD: &[Signature] = signatures! { Lighttpd, "lighttpd/lighttpd1.4 @ 2ddc5138 src/gw_backend.c, src/mod_fastcgi.c, src/server.c";
    "lighttpd-backend-refused": "lighttpd cannot reach the application" {
        "establishing connection failed: {}Connection refused" => "establishing connection failed: socket: tcp:127.0.0.1:9000: Connection refused",
        "establishing connection failed: {}No such file or directory" => "establishing connection failed: socket: unix:/run/php.sock: No such file or directory",
        "establishing connection failed: {}No route to host" => "establishing connection failed: socket: tcp:10.0.0.5:9000: No route to host",
        "establishing connection failed: {}Permission denied" => "establishing connection failed: socket: unix:/run/php.sock: Permission denied",
        "establishing connection failed: {}Cannot assign requested address" => "establishing connection failed: socket: tcp:127.0.0.1:9000: Cannot assign requested address",
    }
    "lighttpd-backend-busy": "the application's listen backlog is full" {
        "establishing connection failed: {}Resource temporarily unavailable" => "establishing connection failed: socket: unix:/run/php.sock: Resource temporarily unavailable",
        "backend is overloaded; we'll disable it" => "backend is overloaded; we'll disable it for 1 seconds and send the request to another backend instead",
    }
    "lighttpd-backends-down": "every server that lighttpd may ask is marked as failed" {
        "all handlers for {} are down." => "all handlers for /index.php?q=1 on .php are down.",
    }
    "lighttpd-backend-timed-out": "the application did not answer lighttpd in time" {
        "read timeout on socket: " => "read timeout on socket: unix:/run/php.sock (fd: 9)",
        "write timeout on socket: " => "write timeout on socket: unix:/run/php.sock (fd: 9)",
        "establishing connection failed: {}Connection timed out" => "establishing connection failed: socket: tcp:10.0.0.5:9000: Connection timed out",
        "read timeout on CGI: " => "read timeout on CGI: /srv/cgi/a (pid: 811)",
    }
    "lighttpd-backend-closed-early": "the application closed before its response was complete" {
        "unexpected end-of-file (perhaps the " => "unexpected end-of-file (perhaps the fastcgi process died) on socket: unix:/run/php.sock (pid:811) for shop.example /index.php",
        "response not received, request sent: " => "response not received, request sent: 512 on socket: tcp:127.0.0.1:9000 for /index.php?, closing connection",
        "response not received, but request sent on socket: " => "closing connection; response not received, but request sent on socket: tcp:127.0.0.1:9000 for /index.php",
        "response already sent out, but backend returned error" => "response already sent out, but backend returned error on socket: tcp:127.0.0.1:9000, terminating connection",
        "connection was dropped after accept() (perhaps the " => "connection was dropped after accept() (perhaps the gw process died), write-offset: 0 socket: tcp:127.0.0.1:9000",
        "unexpected close of gw connection for " => "error: unexpected close of gw connection for /index.php? (no gw process on socket: tcp:127.0.0.1:9000 ?) 2",
    }
    "lighttpd-child-died": "a process of the application died on a signal" {
        "child signalled: {figure}" => "child signalled: 11",
        "CGI pid {process} died with signal {figure}" => "CGI pid 811 died with signal 11",
    }
    "lighttpd-response-head-too-large": "the application's response head exceeds lighttpd's limit" {
        "response headers too large for " => "response headers too large for /index.php",
        "oversized response-header" => "oversized response-header",
    }
    "lighttpd-request-head-too-large": "the request's head exceeds lighttpd's limit" {
        "oversized request-header -> sending Status 431" => "oversized request-header -> sending Status 431",
        "oversized request header -> 431" => "oversized request header -> 431",
        "request header fields too large: {figure} -> 431" => "request header fields too large: 9214 -> 431",
    }
    "lighttpd-tls-on-plain-port": "a TLS handshake came to the plain port" {
        "unexpected TLS ClientHello on clear port" => "unexpected TLS ClientHello on clear port (172.68.10.9)",
    }
    "lighttpd-client-certificate-rejected": "lighttpd does not accept the client certificate" {
        "SSL: addr:{} verify error:num=" => "SSL: addr:172.68.10.9 verify error:num=20:unable to get local issuer certificate:depth=0:subject=/CN=x",
        "SSL: verify error:num=" => "SSL: verify error:num=20:unable to get local issuer certificate:depth=0:subject=/CN=x",
    }
    "lighttpd-certificate-expired": "lighttpd's certificate has expired or is not valid yet" {
        "SSL: inactive/expired X509 certificate" => "SSL: inactive/expired X509 certificate '/etc/lighttpd/server.pem'",
    }
    "lighttpd-unknown-name": "no certificate is set for the name that the client asks for" {
        "SSL: no certificate/private key for TLS server name" => "SSL: no certificate/private key for TLS server name \"shop.example\".",
    }
    "lighttpd-connections-used-up": "lighttpd reached its limit of connections" {
        "sockets disabled, connection limit reached" => "[note] sockets disabled, connection limit reached",
    }
    "lighttpd-connections-limited": "a limit on the connections of one client refuses (mod_evasive)" {
        " turned away. Too many connections." => "172.68.10.9 turned away. Too many connections.",
    }
    "lighttpd-proxy-header-broken": "a header of the PROXY protocol was expected and something else came" {
        "hap-PROXY proto received invalid/unsupported request" => "hap-PROXY proto received invalid/unsupported request",
    }
    "lighttpd-bind-failed": "lighttpd cannot listen, or not start at all" {
        "can't bind to socket: " => "can't bind to socket: 0.0.0.0:443: Address already in use",
        "Initialization of plugins failed. Going down." => "Initialization of plugins failed. Going down.",
    }
    "lighttpd-files-used-up": "lighttpd has no file descriptors left" {
        "sockets disabled, out-of-fds" => "[note] sockets disabled, out-of-fds",
        "socket() failed (cur_fds:{}Too many open files" => "socket() failed (cur_fds:1024) (max_fds:1024): Too many open files",
        "accept(): Too many open files" => "accept(): Too many open files",
        "pipe failed: Too many open files" => "pipe failed: Too many open files",
    }
    "lighttpd-restarted": "lighttpd was started or stopped" {
        "server started (" => "server started (lighttpd/1.4.76)",
        "server stopped by UID = " => "server stopped by UID = 0 PID = 1",
        "graceful shutdown started" => "[note] graceful shutdown started",
    }
};

pub(super) const VARNISH: &[Signature] = signatures! { Varnish, "varnishcache/varnish-cache @ 27d2ce15b include/tbl/vsl_tags.h, bin/varnishd/cache; tags 3.0.7 and 4.0 cache_fetch.c, 4.1.11 and 6.0.8 http1/cache_http1_fetch.c";
    "varnish-backend-refused": "Varnish cannot reach the application" {
        "fail errno 111 (" => "FetchError backend web1: fail errno 111 (Connection refused)",
        "fail errno 113 (" => "FetchError backend web1: fail errno 113 (No route to host)",
        "no backend connection" => "FetchError no backend connection",
        "fail errno 101 (" => "FetchError backend web1: fail errno 101 (Network is unreachable)",
        "fail errno 99 (" => "FetchError backend web1: fail errno 99 (Cannot assign requested address)",
        "fail errno 2 (" => "FetchError backend web1: fail errno 2 (No such file or directory)",
    }
    "varnish-connect-timed-out": "the application's host does not answer Varnish" {
        "fail errno 110 (" => "FetchError backend web1: fail errno 110 (Connection timed out)",
    }
    "varnish-files-used-up": "Varnish has no file descriptors left" {
        "fail errno 24 (" => "FetchError backend web1: fail errno 24 (Too many open files)",
    }
    "varnish-backend-unhealthy": "the probe of the application has it for sick" {
        "FetchError backend {}: unhealthy" => "FetchError backend web1: unhealthy",
        "FetchError No backend" => "FetchError No backend",
        "FetchError Director {} returned no backend" => "FetchError Director app returned no backend",
        " Went sick " => "Backend_health web1 Went sick ------- 2 3 5 0.000000 0.000000 \"Connection refused\"",
    }
    "varnish-backend-busy": "all connections that Varnish may open to the application are in use" {
        "FetchError backend {}: busy" => "FetchError backend web1: busy",
        "fail errno 11 (" => "FetchError backend web1: fail errno 11 (Resource temporarily unavailable)",
    }
    "varnish-backend-timed-out": "the application did not answer Varnish in time" {
        "FetchError first byte timeout" => "FetchError first byte timeout",
        "FetchError timeout" => "FetchError timeout",
        "FetchError http first read error: -1 11 (" => "FetchError http first read error: -1 11 (Resource temporarily unavailable)",
        "FetchError Timed out reusing backend connection" => "FetchError Timed out reusing backend connection",
    }
    "varnish-backend-closed-early": "the application closed the connection before its response was complete" {
        "FetchError backend closed" => "FetchError backend closed",
        "FetchError http first read error: -1 104 (" => "FetchError http first read error: -1 104 (Connection reset by peer)",
        "FetchError http first read error: -1 0 (" => "FetchError http first read error: -1 0 (Success)",
        "FetchError backend write error: " => "FetchError backend write error: 104 (Connection reset by peer)",
        "FetchError chunked read err" => "FetchError chunked read err",
        "FetchError chunked insufficient bytes" => "FetchError chunked insufficient bytes",
        "FetchError straight insufficient bytes" => "FetchError straight insufficient bytes",
        "FetchError eof socket fail" => "FetchError eof socket fail",
        "FetchError HTC eof (" => "FetchError HTC eof (-1)",
    }
    "varnish-backend-unread": "the application closed the connection, or did not answer in time" {
        "FetchError http first read error: EOF" => "FetchError http first read error: EOF",
        "FetchError http read error: EOF" => "FetchError http read error: EOF",
    }
    "varnish-backend-head-too-large": "the application's response head exceeds Varnish's limits" {
        "FetchError overflow" => "FetchError overflow",
        "BogoHeader Header too long: " => "BogoHeader Header too long: Set-Cookie: a=aaaaaa",
        "BogoHeader Too many headers: " => "BogoHeader Too many headers: X-A: 1",
    }
    "varnish-backend-invalid": "the application's response breaks HTTP" {
        "FetchError http format error" => "FetchError http format error",
        "FetchError Received junk" => "FetchError Received junk",
        "FetchError HTC " => "FetchError HTC Junk (Junk)",
        "FetchError chunked header " => "FetchError chunked header non-hex",
        "BogoHeader Header has ctrl char " => "BogoHeader Header has ctrl char 0x0b",
    }
    "varnish-threads-used-up": "every thread of Varnish is busy" {
        "Queue does not move ql=" => "Error Pool Herder: Queue does not move ql=50 dt=1.0",
        "SessClose OVERLOAD" => "SessClose OVERLOAD 0.000",
    }
    "varnish-died": "Varnish's worker process died" {
        "Child ({process}) died signal={figure}" => "Child (811) died signal=11 (core dumped)",
        "Child ({process}) Panic at: " => "Child (811) Panic at: Tue, 17 Nov 2026 08:01:01 GMT",
        "Child ({process}) not responding to CLI, killed it" => "Child (811) not responding to CLI, killed it.",
    }
    "varnish-restarted": "Varnish was started or stopped" {
        "Child ({process}) Started" => "Child (811) Started",
        "Child ({process}) ended" => "Child (811) ended",
    }
};

pub(super) const LITESPEED: &[Signature] = signatures! { LiteSpeed, "litespeedtech/openlitespeed src/extensions/extworker.cpp, src/http/clientinfo.cpp; litespeedtech.com, PHP LSAPI";
    "litespeed-no-listener": "LiteSpeed has no port to listen on and stops" {
        "No listener is available, stop server!" => "No listener is available, stop server!",
    }
    "litespeed-backend-refused": "LiteSpeed cannot reach the application" {
        "on request #{}, confirmed, {}error: Connection refused" => "connection to [uds://tmp/lshttpd/lsphp.sock] on request #0, confirmed, 0, associated process: -1, running: 0, error: Connection refused!",
    }
    "litespeed-backend-closed-early": "the application closed before its response was complete" {
        "on request #{}, confirmed, {}error: Connection reset by peer" => "connection to [uds://tmp/lshttpd/lsphp.sock] on request #2, confirmed, 0, associated process: 811, running: 0, error: Connection reset by peer!",
    }
    "litespeed-backend-busy": "the application has reached its limit of processes" {
        "Reached max children process limit: {figure}" => "Reached max children process limit: 35, extra: 11, current: 35, busy: 35, please increase LSAPI_CHILDREN.",
    }
    "litespeed-connections-limited": "a limit on the connections of one client refuses" {
        "is over per client soft connection limit: {figure}" => "[172.68.10.9] is over per client soft connection limit: 20 for 12 seconds, close connection!",
        "Reached per client connection hard limit: {figure}" => "[172.68.10.9] Reached per client connection hard limit: 100, close connection!",
    }
};

pub(super) const NGHTTPX: &[Signature] = signatures! { Application, "nghttp2/nghttp2 src/shrpx_client_handler.cc (proxy_protocol_read)";
    "nghttpx-proxy-header-broken": "a header of the PROXY protocol was expected and something else came" {
        "PROXY-protocol-v1: Bad PROXY protocol version 1 ID" => "PROXY-protocol-v1: Bad PROXY protocol version 1 ID",
        "PROXY-protocol-v1: PROXY version 1 ID not found" => "PROXY-protocol-v1: PROXY version 1 ID not found",
    }
};

pub(super) const SQUID: &[Signature] = signatures! { Squid, "squid-cache/squid src/http.cc (HttpStateData::continueAfterParsingHeader), src/comm/TcpAcceptor.cc (client_ip_max_connections), src/neighbors.cc (peerConnectFailedSilent)";
    "squid-connections-limited": "client_ip_max_connections refuses a connection" {
        " attempting more than {figure} connections" => "WARNING: 172.68.10.9:41022 attempting more than 4 connections.",
    }
    "squid-peer-failed": "Squid cannot connect to the application" {
        "TCP connection to {} failed" => "TCP connection to 127.0.0.1/8081 failed",
        "Detected DEAD Parent: " => "Detected DEAD Parent: media",
    }
    "squid-upstream-closed-early": "the application closed the connection before its response was complete" {
        "Invalid Response: No object data received for " => "WARNING: HTTP: Invalid Response: No object data received for http://shop.example/a AKA shop.example/a",
    }
    "squid-upstream-invalid": "the application's response breaks HTTP" {
        "Invalid Response: Headers did not parse at all for " => "WARNING: HTTP: Invalid Response: Headers did not parse at all for http://shop.example/a AKA shop.example/a",
        "Invalid Response: Bad header encountered from " => "WARNING: HTTP: Invalid Response: Bad header encountered from http://shop.example/a AKA shop.example/a",
    }
};

pub(super) const TRAFFIC_SERVER: &[Signature] = signatures! { TrafficServer, "apache/trafficserver proxy/http/HttpTransact.cc (handle_server_connection_not_open, error_log_connection_failure), proxy/http/HttpDebugNames.cc (get_server_state_name)";
    "traffic-server-backend-refused": "Traffic Server cannot reach the application" {
        "CONNECT: attempt fail [CONNECTION_ERROR] {}connection_result=Connection refused" => "CONNECT: attempt fail [CONNECTION_ERROR] to 10.0.0.5:8081 for host='shop.example' connection_result=Connection refused [111] error=Connection refused [111] attempts=0 url='http://10.0.0.5:8081/cart'",
        "CONNECT: attempt fail [CONNECTION_ERROR] {}connection_result=ECONNREFUSED" => "CONNECT: attempt fail [CONNECTION_ERROR] to 10.0.0.5:8081 for host='shop.example' connection_result=ECONNREFUSED [111] error=ECONNREFUSED [111] attempts=0 url='http://10.0.0.5:8081/cart'",
        "CONNECT: could not connect to {}connect_result=111" => "CONNECT: could not connect to 10.0.0.5 for 'http://shop.example/cart' (setting last failure time) connect_result=111",
    }
    "traffic-server-backend-timed-out": "the application did not answer Traffic Server in time" {
        "CONNECT: attempt fail [INACTIVE_TIMEOUT] " => "CONNECT: attempt fail [INACTIVE_TIMEOUT] to 10.0.0.5:8080 for host='shop.example' connection_result=Connection timed out [110] error=Connection timed out [110] attempts=0 url='http://10.0.0.5:8080/cart'",
        "CONNECT: attempt fail [ACTIVE_TIMEOUT] " => "CONNECT: attempt fail [ACTIVE_TIMEOUT] to 10.0.0.5:8080 for host='shop.example' connection_result=Success [0] error=Success [0] attempts=0 url='http://10.0.0.5:8080/cart'",
    }
    "traffic-server-backend-closed-early": "the application closed before its response was complete" {
        "CONNECT: attempt fail [CONNECTION_CLOSED] " => "CONNECT: attempt fail [CONNECTION_CLOSED] to 10.0.0.5:8080 for host='shop.example' connection_result=Success [0] error=Success [0] attempts=0 url='http://10.0.0.5:8080/cart'",
    }
};
