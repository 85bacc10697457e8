//! Messages of the servers that run applications.

use super::signature::{Signature, signatures};

pub(super) const GUNICORN: &[Signature] = signatures! { Gunicorn, "gunicorn/arbiter.py";
    "gunicorn-worker-timeout": "a worker did not answer within gunicorn's timeout and is killed" {
        "WORKER TIMEOUT (pid:{process})" => "WORKER TIMEOUT (pid:811)",
    }
    "gunicorn-worker-killed": "a worker was killed" {
        "Worker (pid:{process}) was sent SIGKILL! Perhaps out of memory?" => "Worker (pid:811) was sent SIGKILL! Perhaps out of memory?",
        "Worker (pid:{process}) was sent SIG" => "Worker (pid:811) was sent SIGSEGV!",
    }
    "gunicorn-worker-exited": "a worker ended with a code" {
        "Worker (pid:{process}) exited with code {figure}" => "Worker (pid:811) exited with code 1",
        "Worker (pid:{process}) was sent code {figure}!" => "Worker (pid:811) was sent code 139!",
    }
    "gunicorn-worker-terminated": "a worker died on a signal" {
        "Worker with pid {process} was terminated due to signal {figure}" => "Worker with pid 811 was terminated due to signal 9",
    }
    "gunicorn-request-failed": "the application failed at a request" {
        "Error handling request " => "Error handling request /cart?id=1",
    }
    "gunicorn-request-too-large": "the request's head exceeds gunicorn's limits" {
        "Request Line is too large (" => "Invalid request from ip=172.68.10.9: Request Line is too large (8190 > 4094)",
        "limit request headers fields" => "Invalid request from ip=172.68.10.9: limit request headers fields size",
    }
    "gunicorn-start-failed": "gunicorn cannot start" {
        "Worker failed to boot." => "Worker failed to boot.",
        "App failed to load." => "Reason: App failed to load.",
        "Worker (pid:{process}) exited with code 3" => "Worker (pid:811) exited with code 3.",
        "Worker (pid:{process}) exited with code 4" => "Worker (pid:811) exited with code 4.",
        "Connection in use: " => "Connection in use: ('0.0.0.0', 8000)",
        "Can't connect to ('" => "Can't connect to ('0.0.0.0', 8000)",
    }
    "gunicorn-restarted": "gunicorn was started, reloaded or stopped" {
        "Handling signal: " => "Handling signal: hup",
        "Starting gunicorn " => "Starting gunicorn 23.0.0",
        "Shutting down: Master" => "Shutting down: Master",
    }
};

pub(super) const UWSGI: &[Signature] = signatures! { Uwsgi, "uwsgi core/master_utils.c, core/socket.c";
    "uwsgi-worker-died": "a worker died on a signal" {
        "DAMN ! worker {} (pid: {process}) died, killed by signal {figure}" => "DAMN ! worker 3 (pid: 811) died, killed by signal 9 :( trying respawn ...",
        "DAMN ! worker {} (pid: {process}) died" => "DAMN ! worker 3 (pid: 811) died :( trying respawn ...",
        "screams: UAAAAAAH my master disconnected" => "uWSGI worker 1 screams: UAAAAAAH my master disconnected: i will kill myself !!!",
    }
    "uwsgi-harakiri": "a worker ran longer than harakiri and is killed" {
        "HARAKIRI ON WORKER {} (pid: {process}, try: " => "*** HARAKIRI ON WORKER 3 (pid: 811, try: 1, graceful: yes) ***",
        "HARAKIRI ON WORKER" => "HARAKIRI ON WORKER 3",
    }
    "uwsgi-harakiri-request": "the request at which a worker ran longer than harakiri" {
        "HARAKIRI: --- uWSGI worker {}WAS managing request " => "HARAKIRI: --- uWSGI worker 3 core 0 (pid: 811) WAS managing request /report since Tue Nov 17 08:01:20 2026 ---",
        "HARAKIRI [core {} - {} since {figure}" => "HARAKIRI [core 0] 172.68.10.9 - GET /report since 1794902480",
    }
    "uwsgi-segfault": "a worker died of an invalid memory access" {
        "!!! uWSGI process {process} got Segmentation Fault !!!" => "!!! uWSGI process 811 got Segmentation Fault !!!",
        "!!! uWSGI process {process} got Floating Point Exception !!!" => "!!! uWSGI process 811 got Floating Point Exception !!!",
    }
    "uwsgi-worker-killed": "a worker was killed while it took no request" {
        "DAMN ! worker {} (pid: {process}) M{}STERIOUSLY killed by signal {figure}" => "DAMN ! worker 3 (pid: 811) MISTERIOUSLY killed by signal 9 :( trying respawn ...",
    }
    "uwsgi-request-too-large": "the request's head exceeds buffer-size" {
        "invalid request block size: {figure} (max " => "invalid request block size: 5012 (max 4096)...skip",
        "invalid HTTP request size (max {figure})" => "invalid HTTP request size (max 4096)...skip",
        "to uwsgi packet, consider increasing buffer size" => "[WARNING] unable to add HTTP_COOKIE=a to uwsgi packet, consider increasing buffer size",
    }
    "uwsgi-client-closed": "the client was gone before the answer was written" {
        "SIGPIPE: writing to a closed pipe/socket/fd" => "SIGPIPE: writing to a closed pipe/socket/fd (probably the client disconnected) on request /report (ip 172.68.10.9) !!!",
        "uwsgi_response_write_{}(): {} during " => "uwsgi_response_write_body_do(): Broken pipe [core/writer.c line 341] during GET /report (172.68.10.9)",
    }
    "uwsgi-no-application": "uWSGI has no application to answer with" {
        "--- no python application found" => "--- no python application found, check your startup logs for errors ---",
    }
    "uwsgi-start-failed": "uWSGI cannot start" {
        "no app loaded. GAME OVER" => "*** no app loaded. GAME OVER ***",
        "probably another instance of uWSGI is running on the same address" => "probably another instance of uWSGI is running on the same address (127.0.0.1:3031).",
    }
    "uwsgi-files-used-up": "uWSGI has no file descriptors left" {
        "accept(): Too many open files [" => "accept(): Too many open files [core/utils.c line 1132]",
    }
    "uwsgi-restarted": "uWSGI was started, reloaded or stopped" {
        "...gracefully killing workers..." => "...gracefully killing workers...",
        "...brutally killing workers..." => "...brutally killing workers...",
        "SIGINT/SIGTERM received...killing workers..." => "SIGINT/SIGTERM received...killing workers...",
        "goodbye to uWSGI." => "goodbye to uWSGI.",
        "spawned uWSGI master process (pid: {process})" => "spawned uWSGI master process (pid: 811)",
        "chain reload starting..." => "chain reload starting...",
    }
    "uwsgi-upstream-unreachable": "uWSGI's router cannot reach the application" {
        "unable to connect() to node \"" => "[uwsgi-http] unable to connect() to node \"127.0.0.1:3031\" (1 retries): Connection refused",
    }
    "uwsgi-queue-full": "the listen queue is full" {
        "*** uWSGI listen queue of socket {} full !!! ({figure}/" => "*** uWSGI listen queue of socket \"127.0.0.1:9090\" (fd: 3) full !!! (100/100) ***",
    }
};

pub(super) const UVICORN: &[Signature] = signatures! { Uvicorn, "encode/uvicorn protocols/http, supervisors/multiprocess.py, lifespan/on.py; pgjones/hypercorn asyncio/task_group.py";
    "uvicorn-request-failed": "the application failed at a request" {
        "Exception in ASGI application" => "Exception in ASGI application",
        "ASGI callable returned without starting response" => "ASGI callable returned without starting response.",
        "Error in ASGI Framework" => "Error in ASGI Framework",
        "Exception inside application: " => "Exception inside application: 'NoneType' object is not callable",
    }
    "uvicorn-response-cut": "the application ended before its response was complete" {
        "ASGI callable returned without completing response" => "ASGI callable returned without completing response.",
        "Response content shorter than Content-Length" => "RuntimeError: Response content shorter than Content-Length",
        "Too little data for declared Content-Length" => "h11._util.LocalProtocolError: Too little data for declared Content-Length",
    }
    "uvicorn-concurrency-limit": "uvicorn refuses requests beyond limit_concurrency" {
        "Exceeded concurrency limit." => "Exceeded concurrency limit.",
    }
    "uvicorn-invalid-request": "what came in is no HTTP, or its head is too large" {
        "Invalid HTTP request received." => "Invalid HTTP request received.",
    }
    "uvicorn-worker-died": "a worker process died" {
        "Child process [{process}] died" => "Child process [811] died",
        "Unexpected exit from worker-" => "Unexpected exit from worker-1",
    }
    "uvicorn-start-failed": "the application cannot start" {
        "Application startup failed. Exiting." => "Application startup failed. Exiting.",
        " error while attempting to bind on address " => "[Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
        "Error loading ASGI app. " => "Error loading ASGI app. Could not import module \"app\".",
        "ASGI lifespan startup failed" => "ASGI lifespan startup failed",
        "Listen failure: Couldn't listen on" => "Listen failure: Couldn't listen on 0.0.0.0:8000: [Errno 98] Address already in use.",
        "Worker crash loop detected, exiting" => "Worker crash loop detected, exiting",
    }
    "uvicorn-restarted": "uvicorn, or what is like it, was started or stopped" {
        "Started server process [{process}]" => "Started server process [811]",
        "Finished server process [{process}]" => "Finished server process [811]",
        "running task(s), timeout graceful shutdown exceeded" => "Cancel 3 running task(s), timeout graceful shutdown exceeded",
        "Starting granian (main PID: {process})" => "Starting granian (main PID: 811)",
        "Shutting down granian" => "Shutting down granian",
    }
    "daphne-timed-out": "the application ran longer than Daphne's time limit" {
        "Application timed out while sending response" => "Application timed out while sending response",
    }
};

pub(super) const PYTHON_FRAMEWORKS: &[Signature] = signatures! { Application, "django/django utils/log.py, log_response; pallets/flask src/flask/app.py, log_exception; alisaifee/flask-limiter, laurentS/slowapi extension.py; tower-rs/tower tower/src/load_shed/error.rs, as axum's handlers of errors and tracing's fields print it";
    "django-request-failed": "the application failed at a request" {
        "Internal Server Error: /" => "Internal Server Error: /cart",
    }
    "flask-request-failed": "the application failed at a request" {
        "Exception on /{} [" => "Exception on /cart [GET]",
    }
    "flask-requests-limited": "a limit of the application refuses requests" {
        "ratelimit {} exceeded at endpoint: " => "ratelimit 3 per 1 second (172.68.10.9) exceeded at endpoint: cart",
    }
    "django-requests-limited": "a throttle of the application refuses the request" {
        "Too Many Requests: /" => "Too Many Requests: /api/cart",
    }
    "tower-overloaded": "the application takes no more requests at a time" {
        ": service overloaded" => "Unhandled internal error: service overloaded",
        "=service overloaded" => "request failed error=service overloaded",
    }
    "application-files-used-up": "no file descriptors are left" {
        "socket.accept() out of system resource" => "socket.accept() out of system resource",
        "[Errno 24] Too many open files" => "OSError: [Errno 24] Too many open files",
        "Too many open files (os error 24)" => "Too many open files (os error 24)",
        "code: 24, kind: {}Too many open files" => "Os { code: 24, kind: Uncategorized, message: \"Too many open files\" }",
    }
};

pub(super) const WAITRESS: &[Signature] = signatures! { Waitress, "Pylons/waitress task.py, server.py, channel.py";
    "waitress-queue": "requests wait for a thread" {
        "Task queue depth is {figure}" => "Task queue depth is 12",
    }
    "waitress-connections-used-up": "every connection that waitress takes is in use" {
        "total open connections reached the connection limit" => "total open connections reached the connection limit, no longer accepting new connections",
    }
    "waitress-request-failed": "the application failed at a request" {
        "Exception while serving " => "Exception while serving /cart",
    }
    "waitress-response-cut": "the application ended before its response was complete" {
        "application returned too few bytes ({figure})" => "application returned too few bytes (12) for specified Content-Length (34) via app_iter",
    }
    "waitress-client-closed": "the client was gone before the answer was written" {
        "Client disconnected while serving " => "Client disconnected while serving /report",
    }
};

pub(super) const PASSENGER: &[Signature] = signatures! { Passenger, "phusion/passenger 6.0.23 src/agent/Core";
    "passenger-queue-full": "the queue of requests for the application is full" {
        "Request queue full (configured max. size: {figure})" => "[Client 1] Returning HTTP 503 due to: Request queue full (configured max. size: 100)",
    }
    "passenger-closed-early": "the application closed before its response was complete" {
        "application did not send a complete response" => "[Client 1] Sending 502 response: application did not send a complete response",
        "Sending 502 response: application socket read error" => "[Client 1] Sending 502 response: application socket read error",
    }
    "passenger-response-cut": "the response ended before its length" {
        "Application sent EOF before finishing response body" => "Application sent EOF before finishing response body: 12 bytes already read, 34 bytes expected",
    }
    "passenger-invalid-response": "the application's response cannot be parsed" {
        "Error parsing application response header: " => "Error parsing application response header: Invalid header",
    }
    "passenger-spawn-failed": "the application cannot start" {
        "Cannot checkout session because a spawning error occurred" => "Cannot checkout session because a spawning error occurred. The identifier of the error is abc.",
        "Could not spawn process for application " => "Could not spawn process for application /srv/app: The application process exited prematurely.",
    }
    "passenger-process-gone": "a process of the application is gone" {
        " no longer exists! Detaching it from the pool" => "Process (pid=811, group=/srv/app) no longer exists! Detaching it from the pool.",
    }
    "passenger-crashed": "Passenger itself crashed" {
        "(pid={process}) crashed with signal " => "PassengerAgent core (pid=811) crashed with signal SIGSEGV, restarting it...",
    }
};

pub(super) const DOTNET: &[Signature] = signatures! { Dotnet, "dotnet/aspnetcore src/Servers/Kestrel/Core/src/Internal/Infrastructure/KestrelTrace.{General,Connections,BadRequests}.cs, CoreStrings.resx, src/Hosting/Hosting/src/Internal/HostingLoggerExtensions.cs, src/Middleware/RateLimiting/src/RateLimitingMiddleware.cs (at debug); dotnet/runtime Microsoft.Extensions.Hosting (ConsoleLifetime.cs); coreclr";
    "kestrel-request-failed": "the application failed at a request" {
        "An unhandled exception was thrown by the application." => "Connection id \"0HN1\", Request id \"0HN1:00000001\": An unhandled exception was thrown by the application.",
    }
    "kestrel-request-too-large": "the request's head exceeds Kestrel's limits" {
        "Request headers too long." => "Connection id \"0HN1\" bad request data: \"Request headers too long.\"",
        "Request contains too many headers." => "Connection id \"0HN1\" bad request data: \"Request contains too many headers.\"",
        "Request line too long." => "Connection id \"0HN1\" bad request data: \"Request line too long.\"",
    }
    "kestrel-starved": "the thread pool has no threads left" {
        "the heartbeat has been running for " => "As of \"11/17/2026 08:01:01\", the heartbeat has been running for \"00:00:02\" which is longer than \"00:00:01\". This could be caused by thread pool starvation.",
    }
    "kestrel-connections-used-up": "every connection that Kestrel takes is in use" {
        "rejected because the maximum number of concurrent connections has been reached" => "Connection id \"0HN1\" rejected because the maximum number of concurrent connections has been reached.",
    }
    "kestrel-requests-limited": "a limit of the application refuses a request" {
        "Rate limits exceeded, rejecting this request" => "dbug: Microsoft.AspNetCore.RateLimiting.RateLimitingMiddleware[1] Rate limits exceeded, rejecting this request.",
    }
    "kestrel-aborted": "the application aborted the connection" {
        "the application aborted the connection." => "Connection id \"0HN1\", Request id \"0HN1:00000001\": the application aborted the connection.",
    }
    "kestrel-response-cut": "the response ended before its length" {
        "Response Content-Length mismatch: too few bytes written" => "Response Content-Length mismatch: too few bytes written (12 of 34).",
    }
    "kestrel-start-failed": "the application cannot start" {
        "Failed to bind to address " => "System.IO.IOException: Failed to bind to address http://0.0.0.0:5000: address already in use.",
        "Hosting failed to start" => "Hosting failed to start",
        "Application startup exception" => "Application startup exception",
    }
    "kestrel-restarted": "the application was started or stopped" {
        "Application is shutting down..." => "Application is shutting down...",
        "Application started. Press Ctrl+C to shut down." => "Application started. Press Ctrl+C to shut down.",
    }
    "dotnet-died": "an exception that nobody caught ended the process" {
        "Fatal error. Internal CLR error." => "Fatal error. Internal CLR error. (0x80131506)",
        "Unhandled exception. System." => "Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object.",
    }
};
