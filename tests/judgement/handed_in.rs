//! What people hand in beside logs: what a command said of a certificate or a container, a console without instants, a page that one of them saved.

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request};

fn only(slug: &str) -> Vec<Option<String>> {
    vec![Some(slug.to_owned())]
}

/// The edge refused certificates, and somebody looked at the server's.
fn refused_certificates(said: &str) -> Vec<Option<String>> {
    let fails = |r: Request| r.edge(526, 0);
    let asked = "$ openssl s_client -connect 203.0.113.10:443 -servername shop.example\nCONNECTED(00000003)\nCertificate chain\n";
    let told = incident().without(Source::Capture).healthy(40).failing(12, fails);
    told.file("origin/s_client.txt", format!("{asked}{said}\n")).named()
}

/// Otherwise the one command that everybody runs says nothing, and no cause of a 526 is named.
#[test]
fn who_looks_at_a_certificate_sees_why_it_is_refused() {
    assert_eq!(
        refused_certificates("verify error:num=10:certificate has expired"),
        only("tls-certificate-expired")
    );
    assert_eq!(
        refused_certificates("verify error:num=18:self-signed certificate"),
        only("tls-certificate-self-signed")
    );
    let missing = "verify error:num=20:unable to get local issuer certificate\nverify error:num=21:unable to verify the first certificate";
    assert_eq!(refused_certificates(missing), only("tls-certificate-incomplete-chain"));
    let others = "            DNS:other.example, DNS:*.other.example";
    assert_eq!(refused_certificates(others), only("tls-certificate-name-mismatch"));
    assert_eq!(
        refused_certificates("            DNS:other.example, DNS:*.example, DNS:shop.example"),
        [None]
    );
}

/// Somebody asked for one name of the site, and the certificate is the other one's, too. Otherwise half of the refusals stay unexplained.
#[test]
fn what_is_seen_of_a_certificate_holds_for_its_own_name_as_well() {
    let said = "$ openssl s_client -connect 203.0.113.10:443 -servername www.shop.example\nCONNECTED(00000003)\ndepth=0 CN = shop.example\nverify error:num=10:certificate has expired\nCertificate chain\n";
    let told = |host: &'static str| {
        let told = incident().without(Source::Capture).healthy(40);
        let told = told.failing(12, move |r| r.host(host).edge(526, 0));
        told.file("origin/s_client.txt", said).named()
    };
    assert_eq!(told("shop.example"), only("tls-certificate-expired"));
    assert_eq!(told("www.shop.example"), only("tls-certificate-expired"));
    assert_eq!(told("blog.example"), [None]);
}

/// A certificate names its end itself, whenever it is looked at. Otherwise one that was still good then is called expired, or one that was not is passed over.
#[test]
fn a_certificate_is_expired_from_its_own_end_on() {
    assert_eq!(refused_certificates("notAfter=Nov 17 07:00:00 2026 GMT"), only("tls-certificate-expired"));
    assert_eq!(refused_certificates("notAfter=Nov 18 07:00:00 2026 GMT"), [None]);
}

/// Otherwise the certificate of another of the machine's hosts explains what is refused for this one.
#[test]
fn an_expired_certificate_is_that_of_its_names_alone() {
    let listed = |domains: &str| {
        let text = format!(
            "Found the following certs:\n  Certificate Name: one\n    Domains: {domains}\n    Expiry Date: 2026-11-16 23:59:59+00:00 (INVALID: EXPIRED)\n"
        );
        let told = incident().without(Source::Capture).healthy(40).failing(12, |r| r.edge(526, 0));
        told.file("origin/certbot.txt", text).named()
    };
    assert_eq!(listed("shop.example www.shop.example"), only("tls-certificate-expired"));
    assert_eq!(listed("blog.example"), [None]);
}

/// Caddy has no certificate for a name from the attempt that failed on. Otherwise the alert that it sends is any handshake's.
#[test]
fn a_server_that_could_not_obtain_a_certificate_has_none_for_the_name() {
    let told = |identifier: &str, msg: &str| {
        let line = |at: i64, identifier: &str, msg: &str| {
            let time = 1_794_902_400 + at;
            format!(
                "{{\"level\":\"error\",\"ts\":{time}.5,\"logger\":\"tls.obtain\",\"msg\":\"{msg}\",\"identifier\":\"{identifier}\"}}\n"
            )
        };
        let log =
            line(2, "shop.example", "could not get certificate from issuer") + &line(5, identifier, msg);
        let told = incident().without(Source::Capture).others_within(40, (0, 1), Request::goes_well);
        told.failing(12, |r| r.edge(525, 0)).file("origin/caddy.log", log).named()
    };
    assert_eq!(told("shop.example", "could not get certificate from issuer"), only("tls-unknown-name"));
    assert_eq!(told("blog.example", "certificate obtained successfully"), only("tls-unknown-name"));
    assert_eq!(told("shop.example", "certificate obtained successfully"), [None]);
}

/// uvicorn writes no instants. Otherwise fourteen thousand lines that say why are passed over, and the application is slow.
#[test]
fn a_console_without_instants_still_says_that_no_files_can_be_opened() {
    let said = |line: &str| {
        let waits = |r: Request| {
            r.takes(100_000)
                .edge(524, 0)
                .connection(|c| c.opens().asks().takes(Origin).wait(100_000).ends(Edge))
        };
        let text = format!(
            "INFO:     Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)\nINFO:     172.68.10.9:0 - \"GET /item/7 HTTP/1.1\" 200 OK\n{line}\n"
        );
        incident().healthy(40).failing(12, waits).file("origin/console.log", text).named()
    };
    let used_up = "socket.accept() out of system resource\nsocket: <asyncio.TransportSocket fd=6>\nTraceback (most recent call last):\nOSError: [Errno 24] Too many open files";
    assert_eq!(said(used_up), only("fd-exhausted"));
    assert_eq!(said("INFO:     Application startup complete."), only("slow-response"));
}

/// LiteSpeed bans who has too many connections, and says so once. Otherwise what it closes without a word meanwhile is an empty response.
#[test]
fn what_an_address_asks_while_it_is_limited_is_closed_for_that() {
    let limited = |r: Request| {
        r.by_edge(EDGES[0]).edge(520, 0).connection(|c| c.opens().asks().takes(Origin).wait(3).ends(Origin))
    };
    let told = |client: &str, at: &str| {
        let line = format!(
            "2026-11-17 08:00:{at}.379542 [NOTICE] [2217] [{client}] Reached per client connection hard limit: 25, close connection!\n"
        );
        let told = incident().healthy(60).failing_within(12, (42, 58), limited);
        told.file("origin/lsws.log", line).named()
    };
    let edge = EDGES[0].to_string();
    assert_eq!(told(&edge, "41"), only("client-throttle"));
    assert_eq!(told("162.158.84.99", "41"), only("empty-response"), "another address meets it");
    assert_eq!(told(&edge, "59"), only("empty-response"), "later");
}

/// Otherwise a head that only the difference of two figures shows stays unexplained.
#[test]
fn a_log_with_both_sizes_tells_how_large_the_head_of_an_answer_was() {
    let sent = |head: u64, body: u64| {
        let fails = move |r: Request| {
            let r = r.edge(520, 200).access(200);
            r.access_field("body_bytes_sent", body).access_field("bytes_sent", body + head)
        };
        incident().without(Source::Capture).healthy(40).failing(12, fails).named()
    };
    assert_eq!(sent(131_500, 20_000), only("response-header-too-large"));
    assert_eq!(sent(3_000, 20_000), [None]);
    assert_eq!(sent(140_000, 60_000_000), [None], "the frames of chunks");
}

/// One visitor saved the page. Otherwise the others, who saw the same, went well.
#[test]
fn a_page_that_wants_a_certificate_speaks_for_all_that_the_host_answers_so() {
    let page = "<html><head><title>400 No required SSL certificate was sent</title></head></html>";
    let refused = |r: Request| r.host("new.example").edge(400, 400).access(400);
    let told = |well: usize, sizes: [u64; 2]| {
        let sized = |size: u64| move |r: Request| refused(r).access_field("body_bytes_sent", size);
        let told = incident().without(Source::Capture).healthy(60);
        let told = told.others(well, |r| r.host("new.example").edge(200, 200).access(200));
        let told = told.failing(1, |r| sized(sizes[0])(r).browser(400, &[], page));
        let told = told.failing(20, sized(sizes[1]));
        told.judged()
            .iter()
            .filter(|case| case.slug.as_deref() == Some("tls-client-certificate-required"))
            .count()
    };
    assert_eq!(told(0, [233, 251]), 21);
    assert_eq!(told(20, [233, 251]), 1, "the host answers others well");
    assert_eq!(told(20, [233, 233]), 21, "and these get the same page");
}

/// What `kubectl describe pod` says of a container's last end. Otherwise the one input that tells why it ended is passed over.
#[test]
fn a_container_that_was_killed_for_memory_is_told_by_its_pod() {
    let told = |reason: &str, code: u32| {
        let pod = format!(
            "Name:             app-1\nNamespace:        shop\nContainers:\n  app:\n    Container ID:   containerd://9f2c\n    State:          Running\n      Started:      Tue, 17 Nov 2026 08:00:53 +0000\n    Last State:     Terminated\n      Reason:       {reason}\n      Exit Code:    {code}\n      Started:      Tue, 17 Nov 2026 06:00:00 +0000\n      Finished:     Tue, 17 Nov 2026 08:00:50 +0000\n"
        );
        let closed = "upstream prematurely closed connection while reading response header from upstream";
        let fails = |r: Request| r.takes(800).edge(502, 502).nginx("error", closed);
        let told = incident().without(Source::Capture).healthy(60).failing_within(6, (49, 50), fails);
        told.file("origin/pod.txt", pod).named()
    };
    assert_eq!(told("OOMKilled", 137), only("oom-kill"));
    assert_eq!(told("Error", 139), only("worker-crash"));
}

/// The sample has six visitors who left and nobody whom the edge gave up. Otherwise the other nine tenths, of whom packets alone tell, waited for a slow server.
#[test]
fn of_whom_a_sample_says_nothing_left_as_those_did_of_whom_it_does() {
    let left = |seconds: i64| {
        move |r: Request| {
            let waited = 1_000 * seconds + r.ray().0 as i64 / 7_919 % 40;
            r.takes(waited).connection(|c| c.opens().asks().takes(Origin).wait(waited).ends(Edge))
        }
    };
    let told = |status: u16| -> Incident {
        let sampled = |r: Request| r.field("SampleInterval", 10);
        let told = incident().others(200, move |r| sampled(r.goes_well()));
        let told = told.failing(6, move |r| sampled(left(3)(r).edge(status, 0)));
        told.failing(12, left(3))
    };
    assert_eq!(told(524).named(), only("slow-response"));
    assert!(!told(499).named().contains(&Some("slow-response".to_owned())), "{:?}", told(499).named());
}

/// A head that is too large is known by its size, that of a request with a body is not: what the server answers to both is one page. Otherwise some of those who
/// cannot log in any more went well.
#[test]
fn who_gets_the_page_of_heads_that_are_too_large_has_one_whatever_the_method() {
    let told = |size: u64| {
        let large =
            |r: Request| r.edge(400, 400).field("ClientRequestBytes", 11_300).field("EdgeResponseBytes", 826);
        let posted = |r: Request| {
            r.post("").edge(400, 400).field("ClientRequestBytes", 11_500).field("EdgeResponseBytes", size)
        };
        let told = incident().without(Source::Capture).without(Source::AccessLog).healthy(60);
        told.failing(12, large).failing(5, posted).judged().len()
    };
    assert_eq!(told(826), 17);
    assert_eq!(told(688), 12, "the application's own word on a form");
}

/// Otherwise a timer that closes idle connections, as it always does, is told as what the log complains of at that time.
#[test]
fn what_a_timer_closes_is_no_busy_worker() {
    let races = |r: Request| {
        let closed = |c: super::conversation::Conversation| {
            c.opens()
                .asks()
                .says(Origin, &answer("200 OK", "", "fine"))
                .wait(5_000)
                .closes(Origin)
                .asks()
                .resets(Origin)
        };
        r.edge(520, 0).connection(closed)
    };
    let busy = |r: Request| {
        r.edge(502, 502).access(502).nginx("error", "connect() to unix:/run/fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream")
    };
    let told = incident().healthy(40).failing_within(12, (50, 58), races).failing_within(12, (50, 58), busy);
    let named: std::collections::BTreeSet<_> = told.named().into_iter().flatten().collect();
    assert_eq!(named.into_iter().collect::<Vec<_>>(), ["keepalive-race", "worker-pool-exhausted"]);
}

/// nginx asks the address that a name had as it began. Otherwise a redeploy of the service behind is told as one that refuses, and nobody reloads nginx.
#[test]
fn an_address_that_no_container_has_is_one_that_the_name_had_before() {
    let told = |address: &str| {
        let network = format!(
            "[\n    {{\n        \"Name\": \"shop_default\",\n        \"Containers\": {{\n            \"e2f9\": {{\n                \"Name\": \"shop-api-1\",\n                \"IPv4Address\": \"{address}/16\"\n            }}\n        }}\n    }}\n]\n"
        );
        let asked = "connect() failed (113: No route to host) while connecting to upstream";
        let fails = |r: Request| r.edge(502, 502).access(502).nginx_behind("172.20.0.5:3000", asked);
        let told = incident().without(Source::Capture).healthy(40).failing(12, fails);
        told.file("origin/network.json", network).named()
    };
    assert_eq!(told("172.20.0.7"), only("upstream-name"));
    assert_eq!(told("172.20.0.5"), only("upstream-refused"), "it is there");
    assert_eq!(told("10.0.0.7"), only("upstream-refused"), "of another network");
}

/// Somebody saved the page. Otherwise an outage of the edge that befalls all hosts of one origin has no name.
#[test]
fn a_page_of_the_edges_own_web_server_tells_that_the_edge_itself_failed() {
    let told = |server: &str| {
        let page = format!(
            "<html>\r\n<head><title>500 Internal Server Error</title></head>\r\n<body>\r\n<center><h1>500 Internal Server Error</h1></center>\r\n<hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
        );
        let fails = |r: Request| r.edge_alone(500);
        let told = incident().without(Source::Capture).healthy(60);
        let told = told.failing_within(1, (50, 51), |r| fails(r).browser(500, &[], &page));
        told.failing_within(12, (50, 60), fails).named()
    };
    assert_eq!(told("cloudflare"), only("edge-outage"));
    assert_ne!(told("nginx"), only("edge-outage"));
}

/// nginx notes at its lowest level that a client sent no certificate. Otherwise an origin's logs that say so for 349 requests are told as ones in which nothing failed.
#[test]
fn what_nginx_notes_of_a_refusal_makes_a_failure_of_the_request() {
    let refused = |level: &'static str, text: &'static str| {
        let fails = move |r: Request| r.access(400).nginx(level, text);
        let told = incident().without(Source::Capture).without(Source::EdgeLog).healthy(60);
        told.failing(12, fails).named()
    };
    let missing = "client sent no required SSL certificate while reading client request headers";
    assert_eq!(refused("info", missing), only("tls-client-certificate-required"));
    assert_eq!(
        refused("info", "client closed connection while waiting for request"),
        [] as [Option<String>; 0]
    );
}
