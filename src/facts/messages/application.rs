//! Messages of applications, of their languages' virtual machines, and of filters beside them.

use super::signature::{Signature, signatures};

pub(super) const PHP_FPM: &[Signature] = signatures! { PhpFpm, "php-src sapi/fpm";
    "php-fpm-max-children": "every PHP worker is busy" {
        "server reached pm.max_children setting ({figure})" => "[pool www] server reached pm.max_children setting (50), consider raising it",
        "server reached max_children setting ({figure})" => "[pool www] server reached max_children setting (50), consider raising it",
        "listening queue is not empty, #{figure} requests are waiting to be served" => "[pool www] listening queue is not empty, #4 requests are waiting to be served, consider raising pm.max_children setting (50)",
    }
    "php-fpm-busy": "PHP workers are becoming scarce" {
        "seems busy (you may need to increase pm.start_servers" => "[pool www] seems busy (you may need to increase pm.start_servers, or pm.min/max_spare_servers), spawning 8 children, there are 0 idle, and 10 total children",
    }
    "php-fpm-child-signalled": "a PHP worker died on a signal" {
        "child {process} exited on signal {figure}" => "[pool www] child 811 exited on signal 11 (SIGSEGV - core dumped) after 30.123456 seconds from start",
    }
    "php-fpm-child-exited": "a PHP worker ended with a code" {
        "child {process} exited with code {figure}" => "[pool www] child 811 exited with code 255 after 30.123456 seconds from start",
    }
    "php-fpm-terminated": "a PHP worker was ended at request_terminate_timeout" {
        "child {process}, script '{}execution timed out ({figure}" => "[pool www] child 811, script '/x.php' (request: \"GET /x.php?q=1\") execution timed out (30.5 sec), terminating",
    }
    "php-fpm-slow": "a PHP script runs longer than request_slowlog_timeout" {
        "child {process}, script '{}executing too slow ({figure}" => "[pool www] child 811, script '/x.php' (request: \"GET /x.php\") executing too slow (5.5 sec), logging",
    }
    "php-fpm-slow-trace": "where a slow PHP script waits" {
        "[pool {}] pid {process}" => "[pool www] pid 811",
    }
    "php-fpm-processes-used-up": "php-fpm runs as many processes as it may" {
        "The maximum number of processes has been reached" => "The maximum number of processes has been reached. Please review your configuration and consider raising 'process.max'",
    }
    "php-fpm-fork-failed": "the system gives php-fpm no more processes" {
        "fork() failed: " => "fork() failed: Resource temporarily unavailable (11)",
    }
    "php-fpm-bind-failed": "php-fpm cannot listen, or not start at all" {
        "unable to bind listening socket for address" => "unable to bind listening socket for address '127.0.0.1:9000': Address already in use (98)",
        "An another FPM instance seems to already listen on" => "An another FPM instance seems to already listen on /run/php/php-fpm.sock",
        "Another FPM instance seems to already listen on" => "Another FPM instance seems to already listen on /run/php/php-fpm.sock",
        "failed to listen to address '" => "failed to listen to address '127.0.0.1:9000': Address already in use (98)",
        "FPM initialization failed" => "FPM initialization failed",
    }
    "php-fpm-threshold-reload": "too many workers died and the pool is started again" {
        "failed processes threshold ({figure} in " => "failed processes threshold (10 in 60 sec) is reached, initiating reload",
    }
    "php-fpm-restarted": "php-fpm was started, reloaded or stopped" {
        "ready to handle connections" => "ready to handle connections",
        "Reloading in progress" => "Reloading in progress ...",
        "Terminating ..." => "Terminating ...",
        "Finishing ..." => "Finishing ...",
        "exiting, bye-bye!" => "exiting, bye-bye!",
        "fpm is running, pid {process}" => "fpm is running, pid 811",
    }
    "php-fpm-files-used-up": "php-fpm has no file descriptors left" {
        "failed to prepare the stderr pipe: Too many open files" => "[pool www] failed to prepare the stderr pipe: Too many open files (24)",
        "failed to open error_log{}Too many open files" => "failed to open error_log (/var/log/php.log): Too many open files (24)",
        "failed to prepare the stdout pipe: Too many open files" => "[pool www] failed to prepare the stdout pipe: Too many open files (24)",
        "Unable to open primary script: {}(Too many open files)" => "Unable to open primary script: /var/www/index.php (Too many open files)",
    }
};

pub(super) const PHP: &[Signature] = signatures! { Php, "php-src main/main.c, Zend/zend_alloc.c";
    "php-memory-exhausted": "a PHP script needs more than memory_limit, or than there is" {
        "Allowed memory size of {figure} bytes exhausted" => "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /var/www/x.php on line 3",
        "Out of memory (allocated {}) (tried to allocate" => "PHP Fatal error:  Out of memory (allocated 2097152) (tried to allocate 262144 bytes) in /var/www/x.php on line 3",
    }
    "php-time-exceeded": "a PHP script runs longer than max_execution_time" {
        "Maximum execution time of {figure} second" => "PHP Fatal error:  Maximum execution time of 30 seconds exceeded in /var/www/x.php on line 3",
        "Maximum execution time of {figure}+" => "PHP Fatal error:  Maximum execution time of 30+2 seconds exceeded (terminated) in /var/www/x.php on line 3",
    }
    "php-fatal": "a PHP script failed" {
        "PHP Fatal error:  " => "PHP Fatal error:  Uncaught Error: Call to undefined function x() in /var/www/x.php:3",
        "PHP Parse error:  " => "PHP Parse error:  syntax error, unexpected '}' in /var/www/x.php on line 3",
        "PHP Recoverable fatal error:  " => "PHP Recoverable fatal error:  Object of class x could not be converted to string in /var/www/x.php on line 3",
    }
    "php-headers-sent": "a PHP script set a header after its body had begun" {
        "Cannot modify header information - headers already sent" => "PHP Warning:  Cannot modify header information - headers already sent by (output started at /var/www/x.php:1)",
    }
    "php-primary-script-unknown": "php-fpm does not find the script" {
        "Primary script unknown" => "Primary script unknown",
    }
};

pub(super) const NODE: &[Signature] = signatures! { Node, "nodejs/node, V8 messages; doc/api/cluster.md (what its examples print)";
    "node-heap-out-of-memory": "the process ran out of heap and died" {
        "JavaScript heap out of memory" => "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    }
    "node-worker-stopped": "a worker of Node's cluster was told to end" {
        "worker {process} died (SIGTERM)" => "worker 811 died (SIGTERM). restarting...",
        "worker {process} died (SIGINT)" => "worker 811 died (SIGINT). restarting...",
        "worker {process} died (0)" => "worker 811 died (0). restarting...",
    }
    "node-worker-died": "a worker of Node's cluster died" {
        "worker {process} died" => "worker 811 died (SIGSEGV). restarting...",
    }
    "pm2-gave-up": "a program failed so often that PM2 does not start it again" {
        " had too many unstable restarts ({figure}). Stopped." => "Script /srv/app.js had too many unstable restarts (16). Stopped. \"errored\"",
    }
    "pm2-restarted": "PM2 stopped or started a program" {
        "App [{}] starting in -" => "App [shop:0] starting in -cluster mode-",
        "App [{}] exited with code [0] via signal [SIGINT]" => "App [shop:0] exited with code [0] via signal [SIGINT]",
        "App [{}] exited with code [0] via signal [SIGTERM]" => "App [shop:0] exited with code [0] via signal [SIGTERM]",
        "App [{}] exited with code [130] via signal [SIGINT]" => "App [shop:0] exited with code [130] via signal [SIGINT]",
        "App [{}] exited with code [143] via signal [SIGINT]" => "App [shop:0] exited with code [143] via signal [SIGINT]",
    }
    "pm2-program-died": "a program of PM2 ended with a code or on a signal" {
        "App [{}] exited with code [{}] via signal [" => "App [shop:0] exited with code [1] via signal [SIGINT]",
    }
    "node-address-in-use": "the port is taken: the application cannot start" {
        "listen EADDRINUSE" => "Error: listen EADDRINUSE: address already in use :::3000",
    }
    "node-files-used-up": "no file descriptors are left" {
        "EMFILE" => "Error: EMFILE: too many open files, open '/srv/x'",
    }
    "node-header-overflow": "a request's or response's head exceeds Node's limit" {
        "HPE_HEADER_OVERFLOW" => "Error: Parse Error: Header overflow code: 'HPE_HEADER_OVERFLOW'",
    }
    "node-uncaught": "an error that nobody caught ended the process" {
        "UnhandledPromiseRejection" => "[UnhandledPromiseRejection: This error originated either by throwing inside of an async function]",
        "Uncaught Exception" => "Uncaught Exception: TypeError: x is not a function",
        "uncaughtException" => "uncaughtException: x is undefined",
        "triggerUncaughtException(" => "            triggerUncaughtException(err, true /* fromPromise */);",
    }
    "node-connect-refused": "the application cannot reach a service that it needs" {
        "connect ECONNREFUSED" => "Error: connect ECONNREFUSED 127.0.0.1:3000",
    }
    "node-proxy-refused": "a proxy in Node cannot reach its upstream (http-proxy-middleware, Next.js)" {
        "[HPM] Error occurred while proxying request {}[ECONNREFUSED]" => "[HPM] Error occurred while proxying request shop.example/cart to http://127.0.0.1:8080/ [ECONNREFUSED] (https://nodejs.org/api/errors.html#errors_common_system_errors)",
        "Failed to proxy {}ECONNREFUSED" => "Failed to proxy http://127.0.0.1:8080/cart Error: connect ECONNREFUSED 127.0.0.1:8080",
    }
    "node-proxy-header-too-big": "the head of an upstream's response exceeds what a proxy in Node takes" {
        "[HPM] Error occurred while proxying request {}[HPE_HEADER_OVERFLOW]" => "[HPM] Error occurred while proxying request shop.example/cart to http://127.0.0.1:8080/ [HPE_HEADER_OVERFLOW] (https://nodejs.org/api/errors.html#errors_common_system_errors)",
    }
    "node-proxy-closed": "the upstream of a proxy in Node closed before its response was complete" {
        "[HPM] Error occurred while proxying request {}[ECONNRESET]" => "[HPM] Error occurred while proxying request shop.example/cart to http://127.0.0.1:8080/ [ECONNRESET] (https://nodejs.org/api/errors.html#errors_common_system_errors)",
        "Failed to proxy {}socket hang up" => "Failed to proxy http://127.0.0.1:8080/cart Error: socket hang up",
        "Failed to proxy {}ECONNRESET" => "Failed to proxy http://127.0.0.1:8080/cart Error: read ECONNRESET",
    }
    "node-proxy-timed-out": "the upstream of a proxy in Node did not answer in time" {
        "[HPM] Error occurred while proxying request {}[ETIMEDOUT]" => "[HPM] Error occurred while proxying request shop.example/cart to http://10.0.0.5:8080/ [ETIMEDOUT] (https://nodejs.org/api/errors.html#errors_common_system_errors)",
    }
    "node-socket-hang-up": "a service closed the connection without an answer" {
        "Error: socket hang up" => "Error: socket hang up",
    }
    "node-unhandled-error": "an error event that nobody handled ended the process" {
        "Unhandled 'error' event" => "throw er; // Unhandled 'error' event",
        "ERR_UNHANDLED_REJECTION" => "code: 'ERR_UNHANDLED_REJECTION'",
    }
    "node-invalid-header": "the application set a header that Node refuses to send" {
        "ERR_INVALID_CHAR" => "TypeError [ERR_INVALID_CHAR]: Invalid character in header content [\"X-Name\"]",
        "ERR_HTTP_HEADERS_SENT" => "Error [ERR_HTTP_HEADERS_SENT]: Cannot set headers after they are sent to the client",
    }
};

pub(super) const JAVA: &[Signature] = signatures! { Java, "OpenJDK; apache/tomcat 10.1.60 LocalStrings.properties (org.apache.catalina.core, .startup, .valves, org.apache.coyote.http11, org.apache.tomcat.util.net), Tomcat 5 and 6 ThreadPool, JIoEndpoint; jetty/jetty.project HttpParser.java, HttpConnection.java; undertow-io/undertow core UndertowLogger.java, server/handlers/proxy/ProxyHandler.java; WildFly ServerLogger; spring-projects/spring-boot web/embedded (netty, tomcat, jetty, undertow), LoggingFailureAnalysisReporter.java, PortInUseFailureAnalyzer.java; AbstractErrorWebExceptionHandler; resilience4j/resilience4j BulkheadFullException.java";
    "java-out-of-memory": "the virtual machine ran out of memory" {
        "java.lang.OutOfMemoryError" => "Exception in thread \"http-nio-8080-exec-1\" java.lang.OutOfMemoryError: Java heap space",
    }
    "java-crashed": "the virtual machine crashed" {
        "hs_err_pid{process}" => "# /srv/app/hs_err_pid811.log",
        "Terminating due to java.lang.OutOfMemoryError" => "Terminating due to java.lang.OutOfMemoryError: Java heap space",
        "Aborting due to java.lang.OutOfMemoryError" => "Aborting due to java.lang.OutOfMemoryError: Java heap space",
        "There is insufficient memory for the Java Runtime Environment to continue" => "# There is insufficient memory for the Java Runtime Environment to continue.",
        "A fatal error has been detected by the Java Runtime Environment" => "# A fatal error has been detected by the Java Runtime Environment:",
    }
    "java-files-used-up": "no file descriptors are left" {
        "java.net.SocketException: Too many open files" => "java.net.SocketException: Too many open files",
        "java.io.IOException: Too many open files" => "java.io.IOException: Too many open files",
    }
    "java-response-head-too-large": "the response's head exceeds the server's limit" {
        "HeadersTooLargeException" => "org.apache.coyote.http11.HeadersTooLargeException: An attempt was made to write more data to the response headers than there was room available in the buffer.",
        "Response header too large" => "org.eclipse.jetty.http.BadMessageException: 500: Response header too large",
        "Response Header Fields Too Large" => "org.eclipse.jetty.http.HttpException$RuntimeException: 500: Response Header Fields Too Large",
    }
    "java-request-failed": "the application failed at a request" {
        "Servlet.service() for servlet [{}threw exception" => "Servlet.service() for servlet [shop] in context with path [] threw exception [boom] with root cause",
        "UT005023: Exception handling request to " => "UT005023: Exception handling request to /cart",
        "UT005001: An exception occurred processing the request" => "UT005001: An exception occurred processing the request",
        "500 Server Error for HTTP " => "[5b3e1a2c-1]  500 Server Error for HTTP GET \"/cart\"",
    }
    "java-thread-stuck": "a request has kept its thread for long" {
        "and may be stuck (configured threshold" => "Thread [http-nio-8080-exec-1] (id=[31]) has been active for [61,000] milliseconds (since [11/17/26]) to serve the same request for [https://shop.example/report] and may be stuck (configured threshold for this StuckThreadDetectionValve is [60] seconds).",
    }
    "java-threads-used-up": "no thread is left for a request, or none can be made" {
        "java.lang.OutOfMemoryError: unable to create native thread" => "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached",
        "java.lang.OutOfMemoryError: unable to create new native thread" => "java.lang.OutOfMemoryError: unable to create new native thread",
        "Maximum number of threads ({figure}) created for connector" => "Maximum number of threads (200) created for connector with address null and port 8080",
        "All threads ({figure}) are currently busy, waiting" => "All threads (200) are currently busy, waiting. Increase maxThreads (200) or check the servlet status",
        "Executor rejected socket [{}] for processing" => "Executor rejected socket [org.apache.tomcat.util.net.NioEndpoint$NioSocketWrapper@5f9b:org.apache.tomcat.util.net.NioChannel@1a2b] for processing",
    }
    "java-bulkhead-full": "as many calls are under way as the application lets through" {
        "BulkheadFullException: Bulkhead '{}' is full and does not permit further calls" => "Servlet.service() for servlet [dispatcherServlet] in context with path [] threw exception [Request processing failed: io.github.resilience4j.bulkhead.BulkheadFullException: Bulkhead 'orders' is full and does not permit further calls] with root cause",
    }
    "java-port-in-use": "the port is taken: the application cannot start" {
        "Web server failed to start. Port {figure} was already in use" => "Web server failed to start. Port 8080 was already in use.",
        "java.net.BindException: Address already in use" => "java.net.BindException: Address already in use",
    }
    "java-start-failed": "the application cannot start" {
        "APPLICATION FAILED TO START" => "APPLICATION FAILED TO START",
        "WFLYSRV0026: " => "WFLYSRV0026: WildFly Full 30.0.0.Final (WildFly Core 22.0.1.Final) started (with errors) in 6899ms - Started 544 of 780 services",
    }
    "java-restarted": "the server of the application was started or stopped" {
        "Commencing graceful shutdown" => "Commencing graceful shutdown. Waiting for active requests to complete",
        "Stopping service [Tomcat]" => "Stopping service [Tomcat]",
        "Stopping service [Catalina]" => "Stopping service [Catalina]",
        "Tomcat started on port" => "Tomcat started on port 8080 (http) with context path '/'",
        "Netty started on port" => "Netty started on port 8080 (http)",
        "Jetty started on port" => "Jetty started on port 8080 (http/1.1) with context path '/'",
        "Undertow started on port" => "Undertow started on port 8080 (http)",
        "Server startup in [" => "Server startup in [2310] milliseconds",
        "Server startup in {figure} ms" => "Server startup in 2310 ms",
        "Started ServerConnector@" => "Started ServerConnector@5f9b{HTTP/1.1, (http/1.1)}{0.0.0.0:8080}",
        "Stopped ServerConnector@" => "Stopped ServerConnector@5f9b{HTTP/1.1, (http/1.1)}{0.0.0.0:8080}",
        "WFLYSRV0025: " => "WFLYSRV0025: WildFly Full 30.0.0.Final started in 5312ms",
        "WFLYSRV0050: " => "WFLYSRV0050: WildFly Full 30.0.0.Final stopped in 31ms",
    }
    "java-client-left": "the client was gone before the answer was written" {
        "org.apache.catalina.connector.ClientAbortException" => "org.apache.catalina.connector.ClientAbortException: java.io.IOException: Broken pipe",
        "org.eclipse.jetty.io.EofException" => "org.eclipse.jetty.io.EofException",
    }
    "java-upstream-unreachable": "the application's proxy cannot reach its backend" {
        "UT005030: Proxy request to " => "UT005030: Proxy request to /cart could not resolve a backend server",
        "UT005031: Proxy request to " => "UT005031: Proxy request to /cart could not connect to backend server http://127.0.0.1:8081",
    }
    "java-upstream-closed": "the backend of the application's proxy closed before its response was complete" {
        "UT005028: Proxy request to " => "UT005028: Proxy request to /cart failed: java.io.IOException: UT001000: Connection closed",
    }
    "java-upstream-timed-out": "the backend of the application's proxy did not answer in time" {
        "UT005021: Proxy request to " => "UT005021: Proxy request to /cart timed out",
        "UT005027: Timing out request to " => "UT005027: Timing out request to /127.0.0.1:8081/cart",
    }
    "java-request-head-too-large": "the request's head exceeds the server's limit" {
        "Header is too large {figure}>" => "Header is too large 8193>8192",
        "UT005006: Connection from " => "UT005006: Connection from /172.68.10.9:41022 terminated as request header was larger than 1048576",
        "Request header is too large" => "java.lang.IllegalArgumentException: Request header is too large",
    }
};

pub(super) const GO: &[Signature] = signatures! { Go, "golang/go src/runtime (malloc.go, mcache.go, map.go, panic.go, proc.go, stack.go, signal_unix.go), src/sync/mutex.go, src/net/http/server.go, src/net/http/h2_bundle.go, src/net/http/transport.go, src/net/http/httputil/reverseproxy.go, src/net/net.go";
    "go-files-used-up": "no file descriptors are left" {
        "http: Accept error: {}too many open files" => "http: Accept error: accept tcp [::]:443: accept4: too many open files; retrying in 5ms",
        "socket: too many open files" => "dial tcp 127.0.0.1:9000: socket: too many open files",
        "accept4: too many open files" => "accept tcp [::]:443: accept4: too many open files",
    }
    "go-tls-handshake-failed": "a TLS handshake failed" {
        "http: TLS handshake error from " => "http: TLS handshake error from 172.68.10.9:41022: EOF",
    }
    "go-handler-panicked": "a handler failed and the connection was cut" {
        "http: panic serving " => "http: panic serving 172.68.10.9:41022: runtime error: invalid memory address or nil pointer dereference",
        "http2: panic serving " => "http2: panic serving 172.68.10.9:41022: runtime error: invalid memory address or nil pointer dereference",
    }
    "go-proxy-failed": "the program's proxy got no answer from its upstream" {
        "http: proxy error: " => "http: proxy error: tls: first record does not look like a TLS handshake",
        "httputil: ReverseProxy read error during body copy" => "httputil: ReverseProxy read error during body copy: context deadline exceeded",
    }
    "go-proxy-refused": "the program's proxy cannot reach its upstream" {
        "http: proxy error: dial tcp {}connection refused" => "http: proxy error: dial tcp 127.0.0.1:8080: connect: connection refused",
        "http: proxy error: dial tcp {}: connect: no route to host" => "http: proxy error: dial tcp 10.0.0.5:8080: connect: no route to host",
        "http: proxy error: dial tcp {}: connect: network is unreachable" => "http: proxy error: dial tcp 10.0.0.5:8080: connect: network is unreachable",
        "http: proxy error: dial unix {}: connect: " => "http: proxy error: dial unix /run/app.sock: connect: no such file or directory",
        "http: proxy error: dial tcp {}connectex: No connection could be made because the target machine actively refused it" => "http: proxy error: dial tcp [::1]:8080: connectex: No connection could be made because the target machine actively refused it.",
    }
    "go-proxy-unresolved": "the name of the upstream of the program's proxy has no address" {
        "http: proxy error: dial tcp: lookup " => "http: proxy error: dial tcp: lookup app.internal on 127.0.0.11:53: no such host",
    }
    "go-proxy-closed": "the upstream of the program's proxy closed before its response was complete" {
        "http: proxy error: EOF" => "http: proxy error: EOF",
        "http: proxy error: unexpected EOF" => "http: proxy error: unexpected EOF",
        "http: proxy error: read tcp {}connection reset by peer" => "http: proxy error: read tcp 127.0.0.1:41022->127.0.0.1:8080: read: connection reset by peer",
        "http: proxy error: net/http: HTTP/1.x transport connection broken: unexpected EOF" => "http: proxy error: net/http: HTTP/1.x transport connection broken: unexpected EOF",
        "http: proxy error: {}: write: connection reset by peer" => "http: proxy error: readfrom tcp 127.0.0.1:41022->127.0.0.1:8080: write tcp 127.0.0.1:41022->127.0.0.1:8080: write: connection reset by peer",
        "http: proxy error: {}: write: broken pipe" => "http: proxy error: readfrom tcp 127.0.0.1:41022->127.0.0.1:8080: write tcp 127.0.0.1:41022->127.0.0.1:8080: write: broken pipe",
        "http: proxy error: http: server closed idle connection" => "http: proxy error: http: server closed idle connection",
        "httputil: ReverseProxy read error during body copy: unexpected EOF" => "httputil: ReverseProxy read error during body copy: unexpected EOF",
        "httputil: ReverseProxy read error during body copy: read tcp {}connection reset by peer" => "httputil: ReverseProxy read error during body copy: read tcp 127.0.0.1:41022->127.0.0.1:8080: read: connection reset by peer",
    }
    "go-proxy-timed-out": "the upstream of the program's proxy did not answer in time" {
        "http: proxy error: net/http: timeout awaiting response headers" => "http: proxy error: net/http: timeout awaiting response headers",
        "http: proxy error: net/http: TLS handshake timeout" => "http: proxy error: net/http: TLS handshake timeout",
        "http: proxy error: context deadline exceeded" => "http: proxy error: context deadline exceeded",
        "http: proxy error: http2: timeout awaiting response headers" => "http: proxy error: http2: timeout awaiting response headers",
        "http: proxy error: dial tcp {}: connect: connection timed out" => "http: proxy error: dial tcp 10.0.0.5:8080: connect: connection timed out",
        "http: proxy error: dial tcp {}: i/o timeout" => "http: proxy error: dial tcp 10.0.0.5:8080: i/o timeout",
    }
    "go-proxy-canceled": "the client was gone before the upstream answered" {
        "http: proxy error: context canceled" => "http: proxy error: context canceled",
    }
    "go-died": "the program died" {
        "fatal error: runtime: out of memory" => "fatal error: runtime: out of memory",
        "fatal error: out of memory" => "fatal error: out of memory",
        "fatal error: all goroutines are asleep" => "fatal error: all goroutines are asleep - deadlock!",
        "fatal error: concurrent map" => "fatal error: concurrent map writes",
        "fatal error: sync: " => "fatal error: sync: unlock of unlocked mutex",
        "[signal SIG{}: {} code=" => "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47a2f1]",
        "fatal error: stack overflow" => "fatal error: stack overflow",
        "fatal error: unexpected signal during runtime execution" => "fatal error: unexpected signal during runtime execution",
    }
};

pub(super) const RUBY: &[Signature] = signatures! { Ruby, "puma/puma lib/puma/cluster.rb, runner.rb, launcher.rb, single.rb, request.rb, error_logger.rb, cluster/worker.rb (5.6.5, 6); defunkt/unicorn lib/unicorn/http_server.rb; zombocom/rack-timeout lib/rack/timeout/core.rb, logging-observer.rb; Ruby";
    "puma-worker-timeout": "a worker did not check in and is killed" {
        "Terminating timed out worker{}: {process}" => "! Terminating timed out worker (Worker 1 failed to check in within 60 seconds): 811",
    }
    "puma-request-failed": "the application failed at a request" {
        "Rack app (\"" => "Rack app (\"GET /cart?id=1\" - (172.68.10.9)): #<RuntimeError: boom>",
    }
    "puma-request-too-large": "the request's head exceeds Puma's limits" {
        "HTTP element {}is longer than the {} allowed length" => "HTTP parse error, malformed request (): #<Puma::HttpParserError: HTTP element FIELD_VALUE is longer than the (80 * 1024) allowed length (was 81925)>",
    }
    "puma-start-failed": "Puma cannot start its workers" {
        "Unable to load application: " => "! Unable to load application: LoadError: cannot load such file -- shop",
        "Complete inability to spawn new workers detected" => "! Complete inability to spawn new workers detected",
        "! Unable to start worker" => "! Unable to start worker",
    }
    "puma-restarted": "Puma was started, reloaded or stopped" {
        "Gracefully shutting down workers..." => "- Gracefully shutting down workers...",
        "Starting phased worker restart, phase: " => "- Starting phased worker restart, phase: 1",
        "Gracefully stopping, waiting for requests to finish" => "- Gracefully stopping, waiting for requests to finish",
        "Puma starting in {} mode..." => "[811] Puma starting in cluster mode...",
        "* Listening on {}://" => "[811] * Listening on http://127.0.0.1:9292",
        "=== puma startup: " => "=== puma startup: 2026-11-17 08:01:01 +0000 ===",
        "=== puma shutdown: " => "=== puma shutdown: 2026-11-17 08:01:01 +0000 ===",
    }
    "ruby-files-used-up": "no file descriptors are left" {
        "Errno::EMFILE" => "Listen loop: #<Errno::EMFILE: Too many open files - accept(2)>",
    }
    "ruby-crashed": "the Ruby virtual machine crashed" {
        "[BUG] Segmentation fault at " => "app.rb:3: [BUG] Segmentation fault at 0x0000000000000000",
        "[FATAL] failed to allocate memory" => "[FATAL] failed to allocate memory",
    }
    "unicorn-worker-died": "a worker died on a signal" {
        "reaped #<Process::Status: pid {process} SIG{} (signal {figure})" => "ERROR -- : reaped #<Process::Status: pid 811 SIGSEGV (signal 11)> worker=1",
    }
    "unicorn-request-failed": "the application failed at a request" {
        "app error: " => "E, app error: boom (RuntimeError)",
    }
    "unicorn-worker-timeout": "a worker ran longer than the timeout and is killed" {
        "PID:{process} timeout ({figure}s > " => "ERROR -- : worker=1 PID:811 timeout (61s > 60s), killing",
    }
    "rack-timeout": "the request was ended at the time limit of Rack::Timeout" {
        "Rack::Timeout::RequestTimeout" => "Rack::Timeout::RequestTimeoutException (Request ran for longer than 15000ms)",
        "source=rack-timeout {}state=timed_out" => "source=rack-timeout id=13793c1f timeout=15000ms service=15006ms state=timed_out at=error",
        "source=rack-timeout {}state=expired" => "source=rack-timeout id=13793c1f wait=30007ms timeout=15000ms state=expired at=error",
        "Rack::Timeout::RequestExpiryError" => "Rack::Timeout::RequestExpiryError (Request older than 30000ms.)",
    }
};

pub(super) const MODSECURITY: &[Signature] = signatures! { Application, "owasp-modsecurity/ModSecurity v2 apache2/modsecurity.c, v3 src/transaction.cc; corazawaf/coraza v3 internal/corazarules/rule_match.go, coraza-apache mod_coraza.c";
    "modsecurity-warned": "a rule of ModSecurity matched and let the request pass" {
        "ModSecurity: Warning. " => "[client 172.68.10.9] ModSecurity: Warning. Matched \"Operator `Rx' with parameter",
    }
    "modsecurity-denied": "ModSecurity refuses the request" {
        "ModSecurity: Access denied with code {figure}" => "[client 172.68.10.9] ModSecurity: Access denied with code 403 (phase 2). Matched",
        "Access denied with code {figure}" => "Access denied with code 403 (phase 2). Matched \"Operator `Ge' with parameter `5'",
        "ModSecurity: Access denied with connection close" => "ModSecurity: Access denied with connection close (phase 2).",
        "ModSecurity: Output filter: Response body too large" => "ModSecurity: Output filter: Response body too large (over limit of 524288, total not specified).",
    }
    "coraza-warned": "a rule of Coraza matched and let the request pass" {
        "Coraza: Warning. " => "[client \"172.68.10.9\"] Coraza: Warning. Matched Data: found within ARGS:q",
        "Coraza: Access allowed (phase " => "[client \"172.68.10.9\"] Coraza: Access allowed (phase 1). Matched",
    }
    "coraza-denied": "Coraza refuses the request" {
        "Coraza: Access denied (phase " => "[client \"172.68.10.9\"] Coraza: Access denied (phase 2). Inbound Anomaly Score Exceeded (Total Score: 15)",
        "Coraza: Access denied with code {figure}" => "Coraza: Access denied with code 403",
        "Coraza: Access dropped (phase " => "[client \"172.68.10.9\"] Coraza: Access dropped (phase 2). Matched",
    }
};
