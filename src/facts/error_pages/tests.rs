use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Pages as servers send them, cut to what matters.
const SENT: &[(u16, &str, &str)] = &[
    (
        502,
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n",
        "nginx-page-502",
    ),
    (
        504,
        "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n",
        "nginx-page-504",
    ),
    (
        502,
        "<title>502 Proxy Error</title>\n</head><body>\n<h1>Proxy Error</h1>\n<p>The proxy server received an invalid\r\nresponse from an upstream server.<br />\r\nThe proxy server could not handle the request<p>Reason: <strong>DNS lookup failure for: app.internal</strong></p></p>",
        "apache-page-unresolved",
    ),
    (
        502,
        "<h1>Proxy Error</h1>\n<p>The proxy server received an invalid\r\nresponse from an upstream server.<br />\r\nThe proxy server could not handle the request<p>Reason: <strong>Error reading from remote server</strong></p></p>",
        "apache-page-502",
    ),
    (
        503,
        "<h1>Service Unavailable</h1>\n<p>The server is temporarily unable to service your\nrequest due to maintenance downtime or capacity\nproblems. Please try again later.</p>",
        "apache-page-503",
    ),
    (
        504,
        "<h1>Gateway Timeout</h1>\n<p>The gateway did not receive a timely response\nfrom the upstream server or application.</p>",
        "apache-page-504",
    ),
    (
        503,
        "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n",
        "haproxy-page-503",
    ),
    (
        502,
        "<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>\n",
        "haproxy-page-502",
    ),
    (
        504,
        "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>\n",
        "haproxy-page-504",
    ),
    (
        503,
        "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused",
        "envoy-page-refused",
    ),
    (
        503,
        "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        "envoy-page-closed",
    ),
    (
        503,
        "upstream connect error or disconnect/reset before headers. reset reason: overflow",
        "envoy-page-overflow",
    ),
    (503, "upstream connect error or disconnect/reset before headers", "envoy-page-503"),
    (503, "no healthy upstream", "envoy-page-no-server"),
    (504, "upstream request timeout", "envoy-page-timed-out"),
    (503, "no available server\n", "traefik-page-no-server"),
    (502, "Bad Gateway", "traefik-page-502"),
    (504, "Gateway Timeout", "traefik-page-504"),
    (
        503,
        "<h1>Error 503 Backend fetch failed</h1>\n    <p>Backend fetch failed</p>\n    <h3>Guru Meditation:</h3>\n    <p>XID: 32770</p>",
        "varnish-page-503",
    ),
    (
        503,
        "</head><body id=ERR_CONNECT_FAIL>\n<p><b>Connection to 127.0.0.1 failed.</b></p>\n<p id=\"sysmsg\">The system returned: <i>(111) Connection refused</i></p>",
        "squid-page-refused",
    ),
    (
        504,
        "<body id=ERR_READ_TIMEOUT>\n<p id=\"sysmsg\">The system returned: <i>[No Error]</i></p>",
        "squid-page-timed-out",
    ),
    (502, "<body id=ERR_ZERO_SIZE_OBJECT>", "squid-page-closed"),
    (503, "<body id=ERR_DNS_FAIL>", "squid-page-unresolved"),
    (502, "<body id=ERR_INVALID_RESP>", "squid-page-invalid"),
    (502, "<body id=ERR_READ_ERROR>\n<i>[No Error]</i>", "squid-page-failed"),
    (
        502,
        "<TITLE>No Valid Host</TITLE>\nDescription: Unable to find a valid target host.",
        "traffic-server-page-no-server",
    ),
    (504, "{\n  \"message\":\"The upstream server is timing out\"\n}", "kong-page-504"),
    (503, "{\"message\":\"failure to get a peer from the ring-balancer\"}", "kong-page-no-server"),
    (502, "{\"message\":\"An invalid response was received from the upstream server\"}", "kong-page-failed"),
    (502, "<h2>Incomplete response received from application</h2>", "passenger-page-closed"),
    (503, "<h2>This website is under heavy load (queue full)</h2>", "passenger-page-queue-full"),
    (
        503,
        "<h2>Service Unavailable</h2><p>The server is temporarily busy, try again later!</p>",
        "litespeed-page-503",
    ),
    (
        503,
        "<BODY><h2>Service Unavailable</h2>\r\n<hr><p>HTTP Error 503. The service is unavailable.</p>",
        "http-sys-page-503",
    ),
    (504, "Error occurred while trying to proxy: shop.example/cart", "node-proxy-page-failed"),
    (503, "Too many requests, please try again later.", "express-page-limited"),
    (429, "Retry later\n", "rack-attack-page-limited"),
    (429, "{\"detail\":\"Request was throttled. Expected available in 42 seconds.\"}", "drf-page-limited"),
    (429, "{\n    \"message\": \"Too Many Attempts.\"\n}", "laravel-page-limited"),
    (429, "{\"statusCode\":429,\"message\":\"ThrottlerException: Too Many Requests\"}", "nest-page-limited"),
    (
        429,
        "{\"statusCode\":429,\"error\":\"Too Many Requests\",\"message\":\"Rate limit exceeded, retry in 1 minute\"}",
        "fastify-page-limited",
    ),
    (503, "service is overloaded, try again later", "axum-page-overloaded"),
    (500, "<h1>Error establishing a database connection</h1>", "wordpress-page-database"),
    (500, "<p>There has been a critical error on this website.</p>", "wordpress-page-failed"),
    (503, "<p>Your access to this site has been limited by the site owner</p>", "wordfence-page-blocked"),
    (500, "<br />\n<b>Fatal error</b>:  Uncaught Error: x in /var/www/a.php:3", "php-page-failed"),
    (500, "<body>\n  <h1>Server Error (500)</h1><p></p>", "django-page-failed"),
    (
        500,
        "<p>The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.</p>",
        "werkzeug-page-failed",
    ),
    (500, "<html><body><h1>Whitelabel Error Page</h1>", "spring-page-failed"),
    (500, "<body><h1>HTTP Status 500 – Internal Server Error</h1>", "tomcat-page-failed"),
    (500, "<span><H1>Server Error in '/' Application.<hr width=100%", "asp-net-page-failed"),
    (
        500,
        "<h1>Oops! An Error Occurred</h1><h2>The server returned a \"500 Internal Server Error\".</h2>",
        "symfony-page-failed",
    ),
    (500, "<h1>We're sorry, but something went wrong.</h1>", "rails-page-failed"),
    (
        500,
        "<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Internal Server Error</pre>",
        "express-page-failed",
    ),
    (500, "The website encountered an unexpected error. Try again later.", "drupal-page-failed"),
    (
        503,
        "<span>There has been an error processing your request</span><p>Error log record number: 81</p>",
        "magento-page-failed",
    ),
];

fn id(status: u16, body: &[u8]) -> Option<&'static str> {
    find(status, body).map(|known| known.page().id)
}

/// Otherwise a cause that the answer itself names would go unseen.
#[test]
fn every_page_is_known_as_it_is_sent() {
    for (status, body, expected) in SENT {
        assert_eq!(id(*status, body.as_bytes()), Some(*expected), "{body}");
    }
    let sent: BTreeSet<&str> = SENT.iter().map(|(_, _, id)| *id).collect();
    assert_eq!(sent, all().map(|page| page.id).collect(), "each page once");
    assert_eq!(sent.len(), all().count(), "no two pages have one id");
    assert!(all().all(|page| !page.source.is_empty()));
}

/// Otherwise words of an application would be taken for those of the proxy before it.
#[test]
fn what_only_resembles_a_page_is_none() {
    for (status, body) in [
        (200, "No server is available to handle this request."),
        (502, "No server is available to handle this request."),
        (502, "<html><center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center></html>"),
        (502, "Bad Gateway: the payment provider did not answer"),
        (503, "<h1>503 Service Temporarily Unavailable</h1><hr><center>nginx</center>"),
        (500, ""),
    ] {
        assert_eq!(id(status, body.as_bytes()), None, "{body}");
    }
}

#[test]
fn a_page_is_the_same_when_it_is_read_back() {
    for (status, body, _) in SENT {
        let known = find(*status, body.as_bytes()).unwrap();
        assert_eq!(
            serde_json::from_str::<KnownPage>(&serde_json::to_string(&known).unwrap()).unwrap(),
            known
        );
    }
    assert!(serde_json::from_str::<KnownPage>("\"a-page-that-nobody-knows\"").is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_looked_at(status in 0u16..1000, body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = find(status, &body);
    }
}
