//! Pages of servers and proxies that have no answer from behind.

use super::page::PageForm::{Holding, Whole};
use super::page::{ErrorPage, pages};

pub(super) const PAGES: &[ErrorPage] = pages! {
    "nginx", "nginx @ 3f6f782, src/http/ngx_http_special_response.c (OpenResty changes the name in the last line)" {
        "nginx-page-504" [504] "the server behind did not answer in time" => [
            Holding(&["<h1>504 Gateway Time-out</h1>", "<hr><center>nginx"]),
            Holding(&["<h1>504 Gateway Time-out</h1>", "<hr><center>openresty"]),
        ];
        "nginx-page-502" [502] "it has no usable answer from the server behind" => [
            Holding(&["<h1>502 Bad Gateway</h1>", "<hr><center>nginx"]),
            Holding(&["<h1>502 Bad Gateway</h1>", "<hr><center>openresty"]),
        ];
    }
    "Apache", "httpd 2.4, modules/http/http_protocol.c (get_canned_error_string), modules/proxy/proxy_util.c (ap_proxyerror)" {
        "apache-page-unresolved" [500, 502] "the name of the server behind has no address" => [
            Holding(&["Reason: <strong>DNS lookup failure for: "]),
        ];
        "apache-page-504" [504] "the server behind did not answer in time" => [
            Holding(&["The gateway did not receive a timely response\nfrom the upstream server or application."]),
        ];
        "apache-page-502" [502] "it has no usable answer from the server behind" => [
            Holding(&["The proxy server received an invalid", "response from an upstream server."]),
        ];
        "apache-page-503" [503] "it cannot serve the request now" => [
            Holding(&["The server is temporarily unable to service your\nrequest due to maintenance downtime or capacity\nproblems."]),
        ];
    }
    "HAProxy", "haproxy @ 50872daa6, src/http.c (http_err_msgs)" {
        "haproxy-page-504" [504] "the server behind did not answer in time" => [Holding(&["The server didn't respond in time."])];
        "haproxy-page-503" [503] "it has no server that could be asked" => [Holding(&["No server is available to handle this request."])];
        "haproxy-page-502" [502] "the answer from behind is not whole or not valid" => [
            Holding(&["The server returned an invalid or incomplete response."]),
        ];
    }
    "Envoy", "envoyproxy/envoy, source/common/router/router.cc and source/common/http/utility.cc (reset reasons)" {
        "envoy-page-refused" [503] "the server behind refuses the connection" => [
            Holding(&[HEADS, "delayed connect error: 111"]),
            Holding(&[HEADS, "delayed connect error: Connection refused"]),
        ];
        "envoy-page-timed-out" [503, 504] "the server behind did not answer in time" => [
            Whole("upstream request timeout"),
            Holding(&[HEADS, "reset reason: connection timeout"]),
        ];
        "envoy-page-closed" [503] "the server behind closed before its answer was complete" => [
            Holding(&[HEADS, "reset reason: connection termination"]),
            Holding(&[HEADS, "reset reason: remote reset"]),
        ];
        "envoy-page-overflow" [503] "as many requests wait for the server behind as may" => [Holding(&[HEADS, "reset reason: overflow"])];
        "envoy-page-no-server" [503] "it has no server that could be asked" => [Whole("no healthy upstream")];
        "envoy-page-503" [503] "it has no answer from the server behind" => [Holding(&[HEADS])];
    }
    "Traefik", "traefik @ fd5a576df, pkg/proxy/httputil/proxy.go (the status' own text), pkg/server/service/loadbalancer/wrr/wrr.go" {
        "traefik-page-no-server" [503] "it has no server that could be asked" => [Whole("no available server")];
        "traefik-page-504" [504] "the server behind did not answer in time" => [Whole("Gateway Timeout")];
        "traefik-page-502" [502] "it has no answer from the server behind" => [Whole("Bad Gateway")];
    }
    "Varnish", "varnish-cache @ 27d2ce15b, bin/varnishd/builtin.vcl (vcl_backend_error)" {
        "varnish-page-503" [503] "it has no answer from the server behind" => [
            Holding(&["<h1>Error 503 Backend fetch failed</h1>", "Guru Meditation"]),
            Holding(&["<h1>Error 503 Service Unavailable</h1>", "Guru Meditation"]),
        ];
    }
    // Squid 5.7 says ERR_READ_ERROR with `[No Error]` also where it asks no server any more since the only one was dead (seen).
    "Squid", "squid @ 0ada5cf, errors/templates" {
        "squid-page-refused" [502, 503] "the server behind refuses the connection" => [
            Holding(&["<body id=ERR_CONNECT_FAIL>", "(111) Connection refused"]),
        ];
        "squid-page-timed-out" [502, 503, 504] "the server behind did not answer in time" => [
            Holding(&["<body id=ERR_CONNECT_FAIL>", "(110) Connection timed out"]),
            Holding(&["<body id=ERR_READ_TIMEOUT>"]),
        ];
        "squid-page-closed" [502] "the server behind closed before its answer was complete" => [
            Holding(&["<body id=ERR_ZERO_SIZE_OBJECT>"]),
            Holding(&["<body id=ERR_READ_ERROR>", "(104) Connection reset by peer"]),
        ];
        "squid-page-unresolved" [502, 503] "the name of the server behind has no address" => [Holding(&["<body id=ERR_DNS_FAIL>"])];
        "squid-page-invalid" [502] "the answer from behind is not whole or not valid" => [Holding(&["<body id=ERR_INVALID_RESP>"])];
        "squid-page-failed" [502, 503] "it has no answer from the server behind" => [
            Holding(&["<body id=ERR_CONNECT_FAIL>"]),
            Holding(&["<body id=ERR_CANNOT_FORWARD>"]),
            Holding(&["<body id=ERR_READ_ERROR>"]),
            Holding(&["<body id=ERR_SECURE_CONNECT_FAIL>"]),
        ];
    }
    "Traffic Server", "trafficserver @ 9400df3, configs/body_factory/default/connect#all_down (all_dead before)" {
        "traffic-server-page-no-server" [502, 503] "it has no server that could be asked" => [
            Holding(&["<TITLE>No Valid Host</TITLE>", "Unable to find a valid target host."]),
        ];
    }
    "Kong", "Kong/kong @ 04939bd, kong/error_handlers.lua; kong/runloop/balancer (ring-balancer)" {
        "kong-page-504" [504] "the server behind did not answer in time" => [Holding(&["The upstream server is timing out"])];
        "kong-page-no-server" [500, 503] "it has no server that could be asked" => [
            Holding(&["failure to get a peer from the ring-balancer"]),
        ];
        "kong-page-failed" [502, 503] "it has no usable answer from the server behind" => [
            Holding(&["An invalid response was received from the upstream server"]),
            Holding(&["The upstream server is currently unavailable"]),
        ];
    }
    "Passenger", "phusion/passenger, src/agent/Core/Controller (InternalUtils.cpp, CheckoutSession.cpp)" {
        "passenger-page-closed" [502] "the application closed before its answer was complete" => [
            Holding(&["Incomplete response received from application"]),
        ];
        "passenger-page-queue-full" [503] "as many requests wait for the application as may" => [
            Holding(&["This website is under heavy load (queue full)"]),
        ];
    }
    "LiteSpeed", "the page of LiteSpeed Web Server and OpenLiteSpeed, as reports of users quote it" {
        "litespeed-page-503" [503] "it cannot serve the request now" => [Holding(&["The server is temporarily busy, try again later!"])];
    }
    "HTTP.SYS", "Microsoft Learn, “HTTP 503 and 503 Service Unavailable error in IIS”: the application pool is stopped, disabled or its queue full" {
        "http-sys-page-503" [503] "the application pool takes no requests" => [Holding(&["HTTP Error 503. The service is unavailable."])];
    }
    "http-proxy-middleware", "chimurai/http-proxy-middleware, src/plugins/default/error-response-plugin.ts" {
        "node-proxy-page-failed" [500, 502, 503, 504] "it has no answer from the server behind" => [
            Holding(&["Error occurred while trying to proxy"]),
        ];
    }
};

/// How Envoy's own answers begin that tell of the connection behind.
const HEADS: &str = "upstream connect error or disconnect/reset before headers";
