//! Apache's error log, by its AH numbers (src: httpd @ 0cb6804) and by the wording of versions before 2.4, which have none.

use super::signature::{Signature, signatures};

pub(super) const MESSAGES: &[Signature] = signatures! { Apache, "httpd source @ 0cb6804";
    "apache-workers-used-up": "every worker is busy" {
        "AH00161: " => "AH00161: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting",
        "AH00484: " => "AH00484: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting",
        "AH10159: " => "AH10159: server is within MinSpareThreads of MaxRequestWorkers, consider raising the MaxRequestWorkers setting",
        "AH03490: " => "AH03490: scoreboard is full, not at MaxRequestWorkers. Increase ServerLimit.",
        "AH00286: " => "AH00286: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting",
        "AH00287: " => "AH00287: server is within MinSpareThreads of MaxRequestWorkers, consider raising the MaxRequestWorkers setting",
        "AH00288: " => "AH00288: scoreboard is full, not at MaxRequestWorkers",
        "server reached MaxClients setting" => "server reached MaxClients setting, consider raising the MaxClients setting",
    }
    "apache-child-died": "a worker process died on a signal" {
        "AH00052: child pid {process} exit signal {}({figure})" => "AH00052: child pid 811 exit signal Segmentation fault (11)",
        "AH00051: child pid {process} exit signal {}({figure})" => "AH00051: child pid 811 exit signal Aborted (6), possible coredump in /etc/apache2",
        "child pid {process} exit signal {}({figure})" => "child pid 811 exit signal Segmentation fault (11)",
        "mod_fcgid: process {}({process}) exit(communication error), get unexpected signal {figure}" => "mod_fcgid: process /usr/lib/cgi-bin/php(811) exit(communication error), get unexpected signal 11",
    }
    "apache-child-fatal": "a worker process ended with a fatal error" {
        "AH02324: " => "AH02324: A resource shortage or other unrecoverable failure was encountered before any child process initialized successfully... httpd is exiting!",
        "AH02325: " => "AH02325: A resource shortage or other unrecoverable failure was encountered before any child process initialized successfully... httpd is exiting!",
        "AH00050: " => "AH00050: Child 811 returned a Fatal error... Apache is exiting!",
        "AH00045: " => "AH00045: child process 811 still did not exit, sending a SIGTERM",
        "AH00046: " => "AH00046: child process 811 still did not exit, sending a SIGKILL",
        "AH00060: " => "AH00060: seg fault or similar nasty error detected in the parent process",
        "AH01239: " => "AH01239: cgid daemon process died, restarting",
    }
    "apache-children-killed": "Apache's children are killed one after another" {
        "AH10392: " => "AH10392: children are killed successively!",
        "AH10393: " => "AH10393: children are killed successively!",
    }
    "apache-bind-failed": "Apache cannot listen on its port" {
        "AH00072: " => "(98)Address already in use: AH00072: make_sock: could not bind to address [::]:443",
        "no listening sockets available, shutting down" => "no listening sockets available, shutting down",
    }
    "apache-start-failed": "Apache cannot start with its configuration" {
        "AH00016: " => "AH00016: Configuration Failed",
        "AH00020: " => "AH00020: Configuration Failed, exiting",
        "AH02312: " => "AH02312: Fatal error initialising mod_ssl, exiting.",
        "AH02311: " => "AH02311: Fatal error initialising mod_ssl, exiting. See /var/log/apache2/error.log for more information",
        "AH02818: " => "AH02818: MPM run failed, exiting",
    }
    "apache-fork-failed": "the system gives no more processes" {
        "AH00481: " => "(11)Resource temporarily unavailable: AH00481: fork: Unable to fork new process",
        "AH00283: " => "(12)Cannot allocate memory: AH00283: fork: Unable to fork new process",
        "AH00480: " => "(11)Resource temporarily unavailable: AH00480: ap_thread_create: unable to create worker thread",
        "AH03104: " => "(11)Resource temporarily unavailable: AH03104: ap_thread_create: unable to create worker thread",
        "AH00159: " => "AH00159: fork: Unable to fork new process",
        "AH00282: " => "(11)Resource temporarily unavailable: AH00282: ap_thread_create: unable to create worker thread",
        "AH03142: " => "(11)Resource temporarily unavailable: AH03142: ap_thread_create: unable to create worker thread",
        "AH00275: " => "(11)Resource temporarily unavailable: AH00275: ap_thread_create: unable to create listener thread",
        "AH00474: " => "(11)Resource temporarily unavailable: AH00474: ap_thread_create: unable to create listener thread",
        "couldn't create child process: 11: " => "AH01252: couldn't create child process: 11: /usr/lib/cgi-bin/a",
        "couldn't create child process: 12: " => "AH01252: couldn't create child process: 12: /usr/lib/cgi-bin/a",
    }
    "apache-client-denied": "a rule of the configuration refuses the address" {
        "AH01630: " => "AH01630: client denied by server configuration: /var/www/html/",
        "AH01797: " => "AH01797: client denied by server configuration: /var/www/html/",
        "client denied by server configuration" => "client denied by server configuration: /var/www/html/",
    }
    "apache-connections-limited": "a limit on the connections or requests of one client refuses (mod_qos, mod_limitipconn)" {
        "access denied, QS_SrvMaxConnPerIP rule" => "mod_qos(031): access denied, QS_SrvMaxConnPerIP rule: max=10, concurrent connections=11, c=172.68.10.9",
        "access denied, QS_ClientEvent" => "mod_qos(067): access denied, QS_ClientEventLimitCount rule: event=QS_Limit, max=20, current=21, age=5, c=172.68.10.9",
        "Rejected, too many connections from this host" => "Rejected, too many connections from this host.",
    }
    "apache-requests-limited": "a limit on what one client asks for refuses (mod_evasive)" {
        "evasive{}client denied by server configuration" => "[evasive20:error] [pid 811:tid 1403] [client 172.68.10.9:41022] client denied by server configuration: /var/www/html/cart",
    }
    "apache-client-certificate-rejected": "the client certificate is missing or not accepted" {
        "AH02039: " => "AH02039: Certificate Verification: Error (20): unable to get local issuer certificate",
        "AH02262: " => "AH02262: Re-negotiation handshake failed: Client verification failed",
        "AH02263: " => "AH02263: Re-negotiation handshake failed: Client certificate missing",
        "AH10158: " => "AH10158: cannot perform post-handshake authentication",
        "AH02010: " => "AH02010: SSL client authentication failed: unable to get local issuer certificate",
        "AH02011: " => "AH02011: No acceptable peer certificate available",
        "AH02261: " => "AH02261: Re-negotiation handshake failed",
        "AH02042: " => "AH02042: rejecting client initiated renegotiation",
    }
    "apache-tls-handshake-failed": "a TLS handshake failed" {
        "AH02008: " => "AH02008: SSL library error 1 in handshake (server shop.example:443)",
    }
    "apache-tls-on-plain-port": "a TLS handshake came to the plain port" {
        "AH00134: " => "AH00134: Invalid method in request \\x16\\x03\\x01 - possible attempt to establish SSL connection on non-SSL port",
        "Invalid method in request \\x16\\x03" => "Invalid method in request \\x16\\x03\\x01",
    }
    "apache-plain-http-on-tls-port": "plain HTTP came to the TLS port" {
        "AH01996: " => "AH01996: SSL handshake failed: HTTP spoken on HTTPS port; trying to send HTML error page",
    }
    "apache-tls-left": "the client left during the handshake" {
        "AH02006: " => "AH02006: SSL handshake stopped: connection was closed",
        "AH02007: " => "AH02007: SSL handshake interrupted by system [Hint: Stop button pressed in browser?!]",
    }
    "apache-name-mismatch": "the name in the handshake is not the one in the request" {
        "AH02032: " => "AH02032: Hostname shop.example (default host as no SNI was provided) and hostname x provided via HTTP have no compatible SSL setup",
        "AH10156: " => "AH10156: Requested hostname 'shop.example' did not match any ServerName/ServerAlias",
        "AH10157: " => "AH10157: Requested hostname 'shop.example' did not match any ServerName/ServerAlias",
        "AH02031: " => "AH02031: Hostname shop.example provided via SNI, but no hostname provided in HTTP request",
        "AH02033: " => "AH02033: No hostname was provided via SNI for a name based virtual host",
    }
    "apache-request-head-too-large": "the request's head exceeds Apache's limits, or what AJP and uwsgi can carry" {
        "AH00561: " => "AH00561: Request header exceeds LimitRequestFieldSize: Cookie",
        "AH00562: " => "AH00562: Request header exceeds LimitRequestFieldSize after folding: Cookie",
        "AH00560: " => "AH00560: Number of request headers exceeds LimitRequestFields",
        "AH00563: " => "AH00563: request failed: number of header lines exceeds LimitRequestFields",
        "AH10259: " => "AH10259: can't send headers to 127.0.0.1:3031: packet size too large (70112)",
        "AH03229: " => "AH03229: ajp_msg_append_cvt_string(): BufferOverflowException 8190 70",
    }
    "apache-request-line-too-long": "the request line exceeds LimitRequestLine" {
        "AH00565: " => "AH00565: request-line exceeds LimitRequestLine",
        "request failed: URI too long" => "request failed: URI too long (longer than 8190)",
    }
    "apache-invalid-response-header": "the application set a header with invalid characters and Apache dropped the response" {
        "AH02428: " => "AH02428: Empty response header name, aborting request",
        "AH02429: " => "AH02429: Response header name 'X Name' contains invalid characters, aborting request",
        "AH02430: " => "AH02430: Response header 'X-Name' value of 'a' contains invalid characters, aborting request",
    }
    "apache-request-framing": "the request's length is given wrongly" {
        "AH01593: " => "AH01593: chunked Transfer-Encoding forbidden: /cart",
        "AH01592: " => "AH01592: Unknown Transfer-Encoding x",
        "AH01585: " => "AH01585: Unknown Transfer-Encoding: x",
        "AH01594: " => "AH01594: Invalid Content-Length x",
        "AH01587: " => "AH01587: Invalid Content-Length",
        "AH01093: " => "AH01093: gzip Transfer-Encoding is not supported",
        "AH10396: " => "AH10396: gzip Transfer-Encoding is not supported",
    }
    "apache-request-looped": "the configuration leads a request in a circle" {
        "AH00124: " => "AH00124: Request exceeded the limit of 10 internal redirects due to probable configuration error.",
        "AH00125: " => "AH00125: Request exceeded the limit of 10 subrequest nesting levels due to probable configuration error. Use 'LimitInternalRecursion' to increase the limit if necessary. Use 'LogLevel debug' to get a backtrace.",
    }
    "apache-proxy-header-wanted": "Apache wants a header of the PROXY protocol on a port" {
        "AH03492: " => "AH03492: RemoteIPProxyProtocol: enabled on 0.0.0.0:80",
    }
    "apache-proxy-header-broken": "a header of the PROXY protocol was expected and did not come, or came wrongly" {
        "AH03496: " => "AH03496: RemoteIPProxyProtocol data is missing, but required! Aborting request.",
        "AH03497: " => "AH03497: RemoteIPProxyProtocol: no 'PROXY ' found in header 'GET / HTTP/1.1'",
        "AH03499: " => "AH03499: RemoteIPProxyProtocol: unknown family 'TCP5' in header 'PROXY TCP5 '",
        "AH03500: " => "AH03500: RemoteIPProxyProtocol: invalid client-address 'x' found in header 'PROXY TCP4 x '",
        "AH03507: " => "AH03507: RemoteIPProxyProtocol: unsupported command 21",
        "AH10183: " => "AH10183: RemoteIPProxyProtocol: unsupported protocol 22",
        "AH10185: " => "AH10185: RemoteIPProxyProtocol header too long, got 300 expected 232",
    }
    "apache-backend-head-too-large": "the application's response head exceeds ResponseFieldSize" {
        "AH10124: " => "AH10124: header size is over the limit allowed by ResponseFieldSize (8192 bytes). Bad response header: 'Set-Cookie: a[...]'",
        "mod_fcgid: header overflow" => "mod_fcgid: header overflow",
        "AH01081: " => "AH01081: ajp_msg_check_header() incoming message is too big 16384, max is 8192",
    }
    "apache-backend-pool-full": "all connections that Apache may open to the application are in use" {
        "AH00941: " => "AH00941: HTTP: failed to acquire connection for (127.0.0.1:8080)",
        "mod_fcgid: can't apply process slot for " => "mod_fcgid: can't apply process slot for /usr/lib/cgi-bin/php",
    }
    "apache-backend-busy": "the application's listen backlog is full" {
        "(11)Resource temporarily unavailable: {}AH02454: " => "(11)Resource temporarily unavailable: AH02454: FCGI: attempt to connect to Unix domain socket /run/php.sock (localhost) failed",
    }
    "apache-backends-marked-down": "Apache asks the application no more for a while, because it failed before" {
        "AH00959: " => "AH00959: ap_proxy_connect_backend disabling worker for (127.0.0.1:8080) for 60s",
        "AH00934: " => "AH00934: all workers are busy. Unable to serve /cart",
        "AH01167: " => "AH01167: balancer://app: All workers are in error state for route (a)",
        "AH01170: " => "AH01170: balancer://app: All workers are in error state",
        "AH01174: " => "AH01174: balancer://app: Forcing worker (http://127.0.0.1:8080) into error state due to status code 503 matching 'failonstatus' balancer parameter",
        "AH02460: " => "AH02460: balancer://app: Forcing worker (http://10.0.0.5:8080) into error state due to timeout and 'failontimeout' parameter being set",
    }
    "apache-backend-unresolved": "the application's host name cannot be resolved" {
        "DNS lookup failure for: {} returned by" => "AH00898: DNS lookup failure for: app.internal returned by /cart",
    }
    "apache-backend-refused": "Apache cannot reach the application" {
        "AH00957: " => "AH00957: http: attempt to connect to 127.0.0.1:8080 (127.0.0.1:8080) failed",
        "AH00940: " => "AH00940: HTTP: disabled connection for (127.0.0.1:8080)",
        "AH01114: " => "AH01114: HTTP: failed to make connection to backend: 127.0.0.1",
        "AH00896: " => "AH00896: failed to make connection to backend: 127.0.0.1",
        "AH01079: " => "AH01079: failed to make connection to backend: 127.0.0.1",
        "AH10101: " => "AH10101: failed to make connection to backend: 127.0.0.1",
        "AH02454: " => "AH02454: FCGI: attempt to connect to Unix domain socket /run/php.sock (localhost) failed",
    }
    "apache-backend-closed-early": "the application closed before its response was complete" {
        "AH01102: " => "AH01102: error reading status line from remote server 127.0.0.1:8080",
        "AH01110: " => "AH01110: Network error reading response",
        "AH00898: " => "AH00898: Error reading from remote server returned by /cart",
        "AH01067: " => "AH01067: Failed to read FastCGI header",
        "AH00878: " => "AH00878: read response failed from 127.0.0.1:8009 (127.0.0.1:8009)",
        "AH00893: " => "AH00893: dialog to 127.0.0.1:8009 (127.0.0.1:8009) failed",
        "AH00897: " => "AH00897: cping/cpong failed to 127.0.0.1:8009 (127.0.0.1:8009)",
        "AH10404: " => "AH10404: Error reading headers from backend",
        "AH01099: " => "AH01099: No HTTP headers returned by /cart (GET)",
        "End of script output before headers: " => "End of script output before headers: index.cgi",
        "Premature end of script headers: " => "Premature end of script headers: index.cgi",
        "AH01068: " => "AH01068: Got bogus version 0",
        "AH01070: " => "AH01070: Error parsing script headers",
        "AH01084: " => "(32)Broken pipe: AH01084: pass request body failed to 127.0.0.1:8080 (127.0.0.1)",
        "AH01069: " => "AH01069: Got bogus rid 0, expected 1",
        "AH01072: " => "AH01072: Got bogus record 72",
        "AH01073: " => "(32)Broken pipe: AH01073: Failed Writing Request to localhost:9000:",
        "AH01074: " => "(104)Connection reset by peer: AH01074: Failed writing Environment to localhost:9000:",
        "AH10098: " => "(32)Broken pipe: AH10098: sending data to 127.0.0.1:3031 failed",
        "AH01029: " => "(32)Broken pipe: AH01029: ajp_ilink_send(): send failed",
        "AH01030: " => "(104)Connection reset by peer: AH01030: ajp_ilink_receive() can't receive header",
        "AH01032: " => "(104)Connection reset by peer: AH01032: ajp_ilink_receive() error while receiving message body of length 1421",
        "mod_fcgid: error reading data, FastCGI server closed connection" => "mod_fcgid: error reading data, FastCGI server closed connection",
        "mod_fcgid: error reading data from FastCGI server" => "(104)Connection reset by peer: mod_fcgid: error reading data from FastCGI server",
        "mod_fcgid: error writing data to FastCGI server" => "(32)Broken pipe: mod_fcgid: error writing data to FastCGI server",
    }
    "apache-backend-timed-out": "the application did not answer Apache in time" {
        "(70007)The timeout specified has expired: {}AH01075: " => "(70007)The timeout specified has expired: AH01075: Error dispatching request to :",
        "(70007)The timeout specified has expired: {}AH00957: " => "(70007)The timeout specified has expired: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed",
        "(110)Connection timed out: {}AH00957: " => "(110)Connection timed out: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed",
        "Script timed out before returning headers: " => "Script timed out before returning headers: index.cgi",
        "(70007)The timeout specified has expired: {}AH01102: " => "(70007)The timeout specified has expired: AH01102: error reading status line from remote server 127.0.0.1:8080",
        "(70007)The timeout specified has expired" => "(70007)The timeout specified has expired: [client 1.2.3.4:5] mod_fcgid: ap_pass_brigade failed",
        "mod_fcgid: read data timeout in {figure} seconds" => "mod_fcgid: read data timeout in 40 seconds",
    }
    "apache-fastcgi-failed": "the exchange with the FastCGI application failed" {
        "AH01075: " => "(104)Connection reset by peer: AH01075: Error dispatching request to :",
    }
    "apache-fastcgi-stderr": "the PHP application wrote to its error stream" {
        "AH01071: " => "AH01071: Got error 'something happened'",
    }
    "apache-client-timed-out": "the client did not finish its request in time" {
        "AH01382: " => "AH01382: Request header read timeout",
        "AH00567: " => "AH00567: request failed: error reading the headers",
        "request failed: error reading the headers" => "request failed: error reading the headers",
        "AH01095: " => "AH01095: prefetch request body failed to 127.0.0.1:8080 from 172.68.10.9 ()",
        "AH10154: " => "AH10154: pass request body failed to 127.0.0.1:8080 from 172.68.10.9 () with status 400",
        "AH02608: " => "AH02608: read request body failed to 127.0.0.1:8080 from 172.68.10.9 ()",
        "AH01097: " => "AH01097: pass request body failed to 127.0.0.1:8080 from 172.68.10.9 ()",
    }
    "apache-restarted": "Apache was started, reloaded or stopped: keep-alive connections close together" {
        "AH00163: " => "AH00163: Apache/2.4.62 (Debian) configured -- resuming normal operations",
        "AH00489: " => "AH00489: Apache/2.4.62 (Debian) configured -- resuming normal operations",
        "AH00292: " => "AH00292: Apache/2.4.62 (Debian) configured -- resuming normal operations",
        "AH00169: " => "AH00169: caught SIGTERM, shutting down",
        "AH00491: " => "AH00491: caught SIGTERM, shutting down",
        "AH00173: " => "AH00173: SIGHUP received.  Attempting to restart",
        "AH00494: " => "AH00494: SIGHUP received.  Attempting to restart",
        "AH00170: " => "AH00170: caught SIGWINCH, shutting down gracefully",
        "AH00171: " => "AH00171: Graceful restart requested, doing restart",
        "AH00493: " => "AH00493: SIGUSR1 received.  Doing graceful restart",
        "resuming normal operations" => "Apache/2.2.22 (Debian) configured -- resuming normal operations",
        "caught SIGTERM, shutting down" => "caught SIGTERM, shutting down",
    }
    "apache-files-used-up": "Apache has no file descriptors left" {
        "AH02179: " => "(24)Too many open files: AH02179: apr_socket_accept: (client socket)",
        "(24)Too many open files" => "(24)Too many open files: AH00132: file permissions deny server access: /var/www/a",
    }
};
