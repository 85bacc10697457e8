//! What people hand in beside logs: what a command said of a certificate or a container, a console without instants, a page that one of them saved.

use super::conversation::Speaker::{Edge, Origin};
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
    let told = |well: usize| {
        let told = incident().without(Source::Capture).healthy(60);
        let told = told.others(well, |r| r.host("new.example").edge(200, 200).access(200));
        let told = told.failing(1, |r| refused(r).browser(400, &[], page)).failing(20, refused);
        told.judged()
            .iter()
            .filter(|case| case.slug.as_deref() == Some("tls-client-certificate-required"))
            .count()
    };
    assert_eq!(told(0), 21);
    assert_eq!(told(20), 1, "the host answers others well");
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
