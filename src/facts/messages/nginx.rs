//! nginx's error log (src: nginx @ 3f6f782, ngx_http_upstream.c, ngx_http_request.c, ngx_event_connect.c,
//! ngx_event_openssl.c, ngx_files.c, ngx_process.c, ngx_proxy_protocol.c, ngx_http_fastcgi_module.c, ngx_http_grpc_module.c, ngx_http_limit_req_module.c; lua-nginx-module,
//! njs).

use super::signature::{Signature, signatures};

pub(super) const MESSAGES: &[Signature] = signatures! { Nginx, "nginx source @ 3f6f782";
    "nginx-upstream-prematurely-closed": "the application closed the connection before its response was complete" {
        "upstream prematurely closed connection" => "upstream prematurely closed connection while reading response header from upstream",
        "peer closed connection in SSL handshake while SSL handshaking to upstream" => "peer closed connection in SSL handshake while SSL handshaking to upstream",
    }
    "nginx-fastcgi-prematurely-closed": "php-fpm closed the connection before its response was complete" {
        "upstream prematurely closed FastCGI" => "upstream prematurely closed FastCGI stdout while reading response header from upstream",
    }
    "nginx-stream-prematurely-closed": "a gRPC or HTTP/2 upstream ended the stream before its response was complete" {
        "upstream prematurely closed stream" => "upstream prematurely closed stream while reading response header from upstream",
        "upstream rejected request with error " => "upstream rejected request with error 7 while reading response header from upstream",
        "upstream sent goaway with error " => "upstream sent goaway with error 2 while reading response header from upstream",
    }
    "nginx-connect-refused": "nothing listens where nginx looks for the application" {
        "connect() failed (111: " => "connect() failed (111: Connection refused) while connecting to upstream",
        "connect() to unix:{} failed (111: " => "connect() to unix:/run/php/php-fpm.sock failed (111: Connection refused) while connecting to upstream",
        "connect() to {} failed (111: " => "connect() to 127.0.0.1:9000 failed (111: Connection refused) while connecting to upstream",
        "connect() failed (61: " => "kevent() reported that connect() failed (61: Connection refused) while connecting to upstream",
    }
    "nginx-connect-no-socket": "the application's socket does not exist" {
        "connect() to unix:{} failed (2: " => "connect() to unix:/run/php/php-fpm.sock failed (2: No such file or directory) while connecting to upstream",
    }
    "nginx-connect-socket-permission": "nginx may not open the application's socket" {
        "connect() to unix:{} failed (13: " => "connect() to unix:/run/php/php-fpm.sock failed (13: Permission denied) while connecting to upstream",
        "connect() to {} failed (13: " => "connect() to 127.0.0.1:8080 failed (13: Permission denied) while connecting to upstream",
        "connect() failed (13: " => "connect() failed (13: Permission denied) while connecting to upstream",
        "connect() to {} failed (1: " => "connect() to 10.0.0.5:8000 failed (1: Operation not permitted) while connecting to upstream",
    }
    "nginx-connect-backlog-full": "the application's listen backlog is full" {
        "connect() to unix:{} failed (11: " => "connect() to unix:/run/php/php-fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream",
    }
    "nginx-connect-no-route": "nginx has no route to the application" {
        "connect() failed (113: " => "connect() failed (113: No route to host) while connecting to upstream",
        "connect() to {} failed (113: " => "connect() to 172.18.0.5:8000 failed (113: No route to host) while connecting to upstream",
        "connect() to {} failed (101: " => "connect() to [2001:db8::5]:8000 failed (101: Network is unreachable) while connecting to upstream",
        "connect() failed (101: " => "connect() failed (101: Network is unreachable) while connecting to upstream",
        "connect() failed (112: " => "connect() failed (112: Host is down) while connecting to upstream",
        "socket() failed (97: {}) while connecting to upstream" => "socket() failed (97: Address family not supported by protocol) while connecting to upstream",
        "recv() failed (113: {}from upstream" => "recv() failed (113: No route to host) while reading response header from upstream",
        "readv() failed (113: {}reading upstream" => "readv() failed (113: No route to host) while reading upstream",
    }
    "nginx-connect-timed-out": "the application's host does not answer nginx" {
        "connect() failed (110: " => "connect() failed (110: Connection timed out) while connecting to upstream",
        "connect() to {} failed (110: " => "connect() to 172.18.0.5:8000 failed (110: Connection timed out) while connecting to upstream",
        "upstream timed out (110: {}) while connecting to upstream" => "upstream timed out (110: Connection timed out) while connecting to upstream",
    }
    "nginx-ports-used-up": "no local ports are left towards the application" {
        "connect() failed (99: " => "connect() failed (99: Cannot assign requested address) while connecting to upstream",
        "connect() to {} failed (99: " => "connect() to 127.0.0.1:9000 failed (99: Cannot assign requested address) while connecting to upstream",
        "bind({}) failed (98: {}) while connecting to upstream" => "bind(10.0.0.4) failed (98: Address already in use) while connecting to upstream",
    }
    "nginx-upstream-timed-out": "the application did not answer nginx in time" {
        "upstream timed out (110: " => "upstream timed out (110: Connection timed out) while reading response header from upstream",
        "upstream timed out (60: " => "upstream timed out (60: Operation timed out) while reading response header from upstream",
        "recv() failed (110: {}from upstream" => "recv() failed (110: Connection timed out) while reading response header from upstream",
        "readv() failed (110: {}reading upstream" => "readv() failed (110: Connection timed out) while reading upstream",
    }
    "nginx-upstream-reset": "the application reset its connection with nginx" {
        "recv() failed (104: " => "recv() failed (104: Connection reset by peer) while reading response header from upstream",
        "readv() failed (104: " => "readv() failed (104: Connection reset by peer) while reading upstream",
        "peer closed connection in SSL handshake (104: {}) while SSL handshaking to upstream" => "peer closed connection in SSL handshake (104: Connection reset by peer) while SSL handshaking to upstream",
        "SSL_read() failed (104: {}from upstream" => "SSL_read() failed (104: Connection reset by peer) while reading response header from upstream",
        "SSL_read() failed (104: {}reading upstream" => "SSL_read() failed (104: Connection reset by peer) while reading upstream",
        "recv() failed (54: {}from upstream" => "recv() failed (54: Connection reset by peer) while reading response header from upstream",
    }
    "nginx-upstream-broken-pipe": "the application closed while nginx was still sending the request" {
        "writev() failed (32: " => "writev() failed (32: Broken pipe) while sending request to upstream",
        "send() failed (32: " => "send() failed (32: Broken pipe) while sending request to upstream",
        "sendfile() failed (32: " => "sendfile() failed (32: Broken pipe) while sending request to upstream",
        "writev() failed (104: " => "writev() failed (104: Connection reset by peer) while sending request to upstream",
        "send() failed (104: {}to upstream" => "send() failed (104: Connection reset by peer) while sending request to upstream",
        "sendfile() failed (104: {}to upstream" => "sendfile() failed (104: Connection reset by peer) while sending request to upstream",
        "SSL_write() failed (32: {}to upstream" => "SSL_write() failed (32: Broken pipe) while sending request to upstream",
        "SSL_write() failed (104: {}to upstream" => "SSL_write() failed (104: Connection reset by peer) while sending request to upstream",
    }
    "nginx-upstream-header-too-big": "the application's response head exceeds nginx's buffer" {
        "upstream sent too big header" => "upstream sent too big header while reading response header from upstream",
    }
    "nginx-upstream-invalid-header": "the application sent a header line that is none" {
        "upstream sent invalid header" => "upstream sent invalid header: \"X Test\\x20...\" while reading response header from upstream",
    }
    "nginx-upstream-no-status-line": "the application's answer begins with no status line" {
        "upstream sent no valid HTTP/1.0 header" => "upstream sent no valid HTTP/1.0 header while reading response header from upstream",
    }
    "nginx-upstream-invalid-chunking": "the application's chunks are malformed" {
        "upstream sent invalid chunked response" => "upstream sent invalid chunked response while reading upstream",
    }
    "nginx-upstream-body-overrun": "the application sent more than its Content-Length" {
        "upstream sent more data than specified in \"Content-Length\"" => "upstream sent more data than specified in \"Content-Length\" header while reading upstream",
    }
    "nginx-upstream-duplicate-header": "the application sent a header twice that may stand once" {
        "upstream sent duplicate header line" => "upstream sent duplicate header line: \"Content-Length: 5\", previous value: \"Content-Length: 4\" while reading response header from upstream",
    }
    "nginx-upstream-invalid-length": "the application sent a Content-Length that is no number, or one beside Transfer-Encoding" {
        "upstream sent invalid \"Content-Length\"" => "upstream sent invalid \"Content-Length\" header: \"Content-Length: x\" while reading response header from upstream",
        "upstream sent \"Content-Length\" and \"Transfer-Encoding\"" => "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time while reading response header from upstream",
    }
    "nginx-upstream-protocol-broken": "what the application sent breaks its protocol with nginx (FastCGI, HTTP/2)" {
        "upstream sent invalid status \"" => "upstream sent invalid status \"OK\" while reading response header from upstream",
        "upstream sent unsupported FastCGI protocol version: " => "upstream sent unsupported FastCGI protocol version: 72 while reading response header from upstream",
        "upstream sent unexpected FastCGI record: " => "upstream sent unexpected FastCGI record: 3 while reading response header from upstream",
        "upstream sent invalid FastCGI record type: " => "upstream sent invalid FastCGI record type: 50 while reading response header from upstream",
        "upstream sent frame for closed stream " => "upstream sent frame for closed stream 1 while reading response header from upstream",
        "upstream sent too large http2 frame: " => "upstream sent too large http2 frame: 4740180 while reading response header from upstream",
        "upstream sent no :status header" => "upstream sent no :status header while reading response header from upstream",
        "upstream sent unexpected http2 frame: " => "upstream sent unexpected http2 frame: 4 while reading response header from upstream",
        "upstream sent response body larger than indicated content length" => "upstream sent response body larger than indicated content length while reading upstream",
        "upstream violated stream flow control" => "upstream violated stream flow control, received 16384 data frame with window 0 while reading upstream",
        "upstream violated connection flow control" => "upstream violated connection flow control, received 16384 data frame with window 0 while reading upstream",
    }
    "nginx-inner-tls-failed": "TLS towards the application failed" {
        "SSL_do_handshake() failed (SSL: {}) while SSL handshaking to upstream" => "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream",
        "upstream SSL certificate verify error: (" => "upstream SSL certificate verify error: (21:unable to verify the first certificate) while SSL handshaking to upstream",
        "upstream SSL certificate does not match \"" => "upstream SSL certificate does not match \"app.internal\" while SSL handshaking to upstream",
    }
    "nginx-no-live-upstreams": "every server of the group is marked as failed" {
        "no live upstreams" => "no live upstreams while connecting to upstream",
    }
    "nginx-upstream-unresolved": "the application's host name cannot be resolved" {
        " could not be resolved (" => "app.internal could not be resolved (3: Host not found)",
        "host not found in upstream" => "host not found in upstream \"app\" in /etc/nginx/conf.d/a.conf:3",
        "balancer.lua:{}DNS resolution failed: " => "[lua] balancer.lua:1008: execute(): DNS resolution failed: dns server error: 3 name error. Tried: [\"app.internal:(na) - cache-miss\"]",
        "no resolver defined to resolve " => "no resolver defined to resolve app.internal",
        "recv() failed (111: {}) while resolving" => "recv() failed (111: Connection refused) while resolving, resolver: 127.0.0.11:53",
        "send() failed (111: {}) while resolving" => "send() failed (111: Connection refused) while resolving, resolver: 127.0.0.11:53",
    }
    "nginx-response-buffered-to-file": "a response is larger than nginx's buffers" {
        "an upstream response is buffered to a temporary file" => "an upstream response is buffered to a temporary file /var/cache/nginx/proxy_temp/1/00/0000000001 while reading upstream",
    }
    "nginx-fastcgi-stderr": "the PHP application wrote to its error stream" {
        "sent in stderr: " => "FastCGI sent in stderr: \"PHP message: something happened\" while reading response header from upstream",
    }
    "nginx-request-body-too-large": "the request's body exceeds client_max_body_size" {
        "client intended to send too large body: {figure} bytes" => "client intended to send too large body: 10485761 bytes",
        "client intended to send too large chunked body: {figure}" => "client intended to send too large chunked body: 10485761+8192 bytes",
    }
    "nginx-request-uri-too-long": "the request line exceeds large_client_header_buffers" {
        "client sent too long URI" => "client sent too long URI while reading client request line",
    }
    "nginx-request-head-too-large": "the request's head exceeds large_client_header_buffers, or what FastCGI and uwsgi can carry" {
        "client sent too large request" => "client sent too large request while reading client request headers",
        "client sent too long header line" => "client sent too long header line: \"Cookie: a...\" while reading client request headers",
        "client sent too many header lines" => "client sent too many header lines while reading client request headers",
        "client sent too large header" => "client sent too large header while processing HTTP/2 connection",
        "uwsgi request is too big: " => "uwsgi request is too big: 70112",
        "fastcgi request record is too big: " => "fastcgi request record is too big: 70112",
    }
    "nginx-request-invalid": "the request is malformed" {
        "client sent invalid header line" => "client sent invalid header line: \"x y: 1\" while reading client request headers",
        "client sent invalid method" => "client sent invalid method while reading client request line",
        "client sent invalid request" => "client sent invalid request while reading client request line",
        "client sent duplicate host header" => "client sent duplicate host header: \"Host: b\", previous value: \"Host: a\" while reading client request headers",
        "client sent HTTP/1.1 request without \"Host\"" => "client sent HTTP/1.1 request without \"Host\" header while reading client request headers",
    }
    "nginx-request-framing": "the request's length is given wrongly" {
        "client sent unknown \"Transfer-Encoding\"" => "client sent unknown \"Transfer-Encoding\": \"x\" while reading client request headers",
        "client sent HTTP/1.0 request with \"Transfer-Encoding\" header" => "client sent HTTP/1.0 request with \"Transfer-Encoding\" header while reading client request headers",
        "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time" => "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time while reading client request headers",
        "client sent invalid \"Content-Length\" header" => "client sent invalid \"Content-Length\" header while reading client request headers",
        "client sent invalid chunked body" => "client sent invalid chunked body",
        "client sent duplicate header line: \"Content-Length" => "client sent duplicate header line: \"Content-Length: 5\", previous value: \"Content-Length: 4\" while reading client request headers",
        "client intended to send body data larger than declared" => "client intended to send body data larger than declared",
    }
    "nginx-request-looped": "the configuration leads a request in a circle" {
        "rewrite or internal redirection cycle while " => "rewrite or internal redirection cycle while internally redirecting to \"/index.html\"",
        "subrequests cycle while processing \"" => "subrequests cycle while processing \"/a\"",
    }
    "nginx-script-failed": "a script in nginx failed at this request (Lua, njs)" {
        "lua entry thread aborted: " => "lua entry thread aborted: runtime error: access_by_lua(nginx.conf:12):5: attempt to index a nil value",
        "js exception: " => "js exception: TypeError: cannot get property \"a\" of undefined",
    }
    "nginx-client-certificate-missing": "nginx wants a client certificate and got none" {
        "client sent no required SSL certificate" => "client sent no required SSL certificate while reading client request headers",
    }
    "nginx-client-certificate-rejected": "nginx does not accept the client certificate" {
        "client SSL certificate verify error: (" => "client SSL certificate verify error: (21:unable to verify the first certificate) while reading client request headers",
    }
    "nginx-plain-http-on-tls-port": "plain HTTP came to the TLS port" {
        "client sent plain HTTP request to HTTPS port" => "client sent plain HTTP request to HTTPS port while reading client request headers",
        "SSL_do_handshake() failed (SSL: {}http request" => "SSL_do_handshake() failed (SSL: error:0A00009C:SSL routines::http request) while SSL handshaking",
    }
    "nginx-tls-no-shared-cipher": "client and nginx have no cipher suite in common" {
        "SSL_do_handshake() failed (SSL: {}no shared cipher" => "SSL_do_handshake() failed (SSL: error:0A0000C1:SSL routines::no shared cipher) while SSL handshaking",
        "SSL_do_handshake() failed (SSL: {}no suitable key share" => "SSL_do_handshake() failed (SSL: error:0A000065:SSL routines::no suitable key share) while SSL handshaking",
        "SSL_do_handshake() failed (SSL: {}no suitable signature algorithm" => "SSL_do_handshake() failed (SSL: error:0A000076:SSL routines::no suitable signature algorithm) while SSL handshaking",
    }
    "nginx-tls-protocol-version": "client and nginx have no TLS version in common" {
        "SSL_do_handshake() failed (SSL: {}unsupported protocol" => "SSL_do_handshake() failed (SSL: error:0A000102:SSL routines::unsupported protocol) while SSL handshaking",
        "SSL_do_handshake() failed (SSL: {}version too low" => "SSL_do_handshake() failed (SSL: error:0A00018C:SSL routines::version too low) while SSL handshaking",
    }
    "nginx-tls-name-rejected": "no certificate is set for the name that is asked for (ssl_reject_handshake)" {
        "handshake rejected while SSL handshaking" => "handshake rejected while SSL handshaking",
    }
    "nginx-tls-handshake-failed": "a TLS handshake failed for the reason that the line names" {
        "SSL_do_handshake() failed (SSL: " => "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking",
    }
    "nginx-client-closed": "the client left before it had its answer" {
        "client prematurely closed connection" => "client prematurely closed connection while sending request to upstream",
        "client {} closed connection while" => "client 172.68.10.9 closed connection while waiting for request",
        "prematurely closed connection, so upstream connection is closed too" => "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while sending request to upstream",
        "client prematurely closed stream: only " => "client prematurely closed stream: only 5 out of 10 bytes of request body received",
        "recv() failed (104: {}) while reading client request" => "recv() failed (104: Connection reset by peer) while reading client request headers",
        "recv() failed (104: {}to client" => "recv() failed (104: Connection reset by peer) while sending to client",
        "writev() failed (32: {}to client" => "writev() failed (32: Broken pipe) while sending to client",
        "writev() failed (104: {}to client" => "writev() failed (104: Connection reset by peer) while sending to client",
        "send() failed (32: {}to client" => "send() failed (32: Broken pipe) while sending to client",
        "send() failed (104: {}to client" => "send() failed (104: Connection reset by peer) while sending response to client",
        "sendfile() failed (32: {}to client" => "sendfile() failed (32: Broken pipe) while sending response to client",
        "sendfile() failed (104: {}to client" => "sendfile() failed (104: Connection reset by peer) while sending response to client",
        "SSL_write() failed (32: {}to client" => "SSL_write() failed (32: Broken pipe) while sending to client",
        "SSL_write() failed (104: {}to client" => "SSL_write() failed (104: Connection reset by peer) while sending to client",
    }
    "nginx-client-timed-out": "the client did not finish its request in time" {
        "client timed out (110: " => "client timed out (110: Connection timed out) while waiting for request",
        "writev() failed (110: {}to client" => "writev() failed (110: Connection timed out) while sending to client",
        "SSL_write() failed (110: {}to client" => "SSL_write() failed (110: Connection timed out) while sending to client",
    }
    "nginx-keepalive-closed": "the client closed an idle connection: benign" {
        " closed keepalive connection" => "client 172.68.10.9 closed keepalive connection",
        "recv() failed (104: {}) while keepalive" => "recv() failed (104: Connection reset by peer) while keepalive",
        "recv() failed (104: {}) while waiting for request" => "recv() failed (104: Connection reset by peer) while waiting for request",
        "recv() failed (104: {}) while processing HTTP/2 connection" => "recv() failed (104: Connection reset by peer) while processing HTTP/2 connection",
    }
    "nginx-worker-exited-on-signal": "a worker process died" {
        "worker process {process} exited on signal {figure}" => "worker process 811 exited on signal 11 (core dumped)",
    }
    "nginx-worker-exited": "a worker process ended with a code" {
        "worker process {process} exited with fatal code {figure}" => "worker process 811 exited with fatal code 2 and cannot be respawned",
        "worker process {process} exited with code {figure}" => "worker process 811 exited with code 1",
    }
    "nginx-connections-used-up": "every worker connection is in use" {
        "{figure} worker_connections are not enough" => "1024 worker_connections are not enough while connecting to upstream",
    }
    "nginx-connections-reused": "worker connections become scarce, and idle ones are closed for new ones" {
        "worker_connections are not enough, reusing connections" => "512 worker_connections are not enough, reusing connections",
    }
    "nginx-connections-scarce": "fewer files may be open than connections" {
        "worker_connections exceed open file resource limit: {figure}" => "4096 worker_connections exceed open file resource limit: 1024",
    }
    "nginx-files-used-up": "nginx has no file descriptors left" {
        "accept4() failed (24: " => "accept4() failed (24: Too many open files)",
        "accept() failed (24: " => "accept() failed (24: Too many open files)",
        "socket() failed (24: " => "socket() failed (24: Too many open files) while connecting to upstream",
        "open() {} failed (24: " => "open() \"/var/www/a\" failed (24: Too many open files)",
        "accept4() failed (23: " => "accept4() failed (23: Too many open files in system)",
        " failed (24: Too many open files)" => "epoll_create() failed (24: Too many open files)",
        " failed (23: Too many open files in system)" => "socket() failed (23: Too many open files in system) while connecting to upstream",
    }
    "nginx-requests-limited": "limit_req refuses requests" {
        "limiting requests, excess: {}by zone" => "limiting requests, excess: 5.020 by zone \"z\"",
        "could not allocate node{}in limit_req zone" => "could not allocate node in limit_req zone \"one\"",
    }
    "nginx-requests-delayed": "limit_req lets requests wait, and answers them" {
        "delaying request, excess: {}by zone" => "delaying request, excess: 0.400, by zone \"z\"",
    }
    "nginx-connections-limited": "limit_conn refuses requests" {
        "limiting connections by zone" => "limiting connections by zone \"z\"",
    }
    "nginx-access-forbidden": "an allow or deny rule refuses the address" {
        "access forbidden by rule" => "access forbidden by rule",
        // crowdsecurity/lua-cs-bouncer, lib/crowdsec.lua (`Allow`): answered 403.
        "[Crowdsec] denied '{}' with 'ban'" => "[lua] crowdsec.lua:660: Allow(): [Crowdsec] denied '172.68.10.9' with 'ban' (by crowdsec)",
    }
    "nginx-reloaded": "nginx was reloaded or is shutting down: keep-alive connections close together" {
        "signal process started" => "signal process started",
        "gracefully shutting down" => "gracefully shutting down",
        "reconfiguring" => "signal 1 (SIGHUP) received from 811, reconfiguring",
        "(SIGTERM) received from " => "signal 15 (SIGTERM) received from 1, exiting",
        "(SIGQUIT) received from " => "signal 3 (SIGQUIT) received from 1, shutting down",
        "start worker processes" => "start worker processes",
    }
    "nginx-proxy-header-broken": "a header of the PROXY protocol was expected and something else came" {
        "broken header: \"" => "broken header: \"GET / HTTP/1.1",
        "unknown PROXY protocol version: " => "unknown PROXY protocol version: 3 while reading PROXY protocol",
    }
    "nginx-bind-failed": "nginx cannot listen on its port" {
        "bind() to {} failed (98: " => "bind() to 0.0.0.0:443 failed (98: Address already in use)",
        "bind() to {} failed (13: " => "bind() to 0.0.0.0:443 failed (13: Permission denied)",
        "bind() to {} failed (99: " => "bind() to 203.0.113.7:443 failed (99: Cannot assign requested address)",
        "listen() to {} failed (98: " => "listen() to 0.0.0.0:443, backlog 511 failed (98: Address already in use)",
        "still could not bind()" => "still could not bind()",
    }
    "nginx-memory-exhausted": "nginx could not get memory" {
        "malloc({figure}) failed (12: " => "malloc(16384) failed (12: Cannot allocate memory)",
        "fork() failed {}(12: " => "fork() failed while spawning \"worker process\" (12: Cannot allocate memory)",
        "posix_memalign({}) failed (12: " => "posix_memalign(16, 4096) failed (12: Cannot allocate memory)",
    }
    "nginx-disk-full": "the disk is full, or a quota of it" {
        " failed (28: No space left on device)" => "pwrite() \"/var/cache/nginx/x\" failed (28: No space left on device) while reading upstream",
        " has written only {} of " => "pwritev() \"/var/lib/nginx/proxy/1/00/0000000001\" has written only 4096 of 8192 while reading upstream",
        " failed (122: Disk quota exceeded)" => "pwrite() \"/var/lib/nginx/body/0000000001\" failed (122: Disk quota exceeded)",
    }
};
